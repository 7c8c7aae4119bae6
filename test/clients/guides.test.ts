// A reader pastes the snippets of a guide in order, as the page of this deployment shows them: each runs, because the ones before it
// set what it needs. Only the API key is the reader's own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { ORIGIN, TEST, world } from './desk.ts';
import { hasPhp, hasPython } from './program.ts';

const GUIDES = ['quickstart', 'invoices', 'events', 'elenpay', 'webhooks', 'payouts'];
const SATLANE = join(import.meta.dirname, '../../src/cli/main.ts');
/** A refusal fails, and `satlane listen` ends after its first line; that of `satlane payouts` is that it pays nothing in test mode. */
const SHELL = `set -euo pipefail
curl() { command curl --fail-with-body "$@"; }
npx() {
  shift
  if [ "$1" = payouts ]; then ! satlane "$@" 2>&1 || return 1; else satlane "$@" | head -n 1; fi
}
satlane() { '${process.execPath}' '${SATLANE}' "$@"; }
`;

const folder = mkdtempSync(join(tmpdir(), 'satlane-guides-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('The snippets of', () => {
  it.each(GUIDES)('%s run in a shell, one after the other', async (guide) => {
    const commands = (await snippetsOf(guide, 'sh')).join('\n');
    expect(commands).toContain(`export SATLANE_API=${ORIGIN}`);
    const { code, output } = await run('bash', ['-c', SHELL + withKey(commands)]);
    expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
    if (guide === 'quickstart') expect(output).toContain('"status":"paid"');
    if (guide === 'invoices') expect(output).toContain('"status":"requires_review"');
    if (guide === 'payouts') {
      expect(output).toContain('"status":"overpaid"');
      expect(output).toContain('"origin":"refund"');
      expect(output).toContain('"state":"awaiting_approval"');
      expect(output).toContain('satlane: in test mode nothing is sent');
    }
  });

  it.each([
    ['js', process.execPath, 'order.mjs', true],
    ['py', 'python3', 'order.py', hasPython],
    ['php', 'php', 'order.php', hasPhp],
  ] as const)('the quickstart in %s are one program', async (language, command, file, isHere) => {
    const program = (await snippetsOf('quickstart', language)).filter((snippet) => snippet.includes('satlane('));
    expect(program.length).toBe(2);
    if (!isHere) return;
    writeFileSync(join(folder, file), program.join('\n').replaceAll('order-12345', `order-${language}`));
    const { code, output } = await run(command, [file], { SATLANE_API: ORIGIN, SATLANE_API_KEY: TEST.apiKey });
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^http\S+\/i\/\S+\npaid\n$/) });
  });

  it('the reference run with the variables that it sets first', async () => {
    const [variables = '', ...examples] = await snippetsOf('reference');
    const reads = examples.filter((example) => {
      const used = example.match(/\$[A-Z_]+/g) ?? [];
      return used.every((name) => KNOWN.has(name)) && !ANOTHER_KIND.test(example);
    });
    expect(reads.length).toBeGreaterThan(5);
    const { code, output } = await run('bash', ['-c', SHELL + withKey([variables, ...reads.map(quickly)].join('\n'))]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('"invoice":{"id"') });
  });
});

const KNOWN = new Set(['$SATLANE_API_KEY', '$INVOICE_ID']);
/** Changes, and a WebSocket. */
const ANOTHER_KIND = / -(d|X) |\/stream"/;

/** A stream of events stays open: it has answered once its headers are there. */
const quickly = (example: string) => (example.includes('/events"') ? `${example} -I` : example);

const withKey = (commands: string) => commands.replaceAll('sl_test_…', TEST.apiKey);

async function snippetsOf(guide: string, language?: string): Promise<string[]> {
  const html = await (await fetch(`${world.api}/docs/${guide}`)).text();
  const snippets = html.matchAll(
    /<div class="snippet(?: example)?"(?: data-language="(\w+)")?><pre[^>]*><code>([^<]*)<\/code>/g,
  );
  return [...snippets].filter(([, found]) => found === language).map(([, , code = '']) => unescaped(code));
}

function unescaped(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

async function run(command: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, output: output + (child.exitCode === 0 ? '' : complaints) };
}
