// Takes back what the merchant's wallet signed, writes down that it may be sent, and then sends it. Called by the API, the dashboard,
// follow-batches.ts for what has to be sent again, and find-sent.ts for what the merchant's wallet sent by itself.

import { coinsAt, releaseCoins } from '../../adapters/db/coins.ts';
import { isBatchTaken, updateBatch, versionsOf } from '../../adapters/db/payout-batches.ts';
import { walletById } from '../../adapters/db/wallet-history.ts';
import { outpointsOf, outputOf, type PayoutBatch, payoutIdsOf } from '../../core/payout/batch.ts';
import type { PayoutFact } from '../../core/payout/facts.ts';
import { payoutsOfVersions } from '../../core/payout/follow-batch.ts';
import type { Decider, Payout } from '../../core/payout/payout.ts';
import { type Accepted, acceptUpload } from '../../core/psbt/accept.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { scriptsOf } from '../wallets/coins.ts';
import { advised } from './batch-errors.ts';
import { readBatch, saved } from './batches.ts';
import { moveAll } from './move-all.ts';

const MAX_TRIES = 10;
/** What no explorer answered to is sent again by the next cron, what the network has or refuses now and then. */
const AGAIN_MS = 60_000;
const AGAIN_REFUSED_MS = 10 * 60_000;
const AGAIN_SENT_MS = 60 * 60_000;

/**
 * Signatures of several uploads are put together. The last one makes the payouts `in_flight`; then the transaction is sent.
 * @param upload PSBT (base64, hex, bytes) or raw transaction (hex, bytes)
 * @throws ApiError not_found, upload_refused, batch_not_changeable, payouts_paused, payout_not_changeable
 */
export async function uploadSigned(
  deps: Deps,
  place: { storeId: string; id: string },
  upload: string | Uint8Array,
  by: Decider,
): Promise<PayoutBatch> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const batch = await readBatch(deps, place);
    const accepted = await acceptedOf(deps, batch, upload);
    // The same again, or after its block.
    if (batch.state === 'broadcast' || batch.state === 'confirmed') return batch;
    await assertOpen(deps, batch);
    if (!accepted.complete) {
      const { signatures } = accepted;
      if (await saved(deps, batch, { signatures, downloadedAtMs: batch.downloadedAtMs ?? deps.now() }))
        return readBatch(deps, place);
      continue;
    }
    try {
      await writeSigned(deps, batch, { signatures: accepted.signatures, ...accepted.complete }, by);
    } catch (error) {
      if (!isBatchTaken(messagesOf(error))) throw error;
      continue;
    }
    await sendBatch(deps, await readBatch(deps, place));
    return readBatch(deps, place);
  }
  throw new ApiError('database_unavailable', 'Too many concurrent uploads. Try again.');
}

async function acceptedOf(deps: Deps, batch: PayoutBatch, upload: string | Uint8Array): Promise<Accepted> {
  const wallet = await walletById(deps.db, batch.walletId);
  if (!wallet) throw new ApiError('not_found');
  const scriptAt = await scriptsOf(deps, wallet);
  return advised(() => acceptUpload(upload, batch.plan, scriptAt, batch.signatures ?? []));
}

/** One version is approved at a time, and only while all of its coins are there. @throws ApiError batch_not_changeable */
async function assertOpen(deps: Deps, batch: PayoutBatch): Promise<void> {
  if (batch.state !== 'awaiting_signatures')
    throw new ApiError('batch_not_changeable', `The batch is ${batch.state}: its transaction is not sent.`);
  const coins = await coinsAt(deps.db, outpointsOf(batch));
  if (coins.some(({ spentHeight }) => spentHeight !== null))
    throw new ApiError(
      'batch_not_changeable',
      'A coin of it was spent by another transaction. See in your wallet what spent it.',
    );
}

async function writeSigned(
  deps: Deps,
  batch: PayoutBatch,
  { signatures, hex: raw, txid }: Pick<Accepted, 'signatures'> & NonNullable<Accepted['complete']>,
  by: Decider,
): Promise<void> {
  const nowMs = deps.now();
  // What the merchant's wallet sent without us was never uploaded.
  const uploadedAtMs = by.kind === 'satlane' ? null : nowMs;
  const change = { state: 'broadcast', signatures, raw, txid, uploadedAtMs, dueAtMs: nowMs } as const;
  const earlier = (await versionsOf(deps.db, batch)).filter(({ id }) => id !== batch.id);
  // The one before is not sent again: the network would take it for a step back.
  const rows = earlier.flatMap((version) =>
    version.raw !== null && version.dueAtMs !== null ? updateBatch(deps.db, version, { dueAtMs: null }) : [],
  );
  const wasSent = earlier.some((version) => version.raw !== null || version.broadcastAtMs !== null);
  const factOf = ({ id }: Payout): PayoutFact => {
    const carried = { batchId: batch.id, txid, vout: outputOf(batch, id) };
    return wasSent ? { kind: 'replaced', ...carried } : { kind: 'signed', ...carried };
  };
  await moveAll(deps, batch.storeId, payoutIdsOf(batch), factOf, {
    by,
    rows: [...rows, updateBatch(deps.db, batch, change)],
  });
}

/** Gives its transaction to the network, and writes down what the network says. What is not known is tried again. */
export async function sendBatch(deps: Deps, batch: PayoutBatch): Promise<void> {
  const { raw, txid } = batch;
  if (raw === null || txid === null || batch.state !== 'broadcast') return;
  const answer = await deps.watcher.broadcast(raw).catch(() => 'unknown' as const);
  const nowMs = deps.now();
  if (answer !== 'sent') {
    const wait = answer === 'unknown' ? AGAIN_MS : AGAIN_REFUSED_MS;
    const refusal = answer === 'unknown' ? batch.refusal : answer.refusal;
    deps.log('payouts.not_sent', { batch: batch.id, refusal });
    await saved(deps, batch, { refusal, dueAtMs: nowMs + wait });
    return;
  }
  const sent = { refusal: null, broadcastAtMs: batch.broadcastAtMs ?? nowMs, dueAtMs: nowMs + AGAIN_SENT_MS };
  const factOf = ({ id }: Payout): PayoutFact => {
    return { kind: 'seen', txid, vout: outputOf(batch, id), block: null, confirmations: 0, batchId: batch.id };
  };
  const by = { kind: 'satlane', id: null } as const;
  // Another writer was first: it has sent it, or a block has it.
  await moveAll(deps, batch.storeId, payoutIdsOf(batch), factOf, {
    by,
    rows: [updateBatch(deps.db, batch, sent)],
    skipsRefused: true,
  }).catch((error) => {
    if (!isBatchTaken(messagesOf(error))) throw error;
  });
}

/**
 * Lets its payouts and coins go: nothing of it was signed, or the merchant answers for it.
 * @returns false where another writer was first
 */
export async function releaseBatch(deps: Deps, batch: PayoutBatch, by: Decider): Promise<boolean> {
  const versions = await versionsOf(deps.db, batch);
  // A signed copy that the merchant has overlooked is still found in a block.
  const isWatched = batch.downloadedAtMs !== null || versions.length > 1;
  const kept = new Set(versions.filter(({ id, state }) => id !== batch.id && state !== 'void').flatMap(outpointsOf));
  const free = outpointsOf(batch).filter((outpoint) => !kept.has(outpoint));
  const rows = [
    updateBatch(deps.db, batch, { state: 'void', dueAtMs: null, isWatched }),
    releaseCoins(deps.db, batch.rootId, free),
  ];
  const factOf = ({ batchId }: Payout): PayoutFact | null =>
    batchId === batch.id ? { kind: 'unbatched', batchId } : null;
  try {
    await moveAll(deps, batch.storeId, payoutsOfVersions([batch]), factOf, { by, rows });
    return true;
  } catch (error) {
    if (isBatchTaken(messagesOf(error))) return false;
    throw error;
  }
}
