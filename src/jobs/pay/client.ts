// The client of a store's paying object: what the rest of SatLane calls.

export interface PayoutClient {
  /** A payout, the limits or what pays has changed in the database. */
  wake(storeId: string): Promise<void>;
  /** Something is due there: it may not know. */
  check(storeId: string): Promise<void>;
}

/** What others may call on the Durable Object of a store. */
export interface PayoutRpc extends Rpc.DurableObjectBranded {
  wake(): Promise<void>;
  check(): Promise<void>;
}

export function openPayouts(namespace: DurableObjectNamespace<PayoutRpc>): PayoutClient {
  return {
    wake: async (storeId) => namespace.getByName(storeId).wake(),
    check: async (storeId) => namespace.getByName(storeId).check(),
  };
}
