// The Durable Object around a sender: one for each endpoint, and a fixed number for the hosts that a store's invoices name. It has
// six connections of its own, its alarm is the next retry, and it keeps which lines fail. The deliveries are in D1.

import { DurableObject } from 'cloudflare:workers';
import type { DueDelivery } from '../../adapters/db/deliveries.ts';
import type { SealedSecrets } from '../../adapters/db/endpoints.ts';
import type { Dispatcher } from '../../adapters/webhooks/dispatcher.ts';
import type { Health } from './health.ts';
import { DeliverySender, type Keeper } from './sender.ts';

/** What others may call on a sender. Both return immediately. */
export interface SenderRpc extends Rpc.DurableObjectBranded {
  send(due: DueDelivery[], known: SealedSecrets[]): void;
  drain(isForgiving: boolean): void;
}

const FAILING = 'failing';

export abstract class SenderObject<E> extends DurableObject<E> implements SenderRpc {
  #sender: DeliverySender | undefined;

  /** Wired in worker.ts. */
  protected abstract dispatcher(): Dispatcher;

  send(due: DueDelivery[], known: SealedSecrets[]): void {
    this.ctx.waitUntil(this.#open().send(due, known));
  }

  drain(isForgiving: boolean): void {
    this.ctx.waitUntil(this.#open().drain(isForgiving));
  }

  override async alarm(): Promise<void> {
    await this.#open().drain();
  }

  #open(): DeliverySender {
    this.#sender ??= new DeliverySender(this.dispatcher(), this.ctx.id.name ?? '', this.#keeper());
    return this.#sender;
  }

  #keeper(): Keeper {
    const { storage } = this.ctx;
    let isEmpty = false;
    return {
      load: async () => {
        const failing = await storage.get<Record<string, Health>>(FAILING);
        isEmpty = failing === undefined;
        return failing ?? {};
      },
      async save(failing) {
        isEmpty = false;
        await storage.put(FAILING, failing);
      },
      async wakeAt(ms) {
        const plannedMs = await storage.getAlarm();
        if (plannedMs !== null && plannedMs <= ms) return;
        isEmpty = false;
        await storage.setAlarm(ms);
      },
      // An object that holds nothing costs nothing.
      async rest() {
        if (isEmpty && (await storage.getAlarm()) === null) return;
        isEmpty = true;
        await storage.deleteAll();
      },
    };
  }
}
