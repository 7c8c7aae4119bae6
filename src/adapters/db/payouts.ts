// Payouts: made by statements for the batch that logs their first event, moved by services/payouts/move.ts alone, listed by state.

import { and, desc, eq, getTableColumns, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { amountOf, unitsOf } from '../../core/money/amounts.ts';
import type { Payout, PayoutState } from '../../core/payout/payout.ts';
import type { Database } from './database.ts';
import { firstOfLog, logWithLast } from './events.ts';
import { insertingIf } from './insert-if.ts';
import { type Packed, unpack } from './packed.ts';
import { payouts } from './schema.ts';

type Kept = Omit<typeof payouts.$inferSelect, 'log' | 'leaseHash'>;

/** The eldest payout of a store's order that is not cancelled; without the hint SQLite reads all of the store's. @param others which alone count: of a row `o` */
export const sameOrder = (storeId: SQL, orderRef: SQL, environment: SQL, others: SQL) =>
  sql<
    string | null
  >`(SELECT o.id FROM payouts o INDEXED BY payouts_by_order WHERE o.store_id = ${storeId} AND o.order_ref = ${orderRef}
    AND o.environment = ${environment} AND o.state <> 'cancelled' AND ${others} ORDER BY o.id LIMIT 1)`.as(
    'same_order_as',
  );

const OTHERS = sql`o.id <> payouts.id AND (o.pull_payment_id IS NULL OR o.pull_payment_id IS NOT payouts.pull_payment_id)`;

export const PAYOUT_COLUMNS = {
  ...getTableColumns(payouts),
  sameOrderAs: sameOrder(sql`payouts.store_id`, sql`payouts.order_ref`, sql`payouts.environment`, OTHERS),
};

type Row = typeof payouts.$inferSelect & Pick<Payout, 'sameOrderAs'>;

/** What a move changes beside the payout itself. */
export interface Lease {
  /** SHA-256 of what the agent proves its lease by, hex; null where it ends. */
  leaseHash?: string | null;
}

interface Guarded extends Lease {
  /** Fails the batch where it does not hold: see isGuardBroken. */
  guard?: SQL | undefined;
}

export function toPayout({ log, leaseHash, ...row }: Row): Payout {
  return {
    ...row,
    amount: amountOf(BigInt(row.amount), row.currency),
    amountSats: row.amountSats === null ? null : BigInt(row.amountSats),
    feeMsat: row.feeMsat === null ? null : BigInt(row.feeMsat),
  };
}

function rowOf({ sameOrderAs, ...payout }: Payout): Kept {
  return {
    ...payout,
    amount: Number(unitsOf(payout.amount, payout.currency)),
    amountSats: payout.amountSats === null ? null : Number(payout.amountSats),
    feeMsat: payout.feeMsat === null ? null : Number(payout.feeMsat),
  };
}

export async function payoutByHash(db: Database, storeId: string, paymentHash: string): Promise<Payout | undefined> {
  const isIt = and(eq(payouts.storeId, storeId), eq(payouts.paymentHash, paymentHash));
  const rows = await db.select(PAYOUT_COLUMNS).from(payouts).where(isIt);
  return rows[0] && toPayout(rows[0]);
}

export async function payoutOf(db: Database, storeId: string, id: string): Promise<Payout | undefined> {
  const rows = await db.select(PAYOUT_COLUMNS).from(payouts).where(is({ storeId, id }));
  return rows[0] && toPayout(rows[0]);
}

/** Of these those that the store has, in their order of creation. */
export async function payoutsOf(db: Database, storeId: string, ids: readonly string[]): Promise<Payout[]> {
  return (await payoutRows(db, storeId, ids)).map(toPayout);
}

export function payoutRows(db: Database, storeId: string, ids: readonly string[]) {
  const wanted = sql`id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  return db
    .select(PAYOUT_COLUMNS)
    .from(payouts)
    .where(and(eq(payouts.storeId, storeId), wanted))
    .orderBy(payouts.id);
}

/** Approved payouts to addresses that no batch has, the eldest first; none of a time when the store was in test mode. */
export async function queuedOnchain(db: Database, storeId: string, limit: number): Promise<Payout[]> {
  const rows = await db
    .select(PAYOUT_COLUMNS)
    .from(payouts)
    .where(
      sql`store_id = ${storeId} AND state = 'queued' AND method = 'onchain' AND batch_id IS NULL AND environment = 'live'`,
    )
    .orderBy(payouts.id)
    .limit(limit);
  return rows.map(toPayout);
}

/**
 * In one statement: of many concurrent ones each sees those before it. Version 0 is one that another subject's event tells of.
 * @param conditions nothing is inserted where one does not hold
 */
export function insertPayout(db: Database, payout: Payout, conditions: (SQL | undefined)[] = []) {
  const log = payout.version === 0 ? [] : firstOfLog(payout.storeId);
  return insertingIf(
    db,
    payouts,
    { ...rowOf(payout), log: log as number[] },
    and(sql`true`, ...conditions) ?? sql`true`,
  );
}

/** The claims of the pull payment come to no more than its limit, and none that is open is to the same destination. */
export function fits({ pullPaymentId, amount, currency }: Payout, destination: string): SQL {
  const live = sql`pull_payment_id = ${pullPaymentId} AND state <> 'cancelled'`;
  return sql`EXISTS (SELECT 1 FROM pull_payments p WHERE p.id = ${pullPaymentId} AND p.archived_at IS NULL
      AND p.amount >= ${Number(unitsOf(amount, currency))} + (SELECT coalesce(sum(amount), 0) FROM payouts WHERE ${live}))
    AND NOT EXISTS (SELECT 1 FROM payouts WHERE ${live} AND state <> 'settled' AND destination = ${destination})`;
}

/**
 * For the batch that logs the event: the version that its guard was read with, and the one after it. Names only what changes: D1
 * bills the rewriting of an index even where the value stays.
 */
export function updatePayout(db: Database, before: Payout, after: Payout, { guard, ...lease }: Guarded = {}) {
  const change = { ...changed(rowOf(before), rowOf(after)), ...lease };
  const state = guard ? { state: sql`CASE WHEN ${guard} THEN ${after.state} END` } : {};
  return db
    .update(payouts)
    .set({ ...change, ...state, log: logWithLast('payouts') })
    .where(is(after));
}

/** What a step keeps without an event. @returns false where another writer was first */
export async function keepPayout(db: Database, before: Payout, after: Payout, lease: Lease = {}): Promise<boolean> {
  const change = { ...changed(rowOf(before), rowOf(after)), ...lease };
  if (Object.keys(change).length === 0) return true;
  const rows = await db
    .update(payouts)
    .set(change)
    .where(
      and(
        is(before),
        eq(payouts.version, before.version),
        sql`due_at IS ${before.dueAtMs} AND lease_until IS ${before.leaseUntilMs}`,
      ),
    )
    .returning({ id: payouts.id });
  return rows.length > 0;
}

function changed(before: Kept, after: Kept): Partial<Kept> {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => {
      const old = before[name as keyof Kept];
      return old !== value && JSON.stringify(old) !== JSON.stringify(value);
    }),
  );
}

/** Was the batch refused because its guard did not hold? */
export const isGuardBroken = (message: string): boolean =>
  message.includes('NOT NULL constraint failed: payouts.state');

/** Was the batch refused because the BOLT11 is another payout's? */
export const isHashTaken = (message: string): boolean =>
  message.includes('UNIQUE constraint failed: payouts.store_id, payouts.payment_hash');

/** Sats that are approved and not ended, or were settled since: of all payouts but this one. */
export const sentSince = (storeId: SQL | string, exceptId: string, sinceMs: number): SQL => sql`
  ((SELECT coalesce(sum(amount_sats), 0) FROM payouts
      WHERE store_id = ${storeId} AND state IN ('queued', 'in_flight', 'unknown') AND id <> ${exceptId})
    + (SELECT coalesce(sum(amount_sats), 0) FROM payouts
      WHERE store_id = ${storeId} AND settled_at > ${sinceMs} AND state = 'settled' AND id <> ${exceptId}))`;

/** With this one they come to no more than the limit. */
export function sentWithin(
  { storeId, id }: Pick<Payout, 'storeId' | 'id'>,
  sinceMs: number,
  amountSats: bigint,
  limitSats: bigint,
): SQL {
  return sql`${sentSince(storeId, id, sinceMs)} + ${Number(amountSats)} <= ${Number(limitSats)}`;
}

export interface PayoutQuery {
  storeId: string;
  /** Any of these; all where left out. */
  states?: readonly PayoutState[];
  pullPaymentId?: string;
  /** The last id of the page before. */
  after?: string;
  limit: number;
}

/** The newest first. */
export async function listPayouts(db: Database, query: PayoutQuery): Promise<Payout[]> {
  const { storeId, states, pullPaymentId, after, limit } = query;
  const rows = await db
    .select(PAYOUT_COLUMNS)
    .from(payouts)
    .where(
      and(
        eq(payouts.storeId, storeId),
        states && inArray(payouts.state, [...states]),
        pullPaymentId === undefined ? undefined : eq(payouts.pullPaymentId, pullPaymentId),
        after === undefined ? undefined : lt(payouts.id, after),
      ),
    )
    .orderBy(desc(payouts.id))
    .limit(limit);
  return rows.map(toPayout);
}

/** When a payout is to be moved. */
export interface Turn {
  id: string;
  dueAtMs: number;
}

/** A store's, what is on its way first, and then those that have waited longest. */
export function turnsOf(db: Database, storeId: string, limit: number): Promise<Turn[]> {
  return db
    .select({ id: payouts.id, dueAtMs: sql<number>`due_at`.as('turn_at') })
    .from(payouts)
    .where(sql`store_id = ${storeId} AND due_at IS NOT NULL AND state <> 'awaiting_claim'`)
    .orderBy(sql`state IN ('in_flight', 'unknown') DESC, due_at`)
    .limit(limit);
}

/** Stores that have a payout which was to be moved by then. */
export async function storesWithTurns(db: Database, nowMs: number, limit: number): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT DISTINCT store_id AS id FROM payouts WHERE due_at <= ${nowMs} AND due_at IS NOT NULL AND state <> 'awaiting_claim'
    ORDER BY random() LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

/** Links whose time is over, of all stores. */
export function unclaimedSince(db: Database, nowMs: number, limit: number): Promise<Pick<Payout, 'storeId' | 'id'>[]> {
  return db
    .select({ storeId: payouts.storeId, id: payouts.id })
    .from(payouts)
    .where(sql`state = 'awaiting_claim' AND due_at IS NOT NULL AND due_at <= ${nowMs}`)
    .orderBy(payouts.dueAtMs)
    .limit(limit);
}

/** The events of a payout, with what is frozen in them: the oldest first. */
export async function historyOf(db: Database, { storeId, id }: Pick<Payout, 'storeId' | 'id'>) {
  const rows = await db.all<{ type: string; atMs: number; snapshotVersion: number; snapshot: Packed }>(sql`
    SELECT e.type, e.created_at AS atMs, e.snapshot_version AS snapshotVersion, e.snapshot
    FROM payouts p CROSS JOIN json_each(p.log) AS place
    CROSS JOIN events e ON e.store_id = p.store_id AND e.log_seq = place.value
    WHERE p.store_id = ${storeId} AND p.id = ${id} ORDER BY e.seq`);
  return rows.map((row) => ({ ...row, snapshot: unpack(row.snapshot) }));
}

function is({ storeId, id }: Pick<Payout, 'storeId' | 'id'>) {
  return and(eq(payouts.storeId, storeId), eq(payouts.id, id));
}
