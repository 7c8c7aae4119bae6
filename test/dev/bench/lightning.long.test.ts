// A merchant asks how soon a payment over Lightning is known and a payout settled, and what the second way to pay costs: the tables
// of `npm run bench:lightning` say it, over real Lightning.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/lightning.ts', import.meta.url));
const TIMEOUT_MS = 240_000;

let rows: string[][];

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS });
  expect(stdout).toMatch(/^Measured by `npm run bench:lightning` on \d+ cores of .+, Node 2\d\.\d+\.\d+, /);
  expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
  rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}, TIMEOUT_MS);

/** Milliseconds from the payment to the event, by the node's name. */
function paid(how: string, at: string) {
  const found = rows.filter(([first, , , where]) => first === how && where === at);
  return found.map(([, node, payments, , ...times]) => ({
    ...{ node, payments: Number(payments) },
    ms: times.map((time) => Number(/^(\d+) ms$/.exec(time)?.[1])),
  }));
}

test('a payment that the node announces is at the webhook long before the next look-up: by hooks, and by a wallet’s socket', () => {
  const announced = paid('a hook or notice, no page open', 'webhook');
  expect(announced.map(({ node }) => node)).toEqual(['phoenixd', 'lnbits', 'nwc', '**all**']);
  for (const { ms } of announced) expect(ms[0]).toBeLessThan(1_500);
});

test.each(['page', 'webhook'])(
  'with a page open, a node that is polled is seen to be paid at its next look-up: %s',
  (at) => {
    const polled = paid('polling, a page open', at);
    expect(polled.map(({ node, payments }) => [node, payments])).toEqual([
      ...['phoenixd', 'lnd', 'clnrest', 'lnbits', 'address'].map((node) => [node, 4]),
      ['**all**', 20],
    ]);
    for (const { ms } of polled) {
      expect(ms[0]).toBeLessThanOrEqual(ms[1] ?? Number.NaN);
      expect(ms[2]).toBeLessThan(6_000);
    }
  },
);

test('a payout is sent as soon as it is requested, at every kind of node that pays, and so are many in one moment', () => {
  const payouts = rows.filter(([first]) => /^one after the other$|^\d+ in one moment$/.test(first ?? ''));
  expect(payouts.map(([, node, count]) => [node, Number(count)])).toEqual([
    ...['phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc'].map((node) => [node, 2]),
    ['**all**', 10],
    ['phoenixd', 4],
  ]);
  // A payout that is not sent when it is requested waits a minute for the cron.
  for (const [, , , p50] of payouts) expect(Number(/^(\d+) ms$/.exec(p50 ?? '')?.[1])).toBeLessThan(20_000);
});

test('a node that lists what was paid is asked as often for eight open invoices as for one', () => {
  const requests = new Map(rows.filter((cells) => cells.length === 3).map(([node, ...counts]) => [node, counts]));
  expect([...requests.keys()]).toEqual(['node', 'phoenixd', 'lnd', 'clnrest', 'lnbits', 'address']);
  for (const node of ['phoenixd', 'lnd', 'clnrest', 'lnbits']) {
    const [one, eight] = (requests.get(node) ?? []).map(Number);
    expect(Math.abs(Number(eight) - Number(one))).toBeLessThanOrEqual(1);
    expect(eight).toBeLessThanOrEqual(4);
  }
});

test('a creation with both ways to pay costs no round trip, no call outside and no row more', () => {
  const [onchain, both] = ['on chain alone', 'on chain and Lightning'].map((name) =>
    rows.filter(([first]) => first === name),
  );
  expect(onchain?.at(-1)?.slice(1)).toEqual(['1', '0', '8']);
  expect(both?.at(-1)?.slice(1)).toEqual(['1', '0', '8']);
  expect(both?.slice(0, 2).map(([, connections]) => connections)).toEqual(['1', '16']);
  for (const [, , p50, ratio] of both?.slice(0, 2) ?? []) {
    expect(p50).toMatch(/^\d+\.\d\d ms$/);
    expect(ratio).toMatch(/^\d\.\d{3} \(\d+\.\d\d–\d+\.\d\d\)$/);
  }
});
