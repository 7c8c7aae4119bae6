// A mempool explorer's WebSocket (wss://HOST/api/v1/ws), which tells of blocks and of transactions of a few addresses
// sooner than asking does. Nothing it says is believed: a message yields a hint where to look, and no more. It misses
// messages and names no reorg, so its listener polls as well. Called by watch/hints.ts.

/** Where it may be worth to look. */
export interface Hint {
  /** There may be a new block. */
  block: boolean;
  /** Tracked addresses that something may have happened to. */
  addresses: string[];
}

export interface HintSocket {
  /**
   * What is to be tracked from now on; of too many the last ones. To be called every few seconds, changed or not: the
   * socket has no timers of its own, and this is when it says that it lives and notices that the other side does not.
   */
  track(addresses: string[]): void;
  /** Ends it without a call of `onClosed`. */
  close(): void;
}

export interface HintEvents {
  /** It is connected and has sent what to track: it reports nothing from before. */
  onOpen: () => void;
  onHint: (hint: Hint) => void;
  /** It could not be opened, broke, or misbehaved. Called once, and nothing after it. The reason names no address. */
  onClosed: (reason: string) => void;
}

export type OpenHints = (events: HintEvents) => HintSocket;

interface HintSocketOptions {
  /** ws: or wss: */
  url: string;
  fetch: typeof fetch;
  now: () => number;
}

/** mempool.space's limit. Its software allows a single one where the operator did not say otherwise. */
const MAX_TRACKED = 10;
/** mempool.space breaks off above 100 messages in 10 s; half of it leaves room for clocks that differ. */
const MAX_SENT = 50;
/** Blocks and ten addresses are a few messages a minute. Reading more would keep the watcher from its work. */
const MAX_HEARD = 300;
const COUNTED_MS = 10_000;
/** In UTF-16 units. A message holds whole transactions; those of an ordinary payment are a few kilobytes. */
const MAX_MESSAGE_LENGTH = 256 * 1024;
const OPEN_WITHIN_MS = 10_000;
/** The other side closes what was quiet for longer than 30 s or so. */
const PING_EVERY_MS = 25_000;

export function openHints({ url, fetch, now }: HintSocketOptions, events: HintEvents): HintSocket {
  const startedMs = now();
  const opening = new AbortController();
  const [sent, heard] = [rateOf(MAX_SENT, now), rateOf(MAX_HEARD, now)];
  let socket: WebSocket | null = null;
  let isOver = false;
  let most = MAX_TRACKED;
  let wanted: string[] = [];
  let tracked = '';
  let pingedMs = startedMs;
  let heardMs = startedMs;

  async function connect(): Promise<void> {
    // In workerd, fetch is what opens a WebSocket, and it does not know ws:.
    const response = await fetch(url.replace(/^ws/, 'http'), {
      headers: { upgrade: 'websocket' },
      redirect: 'manual',
      signal: opening.signal,
    });
    const opened = response.webSocket;
    if (!opened) {
      end(`HTTP ${response.status}`);
      await response.body?.cancel();
      return;
    }
    opened.addEventListener('message', ({ data }) => hear(data));
    opened.addEventListener('close', ({ code }) => end(`closed with ${code}`));
    opened.addEventListener('error', () => end('broken'));
    opened.accept();
    socket = opened;
    if (isOver) {
      hangUp();
      return;
    }
    pingedMs = heardMs = now();
    send({ action: 'want', data: ['blocks'] });
    tell();
    events.onOpen();
  }

  function hear(data: unknown): void {
    if (isOver) return;
    if (!heard.allows()) {
      end('talks too much');
      return;
    }
    heardMs = now();
    const message = read(data);
    if ('track-addresses-error' in message) trackFewer();
    const hint = hintOf(message, wanted);
    if (hint.block || hint.addresses.length > 0) events.onHint(hint);
  }

  function tell(): void {
    const addresses = wanted.slice(-most);
    const next = addresses.join();
    if (next !== tracked && send({ 'track-addresses': addresses })) tracked = next;
  }

  function trackFewer(): void {
    if (most === 1) return;
    most = Math.floor(most / 2);
    tell();
  }

  function ping(): void {
    if (now() - pingedMs < PING_EVERY_MS) return;
    if (heardMs < pingedMs) end('does not answer');
    else if (send({ action: 'ping' })) pingedMs = now();
  }

  /** False when there was too much to say: it is said later. */
  function send(message: object): boolean {
    if (!socket || !sent.allows()) return false;
    try {
      socket.send(JSON.stringify(message));
      return true;
    } catch {
      end('broken');
      return false;
    }
  }

  function end(reason: string): void {
    if (isOver) return;
    hangUp();
    events.onClosed(reason);
  }

  function hangUp(): void {
    isOver = true;
    opening.abort();
    try {
      socket?.close(1000);
    } catch {
      // It is closed already.
    }
  }

  connect().catch((error) => end(`no answer: ${error instanceof Error ? error.name : 'unknown'}`));

  return {
    track(addresses) {
      if (isOver) return;
      wanted = addresses.slice(-MAX_TRACKED);
      if (socket) {
        tell();
        ping();
      } else if (now() - startedMs >= OPEN_WITHIN_MS) end('does not open');
    },
    close: hangUp,
  };
}

/** The parts of a message that are read. */
function hintOf(message: object, tracked: string[]): Hint {
  const touched = Object((message as Record<string, unknown>)['multi-address-transactions']);
  return {
    // `blocks` are the last few, said in the beginning and after a reorg.
    block: 'block' in message || 'blocks' in message,
    addresses: tracked.filter((address) => Object.hasOwn(touched, address)),
  };
}

function read(data: unknown): object {
  if (typeof data !== 'string' || data.length > MAX_MESSAGE_LENGTH) return {};
  try {
    return Object(JSON.parse(data));
  } catch {
    return {};
  }
}

/** Counts up to `most` in any COUNTED_MS. */
function rateOf(most: number, now: () => number) {
  let times: number[] = [];
  return {
    allows(): boolean {
      const nowMs = now();
      times = times.filter((ms) => ms > nowMs - COUNTED_MS);
      if (times.length >= most) return false;
      times.push(nowMs);
      return true;
    },
  };
}
