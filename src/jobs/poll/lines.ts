// The lines of a store, one for each connection that something was minted at. Used by poller.ts and minter.ts.

import type { Deps } from '../../deps.ts';
import { NodeLine } from './node-line.ts';

export class Lines {
  readonly #deps: () => Deps;
  readonly #storeId: string;
  readonly #lines = new Map<string, NodeLine>();

  constructor(deps: () => Deps, storeId: string) {
    this.#deps = deps;
    this.#storeId = storeId;
  }

  to(connectionId: string): NodeLine {
    const line = this.#lines.get(connectionId) ?? new NodeLine(this.#deps, this.#storeId, connectionId);
    this.#lines.set(connectionId, line);
    return line;
  }

  /** A connection was changed: each is opened anew. */
  close(): void {
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
  }
}
