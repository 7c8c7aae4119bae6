// One viewer's stream of messages, for SSE and WebSocket: joins the room first, then reads D1, so that nothing falls
// between; drops what it has sent already; ends at a final state or after half an hour. While it runs, the invoice expires on
// time. Used by sse.ts and socket.ts.

import { isLastMessage, type LiveMessage, type RoomMessage } from './messages.ts';
import type { Rooms } from './rooms.ts';

const MAX_STREAM_MS = 30 * 60_000;
/** A timer may ring a moment early, and the clocks of two machines differ by as much. */
const AFTER_EXPIRY_MS = 50;

export interface FeedSource {
  rooms: Rooms;
  room: string;
  /** As `Rooms.join` takes it. */
  note: string | null;
  /** The state now, as a snapshot message. */
  snapshot: () => Promise<RoomMessage>;
  /** The one invoice whose events are followed, in their order; without it all that comes is sent, as it comes. */
  invoice?: {
    id: string;
    expiresAtMs: number;
    /** Its time is up. */
    onDue: () => void;
    /** Events after a number, oldest first. */
    eventsAfter: (seq: number) => Promise<LiveMessage[]>;
    /** The last event the client has seen (`Last-Event-ID`); null on a first visit. */
    lastSeq: number | null;
  };
}

interface Viewer {
  send(message: RoomMessage): void;
  end(): void;
}

interface Feed {
  close(): void;
}

/** Starts the stream to `viewer`. @throws what the room or the database throws; nothing was sent then. */
export async function startFeed(source: FeedSource, viewer: Viewer): Promise<Feed> {
  const { invoice } = source;
  const socket = await source.rooms.join(source.room, source.note);
  /** What arrives while D1 is being read. */
  const waiting: LiveMessage[] = [];
  let lastSent = 0;
  let reading = true;
  let ended = false;

  const end = () => {
    if (ended) return;
    ended = true;
    stopTimers();
    socket.close(1000);
    viewer.end();
  };
  const stopTimers = startTimers(source, end);
  const deliver = (message: LiveMessage) => {
    if (ended || (invoice && message.seq <= lastSent)) return;
    lastSent = message.seq;
    viewer.send(message);
    if (invoice && isLastMessage(message)) end();
  };
  const forward = (message: LiveMessage) => {
    if (!reading && (!invoice || message.seq <= lastSent + 1)) return deliver(message);
    waiting.push(message);
    // A number is missing: a commit did not reach the room. D1 has it.
    if (!reading) catchUp().catch(end);
  };
  const catchUp = async () => {
    reading = true;
    const missed = (await invoice?.eventsAfter(lastSent)) ?? [];
    reading = false;
    for (const message of [...missed, ...waiting.splice(0)]) deliver(message);
  };
  socket.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string' || !data.startsWith('{')) return;
    const message = JSON.parse(data) as LiveMessage;
    // The deposits of one address share its room.
    if (!invoice || message.invoice.id === invoice.id) forward(message);
  });
  // A deploy drops every room's sockets: the client reconnects and resumes from D1.
  socket.addEventListener('close', end);
  socket.addEventListener('error', end);

  try {
    const snapshot = await source.snapshot();
    viewer.send(snapshot);
    // A number from the future would silence the stream.
    lastSent = Math.min(invoice?.lastSeq ?? snapshot.seq, snapshot.seq);
    if (lastSent < snapshot.seq) await catchUp();
    reading = false;
    for (const message of waiting.splice(0)) forward(message);
    if (isLastMessage(snapshot)) end();
  } catch (error) {
    end();
    throw error;
  }
  return { close: end };
}

/** For the longest stream, and for the invoice's time where that is up before. @returns what stops them */
function startTimers({ invoice }: FeedSource, end: () => void): () => void {
  const timers = [setTimeout(end, MAX_STREAM_MS)];
  const leftMs = (invoice?.expiresAtMs ?? 0) - Date.now();
  if (invoice && leftMs > 0 && leftMs < MAX_STREAM_MS) timers.push(setTimeout(invoice.onDue, leftMs + AFTER_EXPIRY_MS));
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
