// What `wrangler dev` prints, line by line: what goes into the log, and what a developer has to see on the terminal. Called by
// api.ts.

import { stripVTControlCharacters } from 'node:util';

/** workerd's own complaint, by its place in workerd's source: of a host, a port, a certificate, never of our source. */
const NATIVE = /\b[\w/-]+\.(?:rs|c\+\+|h):\d+: /;
/** An endpoint, explorer, receiver or mailbox cannot be reached, in Node's words or the Worker's. */
const UNREACHABLE = new RegExp(
  [
    'connection (?:refused|reset|lost|closed)',
    'E(?:CONN\\w+|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH)\\b',
    '(?:host|network) (?:is )?unreachable',
    '(?:connection|operation|request) timed out',
    'broken pipe',
    'DNS lookup failed',
  ].join('|'),
  'i',
);
const STACK_LINE = /^\s+(?:at |stack: )/;
const STACK_IN_LINE = /;?\s*stack: .*$/;

/**
 * @returns what takes one line after the other: each goes to `log`, an error with the lines that belong to it to `show`, too.
 * Of what cannot be reached the log has a line and the terminal nothing.
 */
export function apiLogReader(log: (line: string) => void, show: (line: string) => void): (line: string) => void {
  let isError = false;
  let isUnreachable = false;
  return (line) => {
    const plain = stripVTControlCharacters(line);
    if (/^\S/.test(plain)) {
      isError = /^✘|^\[ERROR\]/.test(plain);
      isUnreachable = NATIVE.test(plain) || UNREACHABLE.test(plain);
    }
    if (isUnreachable && STACK_LINE.test(plain)) return;
    const text = isUnreachable ? line.replace(STACK_IN_LINE, '') : line;
    log(text);
    if (isError && !isUnreachable) show(text);
  };
}
