// Everything known about one invoice, in one round trip: what payments/advance.ts decides upon.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { DepositAddress } from '../../core/deposit/deposit.ts';
import type { Hold } from '../../core/invoice/hold.ts';
import type { Payment } from '../../core/invoice/invoice.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import type { Database } from './database.ts';
import type { Endpoint } from './endpoints.ts';
import { invoiceById, toInvoice } from './invoices.ts';
import { paymentColumns, paymentsOf, toPayment } from './payments.ts';
import { chainState, depositAddresses, endpoints, invoices, payments, type StoredRate } from './schema.ts';

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
  const place = sql`invoices WHERE id = ${id}`;
  const [[row], paid, receivers, chains] = await db.batch([
    invoiceById(db, id),
    paymentsOf(db, id),
    endpointsOf(db, sql`= (SELECT store_id FROM ${place})`),
    chainOf(db, sql`= (SELECT network FROM ${place})`),
  ]);
  return row ? factsFrom(row, paid, around(row, receivers, chains)) : null;
}

/** What an output to a permanent address is drafted from. */
interface DepositContext {
  address: DepositAddress;
  around: Around;
  /** Fiat per bitcoin now, in the address's currency and in US dollars. */
  rate: StoredRate | null;
  usdRate: StoredRate | null;
}

interface ManyFacts {
  /** Of the invoices that there are, by id. */
  facts: Map<string, StoredFacts>;
  /** By id of the permanent address. */
  deposits: Map<string, DepositContext>;
}

/** As factsOf, of many invoices and of permanent addresses that have outputs without one; one round trip. */
export async function factsOfAll(
  db: Database,
  ids: readonly string[],
  addressIds: readonly string[] = [],
): Promise<ManyFacts> {
  const listed = (some: readonly string[]) => sql`IN (SELECT value FROM json_each(${JSON.stringify(some)}))`;
  const all = (column: SQL) => sql`IN (SELECT ${column} FROM invoices WHERE id ${listed(ids)}
    UNION SELECT ${column} FROM deposit_addresses WHERE id ${listed(addressIds)})`;
  const [rows, paid, receivers, chains, addresses] = await db.batch([
    db
      .select()
      .from(invoices)
      .where(sql`id ${listed(ids)}`),
    db
      .select(paymentColumns)
      .from(payments)
      .where(sql`invoice_id ${listed(ids)}`),
    endpointsOf(db, all(sql`store_id`)),
    chainOf(db, all(sql`network`)),
    db
      .select({
        address: depositAddresses,
        rate: rateIn(sql`${depositAddresses.fiatCurrency}`),
        usdRate: rateIn(sql`'USD'`),
      })
      .from(depositAddresses)
      .where(sql`id ${listed(addressIds)}`),
  ]);
  const paidBy = Map.groupBy(paid, ({ invoiceId }) => invoiceId);
  const receiversOf = Map.groupBy(receivers, ({ storeId }) => storeId);
  const at = (place: Place) => around(place, receiversOf.get(place.storeId) ?? [], chains);
  const parsed = (text: string | null) => (text === null ? null : (JSON.parse(text) as StoredRate));
  return {
    facts: new Map(rows.map((row) => [row.id, factsFrom(row, paidBy.get(row.id) ?? [], at(row))])),
    deposits: new Map(
      addresses.map(({ address, rate, usdRate }) => [
        address.id,
        { address, around: at(address), rate: parsed(rate), usdRate: parsed(usdRate) },
      ]),
    ),
  };
}

const rateIn = (currency: SQL) => sql<string | null>`
  (SELECT json_extract(by_currency, '$.' || ${currency}) FROM rates WHERE name = 'latest')`;

function endpointsOf(db: Database, areOfStore: SQL) {
  return db
    .select()
    .from(endpoints)
    .where(and(sql`${endpoints.storeId} ${areOfStore}`, eq(endpoints.enabled, true)));
}

function chainOf(db: Database, isOfNetwork: SQL) {
  return db.select().from(chainState).where(sql`${chainState.network} ${isOfNetwork}`);
}

interface Place {
  storeId: string;
  network: string;
}

/** What is the same for all invoices of one store and network. */
type Around = Pick<StoredFacts, 'endpoints' | 'tipHeight' | 'witnessedHeight' | 'hold'>;

function around({ network }: Place, receivers: Endpoint[], chains: (typeof chainState.$inferSelect)[]): Around {
  const chain = chains.find((one) => one.network === network);
  return {
    endpoints: receivers,
    tipHeight: chain?.tipHeight ?? null,
    witnessedHeight: chain?.witnessedHeight ?? null,
    hold: chain?.hold ?? null,
  };
}

type Paid = Awaited<ReturnType<typeof paymentsOf>>;

function factsFrom(row: typeof invoices.$inferSelect, paid: Paid, at: Around): StoredFacts {
  return { ...at, payments: paid.map(toPayment), invoice: toInvoice(row), confirmedSats: BigInt(row.confirmedSats) };
}
