// The client of a store's Lightning object: what the rest of SatLane calls.

import type { MintedBolt11, MintOrder } from '../../core/lightning/prompt.ts';

/** Why there is no BOLT11, in words for the merchant. */
interface NotMinted {
  problem: string;
}

export interface LightningClient {
  /** A BOLT11 for an invoice that is being made; the same for the same label. */
  create(storeId: string, order: MintOrder): Promise<MintedBolt11 | NotMinted>;
  /** Gives an invoice the BOLT11 that it lacks. @returns why it has none now; null where it has one or needs none */
  mint(storeId: string, invoiceId: string): Promise<string | null>;
  /** The node may have been paid: look up now. @param paymentHashes null for all that are open */
  look(storeId: string, paymentHashes: string[] | null): Promise<void>;
  /** A page of the invoice was asked for: its BOLT11 is looked up every few seconds, for a minute. */
  hot(storeId: string, invoiceId: string): Promise<void>;
  /** A page of the invoice has a stream: look up until it is closed. */
  opened(storeId: string, invoiceId: string): Promise<void>;
  /** The last stream is closed. */
  closed(storeId: string, invoiceId: string): Promise<void>;
  /** The BOLT11 should not be paid any more. */
  end(storeId: string, paymentHash: string): Promise<void>;
  /** What is open has changed in the database, or a connection. */
  wake(storeId: string, hasNewConnection?: boolean): Promise<void>;
}

/** What others may call on the Durable Object of a store. */
export interface LightningRpc extends Rpc.DurableObjectBranded {
  create(order: MintOrder): Promise<MintedBolt11 | NotMinted>;
  mint(invoiceId: string): Promise<string | null>;
  look(paymentHashes: string[] | null): Promise<void>;
  hot(invoiceId: string): Promise<void>;
  opened(invoiceId: string): Promise<void>;
  closed(invoiceId: string): Promise<void>;
  end(paymentHash: string): Promise<void>;
  wake(hasNewConnection: boolean): Promise<void>;
}

/** A page does not wait longer for its BOLT11: it shows the other ways to pay, and this one when it is there. */
const MAX_WAIT_MS = 4_000;

export function openLightning(namespace: DurableObjectNamespace<LightningRpc>): LightningClient {
  const of = (storeId: string) => namespace.getByName(storeId);
  return {
    create: async (storeId, order) => of(storeId).create(order),
    mint: async (storeId, invoiceId) => within(MAX_WAIT_MS, of(storeId).mint(invoiceId)),
    look: async (storeId, paymentHashes) => of(storeId).look(paymentHashes),
    hot: async (storeId, invoiceId) => of(storeId).hot(invoiceId),
    opened: async (storeId, invoiceId) => of(storeId).opened(invoiceId),
    closed: async (storeId, invoiceId) => of(storeId).closed(invoiceId),
    end: async (storeId, paymentHash) => of(storeId).end(paymentHash),
    wake: async (storeId, hasNewConnection = false) => of(storeId).wake(hasNewConnection),
  };
}

async function within(ms: number, answer: Promise<string | null>): Promise<string | null> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve('The Lightning node has not answered yet.'), ms);
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
}
