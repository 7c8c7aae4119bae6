// What the minute cron does with batches: brings them what our blocks say of their coins, sends again what has to be, looks for what
// merchants' wallets have sent, and lets go of those whose PSBT was never given out. Nothing but our own chain settles a payout. Called by cron.ts.

import { chainStateOf } from '../../adapters/db/chain-state.ts';
import { type CoinRow, coinsAt, releaseCoins } from '../../adapters/db/coins.ts';
import { moveCursor, readCursor } from '../../adapters/db/cursors.ts';
import { dueBatches, isBatchTaken, updateBatch, watchedBatches } from '../../adapters/db/payout-batches.ts';
import { payoutsOf } from '../../adapters/db/payouts.ts';
import { walletById } from '../../adapters/db/wallet-history.ts';
import { isGivenOut, outpointsOf, type PayoutBatch } from '../../core/payout/batch.ts';
import { type BatchChange, type CoinSpend, followBatch, payoutsOfVersions } from '../../core/payout/follow-batch.ts';
import { acceptUpload } from '../../core/psbt/accept.ts';
import { PsbtError } from '../../core/psbt/errors.ts';
import type { Deps } from '../../deps.ts';
import { messagesOf } from '../../errors.ts';
import { scriptsOf } from '../wallets/coins.ts';
import { releaseBatch, sendBatch } from './batch-uploads.ts';
import { saved } from './batches.ts';
import { takeSent, transactionsOf } from './find-sent.ts';
import { moveAll } from './move-all.ts';

const CURSOR = 'payout_batches';
const ROOTS_AT_ONCE = 20;
const DUE_PER_MINUTE = 50;
/** Each is a question to every explorer, until one has the transaction. What waits is looked for a minute later. */
const LOOKS_PER_MINUTE = 10;
const BY = { kind: 'satlane', id: null } as const;

export async function followBatches(deps: Deps): Promise<void> {
  await followTip(deps);
  const due = await dueBatches(deps.db, deps.now(), DUE_PER_MINUTE);
  for (const batch of due) {
    if (isGivenOut(batch)) continue;
    // One that fails delays no other.
    await whenDue(deps, batch).catch((error) => failed(deps, batch, error));
  }
  const looks = due.filter(isGivenOut).slice(0, LOOKS_PER_MINUTE);
  const sent = await transactionsOf(deps, looks);
  for (const batch of looks) {
    await takeSent(deps, batch, sent.get(batch.id)).catch((error) => failed(deps, batch, error));
  }
}

/** Reads nothing but the tip while there is no new one. */
async function followTip(deps: Deps): Promise<void> {
  const [state] = await chainStateOf(deps.db, deps.config.NETWORK);
  if (!state?.followsCoins) return;
  // Blocks that do not count for payments do not count here.
  const tipHeight = Math.min(state.tipHeight, state.hold?.aboveHeight ?? state.tipHeight);
  const tip = `${state.tipHash} ${tipHeight}`;
  if ((await readCursor(deps.db, CURSOR)) === tip) return;
  let isDone = true;
  for (let after = ''; ; ) {
    const page = await watchedBatches(deps.db, after, ROOTS_AT_ONCE);
    const coins = await coinsAt(deps.db, [...new Set(page.flatMap(outpointsOf))]);
    for (const [rootId, versions] of Map.groupBy(page, (batch) => batch.rootId)) {
      after = rootId;
      const [first] = versions;
      const isFollowed = await followOne(deps, versions, spendsOf(coins, tipHeight), tipHeight).catch((error) => {
        if (first) failed(deps, first, error);
        return false;
      });
      isDone &&= isFollowed;
    }
    if (page.length === 0) break;
  }
  // What failed is done again in a minute, and what was done is found done.
  if (isDone) await moveCursor(deps.db, CURSOR, tip);
}

function spendsOf(coins: CoinRow[], tipHeight: number): Map<string, CoinSpend> {
  const spends = new Map<string, CoinSpend>();
  for (const { outpoint, spentBy, spentHeight, spentHash } of coins) {
    if (spentBy === null || spentHeight === null || spentHash === null || spentHeight > tipHeight) continue;
    spends.set(outpoint, { txid: spentBy, height: spentHeight, hash: spentHash });
  }
  return spends;
}

/** @returns false where it has to be done again */
async function followOne(
  deps: Deps,
  versions: PayoutBatch[],
  spends: ReadonlyMap<string, CoinSpend>,
  tipHeight: number,
): Promise<boolean> {
  const named = await namedVersions(deps, versions, spends);
  const [first] = named ?? [];
  if (!named || !first) return false;
  const { storeId, rootId } = first;
  const { factOf, changes, isOver } = followBatch(named, spends, tipHeight, deps.now());
  const ids = payoutsOfVersions(named);
  const moving = { by: BY, skipsRefused: true };
  // A block that was left first: what another one holds is the next step.
  const before = await payoutsOf(deps.db, storeId, ids);
  if (before.some((payout) => factOf(payout)?.kind === 'reorged'))
    await moveAll(deps, storeId, ids, (payout) => (factOf(payout)?.kind === 'reorged' ? factOf(payout) : null), moving);
  const rows = [
    ...changes.flatMap(({ version, change }) =>
      differs(version, change) ? updateBatch(deps.db, version, change) : [],
    ),
    ...(isOver ? [releaseCoins(deps.db, rootId, named.flatMap(outpointsOf))] : []),
  ];
  try {
    await moveAll(deps, storeId, ids, factOf, { ...moving, rows });
    return true;
  } catch (error) {
    if (isBatchTaken(messagesOf(error))) return false;
    throw error;
  }
}

function differs(version: PayoutBatch, change: BatchChange): boolean {
  return Object.entries(change).some(([name, value]) => version[name as keyof BatchChange] !== value);
}

/**
 * A txid that depends on signatures is known once they are: of a transaction that was sent without us, by its bytes.
 * @returns null where explorers do not give them now
 */
async function namedVersions(
  deps: Deps,
  versions: PayoutBatch[],
  spends: ReadonlyMap<string, CoinSpend>,
): Promise<PayoutBatch[] | null> {
  const named: PayoutBatch[] = [];
  for (const version of versions) {
    const [spender, ...others] = new Set(outpointsOf(version).map((outpoint) => spends.get(outpoint)?.txid));
    if (version.txid !== null || spender === undefined || others.length > 0) {
      named.push(version);
      continue;
    }
    const raw = (await deps.watcher.rawTransactions([spender]))[spender];
    if (raw === undefined) return null;
    const adopted = await adoptedBy(deps, version, raw);
    if (adopted && !(await saved(deps, version, adopted))) return null;
    named.push(adopted ? { ...version, ...adopted, version: version.version + 1 } : version);
  }
  return named;
}

async function adoptedBy(deps: Deps, version: PayoutBatch, raw: string) {
  const wallet = await walletById(deps.db, version.walletId);
  if (!wallet) return null;
  const scriptAt = await scriptsOf(deps, wallet);
  try {
    const { signatures, complete } = acceptUpload(raw, version.plan, scriptAt);
    return complete && { signatures, raw: complete.hex, txid: complete.txid };
  } catch (error) {
    if (error instanceof PsbtError) return null;
    throw error;
  }
}

/** It is to be sent again; or its reservation is over, and without a PSBT there is no signature. */
async function whenDue(deps: Deps, batch: PayoutBatch): Promise<void> {
  if (batch.state === 'awaiting_signatures') await releaseBatch(deps, batch, BY);
  else await sendBatch(deps, batch);
}

function failed(deps: Deps, { id }: PayoutBatch, error: unknown): void {
  deps.log('payouts.batch_failed', { batch: id, error: String(error).slice(0, 300) });
}
