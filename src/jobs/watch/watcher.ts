// The Durable Object that watches one network, and the only caller of its explorers. It knows which invoices have
// open pages: while there are any, its alarm looks at them every few seconds, and sooner where an explorer's socket hints at
// something. The cron's sweep wakes it for the rest.

import { DurableObject } from 'cloudflare:workers';
import type { ExplorerHealth } from '../../adapters/explorers/pool.ts';
import { OpenPages } from '../../adapters/rooms/open-pages.ts';
import type { Deps } from '../../deps.ts';
import type { BroadcastAnswer, WatcherRpc } from './client.ts';
import { Hints } from './hints.ts';
import { Rounds } from './rounds.ts';

export abstract class WatcherObject<E> extends DurableObject<E> implements WatcherRpc {
  protected pages = new OpenPages(this.ctx.storage);
  readonly #rounds = new Rounds(() => this.deps());
  readonly #hints = new Hints(
    () => this.deps(),
    (ids) => this.#rounds.look(ids),
  );

  /** Wired in worker.ts. */
  protected abstract deps(): Deps;

  async hot(invoiceId: string): Promise<void> {
    await this.#wake(await this.pages.requested(invoiceId, Date.now()));
  }

  async opened(invoiceId: string): Promise<void> {
    await this.#wake(await this.pages.opened(invoiceId, Date.now()));
  }

  async closed(invoiceId: string): Promise<void> {
    await this.pages.closed(invoiceId, Date.now());
  }

  async look(invoiceId: string): Promise<void> {
    await this.#rounds.look([invoiceId]);
  }

  async rescan(invoiceId: string): Promise<void> {
    await this.#rounds.rescan(invoiceId);
  }

  async checkWallet(walletId: string): Promise<void> {
    await this.#rounds.checkWallet(walletId);
  }

  followWallet(walletId: string): Promise<number | null> {
    return this.#rounds.followWallet(walletId);
  }

  rawTransactions(txids: readonly string[]): Promise<Record<string, string>> {
    return this.#rounds.rawTransactions(txids);
  }

  broadcast(raw: string): Promise<BroadcastAnswer> {
    return this.#rounds.broadcast(raw);
  }

  feeRate(): Promise<number | null> {
    return this.#rounds.feeRate();
  }

  health(): ExplorerHealth[] {
    return this.#rounds.health();
  }

  async sweep(): Promise<void> {
    await this.#rounds.sweep();
    // The alarm normally keeps itself going; this is what wakes it after it failed too often.
    if ((await this.#hotIds()).length === 0) this.#hints.stop();
    else await this.#wake(false);
  }

  override async alarm(): Promise<void> {
    const deps = this.deps();
    const ids = await this.#hotIds();
    if (ids.length === 0) {
      this.#hints.stop();
      return;
    }
    // Set before the work: a round that dies must not end the watch.
    await this.ctx.storage.setAlarm(Date.now() + deps.config.HOT_POLL_SECONDS * 1000);
    // Before the look, which finds what happened until then.
    await this.#hints.listenFor(ids);
    await this.#rounds.look(ids);
  }

  /** @param isNew a page that was just opened gets a look and a socket immediately */
  async #wake(isNew: boolean): Promise<void> {
    if (isNew || (await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now());
  }

  #hotIds(): Promise<string[]> {
    return this.pages.open(this.deps().rooms, Date.now());
  }
}
