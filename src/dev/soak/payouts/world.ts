// The place of one history of payouts: the chain's world with a node that pays, and the store's object that asks it, whose alarm rings on
// the history's clock. All but the node and the payees is the product's. Called by play.ts and game.ts.

import { NodeError } from '../../../adapters/nodes/node.ts';
import { writeBolt11 } from '../../../core/lightning/bolt11-write.ts';
import type { Deps } from '../../../deps.ts';
import { PayQueue } from '../../../jobs/pay/queue.ts';
import { type SoakWorld, World } from '../world.ts';
import type { PayoutHistory } from './history.ts';
import { hashOfPreimage, preimageOf, ScriptedPayer } from './node.ts';

export const PAYING_STORE = 'store';
const KEY = new Uint8Array(32).fill(7);
const HOUR_S = 3_600;

export class PayoutSoak {
  readonly chain: World;
  readonly node: ScriptedPayer;
  /** By payment hash: who is paid, in one spelling. */
  readonly payees = new Map<string, string>();
  /** From which payment on payouts were stopped, until which, and by payment hash what was written down before. */
  readonly stops: { from: number; until: number; underWay: Set<string> }[] = [];
  alarmMs: number | null = null;
  /** The node was replaced by another: what was sent before, a person resolves. */
  isAnother = false;
  readonly #background = new Set<Promise<unknown>>();
  #objects: PayQueue[];
  #drawn = 0;

  constructor(place: SoakWorld, { perDaySats, hasIdentity }: PayoutHistory) {
    this.chain = new World(place, 1);
    const now = () => this.chain.nowMs;
    const wait = (ms: number) => {
      this.chain.nowMs += ms;
    };
    this.node = new ScriptedPayer({ now, wait });
    if (!hasIdentity) this.node.identity = null;
    Object.assign(this.deps, {
      openPayer: async () => this.node,
      resolvePay: ({ destination, amountMsat }: { destination: string; amountMsat: bigint }) =>
        this.#resolve(destination, amountMsat),
      payouts: {
        wake: async () => void (await Promise.all(this.#objects.map((one) => one.wake()))),
        check: async () => void (await Promise.all(this.#objects.map((one) => one.check()))),
      },
      vault: { seal: async (text: string) => text, open: async (text: string) => text, derive: async () => 'secret' },
      background: (work: Promise<unknown>) => this.#background.add(work.catch(() => {})),
    } satisfies Partial<Deps>);
    this.#objects = [this.#object()];
    const { d1, nowMs } = this.chain;
    d1.rows(CONNECT, PAYING_STORE, '{}', secretOf(0), nowMs);
    d1.rows(LIMIT, PAYING_STORE, perDaySats);
  }

  get deps(): Deps {
    return this.chain.deps;
  }

  /** One that no other payout has. */
  newPayee(): string {
    return `payee-${this.#drawn++}@wallet.example`;
  }

  /** A payee's wallet makes one. */
  bolt11(payee: string, amountMsat: bigint) {
    const preimage = preimageOf(`${payee} ${this.#drawn++}`);
    const paymentHash = hashOfPreimage(preimage);
    this.node.preimages.set(paymentHash, preimage);
    this.payees.set(paymentHash, payee);
    const createdAtMs = this.chain.nowMs;
    const terms = { network: 'regtest' as const, createdAtMs, expirySeconds: 30 * HOUR_S, description: 'Claim' };
    const bolt11 = writeBolt11({ ...terms, amountMsat, paymentHash, paymentSecret: preimageOf(preimage) }, KEY);
    return { bolt11, paymentHash, expiresAtMs: Math.floor(createdAtMs / 1_000) * 1_000 + 30 * HOUR_S * 1_000 };
  }

  restart(): void {
    this.#objects = [this.#object()];
  }

  /** Two objects of one name, as when Cloudflare moves one. */
  addObject(): void {
    this.#objects = [...this.#objects.slice(-1), this.#object()];
  }

  async ring(): Promise<void> {
    this.alarmMs = null;
    await Promise.all(this.#objects.map((one) => one.run()));
    await this.settled();
  }

  /** Time passes, and the alarm rings whenever it is due. */
  async pass(seconds: number): Promise<void> {
    const untilMs = this.chain.nowMs + seconds * 1_000;
    while (this.alarmMs !== null && this.alarmMs <= untilMs) {
      this.chain.nowMs = Math.max(this.chain.nowMs, this.alarmMs);
      await this.ring();
    }
    this.chain.nowMs = Math.max(this.chain.nowMs, untilMs);
  }

  /** Time passes, and no alarm rings. */
  sleep(seconds: number): void {
    this.chain.nowMs += seconds * 1_000;
  }

  async settled(): Promise<void> {
    for (const one of this.#background) {
      await one;
      this.#background.delete(one);
    }
  }

  /** Another credential of the same node, where what pays may be changed. */
  get secret(): string {
    return secretOf(this.#drawn);
  }

  async #resolve(destination: string, amountMsat: bigint) {
    if (this.node.trouble === 'bad answer') throw new NodeError('timeout', 'The server did not answer in time.');
    return this.bolt11(destination, amountMsat);
  }

  #object(): PayQueue {
    return new PayQueue(() => this.deps, PAYING_STORE, {
      wakeIn: async (ms) => {
        this.alarmMs = Math.min(this.alarmMs ?? Number.POSITIVE_INFINITY, this.chain.nowMs + ms);
      },
      rest: async () => {},
    });
  }
}

const secretOf = (number: number) =>
  JSON.stringify({ kind: 'lnd', server: 'https://node.test', macaroon: `${number}` });

const CONNECT = `
  INSERT INTO connections (store_id, id, kind, name, host, receive, pay, capabilities, network, created_at)
  VALUES (?, 'node', 'lnd', 'Node', 'node.test', ?, ?, '{}', 'regtest', ?)`;
const LIMIT = `
  INSERT INTO payout_limits (store_id, is_paused, per_day_sats, max_fee_ppm, min_fee_sats, version)
  VALUES (?, 0, ?, 10000, 10, 1)`;
