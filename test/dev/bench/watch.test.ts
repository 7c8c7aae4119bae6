// An operator asks what a new block costs while a thousand invoices are open: as many requests as with ten, and the
// table of `npm run bench:watch` shows it.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/watch.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

let report: string;

beforeAll(async () => {
  ({ stdout: report } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS }));
}, TIMEOUT_MS);

test('a block takes two requests for the tip, its header and its bytes, however many invoices are open', () => {
  expect(table('open invoices', 'requests for a new block')).toEqual([
    ['10', '4', '12', '10'],
    ['1 000', '4', '22', '1 000'],
  ]);
});

test('what the block costs is told in full', () => {
  const rows = table('open invoices', 'D1 rows read');
  expect(rows.map(([open]) => open)).toEqual(['10', '1 000']);
  for (const [, read, written, d1, round, memory, idle] of rows) {
    for (const count of [read, written, idle]) expect(count).toMatch(/^[1-9]\d{0,2}( \d{3})*$/);
    for (const time of [d1, round]) expect(time).toMatch(/^\d+ ms$/);
    expect(memory).toMatch(/^(\d+ MiB|not known here)$/);
  }
});

test.each([
  ['block', 1],
  ['idle minute', 6],
])('every question of the %s has its rows, and together they are all of them', (when, total) => {
  const questions = table('D1 rows read', '10 open', '1 000 open').filter(([name]) => name?.startsWith(`${when}: `));
  expect(questions.length).toBeGreaterThanOrEqual(4);
  for (const [index, cells] of table('open invoices', 'D1 rows read').entries()) {
    const sum = questions.reduce((rows, question) => rows + count(question[index + 1]), 0);
    expect(sum).toBe(count(cells[total]));
  }
});

test('the rows that tell whom a block pays do not grow with the invoices', () => {
  const [whom] = table('D1 rows read', '10 open', '1 000 open');
  expect(whom?.[0]).toContain('holdersOfScripts');
  expect(count(whom?.[2]) - count(whom?.[1])).toBeLessThan(10);
});

test('the machine and the block are described', () => {
  expect(report).toMatch(/^Measured by `npm run bench:watch` on \d+ cores of .+, Node 2\d\.\d+\.\d+, /);
  expect(report).toMatch(/The block has 2 501 transactions, 8 \d{3} outputs and 1\.7\d MB; 3 of its/);
  expect(report).not.toMatch(/NaN|undefined|Infinity/);
});

/** The rows of the table whose header begins with these cells. */
function table(...header: string[]): string[][] {
  const lines = report.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${header.join(' | ')} |`));
  const rest = lines.slice(start + 2);
  return rest.slice(0, rest.indexOf('')).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function count(cell: string | undefined): number {
  return Number(cell?.split(' in ')[0]?.replaceAll(' ', ''));
}
