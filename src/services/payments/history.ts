// An invoice's events and what was sent of them. Called by the dashboard's page of an invoice.

import { deliveriesOf } from '../../adapters/db/deliveries.ts';
import type { LoggedDelivery } from '../../adapters/db/delivery-log.ts';
import { eventsAfter, type LoggedEvent } from '../../adapters/db/events.ts';
import type { Deps } from '../../deps.ts';

export type { LoggedEvent };

export interface InvoiceHistory {
  events: LoggedEvent[];
  /** With every attempt. */
  deliveries: LoggedDelivery[];
}

/** Oldest first. Whose invoice it is has to be asked beside it. */
export async function readHistory({ db }: Deps, invoiceId: string): Promise<InvoiceHistory> {
  const [events, deliveries] = await Promise.all([eventsAfter(db, invoiceId, 0), deliveriesOf(db, invoiceId)]);
  return { events, deliveries };
}
