// The Durable Object of a store that pays over Lightning, named by the store's id, and the only caller of its nodes for payouts. Its
// alarm is the next attempt or look-up; the payouts are in D1. Wired in worker.ts.

import { DurableObject } from 'cloudflare:workers';
import type { Deps } from '../../deps.ts';
import type { PayoutRpc } from './client.ts';
import { PayQueue } from './queue.ts';

export abstract class PayoutObject<E> extends DurableObject<E> implements PayoutRpc {
  readonly #queue = new PayQueue(() => this.deps(), this.ctx.id.name ?? '', {
    wakeIn: (ms) => this.ctx.storage.setAlarm(Date.now() + ms),
    rest: () => this.ctx.storage.deleteAlarm(),
  });

  /** Wired in worker.ts. */
  protected abstract deps(): Deps;

  wake(): Promise<void> {
    return this.#queue.wake();
  }

  check(): Promise<void> {
    return this.#queue.check();
  }

  override alarm(): Promise<void> {
    return this.#queue.run();
  }
}
