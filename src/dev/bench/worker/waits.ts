// How long at least one answer was waited for: waits that overlap count once. Filled by meter.ts, watch-entry.ts
// and watch-journal.ts.

export class Waits {
  #open = 0;
  #sinceMs = 0;
  #totalMs = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#open++ === 0) this.#sinceMs = performance.now();
    try {
      return await work();
    } finally {
      if (--this.#open === 0) this.#totalMs += performance.now() - this.#sinceMs;
    }
  }

  /** Wall clock in ms, of the waits that are over. */
  get totalMs(): number {
    return this.#totalMs;
  }
}
