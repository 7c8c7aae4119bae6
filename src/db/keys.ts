// API keys and what hangs on them: the first question of every authenticated request.

import { eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { accounts, apiKeys, stores, wallets } from './schema.ts';

/**
 * The key with its store, account and active wallet; at most one row. No two columns share a name: in a batch drizzle
 * tells D1's columns apart by name alone.
 */
export function callerByKeyHash(db: Database, hash: string) {
  return db
    .select({
      key: { environment: apiKeys.environment, revokedAtMs: apiKeys.revokedAtMs },
      account: { suspendedAtMs: accounts.suspendedAtMs },
      store: {
        id: apiKeys.storeId,
        name: stores.name,
        testMode: stores.testMode,
        defaultExpiryMinutes: stores.defaultExpiryMinutes,
        lateGraceMinutes: stores.lateGraceMinutes,
        archivedAtMs: stores.archivedAtMs,
      },
      wallet: {
        id: sql<string>`${wallets.id}`.as('active_wallet_id'),
        network: wallets.network,
        descriptorSealed: wallets.descriptorSealed,
        gapLimit: wallets.gapLimit,
        poolFloor: wallets.poolFloor,
        fundedIndex: wallets.fundedIndex,
      },
    })
    .from(apiKeys)
    .innerJoin(stores, eq(stores.id, apiKeys.storeId))
    .innerJoin(accounts, eq(accounts.id, stores.accountId))
    .leftJoin(wallets, eq(wallets.id, stores.walletId))
    .where(eq(apiKeys.hash, hash));
}

type Row = Awaited<ReturnType<typeof callerByKeyHash>>[number];

export type CallerRow = Omit<Row, 'wallet'> & { wallet: StoredWallet | null };

/** What deriving and issuing addresses needs of a wallet. */
export interface StoredWallet {
  id: string;
  network: string;
  descriptorSealed: string;
  gapLimit: number;
  poolFloor: number;
  fundedIndex: number;
}
