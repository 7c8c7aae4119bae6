// Clients that are paired with a store.

import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { ms } from './columns.ts';
import { stores } from './merchants.ts';

/** Which client, by the id of its public key, may act for which store. The names in SQL are those of the first dialect that paired. */
export const pairedClients = sqliteTable(
  'bitpay_tokens',
  {
    /**
     * What the client shows. It opens nothing without the key's signature, so it is stored as it is; one that works without a
     * signature, which has neither a key nor a pairing code, is stored hashed.
     */
    token: text().primaryKey(),
    /** null until the client that was given the pairing code has named itself, and for good without a signature. */
    keyId: text('sin'),
    /** null until a merchant has let the client in. */
    storeId: text('store_id').references(() => stores.id),
    label: text().notNull(),
    /** What it may do. */
    role: text('facade').notNull(),
    /** Exchanged once for the token, or for the merchant's consent; null afterwards. */
    pairingCode: text('pairing_code'),
    pairingExpiresAtMs: ms('pairing_expires_at'),
    lastUsedAtMs: ms('last_used_at'),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [
    index('bitpay_tokens_by_sin').on(table.keyId),
    index('bitpay_tokens_by_store').on(table.storeId),
    index('bitpay_tokens_by_pairing_code').on(table.pairingCode),
  ],
);
