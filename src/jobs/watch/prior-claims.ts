// Which transactions of an address's history are older than the invoice, as far as an explorer's claim tells. The claim
// only keeps such a transaction from being taken for one that waits: a lie delays a payment until its block is read, and
// cannot lose it. What our own chain proves is recorded as prior. Called by look.ts.

import { keptBlocks } from '../../adapters/db/headers.ts';
import { type ChainTx, pays } from '../../adapters/explorers/explorer.ts';
import { type OnchainPayment, outpointOf } from '../../core/onchain/payment.ts';
import { wasKnownBefore, wasMinedBefore } from '../../core/onchain/prior.ts';
import type { Deps } from '../../deps.ts';
import { heldBefore } from './left-blocks.ts';

interface PriorClaims {
  /** Claimed to be in a block that is older than the invoice, or once in such a block. */
  txids: Set<string>;
  /** Those whose block we know: it can be proven. */
  provable: ChainTx[];
}

export async function priorClaims(
  deps: Deps,
  history: readonly ChainTx[],
  { script, createdAtMs, payments }: { script: string; createdAtMs: number; payments: readonly OnchainPayment[] },
): Promise<PriorClaims> {
  // One that was taken for waiting, because an explorer's index was behind, is found out here.
  const txidsOf = (some: readonly OnchainPayment[]) => new Set(some.map((payment) => outpointOf(payment).txid));
  const known = txidsOf(payments.filter(({ state }) => state !== 'mempool'));
  const recorded = txidsOf(payments);
  const claims = history.filter((tx) => tx.block && !known.has(tx.txid) && pays(tx, script));
  const waiting = history.filter((tx) => !tx.block && pays(tx, script) && !recorded.has(tx.txid));
  // What a reorg took out of its block waits again, and is no younger for that.
  const held = await heldBefore(
    deps,
    waiting.map(({ txid }) => txid),
    createdAtMs,
  );
  const found: PriorClaims = { txids: new Set(held), provable: [] };
  if (claims.length === 0) return found;
  const kept = await keptBlocks(
    deps.db,
    deps.config.NETWORK,
    claims.flatMap(({ block }) => block?.hash ?? []),
  );
  for (const tx of claims) {
    if (!tx.block) continue;
    const knownSinceMs = kept.notedAtMs.get(tx.block.hash) ?? null;
    const block = { ...tx.block, knownSinceMs };
    const isBelow =
      kept.lowest !== null && tx.block.height < kept.lowest.height && kept.lowest.notedAtMs <= createdAtMs;
    if (!isBelow && !wasKnownBefore(block, createdAtMs) && !wasMinedBefore(block, createdAtMs)) continue;
    found.txids.add(tx.txid);
    if (knownSinceMs !== null) found.provable.push(tx);
  }
  return found;
}
