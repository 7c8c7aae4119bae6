// When it is a delivery's turn: some dialects keep later events of an invoice, a payout or a pull payment back while an earlier one is
// tried again. Called by sender.ts.

import type { Database } from '../../adapters/db/database.ts';
import { type DueDelivery, isLogged, retriesOf } from '../../adapters/db/deliveries.ts';
import { dialectOf } from '../../core/dialects/table.ts';

/** When an earlier event of its subject is tried again; 0 where none is. */
export async function turnOf(
  db: Database,
  { dialect, endpointId, storeId, subject, subjectId, seq, target }: DueDelivery,
): Promise<number> {
  const isFirstOfAll = seq === 1 && target === 0;
  if (isFirstOfAll || !isLogged(subject) || endpointId === null || dialectOf(dialect).retry.heldMs === 0) return 0;
  const waiting = await retriesOf(db, { storeId, subject, subjectId }, endpointId);
  const earlier = waiting.filter((other) => other.seq < seq || (other.seq === seq && other.target < target));
  return Math.max(0, ...earlier.map(({ nextAttemptMs }) => nextAttemptMs ?? 0));
}
