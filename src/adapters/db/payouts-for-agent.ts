// What a merchant's agent may be given of a store's payouts over Lightning, in one round trip. Called by services/payouts/agent.ts.

import { sql } from 'drizzle-orm';
import type { PayoutLimits } from '../../core/payout/limits.ts';
import type { Payout } from '../../core/payout/payout.ts';
import type { Database } from './database.ts';
import { limitsOf, paysFor, toLimits } from './payout-limits.ts';
import { PAYOUT_COLUMNS, toPayout } from './payouts.ts';
import { payouts, stores } from './schema.ts';

/** @property leaseHash SHA-256 of what proves its last lease, hex; null where no agent has had it */
interface Leasable {
  payout: Payout;
  leaseHash: string | null;
}

interface ForAgent {
  /** An agent was to pay them, and what became of that is not known yet: those that no agent has come first. */
  open: Leasable[];
  /** The next attempt is due: those that have waited longest come first. */
  due: Payout[];
  limits: PayoutLimits;
  /** The store pays from a connection of its own. */
  isConnected: boolean;
}

const MAX_OPEN = 100;
const MAX_DUE = 10;

/** Of money that is money alone. */
export async function payoutsForAgent(db: Database, storeId: string, nowMs: number): Promise<ForAgent> {
  const ofStore = sql`store_id = ${storeId} AND environment = 'live' AND method = 'lightning'`;
  const [open, due, [limits], [store]] = await db.batch([
    db
      .select(PAYOUT_COLUMNS)
      .from(payouts)
      .where(sql`${ofStore} AND state IN ('in_flight', 'unknown') AND lease_hash IS NOT NULL`)
      .orderBy(sql`coalesce(lease_until, 0), id`)
      .limit(MAX_OPEN),
    db
      .select(PAYOUT_COLUMNS)
      .from(payouts)
      .where(
        sql`${ofStore} AND state = 'queued' AND due_at <= ${nowMs} AND due_at IS NOT NULL AND state <> 'awaiting_claim'`,
      )
      .orderBy(payouts.dueAtMs, payouts.id)
      .limit(MAX_DUE),
    limitsOf(db, storeId),
    db
      .select({ isConnected: sql<number>`${paysFor(storeId)}`.as('is_connected') })
      .from(stores)
      .where(sql`id = ${storeId}`),
  ]);
  return {
    open: open.map((row) => ({ payout: toPayout(row), leaseHash: row.leaseHash })),
    due: due.map(toPayout),
    limits: toLimits(limits),
    isConnected: store?.isConnected === 1,
  };
}

/** undefined where the store has no such payout. */
export async function leasedPayout(
  db: Database,
  { storeId, id }: Pick<Payout, 'storeId' | 'id'>,
): Promise<Leasable | undefined> {
  const [row] = await db.select(PAYOUT_COLUMNS).from(payouts).where(sql`store_id = ${storeId} AND id = ${id}`);
  return row && { payout: toPayout(row), leaseHash: row.leaseHash };
}
