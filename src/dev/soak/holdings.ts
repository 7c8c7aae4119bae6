// What a branch of the simulated chain really holds: the oracle's own reading, block by block, without a line of the
// product. A branch is named by the block at its tip. Called by the oracle.

import type { ChainBlock } from '../chain/block.ts';
import { OWN_SCRIPT } from './coins.ts';

/** One output in a block. */
export interface Holding {
  txid: string;
  vout: number;
  script: string;
  sats: number;
  height: number;
  hash: string;
  timeMs: number;
}

/** From block to genesis. */
export function* branch(blocks: ReadonlyMap<string, ChainBlock>, tipHash: string): Generator<ChainBlock> {
  for (let block = blocks.get(tipHash); block; block = blocks.get(block.previous)) yield block;
}

export class Holdings {
  readonly #blocks: ReadonlyMap<string, ChainBlock>;
  readonly #byBlock = new Map<string, Holding[]>();

  constructor(blocks: ReadonlyMap<string, ChainBlock>) {
    this.#blocks = blocks;
  }

  /** Outputs to a script on the branch below a tip. */
  of(script: string, tipHash: string): Holding[] {
    return this.all(tipHash).filter((holding) => holding.script === script);
  }

  /** Every output on the branch that pays an invoice. */
  all(tipHash: string): Holding[] {
    const found: Holding[] = [];
    for (const block of branch(this.#blocks, tipHash)) found.push(...this.#in(block));
    return found;
  }

  #in(block: ChainBlock): Holding[] {
    const known = this.#byBlock.get(block.hash);
    if (known) return known;
    const { height, hash, time } = block;
    const holdings = block.txs.flatMap(({ txid, outputs }) =>
      outputs.flatMap(({ script, sats }, vout) =>
        script === OWN_SCRIPT || sats === 0 ? [] : [{ txid, vout, script, sats, height, hash, timeMs: time * 1_000 }],
      ),
    );
    this.#byBlock.set(hash, holdings);
    return holdings;
  }
}

/** The height of the last block that two branches share. */
export function forkHeight(blocks: ReadonlyMap<string, ChainBlock>, a: string, b: string): number {
  const ofA = new Set([...branch(blocks, a)].map(({ hash }) => hash));
  for (const { hash, height } of branch(blocks, b)) if (ofA.has(hash)) return height;
  return -1;
}

export function satsIn(holdings: readonly { sats: number }[]): number {
  return holdings.reduce((total, { sats }) => total + sats, 0);
}
