// Further versions of a batch that waits in the mempool: the same payouts at a higher fee, or none of them; and the merchant's word that
// one was thrown away. Called by the API and the dashboard.

import { coinsAt } from '../../adapters/db/coins.ts';
import { isBatchTaken, versionsOf } from '../../adapters/db/payout-batches.ts';
import { walletById } from '../../adapters/db/wallet-history.ts';
import { outpointsOf, type PayoutBatch, payoutIdsOf } from '../../core/payout/batch.ts';
import type { Decider } from '../../core/payout/payout.ts';
import { bumpPlan, cancelPlan } from '../../core/psbt/replace.ts';
import { maxFeeSats, type Plan, type Spending } from '../../core/psbt/select.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { releaseBatch } from './batch-uploads.ts';
import { draftBatch, estimatedRate, MAX_FEE_SATS, planFor, readBatch, reservingRows } from './batches.ts';
import { moveAll } from './move-all.ts';

interface Place {
  storeId: string;
  id: string;
}

interface Wanted {
  /** `cancel`: all coins go back to the wallet, and none of its payouts is paid. */
  kind: 'bump' | 'cancel';
  /** Sats for 1000 vbytes; null for what explorers estimate. */
  satsPerKvb: bigint | null;
}

const MAX_TRIES = 10;

/**
 * Once it is signed it takes the place of the version before; until then nothing changes.
 * @throws ApiError not_found, batch_not_changeable, batch_not_possible, chain_syncing
 */
export async function createVersion(deps: Deps, place: Place, wanted: Wanted, by: Decider): Promise<PayoutBatch> {
  let rate = wanted.satsPerKvb;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const batch = await readBatch(deps, place);
    const earlier = await replaceable(deps, batch);
    const wallet = await walletById(deps.db, batch.walletId);
    if (!wallet) throw new ApiError('not_found');
    // Explorers are asked for a batch alone that there is.
    rate ??= await estimatedRate(deps);
    const satsPerKvb = rate;
    const plan = await planFor(deps, wallet, (spending) =>
      planOf(earlier.plan, wanted.kind, { ...spending, satsPerKvb }),
    );
    const version = await draftBatch(deps, wallet, { storeId: place.storeId, plan, by, rootId: batch.rootId });
    try {
      await moveAll(deps, place.storeId, [], () => null, { by, rows: reservingRows(deps, version) });
      return version;
    } catch (error) {
      if (!isBatchTaken(messagesOf(error))) throw error;
    }
  }
  throw new ApiError('database_unavailable', 'Too many concurrent batches. Try again.');
}

function planOf(
  earlier: Plan,
  kind: Wanted['kind'],
  spending: Pick<Spending, 'inputWeight' | 'coins' | 'change' | 'satsPerKvb'>,
): Plan {
  // It goes where the change went before: no address is used up by it.
  const old = earlier.outputs.find(({ place }) => place !== null);
  const change = old?.place ? { script: old.script, place: old.place } : spending.change;
  const isBump = kind === 'bump';
  const moved = isBump ? earlier.outputs.filter(({ payoutId }) => payoutId !== null) : earlier.inputs;
  const totalSats = moved.reduce((sum, { valueSats }) => sum + valueSats, 0n);
  const replacing = { ...spending, change, earlier, maxFeeSats: maxFeeSats(totalSats, MAX_FEE_SATS) };
  return isBump ? bumpPlan(replacing) : cancelPlan(replacing);
}

/** The version that the network has, or will have next. @throws ApiError batch_not_changeable */
async function replaceable(deps: Deps, batch: PayoutBatch): Promise<PayoutBatch> {
  const versions = await versionsOf(deps.db, batch);
  const waiting = versions.find(({ state }) => state === 'awaiting_signatures');
  if (waiting)
    throw new ApiError(
      'batch_not_changeable',
      waiting.id === batch.rootId
        ? 'It is not signed yet. Void it, and make another one.'
        : `Version ${waiting.id} waits for signatures. Sign it, or void it first.`,
    );
  const newest = versions.filter(({ state }) => state === 'broadcast').at(-1);
  const coins = newest ? await coinsAt(deps.db, outpointsOf(newest)) : [];
  if (!newest || coins.some(({ spentHeight }) => spentHeight !== null))
    throw new ApiError('batch_not_changeable', 'Nothing of it waits for a block any more.');
  if (payoutIdsOf(newest).length === 0) throw new ApiError('batch_not_changeable', 'Its cancellation is on its way.');
  return newest;
}

/**
 * The merchant's word that the PSBT was thrown away: what was signed and not uploaded could still be sent by anyone who has it.
 * @param confirmation the batch's id, typed
 * @throws ApiError not_found, validation_error, batch_not_changeable
 */
export async function voidBatch(deps: Deps, place: Place, confirmation: string, by: Decider): Promise<PayoutBatch> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const batch = await readBatch(deps, place);
    if (confirmation !== batch.id) throw new ApiError('validation_error', 'confirmation: enter the id of the batch.');
    if (batch.state === 'void') return batch;
    if (batch.state !== 'awaiting_signatures')
      throw new ApiError(
        'batch_not_changeable',
        'It was signed and can confirm. Cancel it by a transaction that sends its coins back to the wallet.',
      );
    if (await releaseBatch(deps, batch, by)) return readBatch(deps, place);
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the batch. Try again.');
}
