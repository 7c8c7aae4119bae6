// What the log says of a step of a payout or a pull payment: the subject in the native shape, and who decided. Called by what writes
// them.

import type { NewEvent } from '../../adapters/db/events.ts';
import type {
  Decider,
  LoggedPayoutEventType,
  Payout,
  PullPayment,
  PullPaymentEventType,
} from '../../core/payout/payout.ts';
import { payoutSnapshot, pullPaymentSnapshot } from '../../core/payout/snapshot.ts';

/** Of what is frozen today. */
const VERSION = 1;

export function payoutEvent(payout: Payout, type: LoggedPayoutEventType, by: Decider, createdAtMs: number): NewEvent {
  return eventOf('payout', payout, { type, createdAtMs, shown: payoutSnapshot(payout), by });
}

function eventOf(
  subject: 'payout' | 'pull_payment',
  { storeId, id, version, environment }: Payout | PullPayment,
  { type, createdAtMs, shown, by }: { type: string; createdAtMs: number; shown: object; by: Decider },
): NewEvent {
  return {
    ...{ storeId, subject, subjectId: id, seq: version, type, createdAtMs },
    ...{ livemode: environment === 'live', figures: null, snapshotVersion: VERSION },
    snapshot: JSON.stringify({ ...shown, by }),
  };
}

export function pullPaymentEvent(
  made: PullPayment,
  type: PullPaymentEventType,
  by: Decider,
  createdAtMs: number,
): NewEvent {
  return eventOf('pull_payment', made, { type, createdAtMs, shown: pullPaymentSnapshot(made), by });
}
