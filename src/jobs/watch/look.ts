// One look at the mempool for one invoice, or for a permanent address: what its history shows, and whether payments that are no longer
// shown are still known. Then payments/observe.ts decides what it means. Blocks are follow.ts's.

import { invoicesAt, type Watched } from '../../adapters/db/watch.ts';
import { type Block, type ChainTx, ExplorerRefusal, pays } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool, Urgency } from '../../adapters/explorers/pool.ts';
import { missingFrom } from '../../core/onchain/look.ts';
import { outpointOf } from '../../core/onchain/payment.ts';
import { wasMinedBefore } from '../../core/onchain/prior.ts';
import type { Deps } from '../../deps.ts';
import { type Observation, observe } from '../../services/payments/observe.ts';
import { observeDeposits, withShown } from './deposits.ts';
import { isGone, verifiedMempoolTxs } from './mempool-txs.ts';
import { priorClaims } from './prior-claims.ts';
import { proveConfirmed } from './prove.ts';
import { zeroConfSafe } from './zero-conf.ts';

/** What one round of the watcher shares between its looks. */
export interface Round {
  pool: ExplorerPool;
  tip: Block;
}

/** Payments older than the invoice that one look proves: each costs two requests. */
const MAX_PRIOR_PROVEN = 3;

/**
 * Looks, and commits what was found.
 * @param batch what a question about many addresses has brought; null to ask for this one
 * @throws ExplorerError when no fresh explorer answered: nothing was changed
 */
export async function lookAt(
  deps: Deps,
  { pool, tip }: Round,
  place: Watched,
  urgency: Urgency,
  batch: Batch | null = null,
): Promise<void> {
  // Taken before the request: later transactions may be missing from the explorer's answer.
  const atMs = batch?.atMs ?? deps.now();
  const shown =
    batch?.transactions ??
    (await pool.ask(tip.height, urgency, (explorer) => explorer.history(place.address)).catch(refused));
  const watched = 'invoice' in place ? place : await withShown(deps, place, shown ?? []);
  const { script, createdAtMs, payments, foreignTxids } = watched;
  const invoices = invoicesAt(watched);
  const listed = shown?.filter(({ txid }) => !foreignTxids.has(txid)) ?? null;
  const prior = await priorClaims(deps, listed ?? [], { script, createdAtMs, payments });
  const history = listed?.filter(({ txid }) => !prior.txids.has(txid)) ?? null;
  const expiring = invoices.some(({ status, expiresAtMs }) => status === 'pending' && atMs >= expiresAtMs);
  const ending = invoices.some(({ watchUntilMs }) => watchUntilMs !== null && atMs >= watchUntilMs);
  const isPaid = history?.some((tx) => pays(tx, script)) || prior.provable.length > 0;
  if (!isPaid && payments.length === 0 && !expiring && !ending) return;

  // Which block holds a transaction is not the explorer's to say: blocks are read whole, and prove it themselves; or,
  // where there is too little CPU for that, the payment's own block is proven.
  const known = new Set(payments.map((payment) => outpointOf(payment).txid));
  // What is older than a permanent address is no deposit: nothing is recorded of it, unless it was taken for one that waits.
  const older = prior.provable.filter(({ txid }) => 'invoice' in watched || known.has(txid));
  const toProve = [...older.slice(0, MAX_PRIOR_PROVEN), ...((deps.config.BLOCK_SCAN === 'off' && history) || [])];
  const confirmed = await proveConfirmed(deps, pool, toProve, { script, payments });
  const waiting = (history ?? []).filter(({ txid }) => !confirmed.has(txid));
  const transactions = [
    ...[...confirmed.values()].map(({ tx }) => tx),
    ...(await verifiedMempoolTxs(pool, waiting, { script, payments })),
  ];
  const isTooOld = (tx: ChainTx) => tx.block !== null && wasMinedBefore(tx.block, createdAtMs);
  const unknownTxids = new Set<string>();
  for (const txid of history ? missingFrom(payments, transactions) : []) {
    if (await isGone(pool, tip.height, txid, (tx) => pays(tx, script) && !isTooOld(tx))) unknownTxids.add(txid);
  }
  const safe = new Set(payments.filter((one) => one.zeroConfSafe).map((payment) => outpointOf(payment).txid));
  const doubtful = transactions.filter(({ txid, block }) => !block && !safe.has(txid));
  const zeroConfTxids = invoices.some(({ confThreshold }) => confThreshold === 0)
    ? await zeroConfSafe(pool, tip.height, doubtful, isTooOld)
    : new Set<string>();
  const look = {
    atMs,
    tipHeight: tip.height,
    transactions,
    unknownTxids,
    zeroConfTxids,
    lostBlocks: new Set<string>(),
  };
  // A history that no explorer lists, because strangers have filled it, must not stop the invoice from expiring.
  const seen = history ? look : { ...look, blocksOnly: true, endsTime: true };
  const proofs = new Map([...confirmed].map(([txid, { proof }]) => [txid, proof]));
  if ('invoice' in watched) await observe(deps, watched.id, seen, proofs);
  else await observeDeposits(deps, watched, seen, proofs);
}

/** What the end of an invoice's time is by a batch in which nothing pays it; null where a look of its own has to say more. */
export function endOfUnpaid(place: Watched, { atMs, transactions }: Batch, tipHeight: number): Observation | null {
  if (!('invoice' in place) || place.payments.length > 0) return null;
  const { status, expiresAtMs, watchUntilMs } = place.invoice;
  const isOver = (status === 'pending' && atMs >= expiresAtMs) || (watchUntilMs !== null && atMs >= watchUntilMs);
  if (!isOver || transactions.some((tx) => pays(tx, place.script))) return null;
  const none = new Set<string>();
  const look = { atMs, tipHeight, transactions: [], unknownTxids: none, zeroConfTxids: none, lostBlocks: none };
  return { invoiceId: place.id, look };
}

export interface Batch {
  atMs: number;
  transactions: ChainTx[];
}

function refused(error: unknown): null {
  if (error instanceof ExplorerRefusal) return null;
  throw error;
}
