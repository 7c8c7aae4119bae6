// The stream of an invoice's events to a page that is open, and of a permanent address's. Called by GET /pay/invoices/:id/events
// and /stream, and by the page of the address.

import { eventsAfter } from '../../adapters/db/events.ts';
import { isLastMessage, liveMessage, snapshotMessage } from '../../adapters/rooms/messages.ts';
import { socketResponse } from '../../adapters/rooms/socket.ts';
import { sseResponse } from '../../adapters/rooms/sse.ts';
import type { Deps } from '../../deps.ts';
import { type PublicView, readPublic } from './read.ts';

/** Whether a page that has seen event `lastSeq` has nothing left to wait for. */
export function hasSeenAll(view: PublicView, lastSeq: number | null): boolean {
  return lastSeq !== null && lastSeq >= view.seq && isLastMessage(view);
}

/** @param lastSeq the last event that the page has seen; null on a first visit */
export async function openStream(
  deps: Deps,
  { invoice, depositAddressId }: PublicView,
  lastSeq: number | null,
  over: 'sse' | 'socket',
): Promise<Response> {
  const respond = over === 'sse' ? sseResponse : socketResponse;
  return respond({
    rooms: deps.rooms,
    room: depositAddressId ?? invoice.id,
    snapshot: async () => {
      const now = await readPublic(deps, invoice.id);
      return snapshotMessage(now.invoice, now.seq, deps.now());
    },
    invoice: {
      id: invoice.id,
      // The room of an address is no invoice's: nothing ends by its alarm.
      expiresAtMs: depositAddressId === null ? Date.parse(invoice.expires_at) : 0,
      eventsAfter: async (seq) => (await eventsAfter(deps.db, invoice.id, seq)).map(liveMessage),
      lastSeq,
    },
  });
}

/**
 * What happens to the deposits of a permanent address, each as it comes: the page asks for itself again upon it.
 * @param factsNow what the page would show now, in one line
 */
export function openAddressStream(deps: Deps, addressId: string, factsNow: () => Promise<string>): Promise<Response> {
  const snapshot = async () => ({ seq: 0, event_type: 'snapshot', facts: await factsNow() });
  return sseResponse({ rooms: deps.rooms, room: addressId, snapshot });
}
