// A buyer who raises the fee of a payment has not paid later. A buyer who sends dust in time, to hold the price, has.

import { describe, expect, test } from 'vitest';
import { assess } from '../../../src/core/invoice/assess.ts';
import type { Payment } from '../../../src/core/invoice/invoice.ts';
import { applyLook } from '../../../src/core/onchain/look.ts';
import { CREATED_MS, DEADLINE_MS, EXPIRES_MS, facts, hash, look, MINUTE_MS, payee, tx } from '../invoice/support.ts';

const IN_TIME = CREATED_MS + MINUTE_MS;
const LATE = EXPIRES_MS + MINUTE_MS;
const TOO_LATE = DEADLINE_MS + MINUTE_MS;
const PRICE = 100_000n;
/** The least that pays it. */
const LEAST = PRICE - 1_000n;

interface Sent {
  name: string;
  coins: string[];
  sats: bigint;
  atMs: number;
}

/** What is known after each of these was the only one shown. */
function payments(sent: Sent[], amountSats: bigint | null = PRICE): Payment[] {
  return sent.reduce<Payment[]>((known, { name, coins, sats, atMs }) => {
    const state = sent.filter((one) => one.atMs === atMs && one.name !== name);
    const shown = [{ name, coins, sats }, ...state].map((one) => tx(one.name, { inputs: one.coins, sats: one.sats }));
    return applyLook(known, look({ atMs, transactions: shown }), payee({ amountSats }));
  }, []);
}

const firstSeen = (name: string, known: Payment[]) => known.find(({ id }) => id === `${hash(name)}:0`)?.firstSeenMs;
const paid = (name: string, coins: string[], sats: bigint, atMs: number): Sent => ({ name, coins, sats, atMs });

describe('a replacement', () => {
  test.each<[string, Sent[], number]>([
    ['of the same amount', [paid('a', ['x'], PRICE, IN_TIME), paid('b', ['x'], PRICE, LATE)], IN_TIME],
    ['that pays more', [paid('a', ['x'], PRICE, IN_TIME), paid('b', ['x'], PRICE + 5_000n, LATE)], IN_TIME],
    ['that brings a further coin', [paid('a', ['x'], PRICE, IN_TIME), paid('b', ['x', 'y'], PRICE, LATE)], IN_TIME],
    ['after the late deadline', [paid('a', ['x'], PRICE, IN_TIME), paid('b', ['x'], PRICE, TOO_LATE)], IN_TIME],
    ['of a part, by the same part', [paid('a', ['x'], 40_000n, IN_TIME), paid('b', ['x'], 40_000n, LATE)], IN_TIME],
    ['of a part, by a larger part', [paid('a', ['x'], 40_000n, IN_TIME), paid('b', ['x'], 60_000n, LATE)], IN_TIME],
    [
      'of a replacement of a replacement',
      [paid('a', ['x'], PRICE, IN_TIME), paid('c', ['x'], PRICE, LATE), paid('b', ['x'], PRICE, TOO_LATE)],
      IN_TIME,
    ],
    [
      'of the same amount as a second one, which paid less than the first',
      [paid('a', ['x'], PRICE, IN_TIME), paid('c', ['x'], 50_000n, LATE), paid('b', ['x'], 50_000n, TOO_LATE)],
      LATE,
    ],
    [
      'of two payments together',
      [paid('a', ['x'], 60_000n, IN_TIME), paid('c', ['y'], 40_000n, IN_TIME), paid('b', ['x', 'y'], PRICE, LATE)],
      IN_TIME,
    ],
  ])('%s keeps the time', (_, sent, expected) => {
    expect(firstSeen('b', payments(sent))).toBe(expected);
  });

  test.each<[string, Sent[], number]>([
    ['that pays less', [paid('a', ['x'], PRICE, IN_TIME), paid('b', ['x'], PRICE - 1n, LATE)], LATE],
    [
      'that pays the price where dust was sent in time',
      [paid('a', ['x'], 600n, IN_TIME), paid('b', ['x'], PRICE, LATE)],
      LATE,
    ],
    [
      'that pays just enough where too little was sent',
      [paid('a', ['x'], LEAST - 1n, IN_TIME), paid('b', ['x'], LEAST, LATE)],
      LATE,
    ],
    ['that spends another coin', [paid('a', ['x'], PRICE, IN_TIME), paid('b', ['y'], PRICE, LATE)], LATE],
    [
      'that completes what another payment left open, where it was dust before',
      [paid('c', ['y'], 50_000n, IN_TIME), paid('a', ['x'], 600n, IN_TIME), paid('b', ['x'], 50_000n, LATE)],
      LATE,
    ],
  ])('%s is judged by its own time', (_, sent, expected) => {
    expect(firstSeen('b', payments(sent))).toBe(expected);
  });

  test('of any amount keeps the time where the invoice takes any', () => {
    const sent = [paid('a', ['x'], 600n, IN_TIME), paid('b', ['x'], 90_000n, LATE)];
    expect(firstSeen('b', payments(sent, null))).toBe(IN_TIME);
  });

  test('of a payment that was in time leaves the invoice seen after the late deadline, and pays it on time', () => {
    const known = payments([paid('a', ['x'], PRICE, IN_TIME), paid('b', ['x'], PRICE, TOO_LATE)]);
    expect(known.map(({ state }) => state)).toEqual(['replaced', 'mempool']);
    expect(assess(facts({ payments: known, lookedAtMs: TOO_LATE })).status).toBe('seen');
    const mined = known.map((one) =>
      one.state === 'mempool' ? { ...one, state: 'confirmed' as const, blockHeight: 1 } : one,
    );
    expect(assess(facts({ payments: mined, lookedAtMs: TOO_LATE })).status).toBe('paid');
  });

  test('of a payment that was marked invalid is covered by the mark, and one that pays less asks for review', () => {
    const marked = { kind: 'marked_invalid' as const, atMs: LATE, by: 'merchant' };
    const statusAfter = (sats: bigint) => {
      const known = payments([paid('a', ['x'], PRICE, IN_TIME), paid('b', ['x'], sats, TOO_LATE)]);
      const mined = known.map((one) =>
        one.state === 'mempool' ? { ...one, state: 'confirmed' as const, blockHeight: 1 } : one,
      );
      return assess(facts({ payments: mined, marks: [marked], lookedAtMs: TOO_LATE })).status;
    };
    expect(statusAfter(PRICE)).toBe('cancelled');
    expect(statusAfter(PRICE / 2n)).toBe('requires_review');
  });
});
