// The order store: orders, the events that came in, the desk's notes; kept in a JSON file by atomic rename.
// The only place where an order changes. Called by the routes; live.ts listens.
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { eventSchema, type ReceivedEvent, type ShopOrder, shopOrderSchema } from './orders.ts';
import type { CreationResult } from './satlane.ts';

const noteSchema = z.object({ at: z.string(), text: z.string(), ok: z.boolean(), orderId: z.string().nullable() });

const savedSchema = z.object({
  format: z.literal(1),
  orders: z.array(shopOrderSchema),
  others: z.array(eventSchema),
  notes: z.array(noteSchema),
});

/** One line of the desk's log. */
type Note = z.infer<typeof noteSchema>;

const KEPT_OTHERS = 100;
const KEPT_NOTES = 50;
const KEPT_REFUSALS = 5;

export class OrderStore {
  readonly #file: string | undefined;
  readonly #orders: Map<string, ShopOrder>;
  readonly #listeners = new Set<() => void>();
  readonly others: ReceivedEvent[];
  readonly notes: Note[];
  /** Deliveries whose signature was wrong, newest last. Not kept: anyone can send them. */
  readonly refusals: { at: string; reason: string }[] = [];
  #version = 0;
  #savedVersion = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string | undefined, saved: Omit<z.infer<typeof savedSchema>, 'format'>) {
    this.#file = file;
    this.#orders = new Map(saved.orders.map((order) => [order.id, order]));
    this.others = saved.others;
    this.notes = saved.notes;
  }

  static async open(file?: string): Promise<OrderStore> {
    const text = file === undefined ? null : await readFile(file, 'utf8').catch(nullIfMissing);
    if (text === null) return new OrderStore(file, { orders: [], others: [], notes: [] });
    const saved = savedSchema.safeParse(JSON.parse(text));
    if (!saved.success) throw new Error(`${file} was written by another version; delete it to start afresh`);
    return new OrderStore(file, saved.data);
  }

  order(id: string): ShopOrder | undefined {
    return this.#orders.get(id);
  }

  /** Newest first. */
  orders(): ShopOrder[] {
    return [...this.#orders.values()].reverse();
  }

  async addOrder(id: string, productId: string): Promise<ShopOrder> {
    const none = { placed: null, problem: null, refund: null };
    const order = { id, productId, createdAt: now(), ...none, events: [], payments: [] };
    this.#orders.set(id, order);
    await this.changed();
    return order;
  }

  async placed(order: ShopOrder, created: CreationResult): Promise<void> {
    if ('invoice' in created) order.placed = created.invoice;
    order.problem = 'problem' in created ? created.problem : null;
    await this.changed();
  }

  /** Takes an event in, once per event id, however often it is delivered. Resolves when it is safely written. */
  async receive(event: Omit<ReceivedEvent, 'receivedAt' | 'deliveries'>): Promise<void> {
    const order = this.#orderOf(event);
    const known = this.#events().find(({ id }) => id === event.id);
    if (known) known.deliveries += 1;
    else (order?.events ?? this.others).push({ ...event, receivedAt: now(), deliveries: 1 });
    this.others.splice(0, this.others.length - KEPT_OTHERS);
    await this.changed();
  }

  refuse(reason: string): void {
    this.refusals.push({ at: now(), reason });
    this.refusals.splice(0, this.refusals.length - KEPT_REFUSALS);
    this.#tell();
  }

  async note(text: string, ok: boolean, order?: ShopOrder | undefined): Promise<void> {
    this.notes.push({ at: now(), text, ok, orderId: order?.id ?? null });
    this.notes.splice(0, this.notes.length - KEPT_NOTES);
    await this.changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes what is not written yet, one write at a time. A failed one is made up for by the next. */
  flush(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return Promise.resolve();
    this.#writing = this.#writing
      .catch(() => {})
      .then(async () => {
        const version = this.#version;
        if (version === this.#savedVersion) return;
        const { others, notes } = this;
        const saved = { format: 1, orders: [...this.#orders.values()], others, notes };
        await writeFile(`${file}.new`, JSON.stringify(saved));
        await rename(`${file}.new`, file);
        this.#savedVersion = version;
      });
    return this.#writing;
  }

  /** Called after each change: pages hear of it immediately, the caller continues when the file is written. */
  async changed(): Promise<void> {
    this.#version += 1;
    this.#tell();
    await this.flush();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #events(): ReceivedEvent[] {
    return [...this.#orders.values()].flatMap((order) => order.events).concat(this.others);
  }

  /** By our own reference, since an event may arrive before we know the invoice's id; never for another invoice. */
  #orderOf({ invoice }: { invoice: ReceivedEvent['invoice'] }): ShopOrder | undefined {
    const order = invoice ? this.#orders.get(invoice.order_ref ?? '') : undefined;
    return order?.placed && order.placed.id !== invoice?.id ? undefined : order;
  }
}

function now(): string {
  return new Date().toISOString();
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
