// ElenPAY as a dialect: Greenfield with amounts in its events, deposits, withdrawals, and retries of its own. Called by table.ts.

import type { Dialect } from '../dialect.ts';
import { elenpayEvents } from './events.ts';
import { elenpayPayoutEvents } from './payouts.ts';

export function elenpayOver(greenfield: Dialect): Dialect {
  return {
    ...greenfield,
    title: 'ElenPAY',
    events: (transition, type) => elenpayEvents(transition, () => greenfield.events(transition, type)),
    payoutEvents: elenpayPayoutEvents,
    // ElenPAY guide, "Idempotency and Replay Protection": every status from 400 is tried again.
    retry: { ...greenfield.retry, succeeds: (status) => status < 400, isFinal: () => false },
  };
}
