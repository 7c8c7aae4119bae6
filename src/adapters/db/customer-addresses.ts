// The permanent address of each customer of a store. creation.ts writes them, in the batch that makes the invoice behind.

import { and, eq, sql } from 'drizzle-orm';
import type { Environment, Invoice } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';
import { toInvoice } from './invoices.ts';
import { customerAddresses, invoices } from './schema.ts';

/** A customer's name holds no colon: no live customer is called so. */
export function customerKey(customerId: string, environment: Environment): string {
  return environment === 'test' ? `test:${customerId}` : customerId;
}

/** The invoice behind a customer's address; undefined before there is one. */
export async function invoiceOfCustomer(
  db: Database,
  storeId: string,
  customerId: string,
  environment: Environment,
): Promise<Invoice | undefined> {
  const [row] = await db
    .select({ invoice: invoices })
    .from(customerAddresses)
    .innerJoin(invoices, eq(invoices.id, customerAddresses.invoiceId))
    .where(
      and(
        eq(customerAddresses.storeId, storeId),
        eq(customerAddresses.customerId, customerKey(customerId, environment)),
      ),
    );
  return row && toInvoice(row.invoice);
}

/** Was a creation refused because the customer has an address already? */
export function isCustomerTaken(message: string): boolean {
  return message.includes('UNIQUE constraint failed: customer_addresses');
}

/** Watches a permanent address until `untilMs`, unless it is watched until `unlessMs` at least. */
export async function watchDeposits(db: Database, id: string, untilMs: number, unlessMs: number): Promise<void> {
  await db
    .update(invoices)
    .set({ watchUntilMs: untilMs })
    .where(sql`id = ${id} AND checkout ->> 'customerId' IS NOT NULL AND coalesce(watch_until, 0) < ${unlessMs}`);
}
