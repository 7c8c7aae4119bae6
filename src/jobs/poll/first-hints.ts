// Hints that something was paid, or is about to be: the first is acted upon without waiting, however many follow. Used by poller.ts.

import { MIN_TICK_MS } from './schedule.ts';

/** A hint causes a look-up, and another a tick later: the next one that is acted upon comes a tick after that. */
const QUIET_MS = 2 * MIN_TICK_MS;

export class FirstHints {
  readonly #quietMs: number;
  readonly #quietUntilMs = new Map<string, number>();

  constructor(quietMs = QUIET_MS) {
    this.#quietMs = quietMs;
  }

  /** @param what is said to be paid @returns false for one of many: its look-up comes with the next tick */
  isFirst(what: string, nowMs: number): boolean {
    const isFirst = (this.#quietUntilMs.get(what) ?? 0) <= nowMs;
    if (isFirst)
      for (const [known, untilMs] of this.#quietUntilMs) if (untilMs <= nowMs) this.#quietUntilMs.delete(known);
    this.#quietUntilMs.set(what, nowMs + this.#quietMs);
    return isFirst;
  }
}
