// Has BOLT11s minted by a store's nodes, once each: callers that ask for the same one at the same time share it. Called by
// lightning-object.ts.

import { NodeError } from '../../adapters/nodes/node.ts';
import { checkMinted } from '../../core/lightning/minted.ts';
import type { MintedBolt11, MintOrder } from '../../core/lightning/prompt.ts';
import type { Deps } from '../../deps.ts';
import { hookUrl } from '../../services/payments/hooks.ts';
import { keepMinted, mintOrderFor } from '../../services/payments/mint.ts';
import type { PollKeeper } from './keeper.ts';
import type { Lines } from './lines.ts';

export class Minter {
  readonly #deps: () => Deps;
  readonly #storeId: string;
  readonly #keeper: PollKeeper;
  readonly #lines: Lines;
  readonly #under = new Map<string, Promise<unknown>>();

  constructor(deps: () => Deps, storeId: string, keeper: PollKeeper, lines: Lines) {
    this.#deps = deps;
    this.#storeId = storeId;
    this.#keeper = keeper;
    this.#lines = lines;
  }

  /** For an invoice that is being made: a label that was minted for within a day gets the same BOLT11. */
  async create(order: MintOrder): Promise<MintedBolt11 | { problem: string }> {
    return this.#once(order.label, async () => {
      const known = await this.#keeper.minted(order.label);
      const isUsable = known?.connectionId === order.connectionId && known.expiresAtMs > this.#deps().now();
      if (known && isUsable) return known;
      const minted = await this.#mint(order).catch(problemOf);
      if (order.mayComeAgain && !('problem' in minted))
        await this.#keeper.keep(order.label, minted, this.#deps().now());
      return minted;
    });
  }

  /** Gives an invoice what it lacks. @returns why it has none; null where it has one, or needs none */
  async mint(invoiceId: string): Promise<string | null> {
    return this.#once(invoiceId, async () => {
      const order = await mintOrderFor(this.#deps(), invoiceId);
      if (!order) return null;
      const minted = await this.#mint(order).catch(problemOf);
      if ('problem' in minted) return minted.problem;
      return keepMinted(this.#deps(), invoiceId, minted);
    });
  }

  /** All who ask while it is under way get the same answer. */
  async #once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const under = (this.#under.get(key) as Promise<T> | undefined) ?? work().finally(() => this.#under.delete(key));
    this.#under.set(key, under);
    return under;
  }

  /** @throws NodeError */
  async #mint({
    connectionId,
    label,
    amountSats,
    description,
    expiresAtMs,
    privateHints,
  }: MintOrder): Promise<MintedBolt11> {
    const deps = this.#deps();
    const asked = {
      amountMsat: amountSats * 1000n,
      description,
      expirySeconds: Math.floor((expiresAtMs - deps.now()) / 1000),
      label,
      hookUrl: await hookUrl(deps, this.#storeId),
      privateHints,
    };
    return this.#lines.to(connectionId).ask(async (node) => {
      const fresh = await node.mint(asked);
      const terms = {
        network: deps.config.NETWORK,
        amountMsat: asked.amountMsat,
        description: fresh.description,
        // The server of a Lightning address says itself how long.
        expirySeconds: node.kind === 'lightning_address' ? null : asked.expirySeconds,
      };
      const checked = checkMinted(fresh, terms, deps.now());
      if ('problem' in checked) throw new NodeError('bad_answer', checked.problem);
      const { bolt11, paymentHash, verifyUrl } = fresh;
      return { connectionId, bolt11, paymentHash, verifyUrl, amountSats, expiresAtMs: checked.bolt11.expiresAtMs };
    });
  }
}

function problemOf(error: unknown): { problem: string } {
  if (error instanceof NodeError) return { problem: error.message };
  throw error;
}
