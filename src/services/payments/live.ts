// The stream of an invoice's events to a page that is open. Called by GET /pay/invoices/:id/events and /stream.

import { eventsAfter } from '../../adapters/db/events.ts';
import { isFinal, liveMessage, snapshotMessage } from '../../adapters/rooms/messages.ts';
import { socketResponse } from '../../adapters/rooms/socket.ts';
import { sseResponse } from '../../adapters/rooms/sse.ts';
import type { Deps } from '../../deps.ts';
import { type PublicView, readPublic } from './read.ts';

/** Whether a page that has seen event `lastSeq` has nothing left to wait for. */
export function hasSeenAll({ invoice, seq }: PublicView, lastSeq: number | null): boolean {
  return lastSeq !== null && lastSeq >= seq && isFinal(invoice);
}

/** @param lastSeq the last event that the page has seen; null on a first visit */
export async function openStream(
  deps: Deps,
  { invoice }: PublicView,
  lastSeq: number | null,
  over: 'sse' | 'socket',
): Promise<Response> {
  const respond = over === 'sse' ? sseResponse : socketResponse;
  return respond({
    rooms: deps.rooms,
    invoiceId: invoice.id,
    expiresAtMs: Date.parse(invoice.expires_at),
    lastSeq,
    snapshot: async () => {
      const now = await readPublic(deps, invoice.id);
      return snapshotMessage(now.invoice, now.seq, deps.now());
    },
    eventsAfter: async (seq) => (await eventsAfter(deps.db, invoice.id, seq)).map(liveMessage),
  });
}
