// Permanent addresses, and which invoices are deposits to one. Called by payments/deposits.ts.

import { and, eq, sql } from 'drizzle-orm';
import type { DepositAddress } from '../../core/deposit/deposit.ts';
import type { Environment } from '../../core/invoice/invoice.ts';
import { claimAddress, type IssuedAddress } from './creation.ts';
import type { Database } from './database.ts';
import { depositAddresses, stores } from './schema.ts';

type DepositAddressRow = typeof depositAddresses.$inferSelect;

/** All but what the wallet's next address brings. */
type NewDepositAddress = Omit<DepositAddressRow, 'addressIndex' | 'address' | 'script'>;

/**
 * Gives the customer the wallet's next free address; null when none was free.
 * @param endIndex addresses from this index are not given out
 * @throws when the customer has one already: see isCustomerTaken
 */
export async function insertDepositAddress(
  db: Database,
  row: NewDepositAddress,
  endIndex: number,
): Promise<IssuedAddress | null> {
  const given = JSON.stringify([
    ...[row.id, row.storeId, row.environment, row.network, row.customerId, row.confThreshold, row.fiatCurrency],
    ...[JSON.stringify(row.metadata), row.successUrl, JSON.stringify(row.checkout), row.watchUntilMs, row.createdAtMs],
  ]);
  const [claimed] = await db.$client.batch<IssuedAddress>([
    claimAddress(db, row.walletId, row.id, endIndex),
    db.$client.prepare(INSERT).bind(row.walletId, row.id, given),
  ]);
  return claimed?.results[0] ?? null;
}

const GIVEN = [
  ...['id', 'store_id', 'environment', 'network', 'customer_id', 'conf_threshold', 'fiat_currency'],
  ...['metadata', 'success_url', 'checkout', 'watch_until', 'created_at'],
];

/** Where no address was free there is none, and nothing is written. */
const INSERT = `
  INSERT INTO deposit_addresses (${GIVEN.join(', ')}, wallet_id, address_index, address, script)
  SELECT ${GIVEN.map((_, index) => `?3 ->> ${index}`).join(', ')}, wallet_id, idx, address, script
  FROM addresses
  WHERE wallet_id = ?1 AND idx >= (SELECT pool_floor FROM wallets WHERE id = ?1) AND invoice_id = ?2 LIMIT 1`;

/** Was the address refused because the customer has one already? */
export function isCustomerTaken(message: string): boolean {
  return message.includes('UNIQUE constraint failed: deposit_addresses.store_id');
}

export async function depositAddressOf(
  db: Database,
  storeId: string,
  environment: Environment,
  customerId: string,
): Promise<DepositAddress | undefined> {
  const { storeId: store, environment: mode, customerId: customer } = depositAddresses;
  const rows = await db
    .select()
    .from(depositAddresses)
    .where(and(eq(store, storeId), eq(mode, environment), eq(customer, customerId)));
  return rows[0];
}

/** With what a page needs of its store; at most one row. */
export function depositAddressById(db: Database, id: string) {
  return db
    .select({
      address: depositAddresses,
      store: { name: stores.name, color: stores.color, logoUrl: stores.logoUrl, supportUrl: stores.supportUrl },
    })
    .from(depositAddresses)
    .innerJoin(stores, eq(stores.id, depositAddresses.storeId))
    .where(eq(depositAddresses.id, id));
}

/** What a shop may change of it; deposits that are there already stay as they are. */
export async function updateDepositAddress(
  db: Database,
  id: string,
  changes: Partial<Pick<DepositAddressRow, 'metadata' | 'successUrl' | 'checkout'>>,
): Promise<void> {
  await db.update(depositAddresses).set(changes).where(eq(depositAddresses.id, id));
}

/** Has the mempool looked at for an address until `untilMs`, unless it is until `unlessMs` at least. */
export async function watchDeposits(db: Database, id: string, untilMs: number, unlessMs: number): Promise<void> {
  await db
    .update(depositAddresses)
    .set({ watchUntilMs: untilMs })
    .where(sql`id = ${id} AND environment = 'live' AND coalesce(watch_until, 0) < ${unlessMs}`);
}

/** The invoices of an address's deposits, the newest first. */
export async function depositsOf(
  db: Database,
  addressId: string,
  { skip, take }: { skip: number; take: number },
): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT id FROM invoices INDEXED BY invoices_by_deposit_address
    WHERE deposit_address_id = ${addressId} ORDER BY created_at DESC, id DESC LIMIT ${take} OFFSET ${skip}`);
  return rows.map(({ id }) => id);
}
