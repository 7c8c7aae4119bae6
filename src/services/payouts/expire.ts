// Links of single-use pull payments whose time is over: their payouts end unclaimed. Called by the cron.

import { unclaimedSince } from '../../adapters/db/payouts.ts';
import type { Deps } from '../../deps.ts';
import { move } from './move.ts';

const LINKS_PER_MINUTE = 500;

export async function expireLinks(deps: Deps): Promise<void> {
  const by = { kind: 'satlane', id: null } as const;
  for (const place of await unclaimedSince(deps.db, deps.now(), LINKS_PER_MINUTE)) {
    // One that fails delays no other.
    await move(deps, place, () => ({ kind: 'link_ended', reason: 'link_expired' }), { by }).catch((error) =>
      deps.log('payouts.link_failed', { payout: place.id, error: String(error).slice(0, 300) }),
    );
  }
}
