// API keys and what hangs on them: the first question of every authenticated request.

import { eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { accounts, apiKeys, stores, wallets } from './schema.ts';

/** The key with its store, account and active wallet; at most one row. */
export function callerByKeyHash(db: Database, hash: string) {
  return db
    .select({ key: apiKeys, store: stores, account: accounts, wallet: wallets })
    .from(apiKeys)
    .innerJoin(stores, eq(stores.id, apiKeys.storeId))
    .innerJoin(accounts, eq(accounts.id, stores.accountId))
    .leftJoin(wallets, eq(wallets.id, stores.walletId))
    .where(eq(apiKeys.hash, hash));
}

export type CallerRow = Awaited<ReturnType<typeof callerByKeyHash>>[number];

/** A subquery: the store of a key, for questions asked in the same round trip. */
export function storeIdOfKey(db: Database, hash: string) {
  return db.select({ id: apiKeys.storeId }).from(apiKeys).where(eq(apiKeys.hash, hash));
}
