// A store's payout batches, as lists and pages show them. Called by the API and the dashboard.

import { listBatches, versionsOf } from '../../adapters/db/payout-batches.ts';
import { payoutsOf, queuedOnchain } from '../../adapters/db/payouts.ts';
import { type PayoutBatch, payoutIdsOf } from '../../core/payout/batch.ts';
import { payoutsOfVersions } from '../../core/payout/follow-batch.ts';
import type { Payout } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { readBatch } from './batches.ts';
import { readPayout } from './payouts.ts';

interface PageOfBatches {
  batches: PayoutBatch[];
  destinations: Map<string, string>;
  /** The last id, where another page follows. */
  next: string | null;
}

/** Newest first. */
export async function readBatches(deps: Deps, query: Parameters<typeof listBatches>[1]): Promise<PageOfBatches> {
  const rows = await listBatches(deps.db, { ...query, limit: query.limit + 1 });
  const batches = rows.slice(0, query.limit);
  const destinations = await destinationsOf(deps, query.storeId, batches);
  return { batches, destinations, next: rows.length > query.limit ? (batches.at(-1)?.id ?? null) : null };
}

/** Where each payout of these batches goes, by its id. */
export async function destinationsOf(
  deps: Deps,
  storeId: string,
  batches: readonly PayoutBatch[],
): Promise<Map<string, string>> {
  const payouts = await payoutsOf(deps.db, storeId, payoutsOfVersions(batches));
  return new Map(payouts.map(({ id, destination }) => [id, destination ?? '']));
}

interface BatchWithVersions {
  batch: PayoutBatch;
  /** The eldest first, this one among them. */
  versions: PayoutBatch[];
  /** That this version pays. */
  payouts: Payout[];
}

/** @throws ApiError not_found */
export async function readVersions(deps: Deps, place: { storeId: string; id: string }): Promise<BatchWithVersions> {
  const batch = await readBatch(deps, place);
  const [versions, payouts] = await Promise.all([
    versionsOf(deps.db, batch),
    payoutsOf(deps.db, batch.storeId, payoutIdsOf(batch)),
  ]);
  return { batch, versions, payouts };
}

/** Approved payouts to addresses that no batch has, the eldest first. */
export function readWaiting(deps: Deps, storeId: string, limit: number): Promise<Payout[]> {
  return queuedOnchain(deps.db, storeId, limit);
}

/** That carries a payout now. @throws ApiError not_found */
export async function batchOfPayout(deps: Deps, storeId: string, payoutId: string): Promise<PayoutBatch> {
  const { batchId } = await readPayout(deps, { storeId, id: payoutId });
  if (batchId === null) throw new ApiError('not_found', 'The batch that this request made carries no payout any more.');
  return readBatch(deps, { storeId, id: batchId });
}
