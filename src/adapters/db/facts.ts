// Everything known about one invoice, in one round trip: what payments/advance.ts decides upon.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { DepositAddress } from '../../core/deposit/deposit.ts';
import type { Hold } from '../../core/invoice/hold.ts';
import type { Payment } from '../../core/invoice/invoice.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import type { Database } from './database.ts';
import type { Endpoint } from './endpoints.ts';
import { invoiceById, toInvoice } from './invoices.ts';
import { paymentsOf, toPayment } from './payments.ts';
import { chainState, depositAddresses, endpoints, type invoices, type StoredRate } from './schema.ts';

export interface StoredFacts extends InvoiceState {
  payments: Payment[];
  endpoints: Endpoint[];
  witnessedHeight: number | null;
  hold: Hold | null;
  /** The invoice is drafted: the commit makes it. */
  isNew?: true;
}

/** null when there is no such invoice. */
export async function factsOf(db: Database, id: string): Promise<StoredFacts | null> {
  const [[row], ...around] = await db.batch([
    invoiceById(db, id),
    ...questionsAround(db, id, sql`invoices WHERE id = ${id}`),
  ]);
  return row ? factsFrom(row, ...around) : null;
}

interface DepositFacts {
  address: DepositAddress;
  /** The invoice of the output; null for an output that was not seen before. */
  facts: StoredFacts | null;
  /** What surrounds an invoice that is still to be drafted. */
  around: Omit<StoredFacts, 'invoice'>;
  /** Fiat per bitcoin now, in the address's currency and in US dollars. */
  rate: StoredRate | null;
  usdRate: StoredRate | null;
}

const rateIn = (currency: SQL) => sql<string | null>`
  (SELECT json_extract(by_currency, '$.' || ${currency}) FROM rates WHERE name = 'latest')`;

/** As factsOf, of an output to a permanent address; null when there is no such address. */
export async function factsOfDeposit(db: Database, addressId: string, id: string): Promise<DepositFacts | null> {
  const [[found], [row], ...rest] = await db.batch([
    db
      .select({
        address: depositAddresses,
        rate: rateIn(sql`${depositAddresses.fiatCurrency}`),
        usdRate: rateIn(sql`'USD'`),
      })
      .from(depositAddresses)
      .where(eq(depositAddresses.id, addressId)),
    invoiceById(db, id),
    ...questionsAround(db, id, sql`deposit_addresses WHERE id = ${addressId}`),
  ]);
  if (!found) return null;
  const parsed = (text: string | null) => (text === null ? null : (JSON.parse(text) as StoredRate));
  return {
    address: found.address,
    facts: row ? factsFrom(row, ...rest) : null,
    around: around(...rest),
    rate: parsed(found.rate),
    usdRate: parsed(found.usdRate),
  };
}

/** @param place the row that says of which store and network the invoice is */
function questionsAround(db: Database, id: string, place: SQL) {
  return [
    paymentsOf(db, id),
    db
      .select()
      .from(endpoints)
      .where(and(sql`${endpoints.storeId} = (SELECT store_id FROM ${place})`, eq(endpoints.enabled, true))),
    db.select().from(chainState).where(sql`${chainState.network} = (SELECT network FROM ${place})`),
  ] as const;
}

type Paid = Awaited<ReturnType<typeof paymentsOf>>;
type Chain = (typeof chainState.$inferSelect)[];

function factsFrom(
  row: typeof invoices.$inferSelect,
  ...rest: [paid: Paid, receivers: Endpoint[], chain: Chain]
): StoredFacts {
  return { ...around(...rest), invoice: toInvoice(row), confirmedSats: BigInt(row.confirmedSats) };
}

function around(paid: Paid, receivers: Endpoint[], [chain]: Chain): Omit<StoredFacts, 'invoice'> {
  return {
    confirmedSats: 0n,
    payments: paid.map(toPayment),
    endpoints: receivers,
    tipHeight: chain?.tipHeight ?? null,
    witnessedHeight: chain?.witnessedHeight ?? null,
    hold: chain?.hold ?? null,
  };
}
