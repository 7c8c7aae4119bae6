// Everything known about one payout, or what one is made upon, in one round trip: what services/payouts decides upon.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Payout, PullPayment } from '../../core/payout/payout.ts';
import type { Database } from './database.ts';
import { type Endpoint, enabledEndpointsOf } from './endpoints.ts';
import { limitsOf, type StoredLimits, toLimits } from './payout-limits.ts';
import { PAYOUT_COLUMNS, payoutRows, sameOrder, sentSince, toPayout } from './payouts.ts';
import { type Claimed, toClaimed, toPullPayment, WITH_CLAIMED } from './pull-payments.ts';
import { payouts, pullPayments, rates, type StoredRate, stores } from './schema.ts';

/** What is the same for all payouts of a store. */
export interface StoreFacts {
  store: { id: string; name: string; currency: string; testMode: boolean; archivedAtMs: number | null };
  endpoints: Endpoint[];
  limits: StoredLimits;
  /** Sats of other payouts that are approved and not ended, or were settled since; 0 where no limit asks for it. */
  daySats: bigint;
  /** Fiat per bitcoin, by currency; stale ones too. */
  rates: Record<string, StoredRate>;
  /** The destination that was asked about is an address of the store's wallets, or one of its nodes. */
  isOwn: boolean;
  /** The eldest payout of the order that was asked about, if it is not cancelled; null where none was asked about. */
  sameOrderAs: string | null;
}

/** A destination as the database is asked about it: one spelling, an address's script and a BOLT11's payee, hex. */
interface Asked {
  destination: string;
  script: string | null;
  payee: string | null;
}

export interface PayoutFacts extends StoreFacts {
  payout: Payout;
  /** That it is claimed from; null where a store made it by itself. */
  pullPayment: PullPayment | null;
}

export interface ClaimFacts extends StoreFacts {
  pullPayment: PullPayment & Claimed;
  /** The one claim of a pull payment for a single use; of others the last one to this destination that is not cancelled. */
  payout: Payout | null;
}

type Place = Pick<Payout, 'storeId' | 'id'>;

/** null where there is no such payout. */
export async function payoutFactsOf(db: Database, place: Place, sinceMs: number): Promise<PayoutFacts | null> {
  const { storeId, id } = place;
  const ofIt = sql`(SELECT pull_payment_id FROM payouts WHERE store_id = ${storeId} AND id = ${id})`;
  const [[row], [pullPayment], ...around] = await db.batch([
    db
      .select(PAYOUT_COLUMNS)
      .from(payouts)
      .where(and(eq(payouts.storeId, storeId), eq(payouts.id, id))),
    db.select().from(pullPayments).where(sql`id = ${ofIt}`),
    ...aroundOf(db, sql`${storeId}`, id, sinceMs),
  ]);
  const known = toAround(...around);
  if (!row || !known) return null;
  return { ...known, payout: toPayout(row), pullPayment: pullPayment ? toPullPayment(pullPayment) : null };
}

/** Of several payouts of a store, in the order of their creation. @throws Error where there is no such store */
export async function payoutsFactsOf(
  db: Database,
  storeId: string,
  ids: readonly string[],
  sinceMs: number,
): Promise<StoreFacts & { payouts: Payout[] }> {
  const [rows, ...around] = await db.batch([
    payoutRows(db, storeId, ids),
    ...aroundOf(db, sql`${storeId}`, '', sinceMs),
  ]);
  const known = toAround(...around);
  if (!known) throw new Error(`no store ${storeId}`);
  return { ...known, payouts: rows.map(toPayout) };
}

/** null where there is no such pull payment. */
export async function claimFactsOf(
  db: Database,
  pullPaymentId: string,
  asked: Asked,
  sinceMs: number,
): Promise<ClaimFacts | null> {
  const storeId = sql`(SELECT store_id FROM pull_payments WHERE id = ${pullPaymentId})`;
  const isSingle = sql`(SELECT is_single_use FROM pull_payments WHERE id = ${pullPaymentId})`;
  const [[row], [payout], ...around] = await db.batch([
    db.select(WITH_CLAIMED).from(pullPayments).where(eq(pullPayments.id, pullPaymentId)),
    db
      .select(PAYOUT_COLUMNS)
      .from(payouts)
      .where(
        sql`pull_payment_id = ${pullPaymentId} AND (${isSingle} OR (destination = ${asked.destination} AND state <> 'cancelled'))`,
      )
      .orderBy(sql`id DESC`)
      .limit(1),
    ...aroundOf(db, storeId, '', sinceMs, asked),
  ]);
  const known = toAround(...around);
  if (!row || !known) return null;
  return { ...known, pullPayment: toClaimed(row), payout: payout ? toPayout(payout) : null };
}

/** What a store's own payout or pull payment is made upon. @throws Error where there is no such store */
export async function storeFactsOf(
  db: Database,
  storeId: string,
  sinceMs: number,
  { asked, orderRef = null }: { asked?: Asked; orderRef?: string | null } = {},
): Promise<StoreFacts> {
  const known = toAround(...(await db.batch(aroundOf(db, sql`${storeId}`, '', sinceMs, asked, orderRef))));
  if (!known) throw new Error(`no store ${storeId}`);
  return known;
}

function aroundOf(
  db: Database,
  storeId: SQL,
  exceptId: string,
  sinceMs: number,
  asked?: Asked,
  orderRef: string | null = null,
) {
  const hasDayLimit = sql`EXISTS (SELECT 1 FROM payout_limits WHERE store_id = ${storeId} AND per_day_sats IS NOT NULL)`;
  const { script = null, payee = null } = asked ?? {};
  const isOwn = sql`EXISTS (SELECT 1 FROM addresses a JOIN stores s ON s.id = ${storeId} WHERE a.script = ${script} AND (a.wallet_id = s.wallet_id
      OR EXISTS (SELECT 1 FROM store_wallets w WHERE w.store_id = s.id AND w.wallet_id = a.wallet_id)))
    OR EXISTS (SELECT 1 FROM connections WHERE store_id = ${storeId} AND node_id = ${payee})`;
  const environment = sql`CASE WHEN stores.test_mode THEN 'test' ELSE 'live' END`;
  const store = db
    .select({
      id: stores.id,
      name: stores.name,
      currency: stores.currency,
      testMode: stores.testMode,
      archivedAtMs: stores.archivedAtMs,
      // Named: in a batch drizzle tells D1's columns apart by name alone.
      daySats: sql<number>`CASE WHEN ${hasDayLimit} THEN ${sentSince(storeId, exceptId, sinceMs)} ELSE 0 END`.as(
        'day_sats',
      ),
      isOwn: sql<number>`${asked ? isOwn : sql`0`}`.as('is_own'),
      sameOrderAs: sameOrder(storeId, sql`${orderRef}`, environment, sql`true`),
    })
    .from(stores)
    .where(sql`id = ${storeId}`);
  const latest = db.select().from(rates).where(eq(rates.name, 'latest'));
  return [store, enabledEndpointsOf(db, storeId), limitsOf(db, storeId), latest] as const;
}

type Queries = ReturnType<typeof aroundOf>;

function toAround(
  [found]: Awaited<Queries[0]>,
  endpoints: Awaited<Queries[1]>,
  [limits]: Awaited<Queries[2]>,
  [latest]: Awaited<Queries[3]>,
): StoreFacts | null {
  if (!found) return null;
  const { daySats, isOwn, sameOrderAs, ...store } = found;
  const asked = { daySats: BigInt(daySats), isOwn: isOwn === 1, sameOrderAs };
  return { store, endpoints, limits: toLimits(limits), rates: latest?.byCurrency ?? {}, ...asked };
}
