// Everything that the page of an invoice shows, read at once. Called by page.tsx.

import { deliveriesOf } from '../../db/deliveries.ts';
import type { LoggedDelivery } from '../../db/delivery-log.ts';
import { eventsAfter, type LoggedEvent } from '../../db/events.ts';
import type { NativeInvoice } from '../../invoice/native.ts';
import { type InvoiceEvidence, readEvidence } from '../../payments/evidence.ts';
import { readInvoice } from '../../payments/read.ts';
import type { StoreFrame } from '../http.tsx';

export interface InvoiceView {
  invoice: NativeInvoice;
  events: LoggedEvent[];
  deliveries: LoggedDelivery[];
  evidence: InvoiceEvidence;
}

/** @throws ApiError not_found, for another store's invoice too */
export async function readView({ deps, store }: StoreFrame, id: string): Promise<InvoiceView> {
  const [invoice, events, deliveries, evidence] = await Promise.all([
    readInvoice(deps, store.id, id),
    eventsAfter(deps.db, id, 0),
    deliveriesOf(deps.db, id),
    readEvidence(deps, store.id, id),
  ]);
  return { invoice, events, deliveries, evidence };
}

/** Confirmations that anybody still watches grow. */
const WATCHED_CONFIRMATIONS = 6;

/** May the page change by itself? */
export function isMoving({ status, payments }: NativeInvoice): boolean {
  if (status === 'pending' || status === 'seen' || status === 'underpaid') return true;
  return payments.some(
    (payment) =>
      payment.status === 'confirmed' && payment.block_height !== null && payment.confirmations < WATCHED_CONFIRMATIONS,
  );
}
