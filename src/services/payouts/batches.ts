// Payouts on the chain go out together: a batch is a transaction that the merchant's wallet signs. Here batches are made, read and given
// out; batch-uploads.ts takes what was signed, batch-versions.ts makes further versions, follow-batches.ts follows the chain.

import { chainStateOf } from '../../adapters/db/chain-state.ts';
import { type CoinRow, isReserved, reserveCoins } from '../../adapters/db/coins.ts';
import { batchOf, changeInUse, insertBatch, isBatchTaken, updateBatch } from '../../adapters/db/payout-batches.ts';
import { payoutsOf, queuedOnchain } from '../../adapters/db/payouts.ts';
import { storeById } from '../../adapters/db/stores.ts';
import { walletById } from '../../adapters/db/wallet-history.ts';
import type { WalletRow } from '../../adapters/db/wallets.ts';
import { nextSentLookMs, outpointsOf, type PayoutBatch } from '../../core/payout/batch.ts';
import type { Decider, Payout } from '../../core/payout/payout.ts';
import { txidOf } from '../../core/psbt/accept.ts';
import { buildPsbt } from '../../core/psbt/build.ts';
import { MAX_OUTPUTS, maxFeeSats, type Plan, type Spending, select, type WalletCoin } from '../../core/psbt/select.ts';
import { inputWeight } from '../../core/psbt/weight.ts';
import { scriptOfAddress } from '../../core/wallet/address.ts';
import type { OwnScript, WalletPlace } from '../../core/wallet/own-script.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { changeFor, coinsOf, previousTransactions, scriptsOf } from '../wallets/coins.ts';
import { advised, batchMissing } from './batch-errors.ts';
import { newId } from './draft.ts';
import { moveAll } from './move-all.ts';
import type { Making } from './pull-payments.ts';

interface BatchOrder {
  /** null for all that wait, the eldest first, as many as fit. */
  payoutIds: string[] | null;
  /** Sats for 1000 vbytes; null for what explorers estimate. */
  satsPerKvb: bigint | null;
}

const RESERVED_MS = 24 * 60 * 60_000;
/** Fees above are a mistake, or an explorer's lie. */
export const MAX_FEE_SATS = 1_000_000n;
export const MIN_SATS_PER_KVB = 1_000n;
export const MAX_SATS_PER_KVB = 500_000n;
const MAX_TRIES = 10;
/** Questions about old coins; what is left is not spent yet. */
const MAX_FOLLOWING = 20;

/**
 * Two in one moment share neither a payout nor a coin.
 * @throws ApiError not_found, no_active_xpub, payout_not_changeable, batch_not_possible, chain_syncing, test_mode_only
 */
export async function createBatch(
  deps: Deps,
  storeId: string,
  { payoutIds, satsPerKvb }: BatchOrder,
  { by, use }: Making,
): Promise<PayoutBatch> {
  const wallet = await walletOf(deps, storeId);
  await followed(deps, wallet);
  const rate = satsPerKvb ?? (await estimatedRate(deps));
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const chosen = await chosenPayouts(deps, storeId, payoutIds);
    const payees = chosen.map(({ id, destination, amountSats }) => ({
      id,
      script: scriptOfAddress(destination ?? '', deps.config.NETWORK),
      valueSats: amountSats ?? 0n,
    }));
    const totalSats = payees.reduce((sum, { valueSats }) => sum + valueSats, 0n);
    const plan = await planFor(deps, wallet, (spending) =>
      select({ ...spending, payees, satsPerKvb: rate, maxFeeSats: maxFeeSats(totalSats, MAX_FEE_SATS) }),
    );
    const batch = await draftBatch(deps, wallet, { storeId, plan, by, rootId: null });
    try {
      const ids = chosen.map(({ id }) => id);
      await moveAll(deps, storeId, ids, () => ({ kind: 'batched', batchId: batch.id }), {
        by,
        use,
        rows: reservingRows(deps, batch),
      });
      return batch;
    } catch (error) {
      const isOthers = error instanceof ApiError && error.code === 'payout_not_changeable' && payoutIds === null;
      if (!isOthers && !isBatchTaken(messagesOf(error))) throw error;
    }
  }
  throw new ApiError('database_unavailable', 'Too many concurrent batches. Try again.');
}

/** The statements that make a version: its coins are kept for it, all of them, or it is not made. */
export function reservingRows({ db }: Deps, batch: PayoutBatch) {
  const outpoints = outpointsOf(batch);
  return [reserveCoins(db, batch.rootId, outpoints), insertBatch(db, batch, isReserved(batch.rootId, outpoints))];
}

/** @throws ApiError not_found, for another store's batch too */
export async function readBatch(deps: Deps, place: { storeId: string; id: string }): Promise<PayoutBatch> {
  const batch = await batchOf(deps.db, place);
  if (!batch) throw batchMissing();
  return batch;
}

/**
 * What the merchant's wallet signs. From now on a signed copy may exist, and its payouts are not let go by themselves.
 * @returns base64
 * @throws ApiError not_found, batch_not_changeable, chain_syncing
 */
export async function psbtOf(deps: Deps, place: { storeId: string; id: string }): Promise<string> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const batch = await readBatch(deps, place);
    if (batch.state === 'void') throw new ApiError('batch_not_changeable', 'The batch is void. Make a new one.');
    const wallet = await walletById(deps.db, batch.walletId);
    if (!wallet) throw new ApiError('not_found');
    const psbt = await builtPsbt(deps, wallet, batch.plan);
    if (batch.downloadedAtMs !== null) return psbt;
    // Written down before it is given out.
    const nowMs = deps.now();
    const dueAtMs = nextSentLookMs({ ...batch, downloadedAtMs: nowMs }, nowMs);
    if (await saved(deps, batch, { downloadedAtMs: nowMs, dueAtMs })) return psbt;
  }
  throw new ApiError('database_unavailable');
}

/** @returns false where another writer was first */
export async function saved(deps: Deps, batch: PayoutBatch, change: Partial<PayoutBatch>): Promise<boolean> {
  try {
    await updateBatch(deps.db, batch, change);
    return true;
  } catch (error) {
    if (isBatchTaken(messagesOf(error))) return false;
    throw error;
  }
}

/** Makes a plan over the wallet's coins, and makes sure that it can be signed. @throws ApiError batch_not_possible, chain_syncing */
export async function planFor(
  deps: Deps,
  wallet: WalletRow,
  make: (spending: Pick<Spending, 'inputWeight' | 'coins' | 'change'>) => Plan,
): Promise<Plan> {
  const [[tip], inUse] = await Promise.all([
    chainStateOf(deps.db, deps.config.NETWORK),
    changeInUse(deps.db, wallet.id),
  ]);
  if (!tip) throw new ApiError('chain_syncing', NO_CHAIN);
  const maxHeight = Math.min(tip.tipHeight, tip.hold?.aboveHeight ?? tip.tipHeight);
  const [coins, change] = await Promise.all([coinsOf(deps, wallet.id, maxHeight), changeFor(deps, wallet, inUse)]);
  if (!change) throw new ApiError('gap_limit_exceeded');
  const scriptAt = await scriptsOf(deps, wallet);
  const weight = inputWeight(scriptAt(change.place));
  const plan = advised(() => make({ inputWeight: weight, coins: coins.map(toCoin), change }));
  await builtPsbt(deps, wallet, plan);
  return plan;
}

const NO_CHAIN = 'No block explorer shows a fresh chain. Try again in a moment.';

async function builtPsbt(deps: Deps, wallet: WalletRow, plan: Plan): Promise<string> {
  const spent = plan.inputs.map(({ outpoint, place }) => ({ outpoint, chain: place.chain, index: place.index }));
  const [scriptAt, previous] = await Promise.all([
    scriptsOf(deps, wallet),
    previousTransactions(deps, wallet.id, spent),
  ]);
  return advised(() => buildPsbt(plan, scriptAt, previous));
}

function toCoin({ outpoint, valueSats, chain, index }: CoinRow): WalletCoin {
  return { outpoint, valueSats: BigInt(valueSats), place: { chain, index } };
}

export async function draftBatch(
  deps: Deps,
  wallet: WalletRow,
  { storeId, plan, by, rootId }: { storeId: string; plan: Plan; by: Decider; rootId: string | null },
): Promise<PayoutBatch> {
  const nowMs = deps.now();
  const id = newId(nowMs);
  const scriptAt = await scriptsOf(deps, wallet);
  const signers = signersOfWallet(scriptAt);
  const reservedUntilMs = nowMs + RESERVED_MS;
  return {
    ...{ storeId, id, walletId: wallet.id, rootId: rootId ?? id, state: 'awaiting_signatures', plan, signers },
    ...{ signatures: null, raw: null, txid: txidOf(plan, scriptAt), createdAtMs: nowMs, createdBy: by },
    ...{ reservedUntilMs, dueAtMs: reservedUntilMs, downloadedAtMs: null, uploadedAtMs: null, broadcastAtMs: null },
    ...{ refusal: null, blockHeight: null, blockHash: null, conflictTxid: null, isWatched: true, version: 1 },
  };
}

function signersOfWallet(scriptAt: (place: WalletPlace) => OwnScript): PayoutBatch['signers'] {
  const { required, keys } = scriptAt({ chain: 0, index: 0 });
  return { required, fingerprints: keys.map(({ fingerprint }) => fingerprint.toString(16).padStart(8, '0')) };
}

/** The wallet that the store is paid to. @throws ApiError */
async function walletOf(deps: Deps, storeId: string): Promise<WalletRow> {
  const store = await storeById(deps.db, storeId);
  if (!store) throw new ApiError('not_found');
  if (store.testMode) throw new ApiError('batch_not_possible', 'A store in test mode sends no bitcoin.');
  const wallet = store.walletId === null ? undefined : await walletById(deps.db, store.walletId);
  if (wallet?.network !== deps.config.NETWORK) throw new ApiError('no_active_xpub');
  return wallet;
}

/** Our blocks know the wallet's coins from now on; of older ones explorers are asked whether they were spent. */
async function followed(deps: Deps, wallet: WalletRow): Promise<void> {
  for (let calls = 0, left = Number.POSITIVE_INFINITY; calls < MAX_FOLLOWING; calls++) {
    const now = await deps.watcher.followWallet(wallet.id);
    if (now === null) throw new ApiError('chain_syncing', NO_CHAIN);
    if (now === 0 || now >= left) return;
    left = now;
  }
}

export async function estimatedRate(deps: Deps): Promise<bigint> {
  const rate = await deps.watcher.feeRate();
  if (rate === null)
    throw new ApiError('chain_syncing', 'fee_rate: no block explorer estimates one now. Enter the fee rate yourself.');
  const satsPerKvb = BigInt(Math.ceil(Math.min(rate, Number(MAX_SATS_PER_KVB) / 1000) * 1000));
  return satsPerKvb > MIN_SATS_PER_KVB ? satsPerKvb : MIN_SATS_PER_KVB;
}

async function chosenPayouts(deps: Deps, storeId: string, ids: string[] | null): Promise<Payout[]> {
  if (ids === null) {
    const waiting = await queuedOnchain(deps.db, storeId, MAX_OUTPUTS);
    if (waiting.length > 0) return waiting;
    throw new ApiError('batch_not_possible', 'No approved payout to an address waits to be sent.');
  }
  const wanted = [...new Set(ids)];
  const found = await payoutsOf(deps.db, storeId, wanted);
  if (found.length < wanted.length)
    throw new ApiError('not_found', 'payout_ids: not all of them are payouts of this store.');
  const wrong = found.find(
    ({ state, method, batchId, environment }) =>
      state !== 'queued' || method !== 'onchain' || batchId !== null || environment !== 'live',
  );
  if (wrong)
    throw new ApiError(
      'payout_not_changeable',
      `payout_ids: ${wrong.id} is not an approved payout to an address that waits, or another batch has it.`,
    );
  return found;
}
