// The chain of the Lightning nodes: headers made by hand, which the library does not check for work. It has what channels
// need and nothing of the simulated chain: what happens there cannot close a channel.
// Called by network.ts.
import { sha256 } from '@noble/hashes/sha2.js';
import { RawTx } from '@scure/btc-signer';
import type { NodeBlock } from './ldk-parts.ts';

const START_HEIGHT = 200;

export class NodeChain {
  tip: NodeBlock;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
    this.tip = blockOf(START_HEIGHT, new Uint8Array(32), now(), []);
  }

  mine(txs: readonly Uint8Array[]): NodeBlock {
    this.tip = blockOf(this.tip.height + 1, this.tip.hash, this.#now(), txs);
    return this.tip;
  }

  /** The tip as it would be if it had been found now. */
  refreshed(): NodeBlock {
    return blockOf(this.tip.height, this.tip.header.slice(4, 36), this.#now(), []);
  }
}

function blockOf(height: number, previous: Uint8Array, nowMs: number, txs: readonly Uint8Array[]): NodeBlock {
  const header = new Uint8Array(80);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x20000000, true);
  header.set(previous, 4);
  view.setUint32(36, height, true);
  view.setUint32(68, Math.floor(nowMs / 1000), true);
  view.setUint32(72, 0x207fffff, true);
  return { header, hash: sha256(sha256(header)), height, txs };
}

/** Pays a channel from a coin that no chain knows; `salt` makes it another one. */
export function fundingTx(script: Uint8Array, amount: bigint, salt: Uint8Array): Uint8Array {
  return RawTx.encode({
    version: 2,
    segwitFlag: true,
    inputs: [{ txid: salt, index: 0, finalScriptSig: new Uint8Array(), sequence: 0xffffffff }],
    outputs: [{ amount, script }],
    witnesses: [[Uint8Array.of(1)]],
    lockTime: 0,
  });
}
