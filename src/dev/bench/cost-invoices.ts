// Live invoices from their creation to the end of their watch, as merchants, buyers and the chain move them. Called by cost.ts.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Tx } from '../chain/transaction.ts';
import type { BenchWorld, Merchant } from './bench-world.ts';
import { openBuyer } from './cost-buyer.ts';
import type { CostCounter, MeteredStep } from './cost-counter.ts';
import { ORDER } from './counts.ts';
import type { Receiver } from './receiver.ts';

export interface CostWorld {
  counter: CostCounter;
  place: BenchWorld;
  merchant: Merchant;
  receiver: Receiver;
  /** What the explorer shows for an address. */
  paying: Map<string, Tx>;
}

interface Invoice {
  id: string;
  address: string;
  script: string;
  sats: number;
}

const LANES = 8;
const MINUTE_MS = 60_000;
/** By then its Idempotency-Key may be forgotten. */
const LATER_MS = 2 * 24 * 60 * MINUTE_MS;
const GIVE_UP_MINUTES = 60;

/** @param pageMinutes for so long each buyer has the page open before the payment is in a block */
export async function payInvoices(world: CostWorld, count: number, pageMinutes: number): Promise<MeteredStep[]> {
  const { counter, paying, receiver } = world;
  let invoices: Invoice[] = [];
  const created = await counter.step('created', async () => {
    invoices = await inLanes(Array.from({ length: count }), () => create(world));
    await receiver.quiet();
  });
  const block = counter.draft(invoices);
  const buyers = new Buyers(world, invoices);
  const opened = await counter.step(`page open for ${pageMinutes} minutes, and the payment seen`, async () => {
    await buyers.open();
    await buyers.wait(pageMinutes);
    for (const { address, script } of invoices) {
      const tx = block.txs.find(({ outputs }) => outputs.some((output) => output.script === script));
      if (!tx) throw new Error('the block does not pay an invoice');
      paying.set(address, tx);
    }
    await buyers.heard('invoice.payment_seen');
    await receiver.quiet();
  });
  const paid = await counter.step('paid in a block', async () => {
    await counter.block([], block);
    await buyers.heard('invoice.paid');
    await receiver.quiet();
  });
  const read = await counter.step('read by the merchant', async () => {
    await inLanes(invoices, ({ id }) => ask(world, `/v1/invoices/${id}`));
  });
  return [created, opened, paid, read, await ended(world)];
}

/** Until nothing more happens to them. */
function ended({ counter, place }: CostWorld): Promise<MeteredStep> {
  return counter.step('end of the watch, and of the Idempotency-Key', async () => {
    await counter.bury();
    await counter.ahead(LATER_MS);
    for (let minutes = 0; await isOpen(place); minutes++) {
      if (minutes > GIVE_UP_MINUTES) throw new Error('the watch does not end');
      await counter.minute();
    }
  });
}

async function isOpen(place: BenchWorld): Promise<boolean> {
  const sql =
    'SELECT (SELECT count(*) FROM invoices WHERE watch_until IS NOT NULL) + (SELECT count(*) FROM idempotency_keys) AS n';
  return Number((await place.sql([{ sql, params: [] }]))[0]?.n) > 0;
}

class Buyers {
  readonly #world: CostWorld;
  readonly #invoices: Invoice[];
  readonly #heard = new Map<string, number>();
  #pages: Awaited<ReturnType<typeof openBuyer>>[] = [];
  #onEvent = () => {};

  constructor(world: CostWorld, invoices: Invoice[]) {
    this.#world = world;
    this.#invoices = invoices;
  }

  async open(): Promise<void> {
    const hear = (type: string) => {
      this.#heard.set(type, (this.#heard.get(type) ?? 0) + 1);
      this.#onEvent();
    };
    this.#pages = await inLanes(this.#invoices, ({ id }) => openBuyer(this.#world.place, id, hear));
  }

  async wait(minutes: number): Promise<void> {
    for (let i = 0; i < minutes; i++) {
      await pause(MINUTE_MS);
      await this.#world.counter.minute(true);
      await inLanes(this.#pages, (page) => page.lookAnyway());
    }
  }

  /** All of them have heard of it. */
  async heard(type: string): Promise<void> {
    const failed = Promise.all(this.#pages.map(({ done }) => done));
    const all = new Promise<void>((resolve) => {
      this.#onEvent = () => {
        if (this.#heard.get(type) === this.#invoices.length) resolve();
      };
      this.#onEvent();
    });
    await Promise.race([all, failed]);
    await all;
  }
}

async function create(world: CostWorld): Promise<Invoice> {
  const answer = await ask(world, '/v1/invoices', { ...ORDER, order_ref: randomUUID() });
  const { id, address, amount_sats } = (answer as { invoice: Record<string, string> }).invoice;
  const sql = 'SELECT script FROM invoices WHERE id = ?';
  const [row] = await world.place.sql([{ sql, params: [id ?? ''] }]);
  return { id: id ?? '', address: address ?? '', script: String(row?.script), sats: Number(amount_sats) };
}

async function ask({ place, merchant }: CostWorld, path: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${merchant.apiKey}` };
  const post = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  };
  const response = await fetch(new URL(path, place.url), body ? post : { headers });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}
