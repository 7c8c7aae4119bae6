// The rules by which money is sent once and never given up while it may be on its way: R18 to R23, each by name.

import { describe, expect, test } from 'vitest';
import { maySend } from '../../../src/core/payout/attempts.ts';
import type { PayoutFact } from '../../../src/core/payout/facts.ts';
import { maxFeeMsat } from '../../../src/core/payout/limits.ts';
import type { Payout } from '../../../src/core/payout/payout.ts';
import { step } from '../../../src/core/payout/step.ts';
import * as of from './support.ts';

const { become, ended, looked, HOUR_MS, LIGHTNING, MINUTE_MS, NOW_MS, SECOND_MS, STARTED } = of;

const DUE: PayoutFact = { kind: 'due' };
const APPROVED_FACTS = [of.TO_BOLT11, of.APPROVED];

function refusal(payout: Payout, fact: PayoutFact, context = of.context()): string | null {
  const result = step(payout, fact, context);
  return 'refused' in result ? result.refused : null;
}

/** Fails each attempt a second after its start. */
function tryUntilTheEnd(payout: Payout): { payout: Payout; startsMs: number[] } {
  const startsMs: number[] = [];
  let now = payout;
  while (now.state === 'queued' && now.dueAtMs !== null) {
    const startMs = now.dueAtMs - NOW_MS;
    const started = become([[DUE, startMs]], now).payout;
    if (started.state !== 'queued') return { payout: started, startsMs };
    startsMs.push(startMs);
    now = become(
      [
        [STARTED, startMs],
        [ended(startsMs.length, of.FAILED), startMs + SECOND_MS],
      ],
      started,
    ).payout;
  }
  return { payout: now, startsMs };
}

describe('R18: the schedule of attempts', () => {
  test('is 0, 10 s, 1 min, 5 min, 15 min, 1 h, 3 h, 6 h and 12 h', () => {
    const { payout, startsMs } = tryUntilTheEnd(LIGHTNING.queued);
    const minutes = startsMs.map((ms) => ms / MINUTE_MS);
    // The second one keeps ten seconds after the first one's answer.
    expect(minutes).toEqual([0, 11 / 60, 1, 5, 15, 60, 180, 360, 720]);
    expect(payout).toMatchObject({ state: 'in_flight', endingReason: 'attempts_used_up' });
  });

  test('ends a minute before the BOLT11 does', () => {
    const short = { ...LIGHTNING.queued, bolt11ExpiresAtMs: NOW_MS + 6 * MINUTE_MS };
    const { payout, startsMs } = tryUntilTheEnd(short);
    expect(startsMs.at(-1)).toBe(5 * MINUTE_MS);
    expect(payout).toMatchObject({ state: 'in_flight', endingReason: 'bolt11_expired' });
    expect(refusal(short, STARTED, of.context(NOW_MS + 5 * MINUTE_MS + 1))).toBe('bolt11_expired');
  });

  test('ends with a failure that no further attempt mends', () => {
    const { payout } = become([ended(1, { ...of.FAILED, permanent: true })], LIGHTNING.in_flight);
    expect(payout).toMatchObject({ state: 'in_flight', endingReason: 'no_route', dueAtMs: NOW_MS + MINUTE_MS });
    expect(refusal(payout, STARTED, of.context(NOW_MS + HOUR_MS))).toBe('in_flight');
  });

  test('lets no attempt start before its time, nor a second one beside the first', () => {
    expect(refusal(LIGHTNING.in_flight, STARTED)).toBe('in_flight');
    const { payout } = become([[ended(1, of.FAILED), SECOND_MS]], LIGHTNING.in_flight);
    expect(refusal(payout, STARTED, of.context(NOW_MS + 10 * SECOND_MS))).toBe('not_due');
    expect(refusal(payout, STARTED, of.context(NOW_MS + 11 * SECOND_MS))).toBeNull();
  });

  test('pays only what the node was never asked for, or knows to have failed', () => {
    expect(maySend(LIGHTNING.in_flight, of.NEVER)).toBe(true);
    expect(maySend(LIGHTNING.in_flight, of.FAILED)).toBe(true);
    expect(maySend(LIGHTNING.in_flight, of.WEAK)).toBe(false);
    expect(maySend(LIGHTNING.in_flight, of.UNKNOWN)).toBe(false);
    expect(maySend(LIGHTNING.in_flight, of.PAID)).toBe(false);
  });

  test('counts a Lightning address that cannot be resolved, and begins anew once it is', () => {
    const { payout } = become([of.TO_LN_ADDRESS, of.APPROVED]);
    expect(refusal(payout, STARTED)).toBe('bolt11_missing');
    const failed = { kind: 'not_resolved', number: 1, reason: 'no_answer', permanent: false } as const;
    const waiting = become([failed, failed], payout).payout;
    expect(waiting).toMatchObject({ state: 'queued', dueAtMs: NOW_MS + 10 * SECOND_MS });
    const resolved = become([[{ kind: 'resolved', ...of.BOLT11 }, 10 * SECOND_MS]], waiting).payout;
    expect(resolved).toMatchObject({ attempts: [], dueAtMs: NOW_MS + 10 * SECOND_MS });
    expect(become([{ ...failed, permanent: true }], payout).payout).toMatchObject({ state: 'cancelled' });
  });
});

describe('R19: one fact at a time', () => {
  test('two that start an attempt leave one', () => {
    const { payout } = become([STARTED], LIGHTNING.queued);
    expect(refusal(payout, STARTED)).toBe('in_flight');
    expect(refusal(payout, { kind: 'leased', untilMs: NOW_MS + HOUR_MS, nodeId: null })).toBe('in_flight');
    expect(payout.attempts).toHaveLength(1);
  });
});

describe('R20: one payout has one payment hash', () => {
  test('a BOLT11 fixes it at the claim, a Lightning address when it is first resolved', () => {
    const other: PayoutFact = { kind: 'resolved', ...of.OTHER_BOLT11 };
    expect(refusal(LIGHTNING.queued, other)).toBe('payment_hash_is_fixed');
    const { payout } = become([of.TO_LN_ADDRESS, of.APPROVED, { kind: 'resolved', ...of.BOLT11 }]);
    expect(payout.paymentHash).toBe(of.PAYMENT_HASH);
    expect(refusal(payout, other)).toBe('payment_hash_is_fixed');
  });

  test('a preimage of another hash settles nothing', () => {
    const lie = { ...of.PAID, preimage: '33'.repeat(32) };
    expect(become([ended(1, lie)], LIGHTNING.in_flight).payout).toMatchObject({ state: 'unknown', preimage: null });
    const byHand: PayoutFact = { kind: 'resolved_by_hand', outcome: { preimage: lie.preimage } };
    expect(refusal(LIGHTNING.unknown, byHand)).toBe('wrong_preimage');
    expect(refusal(LIGHTNING.queued, { kind: 'marked_paid', proof: lie.preimage })).toBe('wrong_preimage');
  });
});

describe('R21: unknown is never failed', () => {
  const ending = become([ended(1, { ...of.FAILED, permanent: true })], LIGHTNING.in_flight).payout;

  test('a payout is cancelled only by a look-up a minute after the last attempt', () => {
    expect(become([[looked(of.FAILED), MINUTE_MS - 1]], ending).payout.state).toBe('in_flight');
    expect(become([[looked(of.FAILED), MINUTE_MS]], ending)).toMatchObject({
      payout: { state: 'cancelled', reason: 'no_route', dueAtMs: null },
      types: ['payout.cancelled'],
    });
  });

  test('a look-up that finds it under way, or paid, takes the failure back', () => {
    expect(become([[looked(of.UNKNOWN), MINUTE_MS]], ending).payout.state).toBe('unknown');
    expect(become([[looked(of.PAID), MINUTE_MS]], ending).payout.state).toBe('settled');
  });

  test('a node that gives no answer proves nothing', () => {
    expect(become([[looked(null), HOUR_MS]], ending).payout.state).toBe('in_flight');
    expect(become([[looked(null), HOUR_MS]], LIGHTNING.in_flight).payout.state).toBe('unknown');
  });

  test('"never heard of it" from another node than the one that was asked proves nothing', () => {
    for (const nodeId of ['another node', null])
      expect(become([[looked(of.NEVER, nodeId), HOUR_MS]], LIGHTNING.unknown).payout.state).toBe('unknown');
    expect(become([[looked(of.NEVER), HOUR_MS]], LIGHTNING.unknown).payout.state).toBe('queued');
  });

  test('"never heard of it" from a wallet that may keep no list of what it paid proves nothing', () => {
    const weak = { ...of.NEVER, certain: false };
    expect(become([[looked(weak), HOUR_MS]], LIGHTNING.unknown).payout.state).toBe('unknown');
    expect(maySend(LIGHTNING.in_flight, weak)).toBe(true);
  });

  test('a node whose failures are uncertain is asked twice, a minute apart, with nothing else between', () => {
    const once = become([[looked(of.WEAK), MINUTE_MS]], LIGHTNING.unknown).payout;
    expect(become([[looked(of.WEAK), 2 * MINUTE_MS - 1]], once).payout.state).toBe('unknown');
    expect(become([[looked(of.WEAK), 2 * MINUTE_MS]], once).payout.state).toBe('queued');
    const between = become([[looked(of.UNKNOWN), 2 * MINUTE_MS]], once).payout;
    expect(become([[looked(of.WEAK), 3 * MINUTE_MS]], between).payout.state).toBe('unknown');
  });

  test('it is looked up after 10 seconds, then twice as late each time, every 10 minutes at the most', () => {
    const dueMs = [0, 10, 20, 40, 600, 4000].map((seconds) => {
      const { payout } = become([[looked(of.UNKNOWN), seconds * SECOND_MS]], LIGHTNING.in_flight);
      return ((payout.dueAtMs ?? 0) - NOW_MS) / SECOND_MS - seconds;
    });
    expect(dueMs).toEqual([10, 10, 20, 40, 600, 600]);
  });

  test('after an hour it is announced, once; it is not given up after the end of the BOLT11', () => {
    const hour = become(
      [
        [DUE, HOUR_MS - 1],
        [DUE, HOUR_MS],
        [DUE, 2 * HOUR_MS],
        [DUE, 72 * HOUR_MS],
      ],
      LIGHTNING.unknown,
    );
    expect(hour).toMatchObject({ payout: { state: 'unknown' }, types: ['payout.unknown'] });
  });

  test('the store cannot cancel it, and what was tried is looked up first', () => {
    const cancelled: PayoutFact = { kind: 'cancelled', reason: 'rejected' };
    expect(refusal(LIGHTNING.in_flight, cancelled)).toBe('in_flight');
    expect(refusal(LIGHTNING.unknown, cancelled)).toBe('in_flight');
    const tried = become(
      [
        [ended(1, of.FAILED), 0],
        [cancelled, SECOND_MS],
      ],
      LIGHTNING.in_flight,
    ).payout;
    expect(tried).toMatchObject({ state: 'in_flight', endingReason: 'rejected', dueAtMs: NOW_MS + MINUTE_MS });
    expect(become([[looked(of.NEVER), MINUTE_MS]], tried).payout).toMatchObject({
      state: 'cancelled',
      reason: 'rejected',
    });
  });

  test('only a person says what became of it: with the preimage, or with the payout typed as confirmation', () => {
    const byHand = (confirmation: string): PayoutFact => ({ kind: 'resolved_by_hand', outcome: { confirmation } });
    expect(refusal(LIGHTNING.unknown, byHand('yes'))).toBe('wrong_confirmation');
    expect(become([byHand(LIGHTNING.unknown.id)], LIGHTNING.unknown).payout.state).toBe('cancelled');
    const settled: PayoutFact = { kind: 'resolved_by_hand', outcome: { preimage: of.PREIMAGE } };
    expect(become([settled], LIGHTNING.unknown).payout).toMatchObject({ state: 'settled', preimage: of.PREIMAGE });
  });

  test('a preimage settles even what is cancelled: money that arrived is not denied', () => {
    const cancelled = become([[looked(of.FAILED), MINUTE_MS]], ending).payout;
    expect(become([looked(of.PAID)], cancelled)).toMatchObject({
      payout: { state: 'settled' },
      types: ['payout.settled'],
    });
  });
});

describe('R17: an agent has a payout for a while', () => {
  const leased: PayoutFact = { kind: 'leased', untilMs: NOW_MS + 5 * MINUTE_MS, nodeId: of.NODE };
  const held = become([leased], LIGHTNING.queued).payout;

  test('a lease that ends without a result leaves it unknown, for the agent alone to look up', () => {
    expect(held).toMatchObject({ state: 'in_flight', dueAtMs: NOW_MS + 5 * MINUTE_MS });
    const open = become([[DUE, 5 * MINUTE_MS]], held).payout;
    expect(open).toMatchObject({ state: 'unknown', leaseUntilMs: null, dueAtMs: NOW_MS + HOUR_MS });
    const again = become([[{ ...leased, untilMs: NOW_MS + 20 * MINUTE_MS }, 10 * MINUTE_MS]], open).payout;
    expect(again).toMatchObject({ state: 'unknown', attempts: [{ number: 1 }] });
    expect(become([[looked(of.NEVER), 11 * MINUTE_MS]], again).payout).toMatchObject({
      state: 'queued',
      leaseUntilMs: null,
    });
  });

  test('what another node says proves nothing, so its agent may not look it up', () => {
    const open = become([[DUE, 5 * MINUTE_MS]], held).payout;
    const other: PayoutFact = { kind: 'leased', untilMs: NOW_MS + 20 * MINUTE_MS, nodeId: 'another node' };
    expect(step(open, other, of.context(NOW_MS + 10 * MINUTE_MS))).toEqual({ refused: 'in_flight' });
  });

  test('a look-up waits until a minute after the attempt, and then as long as the attempt is ago', () => {
    const open = become([[ended(1, of.UNKNOWN), 5 * SECOND_MS]], held).payout;
    const leaseAt = (payout: typeof open, ms: number) =>
      'payout' in step(payout, { ...leased, untilMs: NOW_MS + HOUR_MS }, of.context(NOW_MS + ms));
    expect([59, 60].map((seconds) => leaseAt(open, seconds * SECOND_MS))).toEqual([false, true]);
    const looking: PayoutFact = { ...leased, untilMs: NOW_MS + 3 * MINUTE_MS };
    const seen = become(
      [
        [looking, MINUTE_MS],
        [looked(of.UNKNOWN), 62 * SECOND_MS],
      ],
      open,
    ).payout;
    expect([123, 124].map((seconds) => leaseAt(seen, seconds * SECOND_MS))).toEqual([false, true]);
    const perhaps = become(
      [
        [looking, MINUTE_MS],
        [looked(of.WEAK), 62 * SECOND_MS],
      ],
      open,
    ).payout;
    expect(perhaps).toMatchObject({ state: 'unknown' });
    const again: PayoutFact = { ...leased, untilMs: NOW_MS + 5 * MINUTE_MS };
    const twice = become(
      [
        [again, 124 * SECOND_MS],
        [looked(of.WEAK), 125 * SECOND_MS],
      ],
      perhaps,
    ).payout;
    expect(twice).toMatchObject({ state: 'queued', attempts: [{ number: 1, outcome: 'failed' }] });
  });

  test('one that failed for good is looked up by the agent before it is cancelled', () => {
    const ending = become([[ended(1, { ...of.FAILED, permanent: true }), SECOND_MS]], held).payout;
    expect(ending).toMatchObject({ state: 'in_flight', dueAtMs: null });
    const looking: PayoutFact = { ...leased, untilMs: NOW_MS + 3 * MINUTE_MS };
    const { payout } = become(
      [
        [looking, 61 * SECOND_MS],
        [looked(of.NEVER), 62 * SECOND_MS],
      ],
      ending,
    );
    expect(payout).toMatchObject({ state: 'cancelled', reason: 'no_route' });
  });

  test('a result after the end of the lease counts', () => {
    const open = become([[DUE, 5 * MINUTE_MS]], held).payout;
    expect(become([[ended(1, of.PAID), HOUR_MS]], open).payout.state).toBe('settled');
  });
});

describe('R22: while one is in flight', () => {
  test('its state says so until a node has answered for good', () => {
    const { payout } = become([...APPROVED_FACTS, STARTED]);
    for (const answer of [of.UNKNOWN, of.WEAK])
      expect(['in_flight', 'unknown']).toContain(become([ended(1, answer)], payout).payout.state);
  });
});

describe('R23: what comes twice', () => {
  test('changes nothing', () => {
    for (const fact of [of.TO_BOLT11, of.APPROVED]) {
      const { payout } = become([...APPROVED_FACTS]);
      expect(step(payout, fact, of.context())).toEqual({ payout, type: null });
    }
  });
});

describe('R16: limits', () => {
  const { awaiting_approval: waiting } = LIGHTNING;
  const approved = (by: typeof of.ANNA): PayoutFact => ({ kind: 'approved', by, revision: null, rate: null });

  test('of a payout and of a day refuse an approval', () => {
    expect(refusal(waiting, of.APPROVED, of.context(NOW_MS, { perPayoutSats: 49_999n }))).toBe('over_payout_limit');
    expect(refusal(waiting, of.APPROVED, of.context(NOW_MS, { perDaySats: 60_000n }, 10_001n))).toBe('over_day_limit');
    expect(refusal(waiting, of.APPROVED, of.context(NOW_MS, { perDaySats: 60_000n }, 10_000n))).toBeNull();
  });

  test('a pause lets nothing start, and look-ups go on', () => {
    const paused = of.context(NOW_MS + MINUTE_MS, { isPaused: true });
    expect(refusal(LIGHTNING.queued, STARTED, paused)).toBe('paused');
    expect(refusal(of.ONCHAIN.queued, of.SIGNED, paused)).toBe('paused');
    expect(step(LIGHTNING.unknown, looked(of.PAID), paused)).toMatchObject({ payout: { state: 'settled' } });
  });

  test('an approval in advance counts up to an amount, and never without sats', () => {
    const claimed: PayoutFact = { ...of.TO_BOLT11, approvedBy: of.KEY } as PayoutFact;
    const claim = (limits = {}, over = {}) => step(of.payout(over), claimed, of.context(NOW_MS, limits));
    expect(claim()).toMatchObject({ payout: { state: 'queued' }, type: 'payout.approved' });
    const waits = { payout: { state: 'awaiting_approval', reason: 'over_approval_limit' }, type: 'payout.claimed' };
    expect(claim({ approvalAboveSats: 49_999n })).toMatchObject(waits);
    expect(claim({ perPayoutSats: 1n })).toMatchObject({ payout: { reason: 'over_payout_limit', approvals: [] } });
    expect(claim({}, { amountSats: null })).toMatchObject({ payout: { state: 'awaiting_approval', approvals: [] } });
  });

  test('above an amount a second person approves, who is neither the first one nor who made it', () => {
    const two = of.context(NOW_MS, { secondApprovalAboveSats: 49_999n });
    const first = step(waiting, approved(of.ANNA), two);
    expect(first).toMatchObject({ payout: { state: 'awaiting_approval', approvals: [{ by: of.ANNA }] } });
    const { payout } = first as { payout: Payout };
    expect(refusal(payout, approved(of.ANNA), two)).toBe('second_person_needed');
    expect(refusal(payout, approved(of.KEY), two)).toBe('second_person_needed');
    expect(refusal({ ...payout, createdBy: of.BEN }, approved(of.BEN), two)).toBe('second_person_needed');
    expect(step(payout, approved(of.BEN), two)).toMatchObject({ payout: { state: 'queued' }, type: 'payout.approved' });
  });

  test('a person who saw another revision, or who is paid, approves nothing', () => {
    expect(refusal(waiting, { ...approved(of.ANNA), revision: 1 } as PayoutFact)).toBe('old_revision');
    expect(refusal(waiting, approved(of.BUYER))).toBe('may_not_approve');
  });

  test('fees are a share of the amount, and a few sats for small ones', () => {
    const { limits } = of.context(NOW_MS, { maxFeePpm: 5_000, minFeeSats: 10n });
    expect(maxFeeMsat(limits, 100_000n)).toBe(500_000n);
    expect(maxFeeMsat(limits, 100n)).toBe(10_000n);
  });
});
