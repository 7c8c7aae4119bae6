// A newcomer runs `npm run bench:cost` and sees what a paid invoice uses of all that Cloudflare charges for, and the bill of a month.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/cost.ts', import.meta.url));
const TIMEOUT_MS = 240_000;
const VOLUMES = ['1 000', '10 000', '100 000', '1 000 000'];

/** Cells of the tables of the report, by what the first cell says. */
let rows: Map<string, string[]>;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS });
  const cells = stdout.split('\n').filter((line) => line.startsWith('| '));
  rows = new Map(
    cells.map((line) => {
      const [first = '', ...others] = line.slice(1, -1).split('|');
      return [first.trim(), others.map((cell) => cell.trim().replaceAll('*', ''))];
    }),
  );
}, TIMEOUT_MS);

test('an invoice that a chain pays is metered from its creation to the end of its watch', () => {
  const [requests, , rowsRead, rowsWritten, objectRequests] = figures('**an invoice**');
  // Created, its page, the stream, the page again at each of two events, and read by the merchant.
  expect(requests).toBe(6);
  expect(rowsRead).toBeGreaterThan(100);
  expect(rowsWritten).toBeGreaterThan(10);
  expect(rowsWritten).toBeLessThan(40);
  expect(objectRequests).toBeGreaterThan(2);
  expect(figures('created')[3]).toBeGreaterThan(4);
  expect(figures('read by the merchant')[3]).toBe(0);
});

test('a minute of the cron and a block cost little, at any number of invoices', () => {
  const [requests, , , rowsWritten] = figures('a minute of the cron');
  expect(requests).toBe(1);
  expect(rowsWritten).toBeLessThan(10);
  expect(figures('a block of 2 500 transactions')[2]).toBeGreaterThan(5_000);
});

test('the bill has a row for each number of invoices, and adds up', () => {
  for (const volume of VOLUMES) {
    const usd = (rows.get(volume) ?? []).map((cell) => Number(cell.replace('$', '')));
    const [first = 0, twelfth] = usd.splice(-2);
    expect(usd.reduce((sum, line) => sum + line, 0)).toBeCloseTo(first, 1);
    expect(twelfth).toBeGreaterThanOrEqual(first);
    expect(first).toBeGreaterThanOrEqual(5);
  }
});

function figures(name: string): number[] {
  const found = rows.get(name);
  if (!found) throw new Error(`no row for ${name} in:\n${[...rows.keys()].join('\n')}`);
  return found.map((cell) => Number(cell.replaceAll(' ', '')));
}
