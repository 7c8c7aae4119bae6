// Makes looks out of what an explorer's socket hints at, while invoices have open pages. The watcher's
// alarm looks as often with it as without: it costs a look at worst, and saves the buyer seconds at best. Called by
// watcher.ts; src/adapters/explorers/socket.ts has the protocol.

import { watchedAmong } from '../../adapters/db/watch.ts';
import type { HintSocket } from '../../adapters/explorers/socket.ts';
import type { Deps } from '../../deps.ts';

/** At most one round in this time: a socket must not spend an explorer's budget. */
const ROUND_EVERY_MS = 1_000;
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 15 * 60_000;
/** A socket that lasted so long has earned a short pause. */
const PROVEN_MS = 60_000;

export class Hints {
  readonly #deps: () => Deps;
  readonly #look: (ids: string[]) => Promise<void>;
  /** Addresses of the hot invoices, those that became hot last at the end; null for one that has no chain. */
  readonly #addresses = new Map<string, string | null>();
  #socket: HintSocket | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #retryAtMs = 0;
  /** The invoices of the next round; null when none is due. An empty round still follows the chain. */
  #wanted: Set<string> | null = null;
  #isServing = false;

  /** @param look one round: follows the chain, and looks at these invoices */
  constructor(deps: () => Deps, look: (ids: string[]) => Promise<void>) {
    this.#deps = deps;
    this.#look = look;
  }

  /** Listens for these invoices and no others. Called by each alarm; never throws, and never waits for the socket. */
  async listenFor(hotIds: string[]): Promise<void> {
    const deps = this.#deps();
    if (!deps.openHints) return;
    try {
      await this.#learn(deps, hotIds);
    } catch (error) {
      deps.log('watch.hints_failed', { error: String(error).slice(0, 200) });
      return;
    }
    const addresses = [...this.#addresses.values()].filter((address) => address !== null);
    if (addresses.length === 0) {
      this.stop();
      return;
    }
    if (!this.#socket && deps.now() >= this.#retryAtMs) this.#open(deps);
    this.#socket?.track(addresses);
  }

  stop(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#wanted = null;
    this.#addresses.clear();
  }

  /** An address never changes: each is asked for once. */
  async #learn(deps: Deps, hotIds: string[]): Promise<void> {
    for (const id of this.#addresses.keys()) if (!hotIds.includes(id)) this.#addresses.delete(id);
    const fresh = hotIds.filter((id) => !this.#addresses.has(id));
    if (fresh.length === 0) return;
    const watched = await watchedAmong(deps.db, fresh);
    const known = new Map(watched.map(({ id, address }) => [id, address]));
    for (const id of fresh) this.#addresses.set(id, known.get(id) ?? null);
  }

  #open(deps: Deps): void {
    const openedMs = deps.now();
    const socket = deps.openHints?.({
      // The socket reports nothing from before it listened.
      onOpen: () => this.#want([...this.#addresses.keys()]),
      onHint: ({ addresses }) => this.#want(this.#idsOf(addresses)),
      onClosed: (reason) => {
        this.#socket = null;
        const nowMs = deps.now();
        this.#pauseMs = nowMs - openedMs >= PROVEN_MS ? FIRST_PAUSE_MS : this.#pauseMs;
        this.#retryAtMs = nowMs + this.#pauseMs;
        this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS);
        deps.log('watch.socket_closed', { reason, retryInMs: this.#retryAtMs - nowMs });
      },
    });
    this.#socket = socket ?? null;
  }

  #idsOf(addresses: string[]): string[] {
    return [...this.#addresses].flatMap(([id, address]) => (address && addresses.includes(address) ? [id] : []));
  }

  #want(ids: string[]): void {
    this.#wanted = new Set([...(this.#wanted ?? []), ...ids]);
    if (!this.#isServing) void this.#serve();
  }

  /** One round after the other, the first immediately; later hints wait for the next one. */
  async #serve(): Promise<void> {
    this.#isServing = true;
    while (this.#wanted) {
      const ids = [...this.#wanted];
      this.#wanted = null;
      try {
        await this.#look(ids);
      } catch (error) {
        this.#deps().log('watch.hint_failed', { error: String(error).slice(0, 200) });
      }
      await new Promise((resolve) => setTimeout(resolve, ROUND_EVERY_MS));
    }
    this.#isServing = false;
  }
}
