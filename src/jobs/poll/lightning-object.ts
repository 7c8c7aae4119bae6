// The Durable Object of a store that is paid over Lightning, named by the store's id, and the only caller of its nodes for invoices. It
// mints, looks up and ends BOLT11s; its alarm is the next look-up. The BOLT11s are in D1.

import { DurableObject } from 'cloudflare:workers';
import type { MintedBolt11, MintOrder } from '../../core/lightning/prompt.ts';
import type { Deps } from '../../deps.ts';
import type { LightningRpc } from './client.ts';
import type { PollKeeper } from './keeper.ts';
import { Minter } from './minter.ts';
import { Poller } from './poller.ts';

const MINTED = 'minted:';
const HOOKS = 'hooks:';
const KEPT_MS = 24 * 60 * 60_000;
const FORGET_EVERY_MS = 60 * 60_000;

export abstract class LightningObject<E> extends DurableObject<E> implements LightningRpc {
  readonly #hooks = new Map<string, boolean>();
  #forgotAtMs = 0;
  readonly #poller = new Poller(() => this.deps(), this.ctx.id.name ?? '', this.#keeper());
  readonly #minter = new Minter(() => this.deps(), this.ctx.id.name ?? '', this.#keeper(), this.#poller.lines);

  /** Wired in worker.ts. */
  protected abstract deps(): Deps;

  create(order: MintOrder): Promise<MintedBolt11 | { problem: string }> {
    return this.#minter.create(order);
  }

  async mint(invoiceId: string): Promise<string | null> {
    const problem = await this.#minter.mint(invoiceId);
    if (problem === null) await this.#poller.wake(false);
    return problem;
  }

  look(paymentHashes: string[] | null): Promise<void> {
    return this.#poller.look(paymentHashes);
  }

  hot(invoiceId: string): Promise<void> {
    return this.#poller.hot(invoiceId);
  }

  opened(invoiceId: string): Promise<void> {
    return this.#poller.hot(invoiceId, true);
  }

  closed(invoiceId: string): Promise<void> {
    return this.#poller.closed(invoiceId);
  }

  end(paymentHash: string): Promise<void> {
    return this.#poller.end(paymentHash);
  }

  wake(hasNewConnection: boolean): Promise<void> {
    return this.#poller.wake(hasNewConnection);
  }

  override async alarm(): Promise<void> {
    await this.#poller.tick();
    await this.#forgetOld();
  }

  async #forgetOld(): Promise<void> {
    const nowMs = Date.now();
    if (nowMs - this.#forgotAtMs < FORGET_EVERY_MS) return;
    this.#forgotAtMs = nowMs;
    const kept = await this.ctx.storage.list<{ atMs: number }>({ prefix: MINTED });
    const old = [...kept].filter(([, { atMs }]) => this.deps().now() - atMs >= KEPT_MS);
    if (old.length > 0) await this.ctx.storage.delete(old.map(([key]) => key).slice(0, 128));
  }

  #keeper(): PollKeeper {
    const { storage } = this.ctx;
    return {
      wakeIn: (ms) => storage.setAlarm(Date.now() + ms),
      rest: () => storage.deleteAlarm(),
      hasHooks: async (connectionId) => {
        const known = this.#hooks.get(connectionId) ?? (await storage.get<boolean>(HOOKS + connectionId)) ?? false;
        this.#hooks.set(connectionId, known);
        return known;
      },
      sawHook: async (connectionId, arrived) => {
        if (this.#hooks.get(connectionId) === arrived) return;
        this.#hooks.set(connectionId, arrived);
        await storage.put(HOOKS + connectionId, arrived);
      },
      minted: async (label) => (await storage.get<{ minted: MintedBolt11 }>(MINTED + label))?.minted,
      keep: (label, minted, atMs) => storage.put(MINTED + label, { minted, atMs }),
    };
  }
}
