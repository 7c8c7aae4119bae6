// When an invoice is looked at. Pure; used by the watcher.

import type { Status } from '../../core/invoice/invoice.ts';

/** Between two looks at a permanent address: its next deposit may come at any time, after any outcome of the earlier ones. */
export const ADDRESS_INTERVAL_MS = 60_000;

/** Between two looks at an invoice without an open page, by what can still happen to it. */
export function sweepIntervalMs(
  status: Status,
  at: { nowMs: number; expiresAtMs: number; hasWaiting: boolean },
): number {
  const { nowMs, expiresAtMs, hasWaiting } = at;
  switch (status) {
    case 'pending':
    case 'seen':
    case 'underpaid':
      return 0;
    case 'expired':
    case 'cancelled':
      // Late money is rarer the longer it takes.
      return nowMs - expiresAtMs < 60 * 60_000 ? 60_000 : 10 * 60_000;
    default:
      // What may still happen to these stands in blocks, but for one that was settled by what waits in the mempool.
      return hasWaiting ? 60_000 : Number.POSITIVE_INFINITY;
  }
}
