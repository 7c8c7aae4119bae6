// The event log of an invoice.

import { and, eq, gt } from 'drizzle-orm';
import type { LoggedEventType } from '../invoice/invoice.ts';
import type { Database } from './database.ts';
import { events } from './schema.ts';

export interface LoggedEvent {
  invoiceId: string;
  seq: number;
  type: LoggedEventType;
  createdAtMs: number;
  /** The invoice in the native shape, as JSON text. */
  snapshot: string;
}

/** Appends; fails the batch when another writer took this number. */
export function appendEvent(db: Database, event: LoggedEvent) {
  return db.insert(events).values(event);
}

/** Was the batch refused because another writer was first? */
export function isVersionTaken(message: string): boolean {
  return message.includes('UNIQUE constraint failed: events.');
}

/** What happened to an invoice after `seq`, in order. */
export async function eventsAfter(db: Database, invoiceId: string, seq: number): Promise<LoggedEvent[]> {
  const rows = await db
    .select()
    .from(events)
    .where(and(eq(events.invoiceId, invoiceId), gt(events.seq, seq)))
    .orderBy(events.seq);
  return rows as LoggedEvent[];
}
