// What pays for a store: opened when it is first needed and asked once who it is. A payer answers for a payment only while it is the one
// that was asked to pay. Made by queue.ts for one alarm, used by turn.ts.

import { payingConnection } from '../../adapters/db/connections.ts';
import type { PayerMark } from '../../adapters/db/payout-limits.ts';
import { NodeError } from '../../adapters/nodes/node.ts';
import type { Payer } from '../../adapters/nodes/payer.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { payCredential } from '../../services/connections/sealed.ts';

export interface OpenPayer {
  payer: Payer;
  /** The node's public key; of one that never says it, the credential's own mark. */
  nodeId: string;
  mark: PayerMark;
}

export class PayerLine {
  readonly #deps: Deps;
  readonly #storeId: string;
  #opened: Promise<OpenPayer | null> | undefined;

  constructor(deps: Deps, storeId: string) {
    this.#deps = deps;
    this.#storeId = storeId;
  }

  /** @returns null where the store has no connection that pays @throws NodeError where it does not say who it is */
  open(): Promise<OpenPayer | null> {
    this.#opened ??= this.#connect();
    return this.#opened;
  }

  close(): void {
    void this.#opened?.then((opened) => opened?.payer.close()).catch(() => {});
  }

  async #connect(): Promise<OpenPayer | null> {
    const connection = await payingConnection(this.#deps.db, this.#storeId);
    const credential = connection && (await payCredential(this.#deps, connection));
    if (!connection?.pay || !credential) return null;
    const payer = await this.#deps.openPayer(credential);
    try {
      const said = await payer.nodeId();
      if (said !== null && connection.nodeId !== null && said !== connection.nodeId)
        throw new NodeError('refused', `${payer.host} is another node than the one that was connected.`);
      const nodeId = said ?? `credential ${(await sha256Hex(connection.pay)).slice(0, 32)}`;
      return { payer, nodeId, mark: { connectionId: connection.id, sealed: connection.pay } };
    } catch (error) {
      payer.close();
      throw error;
    }
  }
}
