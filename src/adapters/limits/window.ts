// Counts what callers did in the last second, in an isolate's own memory: no request, no cost. Pure but for what
// it remembers, which is bounded. Called by requests.ts.

export class SlidingWindow {
  /** By caller, those heard of last at the end. */
  readonly #taken = new Map<string, number[]>();
  readonly #max: number;
  readonly #perMs: number;
  readonly #mostCallers: number;

  /** Lets `max` through in any `perMs`; of more than `mostCallers` the one not heard of for the longest is forgotten. */
  constructor(max: number, perMs: number, mostCallers: number) {
    this.#max = max;
    this.#perMs = perMs;
    this.#mostCallers = mostCallers;
  }

  /** Counts one, unless the caller has used up its time: then false, and nothing is counted. */
  take(caller: string, nowMs: number, max: number = this.#max): boolean {
    const taken = this.#recent(caller, nowMs);
    if (taken.length >= max) return false;
    taken.push(nowMs);
    this.#taken.delete(caller);
    this.#taken.set(caller, taken);
    if (this.#taken.size > this.#mostCallers) this.#forgetOldest();
    return true;
  }

  isUsedUp(caller: string, nowMs: number, max: number = this.#max): boolean {
    return this.#recent(caller, nowMs).length >= max;
  }

  /** How many callers are remembered. */
  get size(): number {
    return this.#taken.size;
  }

  #recent(caller: string, nowMs: number): number[] {
    return (this.#taken.get(caller) ?? []).filter((ms) => ms > nowMs - this.#perMs);
  }

  #forgetOldest(): void {
    const [oldest] = this.#taken.keys();
    if (oldest !== undefined) this.#taken.delete(oldest);
  }
}
