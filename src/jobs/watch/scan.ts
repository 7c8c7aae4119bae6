// One block, read whole: who of our invoices it pays, and which unconfirmed payments it double-spends. Called by follow.ts for each block that
// joins our chain. What it finds is proven: the block's header is in our chain and isZeroConfSafe for its transactions.

import { bytesToHex } from '@noble/hashes/utils.js';
import type { BlockCoins } from '../../adapters/db/coins.ts';
import { knownSince } from '../../adapters/db/headers.ts';
import { recordReuse } from '../../adapters/db/wallet-history.ts';
import { type Owner, ownersOfScripts, type ScriptOwners, unconfirmedInputs } from '../../adapters/db/watch.ts';
import type { Block } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import { depositInvoiceId } from '../../core/deposit/deposit.ts';
import type { SeenTx } from '../../core/onchain/look.ts';
import type { Proof } from '../../core/onchain/payment.ts';
import { type RawBlock, readBlock, verifyMerkleRoot } from '../../core/proof/block.ts';
import { ProofError } from '../../core/proof/errors.ts';
import { readTransaction, withoutWitness } from '../../core/proof/transaction.ts';
import type { Deps } from '../../deps.ts';
import { notifyReuse } from '../../services/wallets/reuse-mail.ts';
import { type Finding, type Findings, findingOf } from './apply-blocks.ts';
import { proven } from './branch.ts';
import { coinsIn } from './coins.ts';
import { ownersOf } from './script-owners.ts';
import { shortTxids } from './short-txids.ts';

/** Scripts asked about in one question: a parameter of D1 holds two megabytes at most. */
const SCRIPTS_AT_ONCE = 5_000;

const BETWEEN_REUSE_MAILS_MS = 24 * 60 * 60_000;

/** A block's bytes, from the first explorer whose bytes prove themselves. @throws ExplorerError when none's do */
export function fetchBlock(pool: ExplorerPool, hash: string) {
  return pool.find(async (explorer) => {
    const raw = await explorer.rawBlock(hash);
    if (!raw) return null;
    return proven(() => {
      const block = readBlock(raw);
      if (block.header.hash !== hash) throw new ProofError('another block than asked for');
      return { raw, block, ...verifyMerkleRoot(block) };
    });
  });
}

interface Scan {
  findings: Findings;
  /** What the block holds, to be written down with it; null when it was not read. */
  txids: string | null;
  /** What it does with coins that are followed; null when it was not read for them. */
  coins: BlockCoins | null;
}

/**
 * Reads one block of our chain, unless blocks are not to be read.
 * @param followsCoins whether any wallet's coins are followed
 * @throws ExplorerError when no explorer has its bytes
 */
export async function scanBlock(deps: Deps, pool: ExplorerPool, at: Block, followsCoins = false): Promise<Scan> {
  if (deps.config.BLOCK_SCAN === 'off') return { findings: new Map(), txids: null, coins: null };
  const { raw, block, ambiguous, tree } = await fetchBlock(pool, at.hash);
  const findings: Findings = new Map();
  const timeMs = block.header.timeSeconds * 1_000;
  const { paying, owners, unissued } = await ourPayments(deps, block);
  await noteReuse(deps, unissued);
  const paid = await ownersOf(deps, paying, owners, timeMs);
  const knownSinceMs = paying.length === 0 ? null : await knownSince(deps.db, deps.config.NETWORK, at);
  for (const { txid, txIndex, raw: rawTransaction, inputs, outputs } of paying) {
    // A transaction of 64 bytes could be two branches of the tree in disguise (CVE-2017-12842).
    if (ambiguous.includes(txIndex)) continue;
    const proof: Proof = {
      header: bytesToHex(raw.subarray(0, 80)),
      branch: tree.branch(txIndex),
      index: txIndex,
      transaction: withoutWitness(rawTransaction),
    };
    const tx = { txid, inputs, outputs, block: { ...at, timeMs, knownSinceMs } };
    for (const owner of paid.get(txid) ?? []) {
      for (const { invoiceId, seen, deposit } of sharesOf(owner, tx)) {
        const finding = findingOf(findings, invoiceId);
        finding.transactions.push(seen);
        finding.proofs.set(txid, proof);
        if (deposit) finding.deposit = deposit;
      }
    }
  }
  for (const { invoiceId, outpoint, txid } of await doubleSpentInputs(deps, block)) {
    findingOf(findings, invoiceId).spentBy.set(outpoint, txid);
  }
  const coins = followsCoins ? await coinsIn(deps, block) : null;
  return { findings, txids: shortTxids(block.txids()), coins };
}

/** Which invoices of an owner a transaction pays: a permanent address takes each output for itself. */
function sharesOf(
  { invoiceId: addressId, script, createdAtMs, takesDeposits }: Owner,
  tx: SeenTx,
): { invoiceId: string; seen: SeenTx; deposit?: Finding['deposit'] }[] {
  if (!takesDeposits) return [{ invoiceId: addressId, seen: tx }];
  const own = tx.outputs.filter((output) => output.script === script);
  return own.map((output) => ({
    invoiceId: depositInvoiceId(addressId, `${tx.txid}:${output.vout}`),
    seen: { ...tx, outputs: [output] },
    deposit: { addressId, createdAtMs },
  }));
}

type PayingTx = Omit<SeenTx, 'block'> & { txIndex: number; raw: Uint8Array };

/** Transactions that pay a script that was ever issued, and whom it was issued to; and addresses that never were. */
async function ourPayments(deps: Deps, block: RawBlock): Promise<ScriptOwners & { paying: PayingTx[] }> {
  const paidBy = new Map<string, Set<number>>();
  block.forEachOutput((txIndex, _vout, script) => {
    // Every script that is issued has 22 to 34 bytes.
    if (script.length < 22 || script.length > 34) return;
    const hex = bytesToHex(script);
    const transactions = paidBy.get(hex) ?? new Set();
    paidBy.set(hex, transactions.add(txIndex));
  });
  const scripts = [...paidBy.keys()];
  const found: ScriptOwners = { owners: [], unissued: [] };
  for (let start = 0; start < scripts.length; start += SCRIPTS_AT_ONCE) {
    const { owners, unissued } = await ownersOfScripts(deps.db, scripts.slice(start, start + SCRIPTS_AT_ONCE));
    found.owners.push(...owners);
    found.unissued.push(...unissued);
  }
  const ours = new Set(found.owners.map(({ script }) => script));
  const indexes = new Set([...ours].flatMap((script) => [...(paidBy.get(script) ?? [])]));
  const paying = [...indexes].map((txIndex) => {
    const raw = block.rawTransaction(txIndex);
    const { txid, inputs, outputs } = readTransaction(raw);
    return { txIndex, txid, raw, inputs, outputs: outputs.filter(({ script }) => ours.has(script)) };
  });
  return { paying, ...found };
}

/** An address that something else gave out is never issued, and its owner hears of it. */
async function noteReuse(deps: Deps, unissued: ScriptOwners['unissued']): Promise<void> {
  if (unissued.length === 0) return;
  for (const walletId of await recordReuse(deps.db, unissued, deps.now(), BETWEEN_REUSE_MAILS_MS)) {
    deps.log('watch.address_reused', { wallet: walletId });
    deps.background(notifyReuse(deps, walletId));
  }
}

/** Coins of unconfirmed payments that this block spends in another transaction. */
async function doubleSpentInputs(
  deps: Deps,
  block: RawBlock,
): Promise<{ invoiceId: string; outpoint: string; txid: string }[]> {
  const waiting = Map.groupBy(await unconfirmedInputs(deps.db), ({ outpoint }) => outpoint);
  if (waiting.size === 0) return [];
  const ended: { invoiceId: string; outpoint: string; txid: string }[] = [];
  block.forEachInput((txIndex, prevTxid, prevVout) => {
    const outpoint = `${bytesToHex(prevTxid.slice().reverse())}:${prevVout}`;
    for (const { invoiceId } of waiting.get(outpoint) ?? []) {
      ended.push({ invoiceId, outpoint, txid: block.txidOf(txIndex) });
    }
  });
  return ended;
}
