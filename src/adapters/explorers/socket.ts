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

export function openHints(options: HintSocketOptions, events: HintEvents): HintSocket {
  return new ExplorerSocket(options, events);
}

class ExplorerSocket implements HintSocket {
  readonly #options: HintSocketOptions;
  readonly #events: HintEvents;
  readonly #startedMs: number;
  readonly #opening = new AbortController();
  readonly #sent: Rate;
  readonly #heard: Rate;
  #socket: WebSocket | null = null;
  #isOver = false;
  #most = MAX_TRACKED;
  #wanted: string[] = [];
  #tracked = '';
  #pingedMs: number;
  #heardMs: number;

  constructor(options: HintSocketOptions, events: HintEvents) {
    this.#options = options;
    this.#events = events;
    this.#startedMs = this.#pingedMs = this.#heardMs = options.now();
    this.#sent = rateOf(MAX_SENT, options.now);
    this.#heard = rateOf(MAX_HEARD, options.now);
    this.#connect().catch((error) => this.#end(`no answer: ${error instanceof Error ? error.name : 'unknown'}`));
  }

  track(addresses: string[]): void {
    if (this.#isOver) return;
    this.#wanted = addresses.slice(-MAX_TRACKED);
    if (this.#socket) {
      this.#trackWanted();
      this.#ping();
    } else if (this.#options.now() - this.#startedMs >= OPEN_WITHIN_MS) this.#end('does not open');
  }

  close(): void {
    this.#isOver = true;
    this.#opening.abort();
    try {
      this.#socket?.close(1000);
    } catch {
      // It is closed already.
    }
  }

  async #connect(): Promise<void> {
    const { url, fetch, now } = this.#options;
    // In workerd, fetch is what opens a WebSocket, and it does not know ws:.
    const response = await fetch(url.replace(/^ws/, 'http'), {
      headers: { upgrade: 'websocket' },
      redirect: 'manual',
      signal: this.#opening.signal,
    });
    const opened = response.webSocket;
    if (!opened) {
      this.#end(`HTTP ${response.status}`);
      await response.body?.cancel();
      return;
    }
    opened.addEventListener('message', ({ data }) => this.#hear(data));
    opened.addEventListener('close', ({ code }) => this.#end(`closed with ${code}`));
    opened.addEventListener('error', () => this.#end('broken'));
    opened.accept();
    this.#socket = opened;
    if (this.#isOver) {
      this.close();
      return;
    }
    this.#pingedMs = this.#heardMs = now();
    this.#send({ action: 'want', data: ['blocks'] });
    this.#trackWanted();
    this.#events.onOpen();
  }

  #hear(data: unknown): void {
    if (this.#isOver) return;
    if (!this.#heard.allows()) {
      this.#end('talks too much');
      return;
    }
    this.#heardMs = this.#options.now();
    const message = read(data);
    if ('track-addresses-error' in message) this.#trackFewer();
    const hint = hintOf(message, this.#wanted);
    if (hint.block || hint.addresses.length > 0) this.#events.onHint(hint);
  }

  #trackWanted(): void {
    const addresses = this.#wanted.slice(-this.#most);
    const next = addresses.join();
    if (next !== this.#tracked && this.#send({ 'track-addresses': addresses })) this.#tracked = next;
  }

  #trackFewer(): void {
    if (this.#most === 1) return;
    this.#most = Math.floor(this.#most / 2);
    this.#trackWanted();
  }

  #ping(): void {
    const nowMs = this.#options.now();
    if (nowMs - this.#pingedMs < PING_EVERY_MS) return;
    if (this.#heardMs < this.#pingedMs) this.#end('does not answer');
    else if (this.#send({ action: 'ping' })) this.#pingedMs = nowMs;
  }

  /** False when there was too much to say: it is said later. */
  #send(message: object): boolean {
    if (!this.#socket || !this.#sent.allows()) return false;
    try {
      this.#socket.send(JSON.stringify(message));
      return true;
    } catch {
      this.#end('broken');
      return false;
    }
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onClosed(reason);
  }
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

type Rate = ReturnType<typeof rateOf>;

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
