// The line to one of a store's nodes: opened once, left alone for a while when it fails, and its health kept. Called by poller.ts.

import { type Connection, connectionOf } from '../../adapters/db/connections.ts';
import { type Node, NodeError } from '../../adapters/nodes/node.ts';
import type { Capabilities } from '../../core/lightning/connection.ts';
import type { Deps } from '../../deps.ts';
import { connectionAnswered, connectionFailed } from '../../services/connections/health.ts';
import { receiveCredential } from '../../services/connections/sealed.ts';
import { pauseMs } from './schedule.ts';

interface Opened {
  node: Node;
  connection: Connection;
}

export class NodeLine {
  readonly #deps: () => Deps;
  readonly #storeId: string;
  readonly #connectionId: string;
  readonly #onHint: (paymentHash: string) => void;
  #opened: Promise<Opened> | undefined;
  #failures = 0;
  #pausedUntilMs = 0;
  #lastError = new NodeError('unreachable', 'The node was not asked yet.');

  constructor(deps: () => Deps, storeId: string, connectionId: string, onHint: (paymentHash: string) => void) {
    this.#deps = deps;
    this.#storeId = storeId;
    this.#connectionId = connectionId;
    this.#onHint = onHint;
  }

  /** When it may be asked again. */
  get pausedUntilMs(): number {
    return this.#pausedUntilMs;
  }

  /** @throws NodeError where it cannot be opened */
  async can(what: keyof Capabilities): Promise<boolean> {
    return (await this.#open()).node[what];
  }

  /** @throws NodeError, the last one while the node is left alone */
  async ask<T>(work: (node: Node) => Promise<T>): Promise<T> {
    if (this.#deps().now() < this.#pausedUntilMs) throw this.#lastError;
    try {
      const opened = await this.#open();
      const answer = await work(opened.node);
      await this.#answered(opened);
      return answer;
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      await this.#failed(error);
      throw error;
    }
  }

  close(): void {
    void this.#opened?.then(({ node }) => node.close()).catch(() => {});
    this.#opened = undefined;
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#connect().catch((error) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #connect(): Promise<Opened> {
    const connection = await connectionOf(this.#deps().db, this.#storeId, this.#connectionId);
    if (!connection) throw new NodeError('unsupported', 'The store has no such connection any more.');
    const credential = await receiveCredential(this.#deps(), connection);
    return { connection, node: await this.#deps().openNode(credential, this.#onHint) };
  }

  async #answered(opened: Opened): Promise<void> {
    this.#failures = 0;
    this.#pausedUntilMs = 0;
    await this.#note(opened, (connection) => connectionAnswered(this.#deps(), connection));
  }

  async #failed(error: NodeError): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    // It understood and said no: it is there.
    if (error.fault === 'refused' && opened) return this.#answered(opened);
    this.#failures += 1;
    this.#lastError = error;
    this.#pausedUntilMs = this.#deps().now() + pauseMs(this.#failures);
    if (opened) await this.#note(opened, (connection) => connectionFailed(this.#deps(), connection, error.fault));
    // The next time with the credential that it has then.
    this.close();
  }

  /** Keeping its health must not lose what the node answered. */
  async #note(opened: Opened, note: (connection: Connection) => Promise<Connection>): Promise<void> {
    try {
      opened.connection = await note(opened.connection);
    } catch (error) {
      this.#deps().log('lightning.health_not_kept', { store: this.#storeId, error: String(error).slice(0, 200) });
    }
  }
}
