// What SatLane's own endpoints receive of a payout: the log's events in the log's words. Pure. Called by dialect.ts.

import { type LoggedPayoutEventType, PAYOUT_EVENT_TYPES, type PayoutStep } from '../../payout/payout.ts';

export function nativePayoutEvents(_: PayoutStep, type: LoggedPayoutEventType): { type: string; body: null }[] {
  return PAYOUT_EVENT_TYPES.filter((own) => own === type).map((own) => ({ type: own, body: null }));
}
