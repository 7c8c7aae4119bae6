// What an invoice is, decided from its payments: every status of the integration guide §7 and the rule behind it, and
// which event tells the merchant (§8).
import { describe, expect, it, test } from 'vitest';
import { assess, DUST_SATS, isSettled } from '../../../src/core/invoice/assess.ts';
import type { History, Mark, Payment, Status } from '../../../src/core/invoice/invoice.ts';
import { confirmationsOf, isLive } from '../../../src/core/invoice/methods.ts';
import { type OnchainPayment, SOLE_WITNESS_LIMIT_SATS } from '../../../src/core/onchain/payment.ts';
import {
  advance,
  announced,
  begin,
  CREATED_MS,
  DEADLINE_MS,
  EXPIRES_MS,
  facts,
  MINUTE_MS,
  mempool,
  mined,
  statusOf,
  TIP,
  terms,
} from './support.ts';

const CANCELLED: Mark = { kind: 'cancelled', atMs: CREATED_MS + MINUTE_MS, by: 'merchant' };
const reviewOpened = (reason: string): Mark => ({ kind: 'review_opened', atMs: CREATED_MS, by: 'cross-check', reason });
const GONE: OnchainPayment['state'][] = ['replaced', 'dropped', 'double_spent', 'reorged'];

describe('an invoice without a payment', () => {
  test.each<[string, number, Status]>([
    ['waits until a look at the chain was taken', 0, 'pending'],
    ['waits a millisecond before its time is up', EXPIRES_MS - 1, 'pending'],
    ['expires when its time is up', EXPIRES_MS, 'expired'],
    ['stays expired within the grace time', EXPIRES_MS + 1, 'expired'],
    ['stays expired after the grace time', DEADLINE_MS + 1, 'expired'],
  ])('%s', (_, lookedAtMs, status) => {
    expect(statusOf({ lookedAtMs })).toBe(status);
  });

  test('does not wait again after it was announced as expired, even by an older look', () => {
    expect(statusOf({ lookedAtMs: CREATED_MS, history: announced('invoice.expired') })).toBe('expired');
  });

  test.each(GONE)('is as unpaid as before when its payment is %s', (state) => {
    const payments = [mempool(100_000n, { state })];
    expect(statusOf({ payments })).toBe('pending');
    expect(statusOf({ payments, lookedAtMs: EXPIRES_MS })).toBe('expired');
    expect(assess(facts({ payments }))).toMatchObject({ seenSats: 0n, confirmedSats: 0n, dueSats: 100_000n });
  });

  test('owes its whole amount', () => {
    expect(assess(facts())).toMatchObject({
      status: 'pending',
      seenSats: 0n,
      confirmedSats: 0n,
      dueSats: 100_000n,
      reviewReason: null,
      resolved: false,
    });
  });
});

describe('a payment in the mempool', () => {
  test.each<[string, bigint, bigint]>([
    ['in full', 100_000n, 0n],
    ['short by the tolerance', 99_000n, 0n],
    ['short by a sat more than the tolerance', 98_999n, 1_001n],
    ['of one sat', 1n, 99_999n],
    ['of more than was asked', 250_000n, 0n],
  ])('%s is seen, and the rest is still due', (_, sats, dueSats) => {
    expect(assess(facts({ payments: [mempool(sats)] }))).toMatchObject({
      status: 'seen',
      seenSats: sats,
      confirmedSats: 0n,
      dueSats,
      reviewReason: null,
      resolved: false,
    });
  });

  test('keeps the invoice from expiring for as long as it is there', () => {
    for (const lookedAtMs of [EXPIRES_MS - 1, EXPIRES_MS, DEADLINE_MS, DEADLINE_MS + 1, DEADLINE_MS * 2]) {
      expect(statusOf({ payments: [mempool(100_000n)], lookedAtMs })).toBe('seen');
    }
  });

  test('within the grace time makes an expired invoice seen', () => {
    const payments = [mempool(100_000n, { firstSeenMs: DEADLINE_MS })];
    expect(statusOf({ payments, lookedAtMs: DEADLINE_MS, history: announced('invoice.expired') })).toBe('seen');
  });
});

describe('the tolerance', () => {
  test.each<[bigint, Status, bigint]>([
    [1n, 'underpaid', 99_999n],
    [98_999n, 'underpaid', 1_001n],
    [99_000n, 'paid', 0n],
    [99_001n, 'paid', 0n],
    [99_999n, 'paid', 0n],
    [100_000n, 'paid', 0n],
    [100_001n, 'paid', 0n],
    [101_000n, 'paid', 0n],
    [101_001n, 'overpaid', 0n],
    [1_000_000n, 'overpaid', 0n],
  ])('of 1000 sats on 100000: %s sats are %s, with %s due', (sats, status, dueSats) => {
    const assessment = assess(facts({ payments: [mined(sats)] }));
    expect(assessment).toMatchObject({
      status,
      seenSats: sats,
      confirmedSats: sats,
      dueSats,
      reviewReason: null,
      resolved: false,
    });
  });

  test.each<[bigint, Status]>([
    [99_999n, 'underpaid'],
    [100_000n, 'paid'],
    [100_001n, 'overpaid'],
  ])('of zero is strict: %s sats are %s', (sats, status) => {
    const strict = terms({ toleranceBelowSats: 0n, toleranceAboveSats: 0n });
    expect(statusOf({ terms: strict, payments: [mined(sats)] })).toBe(status);
  });

  test.each<[bigint, Status]>([
    [99_949n, 'underpaid'],
    [99_950n, 'paid'],
    [100_007n, 'paid'],
    [100_008n, 'overpaid'],
  ])('may differ below and above: %s sats are %s', (sats, status) => {
    const uneven = terms({ toleranceBelowSats: 50n, toleranceAboveSats: 7n });
    expect(statusOf({ terms: uneven, payments: [mined(sats)] })).toBe(status);
  });

  it.each([
    [1n, 10n],
    [10n, 10n],
    [5n, 1_000n],
  ])('never pays an invoice of %s sats with nothing, even where it is %s sats', (amountSats, tolerance) => {
    const tiny = terms({ amountSats, toleranceBelowSats: tolerance, toleranceAboveSats: tolerance });
    expect(statusOf({ terms: tiny })).toBe('pending');
  });
});

describe('confirmations', () => {
  test.each<[string, Partial<OnchainPayment>, number | null, number]>([
    ['none in the mempool', {}, TIP, 0],
    ['one in the tip', { state: 'confirmed', blockHeight: TIP }, TIP, 1],
    ['two one block below the tip', { state: 'confirmed', blockHeight: TIP - 1 }, TIP, 2],
    ['one hundred, ninety-nine blocks below', { state: 'confirmed', blockHeight: TIP - 99 }, TIP, 100],
    ['all of the chain for the first block', { state: 'confirmed', blockHeight: 0 }, TIP, TIP + 1],
    ['none for a block above the tip', { state: 'confirmed', blockHeight: TIP + 1 }, TIP, 0],
    ['none for a block far above the tip', { state: 'confirmed', blockHeight: TIP + 50 }, TIP, 0],
    ['none while no tip is known', { state: 'confirmed', blockHeight: TIP }, null, 0],
    ['none without a height', { state: 'confirmed', blockHeight: null }, TIP, 0],
    ['none once reorged', { state: 'reorged', blockHeight: TIP - 3 }, TIP, 0],
    ['none once replaced', { state: 'replaced', blockHeight: TIP - 3 }, TIP, 0],
  ])('are %s', (_, over, tipHeight, confirmations) => {
    expect(confirmationsOf(mempool(1n, over), tipHeight)).toBe(confirmations);
  });

  test.each([1, 2, 3, 4, 5, 6])('settle an invoice that asks for %i exactly when they are that many', (threshold) => {
    const asked = { terms: terms({ confThreshold: threshold }) };
    expect(statusOf({ ...asked, payments: [mempool(100_000n)] })).toBe('seen');
    for (let confirmations = 1; confirmations <= 8; confirmations++) {
      const status = statusOf({ ...asked, payments: [mined(100_000n, confirmations)] });
      expect(status, `${confirmations} of ${threshold}`).toBe(confirmations < threshold ? 'seen' : 'paid');
    }
  });

  test('are counted for each payment by itself: a deep one does not lift a fresh one', () => {
    const asked = { terms: terms({ confThreshold: 3 }) };
    expect(statusOf({ ...asked, payments: [mined(60_000n, 3), mined(40_000n, 2)] })).toBe('underpaid');
    expect(statusOf({ ...asked, payments: [mined(60_000n, 4), mined(40_000n, 3)] })).toBe('paid');
  });

  test('do not count above the tip that we know ourselves', () => {
    expect(statusOf({ payments: [mined(100_000n)], tipHeight: TIP - 1 })).toBe('seen');
    expect(statusOf({ payments: [mined(100_000n)], tipHeight: null })).toBe('seen');
  });
});

describe('a store that accepts the mempool', () => {
  const zero = { terms: terms({ confThreshold: 0 }) };

  test.each<[bigint, Status]>([
    [98_999n, 'underpaid'],
    [99_000n, 'paid'],
    [101_000n, 'paid'],
    [101_001n, 'overpaid'],
  ])('takes %s unconfirmed sats as %s', (sats, status) => {
    expect(statusOf({ ...zero, payments: [mempool(sats, { zeroConfSafe: true })] })).toBe(status);
  });

  test('takes a late one as late', () => {
    const late = mempool(100_000n, { firstSeenMs: EXPIRES_MS, zeroConfSafe: true });
    expect(statusOf({ ...zero, payments: [late] })).toBe('late_paid');
  });

  test('takes one that no explorer vouches for as seen, and not even vouching helps where a confirmation is asked for', () => {
    expect(statusOf({ ...zero, payments: [mempool(100_000n)] })).toBe('seen');
    expect(statusOf({ payments: [mempool(100_000n, { zeroConfSafe: true })] })).toBe('seen');
  });

  test('stays paid when the payment gets its block, and when that block is lost again', () => {
    const settled = { ...zero, history: announced('invoice.paid') };
    expect(statusOf({ ...settled, payments: [mined(100_000n)] })).toBe('paid');
    expect(statusOf({ ...settled, payments: [mempool(100_000n)] })).toBe('paid');
    expect(statusOf({ ...settled, payments: [mempool(100_000n)], tipHeight: null })).toBe('paid');
  });

  test.each(GONE)('is announced when the payment is %s', (state) => {
    expect(statusOf({ ...zero, history: announced('invoice.paid'), payments: [mempool(100_000n, { state })] })).toBe(
      'reverted',
    );
  });
});

describe('what explorers do not agree about', () => {
  const limit = SOLE_WITNESS_LIMIT_SATS;
  const large = (over = {}) => ({ terms: terms({ amountSats: limit }), payments: [mined(limit, 2)], ...over });

  test('does not count above the height where they part', () => {
    const payments = [mined(100_000n, 2)];
    expect(statusOf({ payments, heldAboveHeight: TIP - 2 })).toBe('seen');
    expect(statusOf({ payments, heldAboveHeight: TIP - 1 })).toBe('paid');
    expect(statusOf({ payments, heldAboveHeight: -1 })).toBe('seen');
    expect(statusOf({ payments, heldAboveHeight: null })).toBe('paid');
  });

  test('takes nothing back from an invoice that was paid', () => {
    expect(statusOf({ payments: [mined(100_000n)], heldAboveHeight: -1, history: announced('invoice.paid') })).toBe(
      'paid',
    );
  });

  test('or that one alone shows does not pay a large invoice before six blocks', () => {
    expect(statusOf(large({ witnessedHeight: TIP - 1 }))).toBe('paid');
    expect(statusOf(large({ witnessedHeight: TIP - 2 }))).toBe('seen');
    expect(statusOf(large({ witnessedHeight: null }))).toBe('seen');
    expect(statusOf(large({ witnessedHeight: null, payments: [mined(limit, 5)] }))).toBe('seen');
    expect(statusOf(large({ witnessedHeight: null, payments: [mined(limit, 6)] }))).toBe('paid');
  });

  test('pays an invoice below the limit, and one of any amount by what has come together', () => {
    const below = { terms: terms({ amountSats: limit - 1n }), witnessedHeight: null };
    expect(statusOf({ ...below, payments: [mined(limit - 1n)] })).toBe('paid');
    const open = { terms: terms({ amountSats: null }), witnessedHeight: null };
    expect(statusOf({ ...open, payments: [mined(limit - 1n)] })).toBe('paid');
    expect(statusOf({ ...open, payments: [mined(limit - 1n), mined(1n)] })).toBe('seen');
  });
});

describe('top-ups', () => {
  test.each<[string, Payment[], Status, bigint]>([
    ['a short payment alone is underpaid', [mined(60_000n)], 'underpaid', 40_000n],
    ['a top-up in the mempool counts as seen', [mined(60_000n), mempool(40_000n)], 'underpaid', 0n],
    ['a top-up that confirms pays the rest', [mined(60_000n), mined(40_000n)], 'paid', 0n],
    ['a top-up within the tolerance pays the rest', [mined(60_000n), mined(39_000n)], 'paid', 0n],
    ['a top-up a sat too short does not', [mined(60_000n), mined(38_999n)], 'underpaid', 1_001n],
    ['a top-up a sat too much overpays', [mined(60_000n), mined(41_001n)], 'overpaid', 0n],
    ['many small ones add up', Array.from({ length: 10 }, () => mined(10_000n)), 'paid', 0n],
    [
      'two outputs of one transaction add up',
      [mined(60_000n, 1, { txid: 'aa' }), mined(40_000n, 1, { txid: 'aa', vout: 1 })],
      'paid',
      0n,
    ],
    [
      'a top-up that was replaced does not count',
      [mined(60_000n), mempool(40_000n, { state: 'replaced' })],
      'underpaid',
      40_000n,
    ],
    [
      'a first payment that was lost does not count',
      [mempool(60_000n, { state: 'reorged' }), mined(40_000n)],
      'underpaid',
      60_000n,
    ],
  ])('%s', (_, payments, status, dueSats) => {
    expect(assess(facts({ payments }))).toMatchObject({ status, dueSats });
  });

  test('are asked for even after the time is up: an underpaid invoice does not expire', () => {
    expect(statusOf({ payments: [mined(60_000n)], lookedAtMs: DEADLINE_MS + 1 })).toBe('underpaid');
  });

  test('tell the merchant of every short one and then of the whole', () => {
    let story = begin();
    const payments: Payment[] = [];
    for (const sats of [30_000n, 30_000n, 30_000n, 10_000n]) {
      payments.push(mined(sats));
      story = advance(story, { payments: [...payments] }, CREATED_MS);
    }
    expect(story.events).toEqual([
      'invoice.created',
      'invoice.underpaid',
      'invoice.underpaid',
      'invoice.underpaid',
      'invoice.paid',
    ]);
  });
});

describe('a payment is on time or late by when it was first seen', () => {
  const at = (firstSeenMs: number, sats = 100_000n) => mined(sats, 1, { firstSeenMs });

  test.each<[string, Payment[], Status]>([
    ['a millisecond before the end: on time', [at(EXPIRES_MS - 1)], 'paid'],
    ['at the end: late', [at(EXPIRES_MS)], 'late_paid'],
    ['at the end of the grace time: late, and still credited', [at(DEADLINE_MS)], 'late_paid'],
    ['first half on time, second half late: late', [at(CREATED_MS, 50_000n), at(EXPIRES_MS, 50_000n)], 'late_paid'],
    ['enough on time and a few sats late: on time', [at(CREATED_MS, 99_000n), at(EXPIRES_MS, 1_000n)], 'paid'],
    ['enough on time and too much late: overpaid', [at(CREATED_MS), at(EXPIRES_MS, 1_001n)], 'overpaid'],
    ['late and short: underpaid', [at(EXPIRES_MS, 98_999n)], 'underpaid'],
    ['late and too much: overpaid', [at(EXPIRES_MS, 101_001n)], 'overpaid'],
  ])('%s', (_, payments, status) => {
    expect(statusOf({ payments, lookedAtMs: DEADLINE_MS * 2 })).toBe(status);
  });

  test('and not by when it confirmed: seen in time, it is paid however long the block takes', () => {
    const story = advance(begin(), { payments: [mempool(100_000n, { txid: 'aa' })] }, CREATED_MS);
    const later = DEADLINE_MS + 10 * 24 * 60 * MINUTE_MS;
    const waiting = advance(story, { lookedAtMs: later }, later);
    const confirmed = advance(waiting, { payments: [mined(100_000n, 1, { txid: 'aa' })], lookedAtMs: later }, later);
    expect(confirmed.events).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.paid']);
  });

  test('so that an expired invoice can still be paid late', () => {
    const expired = advance(begin(), { lookedAtMs: EXPIRES_MS }, EXPIRES_MS);
    const late = { firstSeenMs: EXPIRES_MS + 1, txid: 'aa' };
    const seen = advance(expired, { payments: [mempool(100_000n, late)], lookedAtMs: EXPIRES_MS + 1 }, EXPIRES_MS + 1);
    const paid = advance(seen, { payments: [mined(100_000n, 1, late)] }, EXPIRES_MS + 2);
    expect(paid.events).toEqual(['invoice.created', 'invoice.expired', 'invoice.payment_seen', 'invoice.late_paid']);
  });
});

describe('money that comes after the grace time', () => {
  const stray = (sats: bigint) => mined(sats, 1, { firstSeenMs: DEADLINE_MS + 1 });
  const lookedAtMs = DEADLINE_MS + MINUTE_MS;

  test.each<[string, Payment[], Status]>([
    ['is never credited, even in full', [stray(100_000n)], 'requires_review'],
    ['of the least that is not dust asks for a review', [stray(DUST_SATS)], 'requires_review'],
    ['of dust is nothing', [stray(DUST_SATS - 1n)], 'expired'],
    ['in several pieces is judged by its sum', [stray(300n), stray(246n)], 'requires_review'],
    ['in several pieces that are dust together is nothing', [stray(300n), stray(245n)], 'expired'],
    ['unconfirmed is nothing yet', [mempool(100_000n, { firstSeenMs: DEADLINE_MS + 1 })], 'expired'],
    ['does not top up a short payment', [mined(60_000n), stray(40_000n)], 'requires_review'],
    ['as dust leaves a short payment short', [mined(60_000n), stray(545n)], 'underpaid'],
    ['does not disturb an invoice that is paid', [mined(100_000n), stray(100_000n)], 'paid'],
  ])('%s', (_, payments, status) => {
    expect(statusOf({ payments, lookedAtMs })).toBe(status);
  });

  test('says why a person must look, and leaves the sums alone', () => {
    expect(assess(facts({ payments: [mined(60_000n), stray(40_000n)], lookedAtMs }))).toMatchObject({
      status: 'requires_review',
      seenSats: 60_000n,
      confirmedSats: 60_000n,
      dueSats: 40_000n,
      reviewReason: 'payment_after_deadline',
      resolved: false,
    });
  });

  test('waits for the confirmations that the invoice asks for', () => {
    const asked = { terms: terms({ confThreshold: 3 }), lookedAtMs };
    const after = { firstSeenMs: DEADLINE_MS + 1 };
    expect(statusOf({ ...asked, payments: [mined(100_000n, 2, after)] })).toBe('expired');
    expect(statusOf({ ...asked, payments: [mined(100_000n, 3, after)] })).toBe('requires_review');
  });
});

describe('a cancelled invoice', () => {
  test.each<[string, Payment[], Status]>([
    ['stays cancelled', [], 'cancelled'],
    ['stays cancelled for what is only in the mempool', [mempool(100_000n)], 'cancelled'],
    ['stays cancelled for dust', [mined(DUST_SATS - 1n)], 'cancelled'],
    ['asks for a review when more than dust is paid', [mined(DUST_SATS)], 'requires_review'],
    ['asks for a review when it is paid in full, never settles', [mined(100_000n)], 'requires_review'],
    [
      'asks for a review of what comes after the grace time too',
      [mined(100_000n, 1, { firstSeenMs: DEADLINE_MS + 1 })],
      'requires_review',
    ],
  ])('%s', (_, payments, status) => {
    const assessment = assess(facts({ payments, marks: [CANCELLED], lookedAtMs: DEADLINE_MS + 1 }));
    expect(assessment.status).toBe(status);
    expect(assessment.reviewReason).toBe(status === 'requires_review' ? 'payment_after_cancellation' : null);
  });

  test('does not expire afterwards', () => {
    const story = advance(begin(), { marks: [CANCELLED] }, CREATED_MS);
    const later = advance(story, { lookedAtMs: DEADLINE_MS }, DEADLINE_MS);
    expect(later.events).toEqual(['invoice.created', 'invoice.cancelled']);
  });
});

describe('a review', () => {
  test.each<[string, Payment[], Mark[]]>([
    ['an unpaid invoice', [], []],
    ['a paid one', [mined(100_000n)], []],
    ['an underpaid one', [mined(1n)], []],
    ['a cancelled one', [], [CANCELLED]],
  ])('holds %s, whatever its payments say', (_, payments, marks) => {
    const assessment = assess(facts({ payments, marks: [...marks, reviewOpened('explorers_disagree')] }));
    expect(assessment).toMatchObject({ status: 'requires_review', reviewReason: 'explorers_disagree' });
  });

  test('keeps its first reason', () => {
    const marks = [reviewOpened('first'), reviewOpened('second')];
    expect(assess(facts({ marks })).reviewReason).toBe('first');
  });

  test('still shows what has arrived', () => {
    const marks = [reviewOpened('explorers_disagree')];
    expect(assess(facts({ payments: [mined(60_000n), mempool(10_000n)], marks }))).toMatchObject({
      seenSats: 70_000n,
      confirmedSats: 60_000n,
      dueSats: 30_000n,
    });
  });
});

describe('a reorg before the invoice is settled', () => {
  const asked = { terms: terms({ confThreshold: 3 }) };

  test.each<[string, Payment[], Status]>([
    ['that mines the payment again starts its confirmations anew', [mined(100_000n, 1)], 'seen'],
    ['that puts the payment back into the mempool leaves it seen', [mempool(100_000n)], 'seen'],
    ['that loses the payment leaves the invoice unpaid', [mempool(100_000n, { state: 'reorged' })], 'pending'],
  ])('%s', (_, payments, status) => {
    expect(statusOf({ ...asked, payments, history: announced('invoice.payment_seen') })).toBe(status);
  });

  test('takes an underpaid invoice back without calling it reverted', () => {
    const history = announced('invoice.payment_seen', 'invoice.underpaid');
    expect(statusOf({ payments: [mempool(60_000n)], history })).toBe('seen');
    expect(statusOf({ payments: [mempool(60_000n, { state: 'reorged' })], history })).toBe('pending');
  });
});

describe.each<['invoice.paid' | 'invoice.late_paid' | 'invoice.overpaid', Status, OnchainPayment]>([
  ['invoice.paid', 'paid', mined(100_000n)],
  ['invoice.late_paid', 'late_paid', mined(100_000n, 1, { firstSeenMs: EXPIRES_MS })],
  ['invoice.overpaid', 'overpaid', mined(200_000n)],
])('a reorg after %s', (type, status, payment) => {
  const asked = { terms: terms({ confThreshold: 3 }), history: announced(type) };

  test.each([1, 2, 3])('that mines the payment again changes nothing, at %i confirmations of 3', (confirmations) => {
    const again = { ...payment, blockHeight: TIP - confirmations + 1, blockHash: 'other' };
    expect(statusOf({ ...asked, payments: [again] })).toBe(status);
  });

  test.each<OnchainPayment['state']>(['mempool', ...GONE])(
    'that leaves the payment %s reverts the invoice',
    (state) => {
      const lost = { ...payment, state, blockHeight: null, blockHash: null };
      expect(statusOf({ ...asked, payments: [lost] })).toBe('reverted');
    },
  );

  test('that leaves too little in the chain reverts the invoice', () => {
    const half = { ...payment, valueSats: 50_000n };
    const lost: OnchainPayment = { ...half, id: 'another:1', state: 'reorged', blockHeight: null, blockHash: null };
    expect(statusOf({ ...asked, payments: [half, lost] })).toBe('reverted');
  });

  test('tells the merchant once that it is reverted', () => {
    const lost: OnchainPayment = { ...payment, state: 'reorged', blockHeight: null, blockHash: null };
    let story = advance(begin({ ...asked, payments: [payment] }), { payments: [lost] }, CREATED_MS);
    story = advance(story, { lookedAtMs: DEADLINE_MS * 2 }, DEADLINE_MS * 2);
    expect(story.events).toEqual(['invoice.created', 'invoice.payment_reverted']);
    expect(story.assessment.status).toBe('reverted');
  });
});

describe('a reorg that touches only what was too much', () => {
  const asked = { terms: terms({ confThreshold: 2 }), history: announced('invoice.overpaid') };
  const enough = mined(100_000n, 3);

  test('and loses it leaves the invoice paid', () => {
    expect(statusOf({ ...asked, payments: [enough, mempool(50_000n, { state: 'reorged' })] })).toBe('paid');
  });

  it('and mines it again leaves the invoice overpaid while its confirmations start anew', () => {
    expect(statusOf({ ...asked, payments: [enough, mined(50_000n, 1)] })).toBe('overpaid');
  });
});

describe('a reorg that mines a payment again', () => {
  it('does not let a fresh extra payment count before it has its own confirmations', () => {
    const asked = { terms: terms({ confThreshold: 2 }), history: announced('invoice.paid') };
    expect(statusOf({ ...asked, payments: [mined(100_000n, 1), mined(50_000n, 1)] })).toBe('paid');
  });
});

describe('a reverted invoice', () => {
  const history = announced('invoice.paid', 'invoice.payment_reverted');

  test.each<[string, Payment[], Status]>([
    ['stays reverted while nothing pays it', [], 'reverted'],
    ['stays reverted while the payment is only in the mempool', [mempool(100_000n)], 'reverted'],
    ['stays reverted while too little confirms', [mined(98_999n)], 'reverted'],
    ['asks for a review when its payment confirms again, never settles twice', [mined(100_000n)], 'requires_review'],
    ['asks for a review when another payment replaces it', [mined(150_000n)], 'requires_review'],
  ])('%s', (_, payments, status) => {
    const assessment = assess(facts({ payments, history, lookedAtMs: DEADLINE_MS * 2 }));
    expect(assessment.status).toBe(status);
    expect(assessment.reviewReason).toBe(status === 'requires_review' ? 'payment_confirmed_after_revert' : null);
  });

  test('waits for every confirmation before it asks', () => {
    const asked = { terms: terms({ confThreshold: 2 }), history };
    expect(statusOf({ ...asked, payments: [mined(100_000n, 1)] })).toBe('reverted');
    expect(statusOf({ ...asked, payments: [mined(100_000n, 2)] })).toBe('requires_review');
  });

  it('asks for a review when the buyer pays again after the grace time', () => {
    const again = mined(100_000n, 1, { firstSeenMs: DEADLINE_MS + 1 });
    expect(statusOf({ history, payments: [again], lookedAtMs: DEADLINE_MS * 2 })).toBe('requires_review');
  });

  test('is announced again when a second reorg takes the payment a second time', () => {
    const payment = mined(100_000n);
    const lost: OnchainPayment = { ...payment, state: 'reorged', blockHeight: null, blockHash: null };
    let story = begin();
    for (const payments of [[payment], [lost], [payment], [lost]]) story = advance(story, { payments }, CREATED_MS);
    expect(story.events).toEqual([
      'invoice.created',
      'invoice.paid',
      'invoice.payment_reverted',
      'invoice.requires_review',
      'invoice.payment_reverted',
    ]);
  });
});

describe('an invoice of any amount', () => {
  const open = { terms: terms({ amountSats: null, toleranceBelowSats: 0n, toleranceAboveSats: 0n }) };

  test.each<[string, Payment[], Status]>([
    ['waits while nothing came', [], 'pending'],
    ['sees a payment', [mempool(5_000n)], 'seen'],
    ['is paid by a single sat', [mined(1n)], 'paid'],
    ['is paid by all there is, never overpaid', [mined(2_100_000_000_000_000n)], 'paid'],
    ['is paid late by a late payment', [mined(5_000n, 1, { firstSeenMs: EXPIRES_MS })], 'late_paid'],
    ['is on time when any of it was', [mined(1n), mined(5_000n, 1, { firstSeenMs: EXPIRES_MS })], 'paid'],
    [
      'asks for a review of what comes after the grace time',
      [mined(5_000n, 1, { firstSeenMs: DEADLINE_MS + 1 })],
      'requires_review',
    ],
  ])('%s', (_, payments, status) => {
    expect(assess(facts({ ...open, payments }))).toMatchObject({ status, dueSats: 0n });
  });

  test('expires like any other', () => {
    expect(statusOf({ ...open, lookedAtMs: EXPIRES_MS })).toBe('expired');
  });
});

describe('what counts as live and as settled', () => {
  test.each<[OnchainPayment['state'], boolean]>([
    ['mempool', true],
    ['confirmed', true],
    ['replaced', false],
    ['dropped', false],
    ['double_spent', false],
    ['reorged', false],
  ])('a payment that is %s: live is %s', (state, live) => {
    expect(isLive(mempool(1n, { state }))).toBe(live);
  });

  test.each<[History, boolean]>([
    [{}, false],
    [announced('invoice.payment_seen', 'invoice.underpaid', 'invoice.expired', 'invoice.requires_review'), false],
    [announced('invoice.paid'), true],
    [announced('invoice.late_paid'), true],
    [announced('invoice.overpaid'), true],
    [{ 'invoice.paid': 0 }, true],
  ])('a history of %o: settled is %s', (history, settled) => {
    expect(isSettled(history)).toBe(settled);
  });
});
