// One step each of several payouts of a store, in one batch: all of them or none. Called by what makes and follows payout batches, whose
// rows are written with their payouts.

import type { KeyUse } from '../../adapters/db/idempotency.ts';
import { payoutsFactsOf } from '../../adapters/db/payout-facts.ts';
import { maySendNow } from '../../adapters/db/payout-limits.ts';
import { isGuardBroken, updatePayout } from '../../adapters/db/payouts.ts';
import { letsMoneyGo, type PayoutFact } from '../../core/payout/facts.ts';
import type { Decider, Payout } from '../../core/payout/payout.ts';
import { step } from '../../core/payout/step.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { appendAll, type Logging } from '../events/append.ts';
import { targetsOfPayout } from '../events/targets.ts';
import { rateOfStore } from './draft.ts';
import { payoutEvent } from './event.ts';
import { refusalError } from './refusals.ts';
import { targetsOfRefund } from './targets-of-refund.ts';

interface MovingAll {
  by: Decider;
  use?: KeyUse | null;
  /** Rows that are written in the same batch, before the payouts. */
  rows?: Parameters<typeof appendAll>[2];
  /** A payout that cannot take the step stays as it is; else none takes it. */
  skipsRefused?: boolean;
}

const MAX_TRIES = 20;

/**
 * @param factOf what is new to a payout, from how it is at this try; pure. null: leave it as it is
 * @returns the payouts after it
 * @throws ApiError not_found, as refusalError; what a guard of `rows` throws
 */
export async function moveAll(
  deps: Deps,
  storeId: string,
  ids: readonly string[],
  factOf: (payout: Payout) => PayoutFact | null,
  { by, use, rows = [], skipsRefused = false }: MovingAll,
): Promise<Payout[]> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const nowMs = deps.now();
    const { payouts, endpoints, ...around } = await payoutsFactsOf(deps.db, storeId, ids, nowMs);
    if (payouts.length < ids.length) throw new ApiError('not_found');
    const rate = rateOfStore(around, nowMs);
    const entries: Logging[] = [];
    const refunds: ReturnType<typeof targetsOfRefund>[] = [];
    const after = payouts.map((before) => {
      const fact = factOf(before);
      if (!fact) return before;
      const stepped = step(before, fact, { ...around, nowMs, rate });
      if ('refused' in stepped) {
        if (skipsRefused) return before;
        throw refusalError(stepped.refused);
      }
      const { payout, type } = stepped;
      if (payout === before || type === null) return before;
      const targets = targetsOfPayout(type, endpoints, { before, after: payout, atMs: nowMs });
      const guard = letsMoneyGo(fact) ? maySendNow(storeId, null) : undefined;
      const change = updatePayout(deps.db, before, payout, { guard });
      entries.push({
        event: payoutEvent(payout, type, by, nowMs),
        receivers: { targets, endpoints },
        changes: [change],
      });
      refunds.push(targetsOfRefund(deps, payout, type));
      return payout;
    });
    for (const [at, targets] of (await Promise.all(refunds)).entries()) entries[at]?.receivers.targets.push(...targets);
    const last = entries.at(-1);
    if (last && use) last.use = use;
    if (entries.length === 0 && rows.length === 0) return after;
    try {
      if (await appendAll(deps, entries, rows)) return after;
    } catch (error) {
      if (!isGuardBroken(messagesOf(error))) throw error;
    }
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the payouts. Try again.');
}
