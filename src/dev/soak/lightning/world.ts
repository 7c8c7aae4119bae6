// The place of one history of Lightning: the chain's world with one honest explorer, two nodes, and the store's object that asks them,
// whose alarm rings on the history's clock. All but the nodes is the product's. Called by play.ts and game.ts.

import { NodeError } from '../../../adapters/nodes/node.ts';
import type { MintedBolt11 } from '../../../core/lightning/prompt.ts';
import type { Deps } from '../../../deps.ts';
import type { LightningClient } from '../../../jobs/poll/client.ts';
import type { PollKeeper } from '../../../jobs/poll/keeper.ts';
import { Minter } from '../../../jobs/poll/minter.ts';
import { Poller } from '../../../jobs/poll/poller.ts';
import type { SoakWorld } from '../world.ts';
import { World } from '../world.ts';
import type { LightningHistory } from './history.ts';
import { type SoakBolt11, SoakNode } from './node.ts';

export const STORE_ID = 'store';
const NODE_IDS = ['node-a', 'node-b'] as const;

/** What is known of an invoice that never changes. */
export interface SoakInvoice {
  id: string;
  createdAtMs: number;
  expiresAtMs: number;
  lateDeadlineMs: number;
  least: number;
  most: number;
}

interface LightningPart {
  poller: Poller;
  minter: Minter;
}

/** A request that made an invoice, to be sent again as it was. */
export interface Sent {
  sats: number;
  minutes: number;
  rails: 'both' | 'lightning';
  key: string | null;
}

export class LightningSoak {
  readonly chain: World;
  readonly nodes: readonly SoakNode[];
  readonly invoices: SoakInvoice[] = [];
  readonly sent: Sent[] = [];
  /** Payments on the chain, sats by invoice. */
  readonly onchain = new Map<string, number>();
  readonly #background = new Set<Promise<unknown>>();
  readonly #hooks = new Map<string, boolean>();
  readonly #minted = new Map<string, MintedBolt11>();
  alarmMs: number | null = null;
  #objects: LightningPart[];
  #turn = 0;

  constructor(place: SoakWorld, can: LightningHistory) {
    this.chain = new World(place, 1);
    this.nodes = NODE_IDS.map((id) => new SoakNode(id, can, () => this.chain.nowMs));
    this.connect(0);
    const { deps } = this;
    Object.assign(deps, {
      lightning: this.#client(),
      openNode: async ({ server }: { server: string }) => this.#nodeAt(server),
      // Its secrets are texts here: what seals them is tested beside it.
      vault: { seal: async (text: string) => text, open: async (text: string) => text, derive: async () => 'secret' },
      watcher: { ...deps.watcher, look: (id: string) => this.chain.rounds.look([id]) },
      background: (work: Promise<unknown>) => this.#background.add(work.catch(() => {})),
    });
    this.#objects = [this.#object()];
  }

  get deps(): Deps {
    return this.chain.deps;
  }

  get bolt11s(): SoakBolt11[] {
    return this.nodes.flatMap(({ made }) => made);
  }

  /** The store has it as a connection, which receives. */
  connect(index: number): string {
    const { host } = this.#nodeOf(index);
    const { d1, nowMs } = this.chain;
    const receive = JSON.stringify({ kind: 'phoenixd', server: host, password: '' });
    d1.rows(CONNECT, STORE_ID, `${host}-${nowMs}`, host, host, receive, nowMs);
    d1.rows('UPDATE stores SET connection_id = ? WHERE id = ?', `${host}-${nowMs}`, STORE_ID);
    return `${host}-${nowMs}`;
  }

  /** The object is gone, with all that it remembered; a second one too. */
  restart(): void {
    this.#objects = [this.#object()];
  }

  /** Two objects of one name, as when Cloudflare moves one. */
  addObject(): void {
    this.#objects = [...this.#objects.slice(-1), this.#object()];
  }

  /** The alarm rings, at each object. */
  async ring(): Promise<void> {
    this.alarmMs = null;
    await Promise.all(this.#objects.map(({ poller }) => poller.tick()));
    await this.settled();
  }

  /** Time passes, and the alarm rings whenever it is due. */
  async pass(seconds: number): Promise<void> {
    const untilMs = this.chain.nowMs + seconds * 1_000;
    while (this.alarmMs !== null && this.alarmMs <= untilMs) {
      this.chain.nowMs = Math.max(this.chain.nowMs, this.alarmMs);
      await this.ring();
    }
    this.chain.nowMs = untilMs;
  }

  /** All that was left to the background is done. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) {
      const [one] = this.#background;
      if (!one) return;
      await one;
      this.#background.delete(one);
    }
  }

  #object(): LightningPart {
    const keeper: PollKeeper = {
      wakeIn: async (ms) => {
        this.alarmMs = this.chain.nowMs + ms;
      },
      rest: async () => {
        this.alarmMs = null;
      },
      hasHooks: async (id) => this.#hooks.get(id) ?? false,
      sawHook: async (id, arrived) => void this.#hooks.set(id, arrived),
      minted: async (label) => this.#minted.get(label),
      keep: async (label, one) => void this.#minted.set(label, one),
    };
    const deps = () => this.deps;
    const poller = new Poller(deps, STORE_ID, keeper);
    return { poller, minter: new Minter(deps, STORE_ID, keeper, poller.lines) };
  }

  /** Calls reach one object after the other. */
  #client(): LightningClient {
    const next = () => {
      const one = this.#objects[this.#turn++ % this.#objects.length];
      if (!one) throw new RangeError('there is no object');
      return one;
    };
    return {
      create: (_, order) => next().minter.create(order),
      async mint(_, invoiceId) {
        const { minter, poller } = next();
        const problem = await minter.mint(invoiceId);
        if (problem === null) await poller.wake(false);
        return problem;
      },
      hot: (_, invoiceId) => next().poller.hot(invoiceId),
      opened: (_, invoiceId) => next().poller.hot(invoiceId, true),
      closed: (_, invoiceId) => next().poller.closed(invoiceId),
      look: (_, hashes) => next().poller.look(hashes),
      end: (_, hash) => next().poller.end(hash),
      wake: (_, hasNewConnection = false) => next().poller.wake(hasNewConnection),
    };
  }

  #nodeOf(index: number): SoakNode {
    const node = this.nodes[index % this.nodes.length];
    if (!node) throw new RangeError('there is no node');
    return node;
  }

  #nodeAt(host: string): SoakNode {
    const node = this.nodes.find((one) => one.host === host);
    if (!node) throw new NodeError('unreachable', 'There is no such node.');
    return node;
  }
}

const CONNECT = `
  INSERT INTO connections (store_id, id, kind, name, host, receive, capabilities, network, created_at)
  VALUES (?, ?, 'phoenixd', ?, ?, ?, '{}', 'regtest', ?)`;
