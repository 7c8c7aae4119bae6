// Writes down what became of deliveries, together: what is reported while a write is under way goes into the next one. Called by
// sender.ts.

import type { Database } from '../../adapters/db/database.ts';
import { type Outcome, recordOutcomes } from '../../adapters/db/due-deliveries.ts';
import type { Log } from '../../log.ts';

/** Of one statement: each carries up to a thousand characters of an answer. */
const TOGETHER = 100;

export class Recorder {
  #waiting: { outcome: Outcome; written: () => void }[] = [];
  #isWriting = false;
  readonly #to: { db: Database; log: Log };

  constructor(to: { db: Database; log: Log }) {
    this.#to = to;
  }

  /** Returns when it is written. What cannot be is sent again when its lease ends. */
  add(outcome: Outcome): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ outcome, written: resolve });
    if (!this.#isWriting) void this.#writeAll();
    return promise;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      // What ends in this same moment goes along.
      await null;
      const group = this.#waiting.splice(0, TOGETHER);
      await recordOutcomes(
        this.#to.db,
        group.map(({ outcome }) => outcome),
      ).catch((error) =>
        this.#to.log('webhook.not_recorded', { count: group.length, error: String(error).slice(0, 200) }),
      );
      for (const { written } of group) written();
    }
    this.#isWriting = false;
  }
}
