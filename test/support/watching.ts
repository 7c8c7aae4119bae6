// The real watcher object, working with a test's own clock and explorers.

import { runInDurableObject } from 'cloudflare:test';
import type { ExplorerHealth } from '../../src/adapters/explorers/pool.ts';
import { OpenPages } from '../../src/adapters/rooms/open-pages.ts';
import type { Deps } from '../../src/deps.ts';
import type { BroadcastAnswer } from '../../src/jobs/watch/client.ts';
import { bindings, type Merchant } from './merchant.ts';

export function watcherOf(merchant: Merchant) {
  // One object per merchant: its memory of explorers and looks is the test's own.
  const stub = bindings.WATCHER.getByName(`watcher-of-${merchant.store.id}`);
  const inside = <T>(work: (watcher: WatcherInside) => Promise<T>): Promise<T> =>
    runInDurableObject(stub, async (instance) => {
      const watcher = instance as unknown as WatcherInside & { deps: () => Deps };
      watcher.deps = () => merchant.deps;
      return merchant.settledWithin(() => work(watcher));
    });
  return {
    /** All pages are closed, and the minute of their requests is over. */
    leave: () =>
      runInDurableObject(stub, async (watcher, { storage }) => {
        await storage.deleteAll();
        Object.assign(watcher, { pages: new OpenPages(storage) });
      }),
    look: (invoiceId: string) => inside((watcher) => watcher.look(invoiceId)),
    sweep: () => inside((watcher) => watcher.sweep()),
    rescan: (invoiceId: string) => inside((watcher) => watcher.rescan(invoiceId)),
    checkWallet: (walletId: string) => inside((watcher) => watcher.checkWallet(walletId)),
    followWallet: (walletId: string) => inside((watcher) => watcher.followWallet(walletId)),
    rawTransactions: (txids: string[]) => inside((watcher) => watcher.rawTransactions(txids)),
    broadcast: (raw: string) => inside((watcher) => watcher.broadcast(raw)),
    feeRate: () => inside((watcher) => watcher.feeRate()),
    health: () => inside(async (watcher) => watcher.health()),
    hot: (invoiceId: string) => inside((watcher) => watcher.hot(invoiceId)),
    alarm: () => inside((watcher) => watcher.alarm()),
  };
}

interface WatcherInside {
  look(invoiceId: string): Promise<void>;
  sweep(): Promise<void>;
  rescan(invoiceId: string): Promise<void>;
  checkWallet(walletId: string): Promise<void>;
  followWallet(walletId: string): Promise<number | null>;
  rawTransactions(txids: string[]): Promise<Record<string, string>>;
  broadcast(raw: string): Promise<BroadcastAnswer>;
  feeRate(): Promise<number | null>;
  health(): ExplorerHealth[];
  hot(invoiceId: string): Promise<void>;
  alarm(): Promise<void>;
}
