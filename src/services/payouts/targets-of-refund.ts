// A refund of an invoice is paid: the URL that the invoice itself names hears so. Called by move.ts and move-all.ts, which write it in the
// batch of the event, so that a crash loses none.

import type { LoggedPayoutEventType, Payout } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { targetsOfRefunded } from '../events/targets.ts';
import { readState } from '../payments/read.ts';

type Targets = ReturnType<typeof targetsOfRefunded>;

export async function targetsOfRefund(
  deps: Deps,
  { storeId, invoiceId }: Payout,
  type: LoggedPayoutEventType,
): Promise<Targets> {
  if (type !== 'payout.settled' || invoiceId === null) return [];
  const state = await readState(deps, storeId, invoiceId);
  return targetsOfRefunded(state, { origin: deps.config.ORIGIN, nowMs: deps.now() });
}
