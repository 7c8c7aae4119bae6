// Payout batches: the transactions that carry payouts, one row for each version that is there to be signed. Called by services/payouts.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { BatchState, PayoutBatch } from '../../core/payout/batch.ts';
import type { Database } from './database.ts';
import { payoutBatches, type StoredPlan } from './schema.ts';

type Row = typeof payoutBatches.$inferSelect;
type Place = Pick<PayoutBatch, 'storeId' | 'id'>;

/** A statement for the batch that moves its payouts: where one of its coins is not kept for it, nothing of that batch is written. */
export function insertBatch(db: Database, batch: PayoutBatch, isReserved: SQL) {
  return db.insert(payoutBatches).values({ ...toRow(batch), state: onlyIf(isReserved, batch.state) as never });
}

/** As insertBatch; nothing is written where another writer was first. */
export function updateBatch(db: Database, before: PayoutBatch, change: Partial<PayoutBatch>) {
  const { storeId, id, version, state } = before;
  const { plan, ...after } = change;
  return db
    .update(payoutBatches)
    .set({ ...after, state: onlyIf(sql`version = ${version}`, change.state ?? state) as never, version: version + 1 })
    .where(is({ storeId, id }));
}

const onlyIf = (condition: SQL, state: BatchState): SQL => sql`CASE WHEN ${condition} THEN ${state} END`;

/** Was the batch refused because a coin was taken, or another writer was first? */
export const isBatchTaken = (message: string): boolean =>
  message.includes('NOT NULL constraint failed: payout_batches.state');

export async function batchOf(db: Database, place: Place): Promise<PayoutBatch | undefined> {
  const rows = await db.select().from(payoutBatches).where(is(place));
  return rows[0] && toBatch(rows[0]);
}

/** All versions of a batch, the eldest first. */
export function versionsOf(db: Database, { storeId, rootId }: Pick<PayoutBatch, 'storeId' | 'rootId'>) {
  return batchesWhere(db, sql`store_id = ${storeId} AND root_id = ${rootId} ORDER BY id`);
}

interface BatchQuery {
  storeId: string;
  state?: BatchState | undefined;
  /** The last id of the page before. */
  after?: string | undefined;
  limit: number;
}

/** The newest first. */
export function listBatches(db: Database, { storeId, state, after, limit }: BatchQuery): Promise<PayoutBatch[]> {
  const ofState = state === undefined ? sql`` : sql`AND state = ${state}`;
  const older = after === undefined ? sql`` : sql`AND id < ${after}`;
  return batchesWhere(db, sql`store_id = ${storeId} ${ofState} ${older} ORDER BY id DESC LIMIT ${limit}`);
}

/** Batches that blocks can still change, version by version, of all stores. @param afterRoot the last root of the page before */
export function watchedBatches(db: Database, afterRoot: string, limit: number): Promise<PayoutBatch[]> {
  return batchesWhere(
    db,
    sql`root_id IN (SELECT DISTINCT root_id FROM payout_batches WHERE is_watched AND root_id > ${afterRoot}
        ORDER BY root_id LIMIT ${limit}) AND is_watched ORDER BY root_id, id`,
  );
}

/** Those that are to be sent again; then those to look for, and those whose reservation ends. */
export function dueBatches(db: Database, nowMs: number, limit: number): Promise<PayoutBatch[]> {
  return batchesWhere(
    db,
    sql`due_at IS NOT NULL AND due_at <= ${nowMs} ORDER BY state = 'awaiting_signatures', due_at LIMIT ${limit}`,
  );
}

/** Change addresses that a wallet's open batches send to. */
export async function changeInUse(db: Database, walletId: string): Promise<Set<number>> {
  const rows = await db.all<{ index: number }>(sql`
    SELECT DISTINCT output.value ->> '$.place.index' AS "index" FROM payout_batches b CROSS JOIN json_each(b.plan, '$.outputs') AS output
    WHERE b.wallet_id = ${walletId} AND b.is_watched AND output.value ->> '$.place.index' IS NOT NULL`);
  return new Set(rows.map(({ index }) => index));
}

async function batchesWhere(db: Database, rest: SQL): Promise<PayoutBatch[]> {
  return (await db.select().from(payoutBatches).where(rest)).map(toBatch);
}

function toBatch({ plan, ...row }: Row): PayoutBatch {
  const { inputs, outputs, feeSats, vsize } = plan;
  const exact = <T extends { valueSats: number }>(list: T[]) =>
    list.map((one) => ({ ...one, valueSats: BigInt(one.valueSats) }));
  return { ...row, plan: { inputs: exact(inputs), outputs: exact(outputs), feeSats: BigInt(feeSats), vsize } };
}

function toRow({ plan, ...batch }: PayoutBatch): Row {
  const { inputs, outputs, feeSats, vsize } = plan;
  const stored = <T extends { valueSats: bigint }>(list: readonly T[]) =>
    list.map((one) => ({ ...one, valueSats: Number(one.valueSats) }));
  const written: StoredPlan = { inputs: stored(inputs), outputs: stored(outputs), feeSats: Number(feeSats), vsize };
  return { ...batch, plan: written };
}

function is({ storeId, id }: Place) {
  return and(eq(payoutBatches.storeId, storeId), eq(payoutBatches.id, id));
}
