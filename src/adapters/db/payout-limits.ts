// What a store lets out. Read with what a payout is decided upon; changed for the batch that logs who changed it.

import { eq, type SQL, sql } from 'drizzle-orm';
import { DEFAULT_PAYOUT_LIMITS, type PayoutLimits } from '../../core/payout/limits.ts';
import type { Database } from './database.ts';
import { payoutLimits } from './schema.ts';

type Row = typeof payoutLimits.$inferSelect;

export interface StoredLimits extends PayoutLimits {
  /** 0 where they are the usual ones. */
  version: number;
}

export function limitsOf(db: Database, storeId: SQL | string) {
  return db.select().from(payoutLimits).where(sql`store_id = ${storeId}`);
}

export function toLimits(row: Row | undefined): StoredLimits {
  if (!row) return { ...DEFAULT_PAYOUT_LIMITS, version: 0 };
  const { storeId, ...limits } = row;
  return {
    ...limits,
    minFeeSats: BigInt(limits.minFeeSats),
    perPayoutSats: bigintOrNull(limits.perPayoutSats),
    perDaySats: bigintOrNull(limits.perDaySats),
    approvalAboveSats: bigintOrNull(limits.approvalAboveSats),
    secondApprovalAboveSats: bigintOrNull(limits.secondApprovalAboveSats),
  };
}

/** The first time the limits are made, before their event; afterwards changed, after it. */
export function insertLimits(db: Database, storeId: string, limits: StoredLimits) {
  return db.insert(payoutLimits).values({ ...toRow(limits), storeId });
}

export function updateLimits(db: Database, storeId: string, limits: StoredLimits) {
  return db.update(payoutLimits).set(toRow(limits)).where(eq(payoutLimits.storeId, storeId));
}

/** The connection that pays for a store, and its credential as it is kept. */
export interface PayerMark {
  connectionId: string;
  sealed: string;
}

/**
 * The store has not stopped its payouts, and is still paid for by this: a connection; the merchant's agent, which a connection that pays
 * stands in for; null for what is none of ours.
 */
export function maySendNow(storeId: string, payer: PayerMark | 'agent' | null): SQL {
  const isRunning = sql`NOT EXISTS (SELECT 1 FROM payout_limits WHERE store_id = ${storeId} AND is_paused)`;
  if (payer === null) return isRunning;
  if (payer === 'agent') return sql`${isRunning} AND NOT ${paysFor(storeId)}`;
  const isIt = sql`id = ${payer.connectionId} AND pay = ${payer.sealed}`;
  return sql`${isRunning} AND ${paysFor(storeId, isIt)}`;
}

/** Some connection of the store pays. */
export function paysFor(storeId: string, which = sql`pay IS NOT NULL`): SQL {
  return sql`EXISTS (SELECT 1 FROM connections WHERE store_id = ${storeId} AND ${which} AND removed_at IS NULL)`;
}

function toRow(limits: StoredLimits): Omit<Row, 'storeId'> {
  return {
    ...limits,
    minFeeSats: Number(limits.minFeeSats),
    perPayoutSats: numberOrNull(limits.perPayoutSats),
    perDaySats: numberOrNull(limits.perDaySats),
    approvalAboveSats: numberOrNull(limits.approvalAboveSats),
    secondApprovalAboveSats: numberOrNull(limits.secondApprovalAboveSats),
  };
}

const bigintOrNull = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
const numberOrNull = (value: bigint | null): number | null => (value === null ? null : Number(value));
