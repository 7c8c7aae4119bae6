// The BOLT11s of a store that are open, as last read. What was read before a change says nothing after it. Called by poller.ts.

import type { OpenBolt11 } from '../../adapters/db/bolt11-invoices.ts';

export class OpenList {
  readonly #read: () => Promise<OpenBolt11[]>;
  #open: OpenBolt11[] | null = null;
  #changes = 0;

  constructor(read: () => Promise<OpenBolt11[]>) {
    this.#read = read;
  }

  async load(): Promise<OpenBolt11[]> {
    if (this.#open) return this.#open;
    const changes = this.#changes;
    const open = await this.#read();
    if (changes === this.#changes) this.#open = open;
    return open;
  }

  /** It has changed in D1. */
  forget(): void {
    this.#open = null;
    this.#changes++;
  }

  drop(paymentHash: string): void {
    this.#open = this.#open?.filter(({ bolt11 }) => bolt11.paymentHash !== paymentHash) ?? null;
  }

  has(one: OpenBolt11): boolean {
    return this.#open?.includes(one) ?? false;
  }
}
