// The WebSocket of one explorer, with the messages of mempool's backend at /api/v1/ws: clients say what they want, and
// hear of new blocks and of transactions of the addresses they track. Each view has one (esplora.ts); server.ts
// connects clients to it. As with the model, nothing is said twice, and a reorg says nothing of addresses.
import type { ChainBlock } from './block.ts';
import type { SimulatedChain } from './chain.ts';
import type { Fault } from './faults.ts';
import type { Frame } from './frame.ts';
import { addressToScript } from './script.ts';
import { blockJson, type Style, txJson } from './shapes.ts';

/** One end of a connection. */
interface SocketClient {
  send(message: string | Uint8Array): void;
  /** Breaks the connection off. */
  cut(): void;
}

/** What the server does with what a client sends. */
interface SocketSession {
  receive(text: string): void;
  gone(): void;
}

interface SocketOptions {
  chain: SimulatedChain;
  fault: () => Fault;
  frames: () => { tip: Frame; index: Frame };
  style: (frame: Frame) => Style;
}

type Seen = Map<string, 'waiting' | 'confirmed'>;

interface Subscriber {
  client: SocketClient;
  wantsBlocks: boolean;
  tip: ChainBlock;
  /** What was sent about each tracked address. */
  tracked: Map<string, { script: string; seen: Seen }>;
  /** When its latest messages came. */
  heardMs: number[];
}

/** mempool.space's limits for those who do not pay. */
const MAX_TRACKED = 10;
const MAX_MESSAGES = 100;
const PER_MS = 10_000;
const TOO_MANY = `too many addresses requested, this connection supports tracking a maximum of ${MAX_TRACKED} addresses`;
const BLOCKS_SHOWN = 8;
const FLOOD = 1_000;
const OVERSIZED = 2_000_000;

export class ViewSocket {
  readonly #options: SocketOptions;
  readonly #subscribers = new Set<Subscriber>();

  constructor(options: SocketOptions) {
    this.#options = options;
    options.chain.onChange(() => this.push());
  }

  connect(client: SocketClient): SocketSession {
    const { tip } = this.#options.frames();
    const subscriber = { client, wantsBlocks: false, tip: tip.tip, tracked: new Map(), heardMs: [] };
    this.#subscribers.add(subscriber);
    return {
      receive: (text) => this.#receive(subscriber, text),
      gone: () => this.#subscribers.delete(subscriber),
    };
  }

  /** Who is connected, for `GET /control/state`. */
  state(): { open: number; tracked: string[] } {
    const tracked = [...this.#subscribers].flatMap((subscriber) => [...subscriber.tracked.keys()]);
    return { open: this.#subscribers.size, tracked };
  }

  /** The chain or the fault has changed: sends each subscriber what is new to it, or what the fault makes of it. */
  push(): void {
    const { down, status, html, hang, socket } = this.#options.fault();
    for (const subscriber of this.#subscribers) {
      if (down || html || status !== undefined) subscriber.client.cut();
      else if (!hang) {
        const news = this.#news(subscriber);
        if (socket === undefined) for (const message of news) this.#say(subscriber, message);
        else this.#misbehave(subscriber, socket);
      }
    }
  }

  #receive(subscriber: Subscriber, text: string): void {
    const nowMs = performance.now();
    subscriber.heardMs = [...subscriber.heardMs.filter((ms) => ms > nowMs - PER_MS), nowMs];
    if (subscriber.heardMs.length > MAX_MESSAGES) {
      subscriber.client.cut();
      return;
    }
    const message = parse(text);
    const answer: Record<string, unknown> = message.action === 'ping' ? { pong: true } : {};
    if (message.action === 'want' && Array.isArray(message.data)) {
      const wants = message.data.includes('blocks');
      if (wants && !subscriber.wantsBlocks) answer.blocks = lastBlocks(this.#options.frames().tip);
      subscriber.wantsBlocks = wants;
    }
    const addresses = message['track-addresses'];
    if (Array.isArray(addresses) && !this.#track(subscriber, addresses)) answer['track-addresses-error'] = TOO_MANY;
    const { hang, socket } = this.#options.fault();
    if (Object.keys(answer).length > 0 && !hang && socket !== 'mute') this.#say(subscriber, answer);
  }

  /** False when they are too many: none is tracked then. */
  #track(subscriber: Subscriber, addresses: unknown[]): boolean {
    const scripts = new Map(addresses.flatMap(withScript));
    const known = subscriber.tracked;
    subscriber.tracked = new Map();
    if (scripts.size > MAX_TRACKED) return false;
    const { index } = this.#options.frames();
    for (const [address, script] of scripts) {
      subscriber.tracked.set(address, known.get(address) ?? { script, seen: seenIn(index, script) });
    }
    return true;
  }

  #say({ client }: Subscriber, message: object): void {
    const text = JSON.stringify(message);
    client.send(this.#options.fault().garbage ? text.slice(0, text.length >> 1) : text);
  }

  /** What a subscriber has not received yet; afterwards it counts as sent. One message per block. */
  #news(subscriber: Subscriber): object[] {
    const { tip, index } = this.#options.frames();
    const known = subscriber.tip;
    subscriber.tip = tip.tip;
    const touched: Record<string, unknown> = {};
    for (const [address, entry] of subscriber.tracked) {
      const changes = this.#changes(entry, index);
      if (changes) touched[address] = changes;
    }
    const messages: Record<string, unknown>[] = [];
    if (subscriber.wantsBlocks && tip.tip !== known) {
      const extended = tip.isBest(known) && tip.tip.height > known.height;
      if (extended) messages.push(...tip.best.slice(known.height + 1).map((block) => ({ block: blockJson(block) })));
      else messages.push({ blocks: lastBlocks(tip) });
    }
    if (Object.keys(touched).length > 0) {
      if (messages.length === 0) messages.push({});
      Object.assign(messages.at(-1) ?? {}, { 'multi-address-transactions': touched });
    }
    return messages;
  }

  /** Null unless there is something new: removals are sent only together with that. */
  #changes(entry: { script: string; seen: Seen }, frame: Frame) {
    const before = entry.seen;
    const after = seenIn(frame, entry.script);
    entry.seen = after;
    const json = (txids: string[]) =>
      txids.flatMap((txid) => {
        const tx = frame.tx(txid) ?? frame.ledger.tx(txid);
        return tx ? [txJson(tx, frame.place(txid), this.#options.style(frame))] : [];
      });
    const mempool = [...after].filter(([txid, state]) => state === 'waiting' && !before.has(txid));
    const confirmed = [...after].filter(([txid, state]) => state === 'confirmed' && before.get(txid) !== state);
    const removed = [...before].filter(([txid, state]) => state === 'waiting' && !after.has(txid));
    if (mempool.length === 0 && confirmed.length === 0) return null;
    const [inMempool, inBlocks, gone] = [mempool, confirmed, removed].map((list) => json(list.map(([txid]) => txid)));
    return { mempool: inMempool, confirmed: inBlocks, removed: gone };
  }

  #misbehave({ client, tracked }: Subscriber, how: NonNullable<Fault['socket']>): void {
    const lie = JSON.stringify({ block: MADE_UP_BLOCK, 'multi-address-transactions': madeUpPayments(tracked.keys()) });
    if (how === 'garbage') for (const message of RUBBISH) client.send(message);
    if (how === 'lie') client.send(lie);
    if (how === 'flood') for (let i = 0; i < FLOOD; i++) client.send(lie);
  }
}

const MADE_UP_BLOCK = { id: '00'.repeat(32), height: 9_999_999 };

/** Confirmed payments that no chain holds. */
function madeUpPayments(addresses: Iterable<string>): Record<string, unknown> {
  const payment = (address: string) => ({
    txid: 'fa'.repeat(32),
    vin: [],
    vout: [{ scriptpubkey: addressToScript(address), scriptpubkey_address: address, value: 21e14 }],
    status: { confirmed: true, block_height: MADE_UP_BLOCK.height, block_hash: MADE_UP_BLOCK.id, block_time: 1 },
  });
  return Object.fromEntries(
    [...addresses].map((address) => [
      address,
      { mempool: [payment(address)], confirmed: [payment(address)], removed: [] },
    ]),
  );
}

const RUBBISH: (string | Uint8Array)[] = [
  '',
  'pong',
  '{"block":',
  'null',
  '[]',
  '"block"',
  '{"multi-address-transactions":null}',
  '{"multi-address-transactions":[[]]}',
  '{"multi-address-transactions":{"__proto__":{},"constructor":[],"bcrt1qnobody":{"mempool":[]}}}',
  '{"track-addresses-error":"too many"}',
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  JSON.stringify({ block: 'x'.repeat(OVERSIZED) }),
  new Uint8Array([0xff, 0xfe, 0x00]),
];

function seenIn(frame: Frame, script: string): Seen {
  const { confirmed, waiting } = frame.history(script);
  const seen: Seen = new Map(waiting.map((tx) => [tx.txid, 'waiting']));
  for (const { tx } of confirmed) seen.set(tx.txid, 'confirmed');
  return seen;
}

function lastBlocks({ best }: Frame): unknown[] {
  return best.slice(-BLOCKS_SHOWN).map(blockJson);
}

function withScript(address: unknown): [string, string][] {
  try {
    return typeof address === 'string' ? [[address, addressToScript(address)]] : [];
  } catch {
    return [];
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
