// Blocks of the simulated chain: 80-byte headers with regtest proof of work, merkle trees, real serialisation.
// Called by chain.ts (mining, restoring) and esplora.ts (merkle proofs).
import { hex } from '@scure/base';
import { at, compactSize, concat, fromDisplay, sha256d, toDisplay, uint32 } from './bytes.ts';
import { parseTx, type Tx } from './transaction.ts';

export interface ChainBlock {
  hash: string;
  header: Uint8Array;
  height: number;
  version: number;
  previous: string;
  merkleRoot: string;
  time: number;
  bits: number;
  nonce: number;
  txs: readonly Tx[];
  size: number;
  weight: number;
  /** Median of the last eleven block times, this block's included (BIP113). */
  medianTime: number;
  /** Counts every block ever made, best or stale, in the order of making. */
  serial: number;
}

const REGTEST_BITS = 0x207fffff;
export const REGTEST_DIFFICULTY = 4.656542373906925e-10;
const TARGET = 0x7fffffn << 232n;

const GENESIS_HEADER =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc388' +
  '8a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000';
const GENESIS_COINBASE =
  '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d' +
  '65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f7220' +
  '62616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f' +
  '4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000';

/** The regtest genesis block that every Bitcoin Core node has. */
export function genesisBlock(): ChainBlock {
  return restoreBlock({ header: GENESIS_HEADER, txs: [GENESIS_COINBASE] }, [], 0);
}

/** Finds a nonce and returns the finished block. `txs` starts with the coinbase. */
export function mineBlock(options: {
  ancestors: readonly ChainBlock[];
  txs: Tx[];
  time: number;
  serial: number;
}): ChainBlock {
  const previous = at(options.ancestors, options.ancestors.length - 1);
  const root = merkleRoot(options.txs.map((tx) => fromDisplay(tx.txid)));
  const header = concat(
    uint32(0x20000000),
    fromDisplay(previous.hash),
    root,
    uint32(options.time),
    uint32(REGTEST_BITS),
    uint32(0),
  );
  const nonce = new DataView(header.buffer);
  for (let n = 0; !meetsTarget(header); n++) nonce.setUint32(76, n, true);
  return describeBlock(header, options.txs, options.ancestors, options.serial);
}

/** Reads a saved block back. `ancestors` are its best-known forebears, oldest first, the parent last. */
export function restoreBlock(saved: SavedBlock, ancestors: readonly ChainBlock[], serial: number): ChainBlock {
  const txs = saved.txs.map((raw) => parseTx(hex.decode(raw)));
  return describeBlock(hex.decode(saved.header), txs, ancestors, serial);
}

export interface SavedBlock {
  header: string;
  txs: string[];
}

export function saveBlock(block: ChainBlock): SavedBlock {
  return { header: hex.encode(block.header), txs: block.txs.map((tx) => hex.encode(tx.raw)) };
}

export function blockBytes(block: ChainBlock): Uint8Array {
  return concat(block.header, compactSize(block.txs.length), ...block.txs.map((tx) => tx.raw));
}

function describeBlock(
  header: Uint8Array,
  txs: readonly Tx[],
  ancestors: readonly ChainBlock[],
  serial: number,
): ChainBlock {
  const view = new DataView(header.buffer, header.byteOffset);
  const time = view.getUint32(68, true);
  const overhead = 80 + compactSize(txs.length).length;
  return {
    hash: toDisplay(sha256d(header)),
    header,
    height: ancestors.length === 0 ? 0 : at(ancestors, ancestors.length - 1).height + 1,
    version: view.getUint32(0, true),
    previous: toDisplay(header.subarray(4, 36)),
    merkleRoot: toDisplay(header.subarray(36, 68)),
    time,
    bits: view.getUint32(72, true),
    nonce: view.getUint32(76, true),
    txs,
    size: txs.reduce((sum, tx) => sum + tx.size, overhead),
    weight: txs.reduce((sum, tx) => sum + tx.weight, overhead * 4),
    medianTime: median([...ancestors.slice(-10).map((block) => block.time), time]),
    serial,
  };
}

function meetsTarget(header: Uint8Array): boolean {
  return BigInt(`0x${toDisplay(sha256d(header))}`) <= TARGET;
}

/** Hashes in internal byte order; an odd one is paired with itself. */
export function merkleRoot(leaves: Uint8Array[]): Uint8Array {
  let level = leaves;
  while (level.length > 1) level = parents(level);
  return at(level, 0);
}

/** The siblings from leaf to root, as Electrum's protocol and Esplora's /merkle-proof list them. */
export function merkleBranch(txids: string[], index: number): string[] {
  const branch: string[] = [];
  let level = txids.map(fromDisplay);
  for (let i = index; level.length > 1; i >>= 1) {
    branch.push(toDisplay(level[i ^ 1] ?? at(level, i)));
    level = parents(level);
  }
  return branch;
}

function parents(level: Uint8Array[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) out.push(sha256d(concat(at(level, i), level[i + 1] ?? at(level, i))));
  return out;
}

function median(times: number[]): number {
  return at(
    times.toSorted((a, b) => a - b),
    times.length >> 1,
  );
}
