// What holds for every payout, under all facts in every order, and against a node that is slow, crashes and is asked twice: never
// two payment hashes, never settled and cancelled, never paid before it is approved. A failure prints the seed that repeats it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maySend } from '../../../src/core/payout/attempts.ts';
import type { LookUpAnswer, PayAnswer, PayoutFact } from '../../../src/core/payout/facts.ts';
import type { Payout } from '../../../src/core/payout/payout.ts';
import { step } from '../../../src/core/payout/step.ts';
import * as of from './support.ts';

const { DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, SECOND_MS } = of;

const answers: fc.Arbitrary<PayAnswer> = fc.constantFrom<PayAnswer>(
  of.PAID,
  { ...of.PAID, preimage: '33'.repeat(32) },
  of.FAILED,
  { ...of.FAILED, permanent: true },
  of.WEAK,
  of.UNKNOWN,
);
const nodes = fc.constantFrom(of.NODE, 'another node', null);
const people = fc.constantFrom(of.ANNA, of.BEN, of.KEY, of.BUYER);
const batchIds = fc.constantFrom('batch', 'bump');
const txids = fc.constantFrom(of.TXID, of.BUMP);
const number = fc.integer({ min: 1, max: 3 });

const anyFact: fc.Arbitrary<PayoutFact> = fc.oneof(
  fc.constantFrom<PayoutFact>(
    of.TO_BOLT11,
    of.TO_LN_ADDRESS,
    of.TO_ADDRESS,
    { ...of.TO_BOLT11, approvedBy: of.KEY } as PayoutFact,
    { kind: 'due' },
    { kind: 'cancelled', reason: 'rejected' },
    { kind: 'link_ended', reason: 'link_expired' },
    { kind: 'link_ended', reason: 'link_archived' },
    { kind: 'marked_paid', proof: null },
    { kind: 'resolved_by_hand', outcome: { preimage: of.PREIMAGE } },
    { kind: 'resolved', ...of.BOLT11 },
    { kind: 'resolved', ...of.OTHER_BOLT11 },
    { kind: 'leased', untilMs: NOW_MS + HOUR_MS, nodeId: of.NODE },
  ),
  fc.record({
    kind: fc.constant('approved' as const),
    by: people,
    revision: fc.constant(null),
    rate: fc.constant(null),
  }),
  fc.record({ kind: fc.constant('attempt_started' as const), nodeId: nodes }),
  fc.record({ kind: fc.constant('attempt_ended' as const), number, answer: answers }),
  fc.record({
    kind: fc.constant('looked_up' as const),
    nodeId: nodes,
    answer: fc.option(fc.oneof(answers, fc.constant<LookUpAnswer>(of.NEVER))),
  }),
  fc.record({ kind: fc.constantFrom('batched' as const, 'unbatched' as const), batchId: batchIds }),
  fc.record({
    kind: fc.constantFrom('signed' as const, 'replaced' as const),
    batchId: batchIds,
    txid: txids,
    vout: fc.constant(1),
  }),
  fc.tuple(fc.integer({ min: 0, max: 7 }), txids).map(([depth, txid]) => of.seen(depth, txid)),
  txids.map((txid): PayoutFact => ({ kind: 'reorged', blockHash: `block of ${txid}` })),
  fc.integer({ min: 0, max: 7 }).map((confirmations): PayoutFact => ({ kind: 'conflicted', confirmations })),
);
const anyMoment = fc.oneof(fc.constantFrom(0, SECOND_MS, MINUTE_MS, HOUR_MS), fc.integer({ min: 0, max: 4 * HOUR_MS }));
const anyLimits = fc.record({
  isPaused: fc.boolean(),
  secondApprovalAboveSats: fc.constantFrom(null, 1n),
  approvalAboveSats: fc.constantFrom(null, 1n),
});

describe('any facts in any order', () => {
  test('a payout keeps its payment hash, is approved before it is sent, and ends once', () => {
    const history = fc.array(fc.tuple(anyFact, anyMoment, anyLimits), { maxLength: 60 });
    fc.assert(
      fc.property(history, (facts) => {
        let payout = of.payout();
        let nowMs = NOW_MS;
        for (const [fact, waitMs, limits] of facts) {
          nowMs += waitMs;
          const context = of.context(nowMs, limits);
          const before = structuredClone(payout);
          const result = step(payout, fact, context);
          expect(payout).toEqual(before);
          if ('refused' in result) continue;
          expect(result.payout.version).toBe(before.version + (result.type === null ? 0 : 1));
          holds(before, result.payout, fact);
          repeats(result.payout, fact, context);
          payout = result.payout;
        }
      }),
      { numRuns: 1_500 },
    );
  });
});

function holds(before: Payout, after: Payout, fact: PayoutFact): void {
  if (before.paymentHash !== null)
    expect(after).toMatchObject({ paymentHash: before.paymentHash, bolt11: before.bolt11 });
  if (before.destination !== null) expect(after.destination).toBe(before.destination);
  expect(after.announcedConfirmations ?? -1).toBeGreaterThanOrEqual(before.announcedConfirmations ?? -1);
  const isSent = after.attempts.length > 0 || after.txid !== null || after.state === 'queued';
  if (isSent && after.state !== 'cancelled') expect(after.approvals.length).toBeGreaterThan(0);
  const last = after.attempts.at(-1);
  const isOpen = last !== undefined && (last.outcome === null || last.outcome === 'unknown');
  if (isOpen) expect(['in_flight', 'unknown']).toContain(after.state);
  if (before.state === 'settled' && after.state !== 'settled') expect(fact.kind).toBe('reorged');
  if (before.state === 'cancelled' && after.version > before.version)
    expect(['settled', 'in_flight']).toContain(after.state);
  const isCancelled = after.state === 'cancelled' && before.state !== 'cancelled';
  // An unknown one, or one on its way, is ended by the node that was asked, or by a person's word.
  if (isCancelled && (before.state === 'in_flight' || before.state === 'unknown'))
    expect(['looked_up', 'resolved_by_hand']).toContain(fact.kind);
}

function repeats(payout: Payout, fact: PayoutFact, context: ReturnType<typeof of.context>): void {
  const again = step(payout, fact, context);
  if ('refused' in again) return;
  expect(again.type).toBeNull();
  expect({ ...again.payout, dueAtMs: null }).toEqual({ ...payout, dueAtMs: null });
}

/** What the node does with one request, how long the request is under way, and how long the node then needs. */
interface Behaviour {
  ends: 'paid' | 'failed' | 'lost';
  underWayMs: number;
  needsMs: number;
  /** Its answer reaches the job; otherwise the job crashed, or the connection broke. */
  isHeard: boolean;
  /** The job hears the same again. */
  isDoubled: boolean;
  isWeak: boolean;
}
const behaviours: fc.Arbitrary<Behaviour> = fc.record({
  ends: fc.constantFrom('paid', 'failed', 'failed', 'lost'),
  underWayMs: fc.constantFrom(0, SECOND_MS, 40 * SECOND_MS),
  needsMs: fc.constantFrom(0, 5 * SECOND_MS, 10 * MINUTE_MS, 2 * HOUR_MS),
  isHeard: fc.boolean(),
  isDoubled: fc.boolean(),
  isWeak: fc.boolean(),
});

/** An honest node behind a bad connection: what it says of the payment is true at that time. */
class SlowNode {
  private readonly requests: { fromMs: number; untilMs: number; ends: 'paid' | 'failed' }[] = [];
  paid = 0;

  pay({ ends, underWayMs, needsMs }: Behaviour, nowMs: number): void {
    if (ends === 'lost') return;
    const fromMs = nowMs + underWayMs;
    this.requests.push({ fromMs, untilMs: fromMs + needsMs, ends });
    if (ends === 'paid') this.paid += 1;
  }

  /** Is anything on its way to it, or in it? */
  isOpen(nowMs: number): boolean {
    return this.requests.some(({ untilMs }) => untilMs > nowMs);
  }

  lookUp(nowMs: number, isWeak = false): LookUpAnswer {
    const known = this.requests.filter(({ fromMs }) => fromMs <= nowMs);
    if (known.length === 0) return of.NEVER;
    if (known.some(({ untilMs, ends }) => ends === 'paid' && untilMs <= nowMs)) return of.PAID;
    if (known.some(({ untilMs }) => untilMs > nowMs)) return of.UNKNOWN;
    return isWeak ? of.WEAK : of.FAILED;
  }
}

/** As the job does it: each fact may be the last one before a crash, from which it goes on by the payout alone. */
class Job {
  readonly node = new SlowNode();
  payout = of.LIGHTNING.queued;
  nowMs = NOW_MS;

  apply(fact: PayoutFact): boolean {
    const result = step(this.payout, fact, of.context(this.nowMs));
    if ('refused' in result) return false;
    this.payout = result.payout;
    return true;
  }

  turn(next: Behaviour): void {
    this.apply({ kind: 'due' });
    if (this.payout.state === 'in_flight' || this.payout.state === 'unknown') {
      this.apply(of.looked(next.isHeard ? this.node.lookUp(this.nowMs, next.isWeak) : null));
    } else if (this.apply(of.STARTED)) this.attempt(next);
    const { dueAtMs } = this.payout;
    this.nowMs = Math.max(this.nowMs + 1, dueAtMs ?? 0);
  }

  private attempt(next: Behaviour): void {
    const known = this.node.lookUp(this.nowMs);
    const { length: number } = this.payout.attempts;
    if (known.state === 'settled') this.apply(of.ended(number, known));
    else if (!maySend(this.payout, known)) this.apply(of.ended(number, of.UNKNOWN));
    else this.send(number, next);
  }

  private send(number: number, next: Behaviour): void {
    this.node.pay(next, this.nowMs);
    this.nowMs += next.isHeard ? next.underWayMs + Math.min(next.needsMs, 40 * SECOND_MS) : 0;
    const said = this.node.lookUp(this.nowMs, next.isWeak);
    if (!next.isHeard || said.state === 'never') return;
    this.apply(of.ended(number, said));
    if (next.isDoubled) this.apply(of.ended(number, said));
  }
}

describe('against a slow node, lost answers and crashes', () => {
  test('a payout is paid at most once, and ends as the node has it', () => {
    fc.assert(
      fc.property(fc.array(behaviours, { minLength: 1, maxLength: 30 }), (script) => {
        const job = new Job();
        for (let turn = 0; turn < 400 && job.payout.dueAtMs !== null; turn++) {
          const next = script[turn] ?? { ...(script[turn % script.length] as Behaviour), isHeard: true };
          job.turn(next);
          const { state } = job.payout;
          expect(job.node.paid).toBeLessThanOrEqual(1);
          if (state === 'cancelled') expect([job.node.paid, job.node.isOpen(job.nowMs)]).toEqual([0, false]);
          if (state === 'settled') expect(job.node.paid).toBe(1);
        }
        expect(['settled', 'cancelled']).toContain(job.payout.state);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the limit of a day', () => {
  test('holds for any 24 hours, however payouts are approved, sent and given up', () => {
    const PER_DAY = 200_000n;
    const move = fc.record({
      index: fc.nat({ max: 11 }),
      kind: fc.constantFrom('approve', 'pay', 'cancel'),
      waitMs: fc.integer({ min: 0, max: 8 * HOUR_MS }),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const payouts = Array.from({ length: 12 }, () => of.ONCHAIN.awaiting_approval);
        let nowMs = NOW_MS;
        for (const { index, kind, waitMs } of moves) {
          nowMs += waitMs;
          const others = payouts.filter((_, other) => other !== index);
          const daySats = satsOf(others.filter((payout) => isCounted(payout, nowMs)));
          const context = of.context(nowMs, { perDaySats: PER_DAY }, daySats);
          const fact: PayoutFact =
            kind === 'approve'
              ? of.APPROVED
              : kind === 'pay'
                ? { kind: 'marked_paid', proof: null }
                : { kind: 'cancelled', reason: 'rejected' };
          const result = step(payouts[index] as Payout, fact, context);
          if (!('refused' in result)) payouts[index] = result.payout;
        }
        for (const { settledAtMs: endMs } of payouts) {
          if (endMs === null) continue;
          const inDay = payouts.filter(
            ({ settledAtMs }) => settledAtMs !== null && settledAtMs <= endMs && settledAtMs > endMs - DAY_MS,
          );
          expect(satsOf(inDay)).toBeLessThanOrEqual(PER_DAY);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function isCounted({ state, settledAtMs }: Payout, nowMs: number): boolean {
  if (state === 'settled') return settledAtMs !== null && settledAtMs > nowMs - DAY_MS;
  return state === 'queued' || state === 'in_flight' || state === 'unknown';
}

function satsOf(payouts: Payout[]): bigint {
  return payouts.reduce((sum, { amountSats }) => sum + (amountSats ?? 0n), 0n);
}
