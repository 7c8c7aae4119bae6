// Whether a pull payment takes a claim, and whether a destination can be paid. Pure. Called by services/payouts, which reads before it.

import type { PullPayment } from './payout.ts';

type ClaimRefusal = 'archived' | 'expired' | 'not_started';

/** What keeps a pull payment from taking claims; null where nothing does. */
export function linkProblem(pullPayment: PullPayment, nowMs: number): ClaimRefusal | null {
  const { archivedAtMs, expiresAtMs, startsAtMs } = pullPayment;
  if (archivedAtMs !== null) return 'archived';
  if (expiresAtMs !== null && nowMs >= expiresAtMs) return 'expired';
  return startsAtMs !== null && nowMs < startsAtMs ? 'not_started' : null;
}
