// What blocks make of a batch: which of its versions is mined, or which other transaction spends its coins, and what that is to each
// of its payouts (R26, R27). Pure. Called by services/payouts/follow-batches.ts whenever our chain has a new tip.

import { MAX_CONFIRMATIONS } from '../payment/payment.ts';
import { outpointsOf, outputOf, type PayoutBatch, payoutIdsOf } from './batch.ts';
import type { PayoutFact } from './facts.ts';
import type { Payout } from './payout.ts';

/** Who spends a coin, by our own blocks. */
export interface CoinSpend {
  txid: string;
  height: number;
  hash: string;
}

export type BatchChange = Partial<
  Pick<
    PayoutBatch,
    'state' | 'blockHeight' | 'blockHash' | 'conflictTxid' | 'refusal' | 'dueAtMs' | 'broadcastAtMs' | 'isWatched'
  >
>;

interface Followed {
  /** What is new to a payout of one of the versions; null for nothing. */
  factOf: (payout: Payout) => PayoutFact | null;
  /** By version. */
  changes: { version: PayoutBatch; change: BatchChange }[];
  /** Nothing can change any more that would need its unspent coins. */
  isOver: boolean;
}

/** A reorg never leaves more of our blocks without an operator. */
const WATCHED_BLOCKS = 144;

/**
 * @param versions of one batch, each with the txid that it has or will have; the eldest first
 * @param spends of their coins, by outpoint, in blocks up to the tip
 */
export function followBatch(
  versions: readonly PayoutBatch[],
  spends: ReadonlyMap<string, CoinSpend>,
  tipHeight: number,
  nowMs: number,
): Followed {
  const depthOf = ({ height }: CoinSpend) => tipHeight - height + 1;
  const seen = versions.map((version) => {
    const own = outpointsOf(version).flatMap((outpoint) => spends.get(outpoint) ?? []);
    return {
      version,
      mined: own.find(({ txid }) => txid === version.txid) ?? null,
      // Of what keeps it from confirming the deepest; another version is that as well, for all spend the coins of the first.
      foreign: own.filter(({ txid }) => txid !== version.txid).toSorted((a, b) => a.height - b.height)[0] ?? null,
    };
  });
  const winner = seen.find(({ mined }) => mined !== null);
  const mined = winner?.mined ?? null;
  // One that the merchant said was thrown away was sent after all.
  const live = seen.filter((one) => one === winner || one.version.state !== 'void');

  const factOf = (payout: Payout): PayoutFact | null => {
    // Another batch may have it now, or may have paid it.
    const isCarried = versions.some(({ txid }) => txid !== null && txid === payout.txid);
    if (isCarried && payout.blockHash !== null && payout.blockHash !== mined?.hash)
      return { kind: 'reorged', blockHash: payout.blockHash };
    const vout = winner ? outputOf(winner.version, payout.id) : -1;
    if (mined && vout >= 0) {
      const block = { height: mined.height, hash: mined.hash };
      const batchId = winner?.version.id ?? '';
      return { kind: 'seen', txid: mined.txid, vout, block, confirmations: depthOf(mined), batchId };
    }
    const paying = live.filter(({ version }) => outputOf(version, payout.id) >= 0);
    const ends = paying.map(({ foreign }) => foreign);
    const isHere = versions.some(({ id }) => id === payout.batchId);
    if (!isHere || payout.batchId === null || ends.length === 0 || ends.includes(null)) return null;
    const confirmations = Math.min(...ends.map((end) => (end ? depthOf(end) : 0)));
    if (payout.state !== 'queued') return { kind: 'conflicted', confirmations };
    return confirmations >= MAX_CONFIRMATIONS ? { kind: 'unbatched', batchId: payout.batchId } : null;
  };

  const changes = seen.map((one) => {
    const change =
      one === winner && mined
        ? minedChange(mined, depthOf(mined), one.version, nowMs)
        : one.foreign
          ? endedChange(one.foreign, depthOf(one.foreign), one.version)
          : waitingChange(one.version, nowMs);
    return { version: one.version, change };
  });
  const depths = live.map(({ mined, foreign }) => mined ?? foreign).map((end) => (end ? depthOf(end) : 0));
  return { factOf, changes, isOver: depths.every((depth) => depth >= MAX_CONFIRMATIONS) };
}

function minedChange({ height, hash }: CoinSpend, depth: number, version: PayoutBatch, nowMs: number): BatchChange {
  return {
    ...{ state: depth >= MAX_CONFIRMATIONS ? 'confirmed' : 'broadcast', blockHeight: height, blockHash: hash },
    ...{ conflictTxid: null, refusal: null, dueAtMs: null, broadcastAtMs: version.broadcastAtMs ?? nowMs },
    isWatched: depth <= WATCHED_BLOCKS,
  };
}

function endedChange({ txid }: CoinSpend, depth: number, { state }: PayoutBatch): BatchChange {
  return {
    ...{ state: state === 'void' || depth >= MAX_CONFIRMATIONS ? 'void' : 'conflicted', conflictTxid: txid },
    ...{ blockHeight: null, blockHash: null, dueAtMs: null, isWatched: depth <= WATCHED_BLOCKS },
  };
}

/** Nothing spends its coins: as it is before a block, or again after a reorg. */
function waitingChange(version: PayoutBatch, nowMs: number): BatchChange {
  const { blockHash, conflictTxid, state, raw, broadcastAtMs, reservedUntilMs } = version;
  if (blockHash === null && conflictTxid === null) return {};
  const wasSent = raw !== null || broadcastAtMs !== null;
  const back = wasSent ? 'broadcast' : 'awaiting_signatures';
  return {
    ...{ state: state === 'void' ? 'void' : back, blockHeight: null, blockHash: null, conflictTxid: null },
    dueAtMs: raw === null ? (wasSent ? null : reservedUntilMs) : nowMs,
  };
}

/** All payouts that any of the versions pays. */
export function payoutsOfVersions(versions: readonly PayoutBatch[]): string[] {
  return [...new Set(versions.flatMap(payoutIdsOf))];
}
