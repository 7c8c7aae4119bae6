// One block, read whole: who of our invoices it pays, and which hopes it ends. Called by follow.ts for each block that
// joins our chain. What it finds is proven: the block's header is in our chain and vouches for its transactions.

import { bytesToHex } from '@noble/hashes/utils.js';
import { hopedFor, invoicesOfScripts } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import type { Proof } from '../invoice/invoice.ts';
import type { SeenTx } from '../invoice/look.ts';
import { type RawBlock, readBlock, verifyMerkleRoot } from '../proof/block.ts';
import { ProofError } from '../proof/errors.ts';
import { merkleBranch } from '../proof/merkle.ts';
import { readTransaction } from '../proof/transaction.ts';

export interface Finding {
  transactions: SeenTx[];
  proofs: Map<string, Proof>;
  /** Outpoint → the transaction of this block that spends it, for outpoints that an unconfirmed payment spends too. */
  spentBy: Map<string, string>;
}

/** Scripts asked about in one question: a parameter of D1 holds two megabytes at most. */
const SCRIPTS_AT_ONCE = 5_000;

/**
 * @param raw the block's bytes, from whomever
 * @returns what it means, by invoice
 * @throws ProofError when these are not the bytes of the block `hash`
 */
export async function scanBlock(
  deps: Deps,
  raw: Uint8Array,
  at: { hash: string; height: number },
): Promise<Map<string, Finding>> {
  const block = readBlock(raw);
  if (block.header.hash !== at.hash) throw new ProofError('another block than asked for');
  const { ambiguous } = verifyMerkleRoot(block);
  const findings = new Map<string, Finding>();
  const findingOf = (invoiceId: string): Finding => {
    const finding = findings.get(invoiceId) ?? { transactions: [], proofs: new Map(), spentBy: new Map() };
    findings.set(invoiceId, finding);
    return finding;
  };

  const paid = await paidInvoices(deps, block);
  for (const [txIndex, invoiceIds] of paid) {
    // A transaction of 64 bytes could be two branches of the tree in disguise (CVE-2017-12842).
    if (ambiguous.includes(txIndex)) continue;
    const rawTransaction = block.rawTransaction(txIndex);
    const { txid, inputs, outputs } = readTransaction(rawTransaction);
    const proof: Proof = {
      header: bytesToHex(raw.subarray(0, 80)),
      branch: merkleBranch(block.txids(), txIndex),
      index: txIndex,
      transaction: bytesToHex(rawTransaction),
    };
    for (const invoiceId of invoiceIds) {
      const finding = findingOf(invoiceId);
      finding.transactions.push({
        txid,
        inputs,
        outputs,
        block: { ...at, timeMs: block.header.timeSeconds * 1_000 },
      });
      finding.proofs.set(txid, proof);
    }
  }
  for (const { invoiceId, outpoint, txid } of await endedHopes(deps, block)) {
    findingOf(invoiceId).spentBy.set(outpoint, txid);
  }
  return findings;
}

/** Transactions that pay a script that was ever issued → the invoices it was issued to. */
async function paidInvoices(deps: Deps, block: RawBlock): Promise<Map<number, Set<string>>> {
  const paidBy = new Map<string, Set<number>>();
  block.forEachOutput((txIndex, _vout, script) => {
    // Every script that is issued has 22 to 34 bytes.
    if (script.length < 22 || script.length > 34) return;
    const hex = bytesToHex(script);
    const transactions = paidBy.get(hex) ?? new Set();
    paidBy.set(hex, transactions.add(txIndex));
  });
  const scripts = [...paidBy.keys()];
  const paid = new Map<number, Set<string>>();
  for (let start = 0; start < scripts.length; start += SCRIPTS_AT_ONCE) {
    const issued = await invoicesOfScripts(deps.db, scripts.slice(start, start + SCRIPTS_AT_ONCE));
    for (const { script, invoiceId } of issued) {
      for (const txIndex of paidBy.get(script) ?? [])
        paid.set(txIndex, (paid.get(txIndex) ?? new Set()).add(invoiceId));
    }
  }
  return paid;
}

/** Coins of unconfirmed payments that this block spends in another transaction. */
async function endedHopes(
  deps: Deps,
  block: RawBlock,
): Promise<{ invoiceId: string; outpoint: string; txid: string }[]> {
  const hopes = Map.groupBy(await hopedFor(deps.db), ({ outpoint }) => outpoint);
  if (hopes.size === 0) return [];
  const ended: { invoiceId: string; outpoint: string; txid: string }[] = [];
  block.forEachInput((txIndex, prevTxid, prevVout) => {
    const outpoint = `${bytesToHex(prevTxid.slice().reverse())}:${prevVout}`;
    for (const hope of hopes.get(outpoint) ?? []) {
      ended.push({ invoiceId: hope.invoiceId, outpoint, txid: block.txidOf(txIndex) });
    }
  });
  return ended;
}
