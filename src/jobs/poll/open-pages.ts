// Which invoices of a store have an open page: the buyer is about to pay those. Known from the requests of pages, and after a while from
// the invoice's room; a restart forgets it until the page asks again. Called by poller.ts.

import type { Deps } from '../../deps.ts';

/** A request says for so long that a page is open. */
const LEASE_MS = 60_000;
/** Many pages of one invoice, or one that is loaded again and again, ask for one look-up. */
const PAUSE_MS = 3_000;

export class OpenPages {
  readonly #deps: () => Deps;
  /** By invoice: when to ask whether its page is still open. */
  readonly #until = new Map<string, number>();

  constructor(deps: () => Deps) {
    this.#deps = deps;
  }

  /** @returns false where a page of it has said so just now */
  opened(invoiceId: string): boolean {
    const untilMs = this.#deps().now() + LEASE_MS;
    const isNews = untilMs - (this.#until.get(invoiceId) ?? 0) >= PAUSE_MS;
    if (isNews) this.#until.set(invoiceId, untilMs);
    return isNews;
  }

  has(invoiceId: string | null): boolean {
    return invoiceId !== null && this.#until.has(invoiceId);
  }

  /** Forgets those that are closed. */
  async renew(): Promise<void> {
    const { now, rooms } = this.#deps();
    for (const [id, untilMs] of this.#until) {
      if (untilMs > now()) continue;
      if ((await rooms.listeners(id)) > 0) this.opened(id);
      else this.#until.delete(id);
    }
  }
}
