// An order: its products and what SatLane has reported about it. Facts only; standing.ts says what they mean.
import * as z from 'zod';
import { invoiceSchema, problemSchema } from './satlane.ts';
import { refundSchema } from './satlane-payouts.ts';

export const eventSchema = z.object({
  id: z.string(),
  type: z.string(),
  /** When it happened, by SatLane's clock. */
  createdAt: z.iso.datetime({ offset: true }),
  /** When it first got here. */
  receivedAt: z.string(),
  livemode: z.boolean(),
  /** How often it was delivered. It counts once all the same. */
  deliveries: z.number(),
  /** Null where the event brought none that we can read. */
  invoice: invoiceSchema.nullable(),
});

export const shopOrderSchema = z.object({
  id: z.string(),
  productId: z.string(),
  createdAt: z.string(),
  /** The invoice as POST /v1/invoices answered. */
  placed: invoiceSchema.nullable(),
  /** Why the last attempt brought no invoice. */
  problem: problemSchema.nullable(),
  /** In order of arrival. */
  events: z.array(eventSchema),
  /** That the shop has offered. */
  refund: refundSchema.nullable().default(null),
  /** Simulation only: what the demo wallet paid. */
  payments: z.array(z.object({ txid: z.string(), sats: z.string(), state: z.enum(['sent', 'replaced', 'dropped']) })),
});

export type ShopOrder = z.infer<typeof shopOrderSchema>;
export type ReceivedEvent = z.infer<typeof eventSchema>;

/** From the first to the last that can happen in one instant: events of one step may carry the same time. */
const EVENT_TYPES = [
  'invoice.created',
  'invoice.cancelled',
  'invoice.expired',
  'invoice.payment_seen',
  'invoice.payment_replaced',
  'invoice.underpaid',
  'invoice.paid',
  'invoice.late_paid',
  'invoice.overpaid',
  'invoice.payment_reverted',
  'invoice.requires_review',
] as const;

export type KnownEventType = (typeof EVENT_TYPES)[number];

/** The event that happened last. Deliveries come in any order, so their arrival says nothing. */
export function newestEvent(order: ShopOrder): (ReceivedEvent & { type: KnownEventType }) | null {
  return order.events.filter(isKnown).reduce<(ReceivedEvent & { type: KnownEventType }) | null>((newest, event) => {
    if (newest === null) return event;
    const later =
      Date.parse(event.createdAt) - Date.parse(newest.createdAt) ||
      EVENT_TYPES.indexOf(event.type) - EVENT_TYPES.indexOf(newest.type);
    return later >= 0 ? event : newest;
  }, null);
}

/** The invoice as last received; a webhook may overtake the answer to our own request. */
export function invoiceOf(order: ShopOrder) {
  return newestEvent(order)?.invoice ?? order.placed;
}

function isKnown(event: ReceivedEvent): event is ReceivedEvent & { type: KnownEventType } {
  return EVENT_TYPES.some((type) => type === event.type);
}
