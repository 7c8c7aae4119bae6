// One block, read whole: who of our invoices it pays, and which hopes it ends. Called by follow.ts for each block that
// joins our chain. What it finds is proven: the block's header is in our chain and vouches for its transactions.

import { bytesToHex } from '@noble/hashes/utils.js';
import type { Block } from '../chain/explorer.ts';
import type { ExplorerPool } from '../chain/pool.ts';
import { hopedFor, invoicesOfScripts } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import type { Proof } from '../invoice/invoice.ts';
import { type RawBlock, readBlock, verifyMerkleRoot } from '../proof/block.ts';
import { ProofError } from '../proof/errors.ts';
import { merkleBranch } from '../proof/merkle.ts';
import { readTransaction } from '../proof/transaction.ts';
import { proven } from './branch.ts';
import { type Findings, findingOf } from './settle.ts';

/** Scripts asked about in one question: a parameter of D1 holds two megabytes at most. */
const SCRIPTS_AT_ONCE = 5_000;

/** A block's bytes, from the first explorer whose bytes prove themselves. @throws ExplorerError when none's do */
export function fetchBlock(pool: ExplorerPool, hash: string) {
  return pool.find(async (explorer) => {
    const raw = await explorer.rawBlock(hash);
    if (!raw) return null;
    return proven(() => {
      const block = readBlock(raw);
      if (block.header.hash !== hash) throw new ProofError('another block than asked for');
      return { raw, block, ambiguous: verifyMerkleRoot(block).ambiguous };
    });
  });
}

/** Reads one block of our chain. @throws ExplorerError when no explorer has its bytes */
export async function scanBlock(deps: Deps, pool: ExplorerPool, at: Block): Promise<Findings> {
  const { raw, block, ambiguous } = await fetchBlock(pool, at.hash);
  const findings: Findings = new Map();
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
      const finding = findingOf(findings, invoiceId);
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
    findingOf(findings, invoiceId).spentBy.set(outpoint, txid);
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
