// A merchant who is paid over Lightning, with a node that a test scripts: it stands for a server outside, and its BOLT11s are real ones.
// The object that mints and looks up works here, so that it follows the test's clock.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import {
  type Fresh,
  type Incoming,
  type Minted,
  type MintRequest,
  type Node,
  NodeError,
} from '../../src/adapters/nodes/node.ts';
import { createVault } from '../../src/adapters/vault.ts';
import { writeBolt11 } from '../../src/core/lightning/bolt11-write.ts';
import type { MintedBolt11 } from '../../src/core/lightning/prompt.ts';
import type { Deps } from '../../src/deps.ts';
import type { LightningClient } from '../../src/jobs/poll/client.ts';
import type { PollKeeper } from '../../src/jobs/poll/keeper.ts';
import { Minter } from '../../src/jobs/poll/minter.ts';
import { Poller } from '../../src/jobs/poll/poller.ts';
import { sealed } from '../../src/services/connections/sealed.ts';
import { observe } from '../../src/services/payments/observe.ts';
import { bindings, type Clock, type Merchant, type MerchantOptions, openMerchant } from './merchant.ts';

const randomHex = () => bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
const hashOf = (preimage: string) => bytesToHex(sha256(hexToBytes(preimage)));

interface Made {
  request: MintRequest;
  minted: Fresh;
  preimage: string;
  expiresAtMs: number;
  incoming: Incoming;
}

/** What the node was asked, in order: `mint`, `lookup`, `list`, `cancel`. */
export type Asked = 'mint' | 'lookup' | 'list' | 'cancel';

export class ScriptedNode implements Node {
  kind: Node['kind'] = 'phoenixd';
  readonly host = 'node.test';
  readonly descriptionHashes = true;
  readonly trusted = false;
  hooks = false;
  lists = false;
  cancels = false;
  readonly made: Made[] = [];
  readonly asked: Asked[] = [];
  /** It gives no BOLT11 more time than this. */
  maxExpirySeconds = Number.POSITIVE_INFINITY;
  /** Thrown by every call while it is set. */
  fault: NodeError | null = null;
  /** Payment hashes of which it gives no answer that can be read. */
  readonly unreadable = new Set<string>();
  /** What a mint answers in place of the truth. */
  lie: (fresh: Fresh) => Fresh = (fresh) => fresh;
  /** Called after a mint was done and before its answer. */
  beforeAnswer: () => Promise<void> = async () => {};
  /** A wallet's socket says that it was paid. */
  onHint: ((paymentHash: string) => void) | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async mint(request: MintRequest): Promise<Fresh> {
    this.#ask('mint');
    const preimage = randomHex();
    const paymentHash = hashOf(preimage);
    const expirySeconds = Math.min(request.expirySeconds, this.maxExpirySeconds);
    const expiresAtMs = this.#clock.ms + expirySeconds * 1_000;
    const draft = {
      ...{ network: 'regtest' as const, amountMsat: request.amountMsat, createdAtMs: this.#clock.ms, paymentHash },
      ...{ expirySeconds, paymentSecret: randomHex(), description: request.description },
    };
    const { description } = request;
    const bolt11 = writeBolt11(draft, crypto.getRandomValues(new Uint8Array(32)));
    const minted = { bolt11, paymentHash, verifyUrl: null, description };
    const nothing = { receivedMsat: 0n, feeMsat: 0n, preimage: null, settledAtMs: null };
    this.made.push({ request, minted, preimage, expiresAtMs, incoming: { state: 'open', ...nothing } });
    await this.beforeAnswer();
    return this.lie(minted);
  }

  async lookup({ paymentHash }: Minted): Promise<Incoming> {
    this.#ask('lookup');
    if (this.unreadable.has(paymentHash)) throw new NodeError('bad_answer', 'The answer cannot be read.');
    const made = this.made.find(({ minted }) => minted.paymentHash === paymentHash);
    return made?.incoming ?? { state: 'missing', receivedMsat: 0n, feeMsat: 0n, preimage: null, settledAtMs: null };
  }

  async lookupMany(minted: readonly Minted[]): Promise<Map<string, Incoming>> {
    this.#ask('list');
    const wanted = new Set(minted.map(({ paymentHash }) => paymentHash));
    const isShown = ({ paymentHash }: Minted) => wanted.has(paymentHash) && !this.unreadable.has(paymentHash);
    const found = this.made.filter(({ minted }) => isShown(minted));
    return new Map(found.map((made) => [made.minted.paymentHash, made.incoming]));
  }

  async cancel({ paymentHash }: Minted): Promise<void> {
    this.#ask('cancel');
    const made = this.made.find(({ minted }) => minted.paymentHash === paymentHash);
    if (made?.incoming.state === 'open') made.incoming = { ...made.incoming, state: 'cancelled' };
  }

  close(): void {}

  /** A buyer pays it, unless it was cancelled. */
  pay(paymentHash: string, over: Partial<Incoming> = {}): void {
    const made = this.made.find(({ minted }) => minted.paymentHash === paymentHash);
    if (!made) throw new Error('the node has no such BOLT11');
    if (made.incoming.state !== 'open') return;
    const receivedMsat = made.request.amountMsat;
    const { preimage } = made;
    made.incoming = { state: 'settled', receivedMsat, feeMsat: 0n, preimage, settledAtMs: this.#clock.ms, ...over };
  }

  /** As another node than before: it knows none of what was minted. */
  restart(): void {
    this.made.length = 0;
  }

  count(...kinds: Asked[]): number {
    return this.asked.filter((kind) => kinds.includes(kind)).length;
  }

  #ask(kind: Asked): void {
    this.asked.push(kind);
    if (this.fault) throw this.fault;
  }
}

export const unreachable = () => new NodeError('unreachable', 'The node did not answer.');

export interface LightningMerchant extends Merchant {
  node: ScriptedNode;
  connectionId: string;
  /** When the alarm rings; null for no alarm. */
  alarmMs: () => number | null;
  /** Time passes, and the alarm rings whenever it is due. */
  pass(seconds: number): Promise<void>;
  /** The object is gone, with all that it remembered. */
  restart(): void;
}

/** @param options live, with a chain that was just seen, unless they say otherwise */
export async function openLightningMerchant(options: MerchantOptions = {}): Promise<LightningMerchant> {
  const merchant = await openMerchant({ mode: 'live', ...options });
  await merchant.showTip();
  const node = new ScriptedNode(merchant.clock);
  const connectionId = await connect(merchant);
  let alarmMs: number | null = null;
  const keeper = memoryKeeper((ms) => {
    alarmMs = ms === null ? null : merchant.clock.ms + ms;
  });
  const open = () => {
    const poller = new Poller(() => merchant.deps, merchant.store.id, keeper);
    return { poller, minter: new Minter(() => merchant.deps, merchant.store.id, keeper, poller.lines) };
  };
  let { poller, minter } = open();
  const client: LightningClient = {
    create: (_, order) => minter.create(order),
    async mint(_, invoiceId) {
      const problem = await minter.mint(invoiceId);
      if (problem === null) await poller.wake(false);
      return problem;
    },
    look: (_, hashes) => poller.look(hashes),
    hot: (_, invoiceId) => poller.hot(invoiceId),
    opened: (_, invoiceId) => poller.hot(invoiceId, true),
    closed: (_, invoiceId) => poller.closed(invoiceId),
    end: (_, hash) => poller.end(hash),
    wake: (_, hasNewConnection = false) => poller.wake(hasNewConnection),
  };
  // There is no explorer: tests bring what the chain shows.
  const watcher = { ...merchant.deps.watcher, look: async () => {} };
  for (const news of ['hot', 'opened', 'closed'] as const) watcher[news] = async () => {};
  const openNode: Deps['openNode'] = async (_, onHint) => {
    node.onHint = onHint;
    return node;
  };
  Object.assign(merchant.deps, { lightning: client, openNode, watcher });
  return Object.assign(merchant, {
    node,
    connectionId,
    alarmMs: () => alarmMs,
    async pass(seconds: number) {
      await merchant.settled();
      const untilMs = merchant.clock.ms + seconds * 1_000;
      while (alarmMs !== null && alarmMs <= untilMs) {
        merchant.clock.ms = Math.max(merchant.clock.ms, alarmMs);
        alarmMs = null;
        await poller.tick();
        await merchant.settled();
      }
      merchant.clock.ms = untilMs;
    },
    restart() {
      ({ poller, minter } = open());
    },
  });
}

/** An output that waits in the mempool, as a look shows it; with a height, in that block. */
export async function payOnchain(merchant: Merchant, id: string, valueSats: bigint, height: number | null = null) {
  const script = await bindings.DB.prepare('SELECT script FROM invoices WHERE id = ?').bind(id).first<string>('script');
  const outputs = [{ vout: 0, script: script ?? '', valueSats }];
  const block = height === null ? null : { hash: 'cc'.repeat(32), height, timeMs: null, knownSinceMs: null };
  const tx = { txid: randomHex(), inputs: [], outputs, block };
  const rest = { lostBlocks: new Set<string>(), unknownTxids: new Set<string>() };
  await observe(merchant.deps, id, { atMs: merchant.clock.ms, tipHeight: 120, transactions: [tx], ...rest });
  await merchant.settled();
}

/** A look at the chain that shows nothing. */
export async function lookAtChain(merchant: Merchant, id: string) {
  const rest = { lostBlocks: new Set<string>(), unknownTxids: new Set<string>() };
  await observe(merchant.deps, id, { atMs: merchant.clock.ms, tipHeight: 120, transactions: [], ...rest });
  await merchant.settled();
}

/** A connection of the store's own, which receives. */
async function connect({ store, deps }: Merchant): Promise<string> {
  const id = crypto.randomUUID();
  const vault = createVault(bindings.ENCRYPTION_KEY);
  const receive = await sealed({ ...deps, vault }, id, 'receive', {
    kind: 'phoenixd',
    server: 'https://node.test',
    password: 'x',
  });
  await bindings.DB.batch([
    bindings.DB.prepare(
      `INSERT INTO connections (store_id, id, kind, name, host, receive, capabilities, network, created_at)
       VALUES (?, ?, 'phoenixd', 'Node', 'node.test', ?, '{}', 'regtest', 1)`,
    ).bind(store.id, id, receive),
    bindings.DB.prepare('UPDATE stores SET connection_id = ? WHERE id = ?').bind(id, store.id),
  ]);
  return id;
}

function memoryKeeper(alarm: (inMs: number | null) => void): PollKeeper {
  const hooks = new Map<string, boolean>();
  const minted = new Map<string, MintedBolt11>();
  return {
    wakeIn: async (ms) => alarm(ms),
    rest: async () => alarm(null),
    hasHooks: async (id) => hooks.get(id) ?? false,
    sawHook: async (id, arrived) => void hooks.set(id, arrived),
    minted: async (label) => minted.get(label),
    keep: async (label, one) => void minted.set(label, one),
  };
}
