// Whether a pull payment takes a claim. Pure. Called by services/payouts. What a claim may enter: destination.ts.

import type { PullPayment } from './payout.ts';

/** What keeps a pull payment from taking claims; null where nothing does. */
export function linkProblem(
  pullPayment: Pick<PullPayment, 'archivedAtMs' | 'expiresAtMs' | 'startsAtMs'>,
  nowMs: number,
): 'archived' | 'expired' | 'not_started' | null {
  const { archivedAtMs, expiresAtMs, startsAtMs } = pullPayment;
  if (archivedAtMs !== null) return 'archived';
  if (expiresAtMs !== null && nowMs >= expiresAtMs) return 'expired';
  return startsAtMs !== null && nowMs < startsAtMs ? 'not_started' : null;
}
