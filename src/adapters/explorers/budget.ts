// The requests that an explorer accepts in a minute, as a bucket that refills over time. Each explorer has its own; the
// pool looks into it before it asks for what can wait.

/** Requests a minute that the operators of public explorers are known to bear; others are taken for one's own. */
const KNOWN_PER_MINUTE: Record<string, number> = { 'mempool.space': 30, 'blockstream.info': 10 };
const OWN_PER_MINUTE = 600;
/** The bucket holds what gathers in half a minute: a burst is no bigger than that. */
const BURST_MINUTES = 0.5;
const MIN_BURST = 5;
/** Of the requests of a minute this many at most ask for the tip. */
const SHARE_OF_TIPS = 0.25;

export function usualBudget(url: string): number {
  return KNOWN_PER_MINUTE[new URL(url).hostname] ?? OWN_PER_MINUTE;
}

export class Budget {
  readonly perMinute: number;
  readonly #now: () => number;
  readonly #most: number;
  #left: number;
  #atMs: number;

  /** @param perMinute Infinity for one that is never spent */
  constructor(perMinute: number, now: () => number) {
    this.perMinute = perMinute;
    this.#now = now;
    this.#most = Math.max(perMinute * BURST_MINUTES, MIN_BURST);
    this.#left = this.#most;
    this.#atMs = now();
  }

  /** Counts one request, even over the budget: blocks are read in any case. */
  spend(): void {
    this.#fill();
    this.#left--;
  }

  /** Requests left; below zero when blocks took more than there was. */
  left(): number {
    this.#fill();
    return this.#left;
  }

  /** Whole requests that may be made until only this part of what the bucket holds is left. */
  leftAbove(part: number): number {
    if (this.perMinute === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.floor(this.left() - this.#most * part));
  }

  /** Between two questions for the tip, in ms. */
  tipIntervalMs(): number {
    return 60_000 / (this.perMinute * SHARE_OF_TIPS);
  }

  #fill(): void {
    const nowMs = this.#now();
    const gathered = (Math.max(0, nowMs - this.#atMs) / 60_000) * this.perMinute;
    this.#left = Math.min(this.#most, this.#left + (Number.isNaN(gathered) ? 0 : gathered));
    this.#atMs = nowMs;
  }
}
