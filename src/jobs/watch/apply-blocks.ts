// Brings what blocks hold to the invoices it concerns: those that a block pays, whose coins it spends otherwise, or whose payments it
// buries or loses. Called by follow.ts and rescan.ts; the same findings again change nothing.

import type { StoredFacts } from '../../adapters/db/facts.ts';
import { invoicesMovedByTip } from '../../adapters/db/watch.ts';
import type { Block } from '../../adapters/explorers/explorer.ts';
import type { SeenTx } from '../../core/onchain/look.ts';
import type { Proof } from '../../core/onchain/payment.ts';
import type { Deps } from '../../deps.ts';
import { type DepositPlace, factsOfObserved, observe, observeDeposit } from '../../services/payments/observe.ts';

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
  const ids = [...new Set([...findings.keys(), ...moved])];
  // Read together, so that the blocks of a busy hour, or read again after a failure, cost a round trip only for what they change.
  for (let start = 0; start < ids.length; start += READ_AT_ONCE) {
    const some = ids.slice(start, start + READ_AT_ONCE);
    const observed = some.map((invoiceId) => ({ invoiceId, addressId: findings.get(invoiceId)?.deposit?.addressId }));
    const facts = await factsOfObserved(deps, observed);
    for (const id of some) await applyTo(deps, id, findingOf(findings, id), at, facts.get(id));
  }
}

/** Invoices whose facts are in memory together, each with up to 64 KiB of metadata. */
const READ_AT_ONCE = 100;

async function applyTo(
  deps: Deps,
  invoiceId: string,
  { transactions, proofs, spentBy, deposit }: Finding,
  at: { tip: Block; lost: string[] },
  known: StoredFacts | undefined,
): Promise<void> {
  const look = {
    atMs: deps.now(),
    tipHeight: at.tip.height,
    transactions,
    spentBy,
    blocksOnly: true,
    lostBlocks: new Set(at.lost),
    unknownTxids: new Set<string>(),
  };
  if (deposit) await observeDeposit(deps, deposit, invoiceId, look, proofs, known);
  else await observe(deps, invoiceId, look, proofs, known);
}
