// A payment that waits is let go for a reason, and is let go when there is one. Called by oracle.ts.

import { branch } from './holdings.ts';
import type { PaymentRow, Records } from './records.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

export class Losses {
  readonly #world: World;
  /** States before the step, by invoice and outpoint. */
  #states = new Map<string, string>();
  #tipHash = '';

  constructor(world: World) {
    this.#world = world;
  }

  /** @param cutOff a round has died and what it left undone is not done yet */
  check({ payments, tip }: Records, cutOff: boolean): void {
    const now = new Map(payments.map((row) => [`${row.placeId}/${row.txid}:${row.vout}`, row]));
    if (!cutOff && tip) {
      const spent = tip.hash === this.#tipHash ? new Map<string, string>() : this.#spentSince(tip.hash);
      for (const [key, row] of now) {
        if (this.#states.get(key) !== 'mempool') continue;
        if (row.state === 'dropped') this.#mayBeGone(row, tip.height);
        if (row.state === 'mempool') this.#mayStillWait(row, spent);
      }
    }
    this.#states = new Map([...now].map(([key, { state }]) => [key, state]));
    this.#tipHash = tip?.hash ?? '';
  }

  /** Not while an honest explorer that is as far as we are, and was there to be asked, knows it. */
  #mayBeGone({ txid }: PaymentRow, tipHeight: number): void {
    const { chain, views } = this.#world;
    const isThere = chain.frame().mempool.has(txid) || chain.frame().place(txid) !== undefined;
    const knows = views.some(({ isHonest, shown }) => isHonest && (shown?.at(-1)?.height ?? -1) >= tipHeight);
    if (isThere && knows) throw new Violation(`${txid} is given up, and an honest explorer knows it`);
  }

  /** Not after a block has spent its coins otherwise; unless a liar has shown it again since. */
  #mayStillWait({ address, txid, inputs }: PaymentRow, spent: Map<string, string>): void {
    const { views } = this.#world;
    if (views.some((view) => !view.isHonest && view.hasListed(address))) return;
    for (const input of JSON.parse(inputs) as string[]) {
      const spender = spent.get(input) ?? txid;
      if (spender !== txid) throw new Violation(`${txid} still waits, and ${spender} has spent its coin in a block`);
    }
  }

  /** Coins spent in blocks that have joined our chain in this step → by whom. */
  #spentSince(tipHash: string): Map<string, string> {
    const { blocks } = this.#world;
    const before = new Set([...branch(blocks, this.#tipHash)].map(({ hash }) => hash));
    const spent = new Map<string, string>();
    for (const block of branch(blocks, tipHash)) {
      if (before.has(block.hash)) break;
      for (const tx of block.txs) for (const { txid, vout } of tx.inputs) spent.set(`${txid}:${vout}`, tx.txid);
    }
    return spent;
  }
}
