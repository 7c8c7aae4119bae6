// What travels from a commit to the pages that are open: one message per event, and a snapshot to begin with.

import { eventId, type FrozenEvent } from '../../core/invoice/event.ts';
import { type Frozen, readSnapshot } from '../../core/snapshot/frozen.ts';
import { type PublicInvoice, publicInvoice } from '../../core/snapshot/invoice.ts';

export interface RoomMessage {
  /** The event's number, which SSE sends as `id:`. */
  seq: number;
  event_type: string;
}

export interface LiveMessage extends RoomMessage {
  event_id: string;
  created_at: string;
  livemode: boolean;
  invoice: PublicInvoice;
}

/** An event as the public may see it. */
export function liveMessage(event: FrozenEvent & Frozen): LiveMessage {
  const invoice = readSnapshot(event);
  return {
    seq: event.seq,
    event_id: eventId(event),
    event_type: event.type,
    created_at: new Date(event.createdAtMs).toISOString(),
    livemode: event.livemode,
    invoice: publicInvoice(invoice),
  };
}

/** The first message of every stream: the state as of event `seq`. */
export function snapshotMessage(invoice: PublicInvoice, seq: number, nowMs: number): LiveMessage {
  return {
    seq,
    event_id: eventId({ subjectId: invoice.id, seq }),
    event_type: 'snapshot',
    created_at: new Date(nowMs).toISOString(),
    livemode: invoice.environment === 'live',
    invoice,
  };
}

/** After these nothing is left to wait for, and a stream ends itself. */
const FINAL = new Set<PublicInvoice['status']>(['paid', 'late_paid', 'overpaid', 'cancelled', 'reverted']);

export function isLastMessage(message: RoomMessage | Pick<LiveMessage, 'invoice'>): boolean {
  return 'invoice' in message && FINAL.has(message.invoice.status);
}
