// /v1/stores/{id}/payout-limits: what a store lets out. A key may stop payouts; to let out more takes an owner who is logged in.

import * as z from 'zod';
import { parseSats } from '../../../core/money/sats.ts';
import type { Decider } from '../../../core/payout/payout.ts';
import { limitsSnapshot } from '../../../core/payout/snapshot.ts';
import type { Actor } from '../../../services/access/people.ts';
import { changeLimits, readLimits } from '../../../services/payouts/limits.ts';
import { type Notes, ok, operation } from './operation.ts';
import { flag } from './payout-body.ts';
import { whole } from './store-body.ts';
import { MANAGER, OWNER, VIEWER } from './store-who.ts';

const sats = z
  .string('must be a whole number of sats, as a string')
  .refine((digits) => parseSats(digits) !== null, 'must be a whole number of sats in digits alone')
  .transform(BigInt);

const change = z
  .strictObject({
    paused: flag.optional(),
    per_payout_sats: sats.nullable().optional(),
    per_day_sats: sats.nullable().optional(),
    max_fee_ppm: whole('millionths', 0, 1_000_000).optional(),
    min_fee_sats: sats.optional(),
    approval_above_sats: sats.nullable().optional(),
    second_approval_above_sats: sats.nullable().optional(),
  })
  .transform((body) => {
    const all = {
      isPaused: body.paused,
      perPayoutSats: body.per_payout_sats,
      perDaySats: body.per_day_sats,
      maxFeePpm: body.max_fee_ppm,
      minFeeSats: body.min_fee_sats,
      approvalAboveSats: body.approval_above_sats,
      secondApprovalAboveSats: body.second_approval_above_sats,
    };
    // What was not named stays as it is.
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  });

const SATS = '^(0|[1-9]\\d{0,15})$';
const notes: Notes = {
  paused: 'Nothing new is sent. What is on its way is still looked up.',
  per_payout_sats: { description: 'The most that one payout may be; null for no limit.', pattern: SATS },
  per_day_sats: {
    description:
      'The most of all payouts that are approved and not ended, or were paid in 24 hours; null for no limit.',
    pattern: SATS,
  },
  max_fee_ppm: 'The most that a Lightning payment may cost, in millionths of the amount.',
  min_fee_sats: { description: 'A fee up to this is paid in any case.', pattern: SATS },
  approval_above_sats: {
    description: 'Above it `auto_approve` and `approved` do not count, and a person approves; null for never.',
    pattern: SATS,
  },
  second_approval_above_sats: {
    description:
      'Above it two approve, the second of them a person who neither made it nor approved it; null for never.',
    pattern: SATS,
  },
};

const tag = 'Payouts';

export const payoutLimitApi = [
  operation('GET /v1/stores/{id}/payout-limits', () => ({
    id: 'getPayoutLimits',
    tag,
    summary: 'Read the limits of payouts',
    who: VIEWER,
    answers: [ok('payoutLimitsAnswer', 'As they are now.')],
    run: async ({ deps, caller: { store } }) => ({ payout_limits: limitsSnapshot(await readLimits(deps, store.id)) }),
  })),

  operation('PATCH /v1/stores/{id}/payout-limits', () => ({
    id: 'updatePayoutLimits',
    tag,
    summary: 'Change the limits of payouts',
    description: 'What is not named stays as it is.',
    who: OWNER,
    body: { schema: change, notes, example: { per_day_sats: '1000000' } },
    answers: [ok('payoutLimitsAnswer', 'As they are after that.')],
    run: async ({ deps, caller, body }) => ({
      payout_limits: limitsSnapshot(await changeLimits(deps, caller.store.id, body, actorAsDecider(caller))),
    }),
  })),

  operation('POST /v1/stores/{id}/payout-limits/pause', () => ({
    id: 'pausePayouts',
    tag,
    summary: 'Stop all payouts',
    description: 'Nothing new is sent until an owner sets `paused` to false.',
    who: MANAGER,
    answers: [ok('payoutLimitsAnswer', 'Payouts are paused.')],
    run: async ({ deps, caller }) => ({
      payout_limits: limitsSnapshot(
        await changeLimits(deps, caller.store.id, { isPaused: true }, actorAsDecider(caller)),
      ),
    }),
  })),
];

function actorAsDecider({ person, keyId }: Actor): Decider {
  return person ? { kind: 'person', id: person.userId } : { kind: 'api_key', id: keyId };
}
