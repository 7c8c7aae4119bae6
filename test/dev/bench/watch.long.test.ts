// An operator asks what a new block costs while a thousand invoices are open: as many requests as with ten, and the
// tables of `npm run bench:watch` show it; and how soon a buyer's page hears of a payment.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/watch.ts', import.meta.url));
const TIMEOUT_MS = 120_000;
const COUNT = /^[1-9]\d{0,2}( \d{3})*$/;

let report: string;

beforeAll(async () => {
  ({ stdout: report } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS }));
}, TIMEOUT_MS);

test('a block takes two requests for the tip, its header and its bytes, however many invoices are open', () => {
  expect(table('open invoices', 'requests for a new block')).toEqual([
    ['10', '4', '11', '10'],
    ['1 000', '4', '21', '1 000'],
  ]);
});

test('each invoice with an open page is looked at every five seconds: one by one, or many with one request', () => {
  const rows = table('open invoices', 'being looked at');
  expect(rows.map((cells) => cells.slice(0, 7))).toEqual([
    ['10', '2', '36', '5.0 s', '36', '5.0 s', '36'],
    ['1 000', '20', '252', '5.0 s', '24', '5.0 s', '252'],
  ]);
  for (const cells of rows) expect(cells[7]).toMatch(COUNT);
});

test('the cost of the block is printed in full', () => {
  const rows = table('open invoices', 'D1 rows read');
  expect(rows.map(([open]) => open)).toEqual(['10', '1 000']);
  for (const [, read, written, d1, memory, idle] of rows) {
    for (const count of [read, written, idle]) expect(count).toMatch(COUNT);
    expect(d1).toMatch(/^\d+ ms$/);
    expect(memory).toMatch(/^(\d+ MiB|not known here)$/);
  }
});

test('CPU is printed for the first block, later ones and an idle minute', () => {
  for (const [, ...times] of table('open invoices', 'first block: own work')) {
    expect(times).toHaveLength(6);
    for (const [i, time] of times.entries()) expect(time).toMatch(i % 2 ? /^(\d+ ms|not known here)$/ : /^\d+ ms$/);
  }
});

test('a payment is announced within two rounds of looks where a page is open, and sooner by the socket', () => {
  const rows = table('who looks', 'payments').map(([how, payments, ...times]) => ({
    how,
    payments: Number(payments),
    seconds: times.map((time) => Number(/^(\d+\.\d) s$/.exec(time)?.[1])),
  }));
  expect(rows.map(({ how }) => how?.split(':')[0])).toEqual(['a page is open', 'a page is open', 'no page is open']);
  const [polled, hinted, swept] = rows;
  expect([polled?.payments, hinted?.payments, swept?.payments]).toEqual([10, 10, 3]);
  for (const { seconds } of rows) expect(seconds[0]).toBeLessThanOrEqual(seconds[1] ?? Number.NaN);
  expect(polled?.seconds[1]).toBeLessThan(10);
  expect(hinted?.seconds[0]).toBeLessThan(polled?.seconds[1] ?? 0);
});

test.each([
  ['block', 1],
  ['idle minute', 5],
])('every question of the %s has its rows, and together they are all of them', (when, total) => {
  const questions = table('D1 rows read', '10 open', '1 000 open').filter(([name]) => name?.startsWith(`${when}: `));
  expect(questions.length).toBeGreaterThanOrEqual(4);
  for (const [index, cells] of table('open invoices', 'D1 rows read').entries()) {
    const sum = questions.reduce((rows, question) => rows + count(question[index + 1]), 0);
    expect(sum).toBe(count(cells[total]));
  }
});

test('every statement belongs to a question that has a name', () => {
  expect(report).not.toContain('not attributed');
});

test('the rows that a block reads and writes do not grow with the invoices', () => {
  const [few, many] = table('open invoices', 'D1 rows read');
  for (const column of [1, 2]) expect(Math.abs(count(many?.[column]) - count(few?.[column]))).toBeLessThan(10);
});

test('the machine and the block are described', () => {
  expect(report).toMatch(/^Measured by `npm run bench:watch` on \d+ cores of .+, Node 2\d\.\d+\.\d+, /);
  expect(report).toMatch(/The block has 2 501 transactions, 8 \d{3} outputs and 1\.7\d MB; 2 of its/);
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
