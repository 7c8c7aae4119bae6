// A person or an API key of the store approves a payout, or says no. Called by the APIs and the dashboard, who know that it may.

import type { Deps } from '../../deps.ts';
import { fixedAt, rateOfToday } from './draft.ts';
import { type Deciding, type Moved, move } from './move.ts';

/**
 * Fixes the sats by the rate of now, where they are not fixed yet.
 * @param revision that was shown to whom decides; null for any
 * @throws ApiError not_found, rate_unavailable, old_revision, second_approval_needed, over_payout_limit, payout_not_changeable
 */
export function approvePayout(
  deps: Deps,
  place: { storeId: string; id: string },
  revision: number | null,
  deciding: Deciding,
): Promise<Moved> {
  return move(
    deps,
    place,
    ({ payout, rates }) => {
      const isOpen = payout.state === 'awaiting_approval' && payout.amountSats === null;
      const rate = isOpen ? fixedAt(payout, rateOfToday(rates, payout.currency, deps.now())) : null;
      return { kind: 'approved', by: deciding.by, revision, rate };
    },
    deciding,
  );
}
