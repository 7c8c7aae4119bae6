// Which invoices and addresses have an open page, as an object knows it that looks more often meanwhile: a request says so for a
// minute, a stream until its room says that the last one closed. Used by jobs/watch/watcher.ts and jobs/poll/poller.ts.

import type { Rooms } from './rooms.ts';

/** A request counts as an open page for so long. */
const REQUEST_MS = 60_000;
/** Longer than a stream lasts. After that its room is asked: what should say that it is empty may have been lost. */
const STREAM_MS = 35 * 60_000;
/** A room becomes empty while another page opens: what is said of the two may arrive in either order. */
const MOMENT_MS = 5_000;
const PREFIX = 'hot:';

/** Where streams are found again after a restart: one row when the first opens, one when the last closes. */
type Kept = Pick<DurableObjectStorage, 'list' | 'put' | 'delete'>;

export class OpenPages {
  readonly #kept: Kept | null;
  /** By room: until when nothing has to be asked. */
  #until: Map<string, number> | null = null;
  readonly #stored = new Set<string>();

  /** @param kept null where a restart may forget them until they ask again */
  constructor(kept: Kept | null) {
    this.#kept = kept;
  }

  /** @returns whether none was open before */
  async requested(room: string, nowMs: number): Promise<boolean> {
    const until = await this.#load();
    const known = until.get(room);
    until.set(room, Math.max(known ?? 0, nowMs + REQUEST_MS));
    return known === undefined;
  }

  /** A stream was opened. @returns as `requested` */
  async opened(room: string, nowMs: number): Promise<boolean> {
    const until = await this.#load();
    const isNew = !until.has(room);
    until.set(room, nowMs + STREAM_MS);
    await this.#store(room);
    return isNew;
  }

  /** The last stream was closed. */
  async closed(room: string, nowMs: number): Promise<void> {
    const until = await this.#load();
    const untilMs = until.get(room);
    if (untilMs === undefined) return;
    const openedMs = untilMs - STREAM_MS;
    if (nowMs - openedMs < MOMENT_MS) until.set(room, openedMs + MOMENT_MS);
    else await this.#forget(room);
  }

  has(room: string): boolean {
    return this.#until?.has(room) ?? false;
  }

  /** Those that are open now. The room is asked where nothing says it any more, and once after a restart. */
  async open(rooms: Pick<Rooms, 'listeners'>, nowMs: number): Promise<string[]> {
    const until = await this.#load();
    for (const [room, untilMs] of [...until]) {
      if (untilMs > nowMs) continue;
      const isOpen = (await rooms.listeners(room)) > 0;
      // A page may have opened meanwhile.
      if (until.get(room) !== untilMs) continue;
      if (isOpen) await this.opened(room, nowMs);
      else await this.#forget(room);
    }
    return [...until.keys()];
  }

  async #load(): Promise<Map<string, number>> {
    if (this.#until) return this.#until;
    const rows = (await this.#kept?.list({ prefix: PREFIX })) ?? new Map();
    for (const key of rows.keys()) this.#stored.add(key.slice(PREFIX.length));
    // Two may have asked in one moment: the first answer stays.
    this.#until ??= new Map([...this.#stored].map((room) => [room, 0]));
    return this.#until;
  }

  async #store(room: string): Promise<void> {
    if (this.#stored.has(room)) return;
    this.#stored.add(room);
    await this.#kept?.put(PREFIX + room, true);
  }

  async #forget(room: string): Promise<void> {
    this.#until?.delete(room);
    if (this.#stored.delete(room)) await this.#kept?.delete(PREFIX + room);
  }
}
