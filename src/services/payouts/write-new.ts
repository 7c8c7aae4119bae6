// Writes a payout that begins with its destination: decided as any other step, and written with its first event in one batch. Called by
// claim.ts and create.ts; afterwards move.ts alone writes it.

import type { StoreFacts } from '../../adapters/db/payout-facts.ts';
import { insertPayout } from '../../adapters/db/payouts.ts';
import type { PayoutFact } from '../../core/payout/facts.ts';
import type { Payout } from '../../core/payout/payout.ts';
import { step } from '../../core/payout/step.ts';
import type { Deps } from '../../deps.ts';
import { append } from '../events/append.ts';
import { targetsOfPayout } from '../events/targets.ts';
import { payoutEvent } from './event.ts';
import { dayGuardOf, wakePayer } from './move.ts';
import type { Making } from './pull-payments.ts';
import { refusalError } from './refusals.ts';

interface Writing extends Making {
  /** Nothing is written where one does not hold. */
  conditions?: Parameters<typeof insertPayout>[2];
  /** In the same batch. */
  rows?: Parameters<typeof append>[3];
}

/**
 * @returns null where a condition does not hold: read again and decide again
 * @throws ApiError as refusalError; where another payout has its BOLT11: see isHashTaken
 */
export async function writeNew(
  deps: Deps,
  { endpoints, limits, daySats }: StoreFacts,
  draft: Payout,
  fact: PayoutFact,
  { by, use, conditions, rows }: Writing,
): Promise<Payout | null> {
  const nowMs = draft.createdAtMs;
  const stepped = step(draft, fact, { nowMs, limits, daySats, rate: null });
  if ('refused' in stepped) throw refusalError(stepped.refused);
  const { payout } = stepped;
  const targets = targetsOfPayout('payout.created', endpoints, { before: null, after: payout, atMs: nowMs });
  const event = payoutEvent(payout, 'payout.created', by, nowMs);
  const making = insertPayout(deps.db, payout, [...(conditions ?? []), dayGuardOf(payout, limits, nowMs)]);
  if (!(await append(deps, event, { targets, endpoints }, rows, { making, use }))) return null;
  wakePayer(deps, payout, by);
  return payout;
}
