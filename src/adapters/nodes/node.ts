// What SatLane asks of a merchant's Lightning node or wallet. One file for each kind answers it; nodes.ts says which. jobs/poll and
// services/connections are the callers.

import type { Capabilities, ConnectionKind, NodeFault } from '../../core/lightning/connection.ts';

export interface MintRequest {
  /** Millisatoshis, whole satoshis. */
  amountMsat: bigint;
  /** Text that the payer sees; or the SHA-256 of one, hex (LUD-06). A text that is too long for the kind is cut. */
  description: string | { hash: string; text: string };
  expirySeconds: number;
  /** Ours, unique: asked again with the same label, a node that knows labels answers with the BOLT11 that it made. */
  label: string;
  /** Where the node may say that it was paid; null for nowhere. */
  hookUrl: string | null;
  /** Route hints of private channels. */
  privateHints: boolean;
}

/** What a BOLT11 is looked up by. */
export interface Minted {
  bolt11: string;
  /** SHA-256 of the preimage, hex. */
  paymentHash: string;
  /** LUD-21: where it is looked up; null where the node is asked by the hash. */
  verifyUrl: string | null;
}

/** As the node answered; core/lightning checks it against what was asked for. */
export interface Fresh extends Minted {
  /** What its description must be: the text as it was sent, or the SHA-256 of one, hex; null where the server writes its own. */
  description: string | { hash: string } | null;
}

/** What the node says of a BOLT11. */
export interface Incoming {
  /** `missing`: the node does not know it. `held`: paid by a payer, not yet taken. */
  state: 'open' | 'held' | 'settled' | 'expired' | 'cancelled' | 'missing';
  /** Millisatoshis that arrived; 0 before. */
  receivedMsat: bigint;
  /** Millisatoshis that the node kept of what was paid, for liquidity. */
  feeMsat: bigint;
  /** Hex; null before it is settled, and where the node shows none. */
  preimage: string | null;
  settledAtMs: number | null;
}

/** With what the answer itself says that it is about; null where it does not say. */
export interface LookedUp extends Incoming {
  paymentHash: string | null;
  bolt11: string | null;
}

export interface Node extends Capabilities {
  readonly kind: ConnectionKind;
  /** Host, for people and the log; never a credential. */
  readonly host: string;
  /** @throws NodeError */
  mint(request: MintRequest): Promise<Fresh>;
  /** @throws NodeError, `bad_answer` for an answer about another BOLT11; one that the node does not know is `missing` */
  lookup(minted: Minted): Promise<Incoming>;
  /**
   * The same for many, by payment hash, in as few requests as the node allows; those that it did not list are absent. Where
   * `lists` is false it looks each of them up.
   * @param sinceMs when the oldest of them was minted
   * @throws NodeError
   */
  lookupMany(minted: readonly Minted[], sinceMs: number): Promise<Map<string, Incoming>>;
  /** Nothing happens where `cancels` is false, and where it was paid. @throws NodeError */
  cancel(minted: Minted): Promise<void>;
  /** Lets go of what is held open (a socket). */
  close(): void;
}

/** As the file of its kind answers: nodes.ts holds what it shows to what it was asked about. */
export interface KindNode extends Node {
  lookup(minted: Minted): Promise<LookedUp>;
  lookupMany(minted: readonly Minted[], sinceMs: number): Promise<Map<string, LookedUp>>;
}

export class NodeError extends Error {
  readonly fault: NodeFault;

  /** @param message for the merchant: says nothing of credentials, and no more than 200 characters of the node's own words */
  constructor(fault: NodeFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
