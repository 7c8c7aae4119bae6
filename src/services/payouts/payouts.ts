// A store's payouts: read, listed, cancelled, and what a merchant says became of one. Called by the APIs and the dashboard.

import { historyOf, listPayouts, type PayoutQuery, payoutOf } from '../../adapters/db/payouts.ts';
import type { Payout } from '../../core/payout/payout.ts';
import { type FrozenStep, readPayoutStep } from '../../core/snapshot/frozen.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { type Deciding, type Moved, move } from './move.ts';

interface Place {
  storeId: string;
  id: string;
}

/** @throws ApiError not_found, for another store's payout too */
export async function readPayout(deps: Deps, { storeId, id }: Place): Promise<Payout> {
  const payout = await payoutOf(deps.db, storeId, id);
  if (!payout) throw new ApiError('not_found');
  return payout;
}

interface Happened extends FrozenStep {
  type: string;
  atMs: number;
}

/** What happened to it, who decided it, and when: the oldest first. @throws ApiError not_found */
export async function readPayoutHistory(deps: Deps, place: Place): Promise<Happened[]> {
  await readPayout(deps, place);
  const events = await historyOf(deps.db, place);
  return events.map(({ type, atMs, ...frozen }) => ({ type, atMs, ...readPayoutStep(frozen) }));
}

interface PageOfPayouts {
  payouts: Payout[];
  /** The last id, where another page follows. */
  next: string | null;
}

/** A store's, newest first. Those whose pull payment is not claimed yet are in it too. */
export async function readPayouts(deps: Deps, query: PayoutQuery): Promise<PageOfPayouts> {
  const rows = await listPayouts(deps.db, { ...query, limit: query.limit + 1 });
  const payouts = rows.slice(0, query.limit);
  return { payouts, next: rows.length > query.limit ? (payouts.at(-1)?.id ?? null) : null };
}

/** What is on its way is not called back. @throws ApiError not_found, payout_in_flight, payout_not_changeable */
export function cancelForStore(deps: Deps, place: Place, deciding: Deciding): Promise<Moved> {
  return move(
    deps,
    place,
    ({ payout }) => ({ kind: 'cancelled', reason: payout.state === 'awaiting_approval' ? 'rejected' : 'cancelled' }),
    deciding,
  );
}

/**
 * The store has paid it by other means.
 * @param proof of the chain a transaction id, of Lightning the preimage; null for none
 * @throws ApiError not_found, payout_in_flight, payout_not_changeable, validation_error
 */
export function markPayoutPaid(deps: Deps, place: Place, proof: string | null, deciding: Deciding): Promise<Moved> {
  return move(deps, place, () => ({ kind: 'marked_paid', proof }), deciding);
}

/**
 * Only the merchant says what became of one that is unknown: it was paid, by its preimage; or it failed, by typing its id.
 * @throws ApiError not_found, payout_not_changeable, validation_error
 */
export function resolvePayout(
  deps: Deps,
  place: Place,
  outcome: { preimage: string } | { confirmation: string },
  deciding: Deciding,
): Promise<Moved> {
  return move(deps, place, () => ({ kind: 'resolved_by_hand', outcome }), deciding);
}
