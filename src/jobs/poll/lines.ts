// The lines of a store, one for each connection that something was minted at. Used by poller.ts and minter.ts.

import type { Deps } from '../../deps.ts';
import { NodeLine } from './node-line.ts';

export class Lines {
  readonly #deps: () => Deps;
  readonly #storeId: string;
  readonly #onHint: (paymentHash: string) => void;
  readonly #lines = new Map<string, NodeLine>();

  /** @param onHint a wallet said over its socket that it was paid */
  constructor(deps: () => Deps, storeId: string, onHint: (paymentHash: string) => void) {
    this.#deps = deps;
    this.#storeId = storeId;
    this.#onHint = onHint;
  }

  to(connectionId: string): NodeLine {
    const line = this.#lines.get(connectionId) ?? new NodeLine(this.#deps, this.#storeId, connectionId, this.#onHint);
    this.#lines.set(connectionId, line);
    return line;
  }

  /** A connection was changed: each is opened anew. */
  close(): void {
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
  }
}
