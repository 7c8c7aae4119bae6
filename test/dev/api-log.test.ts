// What a developer sees of `wrangler dev`: mistakes in the source, and no stack trace because a receiver is down.

import { describe, expect, it } from 'vitest';
import { apiLogReader } from '../../src/dev/api-log.ts';

function read(text: string) {
  const logged: string[] = [];
  const shown: string[] = [];
  const reader = apiLogReader(
    (line) => logged.push(line),
    (line) => shown.push(line),
  );
  for (const line of text.split('\n')) reader(line);
  return { logged, shown };
}

const ERROR = '\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1m';
const STACK = '/app/workerd@34dcea9 /app/workerd@26b6840';

describe('The log of the local API', () => {
  it.each([
    ['a TLS receiver', 'e = rust/worker/ffi.rs:110: failed: TLS handshake failed: received corrupt message'],
    ['a name that is none', 'e = rust/worker/ffi.rs:110: failed: failed to lookup address information: Name not known'],
    ['a closed port', 'kj/async-io-unix.c++:186: disconnected: connect(): Connection refused; peer = 127.0.0.1:9'],
    ['a lost connection', 'Uncaught (in promise) Error: Network connection lost.'],
    ['a host without an address', 'Error: getaddrinfo ENOTFOUND shop.example'],
    ['a connection that is cut', 'kj/async-io-unix.c++:412: disconnected: read(): Connection reset by peer'],
  ])('has one line and no stack for %s, and the terminal none', (_, message) => {
    const before = '[wrangler:info] POST /v1/invoices 201 Created (31ms)';
    const after = '{"event":"webhook.attempt_failed"}';
    const traces = [
      `${ERROR}${message}\u001b[0m\n\n  stack: ${STACK}; sentryErrorContext = jsgInternalError\n`,
      `${ERROR}${message}; stack: ${STACK}\u001b[0m`,
      `${ERROR}${message}\u001b[0m\n\n      at Dispatcher.fetch (worker.js:1:2)\n      at async send (worker.js:3:4)\n`,
      `${message}\n    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:123:26)`,
    ];
    for (const trace of traces) {
      const { logged, shown } = read(`${before}\n${trace}\n${after}`);
      expect(shown).toEqual([]);
      expect(logged.filter((line) => line !== '')).toEqual([before, expect.stringContaining(message), after]);
      expect(logged.join('\n')).not.toMatch(/stack:|^\s+at /m);
    }
  });

  it('shows a mistake in the source with its place, and nothing after it', () => {
    const mistake = [
      `${ERROR}Could not resolve "./tls/certificate-disconnected.ts"\u001b[0m`,
      '',
      '    src/worker.ts:3:7:',
      "      3 │ import { a } from './tls/certificate-disconnected.ts';",
    ];
    const { logged, shown } = read([...mistake, '[wrangler:info] Reloading'].join('\n'));
    expect(shown).toEqual(mistake);
    expect(logged).toHaveLength(5);
  });

  it('shows an exception of the Worker with its stack', () => {
    const exception = [`${ERROR}Uncaught TypeError: x is not a function\u001b[0m`, '', '      at make (worker.js:1:2)'];
    expect(read(exception.join('\n')).shown).toEqual(exception);
  });
});
