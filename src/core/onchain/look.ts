// What one look at the chain teaches about an invoice's payments. Pure; called by payments/observe.ts.

import type { Payment } from '../payment/payment.ts';
import { isOnchain, type OnchainPayment, outpointOf } from './payment.ts';
import { type PayingBlock, wasKnownBefore, wasMinedBefore } from './prior.ts';
import { inheritedTimeMs } from './replacement.ts';

/** A transaction as the chain shows it; explorers/explorer.ts's ChainTx has this shape. */
export interface SeenTx {
  txid: string;
  inputs: string[];
  outputs: { vout: number; script: string; valueSats: bigint }[];
  block: ({ hash: string; height: number } & PayingBlock) | null;
  /** After a reorg: the block of the branch that was left, where it held the transaction too. */
  heldBefore?: PayingBlock;
}

export interface Look {
  atMs: number;
  tipHeight: number;
  /** Every transaction that touches the invoice's address; or, of blocks alone, those that they hold. */
  transactions: readonly SeenTx[];
  /** True when only blocks were read: what they do not hold may wait in a mempool. */
  blocksOnly?: boolean;
  /** True when nothing more can be learnt, though only blocks were read: the invoice's time may end by this look. */
  endsTime?: boolean;
  /** Which transaction of these blocks spends an outpoint (`txid:vout`). */
  spentBy?: ReadonlyMap<string, string>;
  /** Hashes of blocks that hold a payment, by what is known or shown, and are not in the best chain. */
  lostBlocks: ReadonlySet<string>;
  /** Unconfirmed transactions that may count before they have a block. */
  zeroConfTxids?: ReadonlySet<string>;
  /** Unconfirmed payments that no explorer, asked for each, has any more. */
  unknownTxids: ReadonlySet<string>;
}

/** One look that misses a transaction proves nothing: mempools differ. Two that are this far apart do. */
const GONE_AFTER_MS = 60_000;

/**
 * Applies a look to the known payments. Rows are never removed: a payment that is gone keeps its row and changes its
 * state. The same look twice changes nothing more; of looks in any order the last one decides which payments are live.
 */
export function applyLook(
  payments: readonly Payment[],
  look: Look,
  invoice: { script: string; createdAtMs: number; leastSats: bigint },
): Payment[] {
  const known = payments.filter(isOnchain);
  const next = new Map(known.map((payment) => [payment.id, payment]));
  const shown = new Set<string>();
  for (const tx of newestCopies(look.transactions)) {
    const outputs = tx.outputs.filter(({ script }) => script === invoice.script);
    const sats = outputs.reduce((total, { valueSats }) => total + valueSats, 0n);
    const inheritedMs = inheritedTimeMs({ ...tx, sats }, known, invoice.leastSats);
    for (const output of outputs) {
      const key = `${tx.txid}:${output.vout}`;
      shown.add(key);
      next.set(key, sighted(next.get(key), tx, output, look, { createdAtMs: invoice.createdAtMs, inheritedMs }));
    }
  }
  for (const [key, payment] of next) {
    if (!shown.has(key)) next.set(key, missed(payment, look));
  }
  return [...payments.filter((payment) => !isOnchain(payment)), ...withoutConflicts([...next.values()])];
}

/** Each transaction once: an explorer that is indexing may list one as waiting and as confirmed; the latter is newer. */
function newestCopies(transactions: readonly SeenTx[]): Iterable<SeenTx> {
  const copies = new Map<string, SeenTx>();
  for (const tx of transactions) if (!copies.get(tx.txid)?.block) copies.set(tx.txid, tx);
  return copies.values();
}

/** Unconfirmed payments that this look does not show: the watcher asks about each before `applyLook`. */
export function missingFrom(payments: readonly Payment[], transactions: readonly SeenTx[]): string[] {
  const shown = new Set(transactions.map((tx) => tx.txid));
  const waiting = payments.filter(isOnchain).filter(({ state }) => state === 'mempool');
  const txids = new Set(waiting.map((payment) => outpointOf(payment).txid));
  return [...txids].filter((txid) => !shown.has(txid));
}

function sighted(
  known: OnchainPayment | undefined,
  tx: SeenTx,
  output: { vout: number; valueSats: bigint },
  look: Look,
  { createdAtMs, inheritedMs }: { createdAtMs: number; inheritedMs: number | null },
): OnchainPayment {
  // Whichever block holds it later: what is older than the invoice stays so.
  if (known?.state === 'prior') return known;
  const block = tx.block && tx.block.height <= look.tipHeight && !look.lostBlocks.has(tx.block.hash) ? tx.block : null;
  if (known?.state === 'confirmed' && known.blockHash !== (block?.hash ?? null) && !isLost(known, look)) {
    // The block that we know is still in the best chain: an index that says otherwise is behind.
    return known;
  }
  const isPrior =
    block !== null && !wasInBlock(known) && [block, tx.heldBefore].some((one) => isOlder(one, known, createdAtMs));
  const firstSeenMs = known?.firstSeenMs ?? firstSeen(tx, look.atMs, createdAtMs);
  return {
    method: 'onchain',
    id: `${tx.txid}:${output.vout}`,
    // A waiting payment keeps what was announced; what its block holds is proven.
    valueSats: block ? output.valueSats : (known?.valueSats ?? output.valueSats),
    state: isPrior ? 'prior' : block ? 'confirmed' : 'mempool',
    firstSeenMs: known || inheritedMs === null ? firstSeenMs : Math.min(firstSeenMs, inheritedMs),
    // A block's height is part of its history: the same block at another height is an explorer's mistake.
    blockHeight: block && block.hash === known?.blockHash ? known.blockHeight : (block?.height ?? null),
    blockHash: block?.hash ?? null,
    inputs: block ? tx.inputs : (known?.inputs ?? tx.inputs),
    ...(known?.zeroConfSafe || look.zeroConfTxids?.has(tx.txid) ? { zeroConfSafe: true } : {}),
  };
}

/** A block has counted for the payment before: it is the invoice's, whichever block holds it now. */
function wasInBlock(known: OnchainPayment | undefined): boolean {
  return known?.state === 'confirmed' || known?.state === 'reorged';
}

function isOlder(block: PayingBlock | undefined, known: OnchainPayment | undefined, createdAtMs: number): boolean {
  if (!block) return false;
  return wasKnownBefore(block, createdAtMs) || wasMinedBefore(block, createdAtMs, known !== undefined);
}

/** A payment found late, in a block, was on its way before the block's time: an outage must not make it late. */
function firstSeen(tx: SeenTx, atMs: number, createdAtMs: number): number {
  return Math.min(atMs, Math.max(createdAtMs, tx.block?.timeMs ?? atMs));
}

function missed(payment: OnchainPayment, look: Look): OnchainPayment {
  if (payment.state === 'confirmed') {
    return isLost(payment, look) ? { ...payment, state: 'reorged', blockHeight: null, blockHash: null } : payment;
  }
  if (payment.state !== 'mempool') return payment;
  // Its coins are spent in a block: by another transaction, or by this one, which does not pay what it was said to.
  if (payment.inputs.some((input) => look.spentBy?.has(input))) return { ...payment, state: 'double_spent' };
  if (look.blocksOnly) return payment;
  const missingSinceMs = payment.missingSinceMs ?? look.atMs;
  // Another one that is shown spends its coin, be it a payment of this invoice or not.
  const isReplaced = look.transactions.some((tx) => tx.inputs.some((input) => payment.inputs.includes(input)));
  if (isReplaced) return { ...payment, missingSinceMs, state: 'replaced' };
  const gone = look.unknownTxids.has(outpointOf(payment).txid) && look.atMs - missingSinceMs >= GONE_AFTER_MS;
  return { ...payment, missingSinceMs, state: gone ? 'dropped' : 'mempool' };
}

/** Of payments that spend one coin only one can be real: the confirmed one, else the one shown now, else the newest. */
function withoutConflicts(payments: OnchainPayment[]): OnchainPayment[] {
  return payments.map((payment) => {
    if (payment.state !== 'mempool') return payment;
    const rival = payments.find(
      (other) =>
        outpointOf(other).txid !== outpointOf(payment).txid &&
        (other.state === 'confirmed' || other.state === 'mempool') &&
        other.inputs.some((input) => payment.inputs.includes(input)) &&
        beats(other, payment),
    );
    return rival ? { ...payment, state: 'replaced' as const } : payment;
  });
}

function beats(a: OnchainPayment, b: OnchainPayment): boolean {
  if (a.state !== b.state) return a.state === 'confirmed';
  if ((a.missingSinceMs === undefined) !== (b.missingSinceMs === undefined)) return a.missingSinceMs === undefined;
  if (a.firstSeenMs !== b.firstSeenMs) return a.firstSeenMs > b.firstSeenMs;
  return a.id > b.id;
}

function isLost(payment: OnchainPayment, look: Look): boolean {
  return payment.blockHash !== null && look.lostBlocks.has(payment.blockHash);
}
