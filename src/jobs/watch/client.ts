// The client of the watcher: what the rest of SatLane calls.

import type { ExplorerHealth } from '../../adapters/explorers/pool.ts';

/** `unknown`: no explorer answered, and it may have spread all the same. */
export type BroadcastAnswer = 'sent' | 'unknown' | { refusal: string };

export interface WatcherClient {
  /** A page of the invoice was asked for: look at the chain for it every few seconds, for a minute. */
  hot(invoiceId: string): Promise<void>;
  /** A page of the invoice has a stream: look until it is closed. */
  opened(invoiceId: string): Promise<void>;
  /** The last stream is closed. */
  closed(invoiceId: string): Promise<void>;
  /** Look at the chain for this invoice now, and return when it is done. */
  look(invoiceId: string): Promise<void>;
  /** Read again the blocks that hold something for this invoice, and look: for an invoice that seems stuck. */
  rescan(invoiceId: string): Promise<void>;
  /** Look up whether the next addresses of a wallet have been used; sweeps go on where this ends with a new one. */
  checkWallet(walletId: string): Promise<void>;
  /**
   * Follows a wallet's coins from now on, and asks about some of its older ones: how many are left to ask about. 0 once all are
   * known; null where no explorer was fresh and nothing was done.
   */
  followWallet(walletId: string): Promise<number | null>;
  /** Transactions by txid, raw in hex, whose bytes hash to it; those that no explorer has are missing. */
  rawTransactions(txids: readonly string[]): Promise<Record<string, string>>;
  /** Gives a transaction (hex) to the network. */
  broadcast(raw: string): Promise<BroadcastAnswer>;
  /** The fee rate (sat/vB) for a block within an hour; null where no explorer says it. */
  feeRate(): Promise<number | null>;
  /** How each explorer does, as the watcher last found it. */
  health(): Promise<ExplorerHealth[]>;
  /** The cron's sweep over everything that is watched. */
  sweep(): Promise<void>;
}

/** What others may call on the Durable Object. */
export interface WatcherRpc extends Rpc.DurableObjectBranded {
  hot(invoiceId: string): Promise<void>;
  opened(invoiceId: string): Promise<void>;
  closed(invoiceId: string): Promise<void>;
  look(invoiceId: string): Promise<void>;
  rescan(invoiceId: string): Promise<void>;
  checkWallet(walletId: string): Promise<void>;
  followWallet(walletId: string): Promise<number | null>;
  rawTransactions(txids: readonly string[]): Promise<Record<string, string>>;
  broadcast(raw: string): Promise<BroadcastAnswer>;
  feeRate(): Promise<number | null>;
  health(): ExplorerHealth[];
  sweep(): Promise<void>;
}

export function openWatcher(namespace: DurableObjectNamespace<WatcherRpc>, network: string): WatcherClient {
  const watcher = () => namespace.getByName(network);
  return {
    hot: async (invoiceId) => watcher().hot(invoiceId),
    opened: async (invoiceId) => watcher().opened(invoiceId),
    closed: async (invoiceId) => watcher().closed(invoiceId),
    look: async (invoiceId) => watcher().look(invoiceId),
    rescan: async (invoiceId) => watcher().rescan(invoiceId),
    checkWallet: async (walletId) => watcher().checkWallet(walletId),
    followWallet: async (walletId) => watcher().followWallet(walletId),
    rawTransactions: async (txids) => watcher().rawTransactions(txids),
    broadcast: async (raw) => watcher().broadcast(raw),
    feeRate: async () => watcher().feeRate(),
    health: async () => watcher().health(),
    sweep: async () => watcher().sweep(),
  };
}
