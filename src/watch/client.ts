// The client of the watcher: what the rest of SatLane calls.

import type { WatcherRpc } from './watcher.ts';

export interface WatcherClient {
  /** Somebody is looking at the invoice: look at the chain for it every few seconds, for a while. */
  hot(invoiceId: string): Promise<void>;
  /** Look at the chain for this invoice now, and return when it is done. */
  look(invoiceId: string): Promise<void>;
  /** The cron's sweep over everything that is watched. */
  sweep(): Promise<void>;
}

export function openWatcher(namespace: DurableObjectNamespace<WatcherRpc>, network: string): WatcherClient {
  const watcher = () => namespace.getByName(network);
  return {
    hot: async (invoiceId) => watcher().hot(invoiceId),
    look: async (invoiceId) => watcher().look(invoiceId),
    sweep: async () => watcher().sweep(),
  };
}
