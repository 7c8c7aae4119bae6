// The stream of an invoice's events to a page that is open, and of a permanent address's. While it is open the watcher and the
// Lightning object look more often. Called by GET /pay/invoices/:id/events and /stream, and by the page of the address.

import { eventsAfter } from '../../adapters/db/events.ts';
import { isLastMessage, liveMessage, snapshotMessage } from '../../adapters/rooms/messages.ts';
import { socketResponse } from '../../adapters/rooms/socket.ts';
import { sseResponse } from '../../adapters/rooms/sse.ts';
import type { Deps } from '../../deps.ts';
import { expire } from './expire.ts';
import { noteOf, type PageWatch, pageOpened } from './pages.ts';
import { type PublicView, readPublic, watchOf } from './read.ts';

/** Whether a page that has seen event `lastSeq` has nothing left to wait for. */
export function hasSeenAll(view: PublicView, lastSeq: number | null): boolean {
  return lastSeq !== null && lastSeq >= view.seq && isLastMessage(view);
}

/** @param lastSeq the last event that the page has seen; null on a first visit */
export async function openStream(
  deps: Deps,
  view: PublicView,
  lastSeq: number | null,
  over: 'sse' | 'socket',
): Promise<Response> {
  const { invoice, depositAddressId } = view;
  const watch = watchOf(view);
  pageOpened(deps, watch);
  const respond = over === 'sse' ? sseResponse : socketResponse;
  return respond({
    rooms: deps.rooms,
    room: depositAddressId ?? invoice.id,
    note: noteOf(watch),
    snapshot: async () => {
      const now = await readPublic(deps, invoice.id);
      return snapshotMessage(now.invoice, now.seq, deps.now());
    },
    invoice: {
      id: invoice.id,
      // A deposit has no time that could be up.
      expiresAtMs: depositAddressId === null ? Date.parse(invoice.expires_at) : 0,
      onDue: () => deps.background(expire(deps, invoice.id)),
      eventsAfter: async (seq) => (await eventsAfter(deps.db, invoice.id, seq)).map(liveMessage),
      lastSeq,
    },
  });
}

/**
 * What happens to the deposits of a permanent address, each as it comes: the page asks for itself again upon it.
 * @param factsNow what the page would show now, in one line
 */
export function openAddressStream(
  deps: Deps,
  address: { id: string; isTest: boolean },
  factsNow: () => Promise<string>,
): Promise<Response> {
  const snapshot = async () => ({ seq: 0, event_type: 'snapshot', facts: await factsNow() });
  const watch: PageWatch = { onchain: address.isTest ? null : address.id, lightning: null };
  pageOpened(deps, watch);
  return sseResponse({ rooms: deps.rooms, room: address.id, note: noteOf(watch), snapshot });
}
