// An event of an invoice as it was logged: its id and its body. Pure. Called wherever an event is sent, listed or streamed.

import type { Environment } from './invoice.ts';

/** Stable across retries and channels: what receivers deduplicate by. */
export function eventId(invoiceId: string, seq: number): string {
  return `evt_${invoiceId.replaceAll('-', '')}_${seq}`;
}

export interface FrozenEvent {
  invoiceId: string;
  seq: number;
  type: string;
  createdAtMs: number;
  /** The invoice as JSON text, frozen when the event was logged. */
  snapshot: string;
}

/** An event as the log has it and native webhooks send it (integration guide §6). Made from frozen parts: every retry sends the same bytes. */
export function eventBody(event: FrozenEvent, environment: Environment): string {
  const head = JSON.stringify({
    event_id: eventId(event.invoiceId, event.seq),
    event_type: event.type,
    created_at: new Date(event.createdAtMs).toISOString(),
    livemode: environment === 'live',
  });
  return `${head.slice(0, -1)},"data":{"invoice":${event.snapshot}}}`;
}
