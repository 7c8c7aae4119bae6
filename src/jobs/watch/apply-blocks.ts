// Brings what blocks hold to the invoices it concerns: those that a block pays, whose coins it spends otherwise, or whose payments it
// buries or loses. Called by follow.ts and rescan.ts; the same findings again change nothing.

import { invoicesMovedByTip } from '../../adapters/db/watch.ts';
import type { Block } from '../../adapters/explorers/explorer.ts';
import type { SeenTx } from '../../core/onchain/look.ts';
import type { Proof } from '../../core/onchain/payment.ts';
import type { Deps } from '../../deps.ts';
import { type DepositPlace, type Observation, observeAll } from '../../services/payments/observe.ts';

/** What blocks say about one invoice. */
export interface Finding {
  /** Of an output to a permanent address: it may have no invoice yet. */
  deposit?: DepositPlace;
  transactions: SeenTx[];
  /** By txid. */
  proofs: Map<string, Proof>;
  /** Outpoint → the transaction that spends it, for outpoints that an unconfirmed payment spends too. */
  spentBy: Map<string, string>;
}

/** By invoice id. */
export type Findings = Map<string, Finding>;

const NOTHING: Finding = { transactions: [], proofs: new Map(), spentBy: new Map() };

export function findingOf(findings: Findings, invoiceId: string): Finding {
  const finding = findings.get(invoiceId) ?? { transactions: [], proofs: new Map(), spentBy: new Map() };
  findings.set(invoiceId, finding);
  return finding;
}

/** Adds the findings of a further block. */
export function merge(findings: Findings, more: Findings): void {
  for (const [invoiceId, { transactions, proofs, spentBy, deposit }] of more) {
    const finding = findingOf(findings, invoiceId);
    if (deposit) finding.deposit = deposit;
    finding.transactions.push(...transactions);
    for (const [txid, proof] of proofs) finding.proofs.set(txid, proof);
    for (const [outpoint, txid] of spentBy) finding.spentBy.set(outpoint, txid);
  }
}

/**
 * @param at.tip our tip with these blocks
 * @param at.lost hashes of blocks that are not in our chain and may hold payments; all of them above `sinceHeight`
 * @param at.sinceHeight our height before: payments that were young then may have their confirmations now
 */
export async function applyBlocks(
  deps: Deps,
  findings: Findings,
  at: { tip: Block; lost: string[]; sinceHeight: number },
): Promise<void> {
  const moved = await invoicesMovedByTip(deps.db, at.sinceHeight, at.tip.height);
  const ids = new Set([...findings.keys(), ...moved]);
  const lostBlocks = new Set(at.lost);
  const atMs = deps.now();
  const observations = [...ids].map((invoiceId): Observation => {
    const { transactions, proofs, spentBy, deposit } = findings.get(invoiceId) ?? NOTHING;
    const unknownTxids = new Set<string>();
    const look = { atMs, tipHeight: at.tip.height, transactions, spentBy, blocksOnly: true, lostBlocks, unknownTxids };
    return { invoiceId, deposit, look, proofs };
  });
  await observeAll(deps, observations);
}
