// A newcomer runs `npm run bench` and gets the tables of the benchmarks' page: every figure is there, and the ones that are counted
// keep to the budget of an invoice, in one wait on the database and in rows that Cloudflare bills.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/main.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

/** Cells of the table rows of the report, by what the first cell says. */
let rows: Map<string, string[][]>;
let report: string;

beforeAll(async () => {
  ({ stdout: report } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS }));
  const cells = report
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  rows = Map.groupBy(cells, ([first]) => first ?? '');
}, TIMEOUT_MS);

describe('what is timed', () => {
  test.each([
    ['one bare D1 insert', ['1, 25 ms apart', '1, back to back', '16', '64']],
    ['`POST /v1/invoices`', ['1, 25 ms apart', '1, back to back', '16', '64']],
    ['one bare D1 read', ['1, back to back']],
    ['`GET /v1/invoices/:id`', ['1, back to back']],
    ['`GET /v1/invoices` (25)', ['1, back to back']],
    ['`GET /pay/invoices/:id`', ['1, back to back']],
    ['`GET /health`', ['1, back to back']],
  ])('%s', (name, connections) => {
    const timed = (rows.get(name) ?? []).filter((cells) => cells.length === 6);
    expect(timed.map((cells) => cells[1])).toEqual(connections);
    for (const [, , p50, ratio, perSecond, rateRatio] of timed) {
      expect(p50).toMatch(/^\d+\.\d\d ms$/);
      expect(perSecond).toMatch(/^[1-9]\d*$/);
      for (const one of [ratio, rateRatio]) expect(one).toMatch(/^(1|\d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\))$/);
    }
  });
});

describe('what an invoice costs', () => {
  test('creating one waits for D1 once and sends no request; the webhook follows the response', () => {
    const [, roundTrips, outbound, webhooks] = counted('`POST /v1/invoices`');
    expect(roundTrips).toBe('1');
    expect(counted('the first `POST /v1/invoices` in a minute')[1]).toBe('2');
    expect(outbound).toBe('0');
    expect(webhooks).toBe('1');
  });

  test('from creation to paid, with three webhooks sent and recorded, at most 20 rows are written', () => {
    const written = counted('**from creation to paid**').at(-1)?.replaceAll('*', '');
    expect(Number(written)).toBeGreaterThan(0);
    expect(Number(written)).toBeLessThanOrEqual(20);
  });
});

describe('a store with very many invoices', () => {
  test.each([
    'one bare read by primary key',
    '`GET /v1/invoices/:id`',
    '`GET /v1/invoices`, the newest 25',
    'the newest 100',
    'the 1 000th page of 25',
    '25 anywhere, by `cursor`',
    'the newest 25 that are `paid`',
    '25 `expired` ones anywhere, by `cursor`',
    'one by `order_ref`',
    'the newest 25 of the store with few',
  ])('is listed, and compared with one read: %s', (name) => {
    const [, p50, p95, ...ratios] = rows.get(name)?.find((cells) => cells.length === 5) ?? [];
    for (const time of [p50, p95]) expect(time).toMatch(/^\d+\.\d\d ms$/);
    expect(ratios).toEqual([expect.stringMatching(/^\d+\.\d\d$/), expect.stringMatching(/^\d+\.\d\d$/)]);
  });

  test('its overview asks no more often than that of a small one, and no page walks through all of it', () => {
    const [many, few] = [page('overview of the store with many'), page('overview of the store with few')];
    expect([many.roundTrips, many.statements]).toEqual([few.roundTrips, few.statements]);
    for (const name of ['overview of the store with many', 'list of the store with many', 'one of its invoices'])
      expect(page(name).rowsRead, name).toBeLessThanOrEqual(100);
  });

  test('logging in waits for D1 six times, two of them to count the try, and writes one session and two counts', () => {
    const { roundTrips, rowsWritten } = page('log-in');
    expect(roundTrips).toBeLessThanOrEqual(6);
    expect(rowsWritten).toBeLessThanOrEqual(9);
  });
});

function page(name: string) {
  const cells = rows.get(name)?.find((found) => found.length === 8);
  if (!cells) throw new Error(`no row for ${name} in:\n${report}`);
  const [roundTrips, statements, rowsRead, rowsWritten] = cells
    .slice(4)
    .map((cell) => Number(cell.replaceAll(' ', '')));
  return { roundTrips, statements, rowsRead, rowsWritten };
}

test('the bundle has a size and a start-up time, and the machine is described', () => {
  expect(report).toMatch(/^Measured by `npm run bench` on \d+ cores of .+, Node 2\d\.\d+\.\d+, /);
  expect(report).toMatch(/^\| \d+\.\d KiB \| \d+\.\d KiB \| \d+ ms \(.+\) \|$/m);
});

function counted(step: string): string[] {
  const found = rows.get(step)?.find((cells) => cells.length === 7);
  if (!found) throw new Error(`no counted row for ${step} in:\n${report}`);
  return found;
}
