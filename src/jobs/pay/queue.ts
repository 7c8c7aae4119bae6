// Whose turn it is among a store's payouts: three side by side, what is on its way before what waits. All that it knows is in D1; what
// it remembers is which to leave alone for a while. Called by payout-object.ts, which keeps the alarm.

import { type Turn, turnsOf } from '../../adapters/db/payouts.ts';
import type { Deps } from '../../deps.ts';
import { PayerLine } from './payer-line.ts';
import { movePayout } from './turn.ts';

/** The object's alarm. */
interface PayKeeper {
  wakeIn(ms: number): Promise<void>;
  /** Nothing is due: no alarm. */
  rest(): Promise<void>;
}

const MAX_SIDE_BY_SIDE = 3;
const MAX_TURNS = 200;
/** One that could not be moved: payouts are stopped, nothing pays, the node is down. Each time in a row twice as long. */
const PAUSE_MS = 60_000;
const MAX_PAUSE_MS = 5 * 60_000;
/** The database failed. */
const MIN_PAUSE_MS = 10_000;

export class PayQueue {
  readonly #deps: () => Deps;
  readonly #storeId: string;
  readonly #keeper: PayKeeper;
  readonly #busy = new Map<string, Promise<void>>();
  /** Until when each is left alone, and how long that is. */
  readonly #paused = new Map<string, { untilMs: number; ms: number }>();
  /** As read from D1; null where that may have changed. */
  #turns: Turn[] | null = null;
  #line: PayerLine | null = null;
  /** Counts `check`: what was read before one says nothing after it. */
  #checks = 0;

  constructor(deps: () => Deps, storeId: string, keeper: PayKeeper) {
    this.#deps = deps;
    this.#storeId = storeId;
    this.#keeper = keeper;
  }

  /** Something has changed in D1. */
  async wake(): Promise<void> {
    this.#paused.clear();
    await this.check();
  }

  /** Something may be due that nothing woke it for. Those that are left alone stay so. */
  async check(): Promise<void> {
    this.#turns = null;
    this.#checks++;
    await this.#keeper.wakeIn(0);
    // While others are under way their alarm goes on, and the next one would wait for it.
    if (this.#line) await this.#begin(this.#line);
  }

  /** The alarm's: moves all that is due. Fails for nothing: what goes wrong is tried again. */
  async run(): Promise<void> {
    const line = new PayerLine(this.#deps(), this.#storeId);
    this.#line = line;
    try {
      this.#turns = null;
      await this.#begin(line);
      while (this.#busy.size > 0) {
        await Promise.race(this.#busy.values());
        await this.#begin(line);
      }
    } catch (error) {
      this.#log('payouts.run_failed', error);
      this.#turns = null;
      await Promise.all(this.#busy.values());
    } finally {
      this.#line = null;
      line.close();
    }
    await this.#plan();
  }

  /** Begins the turns that there is room for. */
  async #begin(line: PayerLine): Promise<void> {
    let turns = await this.#read();
    if (!turns.some((turn) => this.#isReady(turn))) turns = await this.#readAgain();
    for (const turn of turns) {
      if (this.#busy.size >= MAX_SIDE_BY_SIDE) return;
      if (!this.#isReady(turn)) continue;
      // Whatever comes of it, the list has it as it was.
      this.#turns = this.#turns?.filter((one) => one !== turn) ?? null;
      this.#busy.set(turn.id, this.#take(turn, line));
    }
  }

  async #take({ id }: Turn, line: PayerLine): Promise<void> {
    const deps = this.#deps();
    try {
      const dueAtMs = await movePayout(deps, { storeId: this.#storeId, id }, line);
      if (dueAtMs === 'not now')
        this.#pause(id, Math.min((this.#paused.get(id)?.ms ?? PAUSE_MS / 2) * 2, MAX_PAUSE_MS));
      else if (dueAtMs !== null && dueAtMs <= deps.now()) this.#pause(id, MIN_PAUSE_MS);
      else this.#paused.delete(id);
    } catch (error) {
      this.#log('payouts.turn_failed', error, id);
      this.#pause(id, MIN_PAUSE_MS);
    } finally {
      this.#busy.delete(id);
    }
  }

  #pause(id: string, ms: number): void {
    this.#paused.set(id, { untilMs: this.#deps().now() + ms, ms });
  }

  #untilMs(id: string): number {
    return this.#paused.get(id)?.untilMs ?? 0;
  }

  #isReady({ id, dueAtMs }: Turn): boolean {
    const nowMs = this.#deps().now();
    return dueAtMs <= nowMs && !this.#busy.has(id) && this.#untilMs(id) <= nowMs;
  }

  async #read(): Promise<Turn[]> {
    return this.#turns ?? this.#readAgain();
  }

  async #readAgain(): Promise<Turn[]> {
    const checks = this.#checks;
    const turns = await turnsOf(this.#deps().db, this.#storeId, MAX_TURNS);
    this.#turns = checks === this.#checks ? turns : null;
    return turns;
  }

  /** Sets the alarm for the next turn, from the list that had none to begin. */
  async #plan(): Promise<void> {
    const nowMs = this.#deps().now();
    try {
      const turns = await this.#read();
      // A check came meanwhile: its alarm stays.
      if (this.#turns === null) return;
      const ids = new Set(turns.map(({ id }) => id));
      for (const id of this.#paused.keys()) if (!ids.has(id)) this.#paused.delete(id);
      if (turns.length === 0) return await this.#keeper.rest();
      const nextMs = Math.min(...turns.map(({ id, dueAtMs }) => Math.max(dueAtMs, this.#untilMs(id))));
      await this.#keeper.wakeIn(Math.max(0, nextMs - nowMs));
    } catch {
      await this.#keeper.wakeIn(MIN_PAUSE_MS);
    }
  }

  #log(event: string, error: unknown, payout?: string): void {
    this.#deps().log(event, { store: this.#storeId, payout, error: String(error).slice(0, 300) });
  }
}
