// An invoice's events and what was sent of them. Called by the dashboard's page of an invoice.

import { deliveriesOf, type LoggedDelivery } from '../../adapters/db/delivery-log.ts';
import { eventsAfter, type InvoiceEvent } from '../../adapters/db/events.ts';
import type { Deps } from '../../deps.ts';

export type { InvoiceEvent };

export interface InvoiceHistory {
  events: InvoiceEvent[];
  /** With every attempt. */
  deliveries: LoggedDelivery[];
}

/** Oldest first. Whose invoice it is has to be asked beside it. */
export async function readHistory({ db }: Deps, invoiceId: string): Promise<InvoiceHistory> {
  const [events, deliveries] = await Promise.all([eventsAfter(db, invoiceId, 0), deliveriesOf(db, invoiceId)]);
  return { events, deliveries };
}
