// A merchant's node as a history scripts it: a server outside, whose BOLT11s are real ones. It notes what was paid there and what it has
// said, which the oracle asks for. Called by world.ts.

import { createHash } from 'node:crypto';
import {
  type Fresh,
  type Incoming,
  type Minted,
  type MintRequest,
  type Node,
  NodeError,
} from '../../../adapters/nodes/node.ts';
import { writeBolt11 } from '../../../core/lightning/bolt11-write.ts';
import type { LightningHistory, NodeTrouble } from './history.ts';

export interface SoakBolt11 {
  nodeId: string;
  label: string;
  amountMsat: bigint;
  expiresAtMs: number;
  fresh: Fresh;
  preimage: string;
  state: 'open' | 'held' | 'settled' | 'cancelled';
  heldAtMs: number | null;
  /** What a payer paid, msat, and when. */
  paidMsat: bigint;
  paidAtMs: number | null;
  /** The node fails at this one. */
  stumbles: boolean;
  /** Another node answers in the place of the one that made it. */
  isForgotten: boolean;
  /** When the node last said that it knows nothing of it; null for never. */
  hiddenAtMs: number | null;
  /** What look-ups said of a settlement that can be believed, in sats. */
  saidSats: Set<bigint>;
}

const UNPAID = { receivedMsat: 0n, feeMsat: 0n, preimage: null, settledAtMs: null };
const HUGE_MSAT = 10n ** 27n;

export class SoakNode implements Node {
  readonly kind = 'phoenixd';
  readonly descriptionHashes = true;
  readonly trusted = false;
  readonly hooks = false;
  readonly lists: boolean;
  readonly cancels: boolean;
  readonly host: string;
  readonly made: SoakBolt11[] = [];
  trouble: NodeTrouble | null = null;
  readonly #knowsLabels: boolean;
  readonly #now: () => number;
  #serial = 0;

  constructor(host: string, can: LightningHistory, now: () => number) {
    this.host = host;
    this.lists = can.lists;
    this.cancels = can.cancels;
    this.#knowsLabels = can.labels;
    this.#now = now;
  }

  async mint(request: MintRequest): Promise<Fresh> {
    await this.#answers();
    const known = this.#knowsLabels
      ? this.made.find(({ label, isForgotten }) => label === request.label && !isForgotten)
      : undefined;
    const one = known ?? this.#make(request);
    const other = this.made.at(-2);
    if (this.trouble === 'timeout after') throw new NodeError('timeout', 'The node did not answer in time.');
    if (this.trouble === 'hash') return { ...one.fresh, paymentHash: 'aa'.repeat(32) };
    return this.trouble === 'reuse' && other ? other.fresh : one.fresh;
  }

  async lookup(minted: Minted): Promise<Incoming> {
    await this.#answers();
    const one = this.#known(minted.paymentHash);
    if (one?.stumbles) throw new NodeError('bad_answer', 'The answer cannot be read.');
    return this.#said(one);
  }

  async lookupMany(minted: readonly Minted[]): Promise<Map<string, Incoming>> {
    await this.#answers();
    const found = minted.flatMap(({ paymentHash }) => {
      const one = this.#known(paymentHash);
      return one && !one.stumbles ? [[paymentHash, this.#said(one)] as const] : [];
    });
    return new Map(found);
  }

  async cancel({ paymentHash }: Minted): Promise<void> {
    await this.#answers();
    const one = this.#known(paymentHash);
    if (one?.state === 'open') one.state = 'cancelled';
  }

  close(): void {}

  /** A buyer pays it, unless it was ended or its time is over. */
  pay(one: SoakBolt11, overSats: number): void {
    if (one.state !== 'open' || one.isForgotten || this.#now() > one.expiresAtMs) return;
    one.state = 'settled';
    one.paidMsat = one.amountMsat + BigInt(overSats) * 1000n;
    one.paidAtMs = this.#now();
  }

  hold(one: SoakBolt11, release: boolean): void {
    if (!release && one.state === 'open' && this.#now() <= one.expiresAtMs) {
      one.state = 'held';
      one.heldAtMs = this.#now();
    } else if (release && one.state === 'held') {
      one.state = 'settled';
      one.paidMsat = one.amountMsat;
      one.paidAtMs = this.#now();
    }
  }

  /** It is another node now: it knows none of what was minted. */
  becomeAnother(): void {
    for (const one of this.made) one.isForgotten = true;
  }

  #make({ label, amountMsat, description, expirySeconds: asked }: MintRequest): SoakBolt11 {
    const preimage = hashOf(`${this.host} ${this.#serial++}`);
    const paymentHash = hashOf(Buffer.from(preimage, 'hex'));
    const expirySeconds = this.trouble === 'short life' ? Math.min(60, asked) : asked;
    const nowMs = this.#now();
    const draft = {
      ...{ network: 'regtest' as const, createdAtMs: nowMs, expirySeconds, description, paymentHash },
      ...{ amountMsat: this.trouble === 'amount' ? amountMsat - 1000n : amountMsat, paymentSecret: hashOf(preimage) },
    };
    const bolt11 = writeBolt11(draft, KEY);
    const fresh = { bolt11, paymentHash, verifyUrl: null, description };
    const expiresAtMs = Math.floor(nowMs / 1000) * 1000 + expirySeconds * 1000;
    const one: SoakBolt11 = {
      ...{ nodeId: this.host, label, amountMsat: draft.amountMsat, expiresAtMs, fresh, preimage, state: 'open' },
      ...{
        heldAtMs: null,
        paidMsat: 0n,
        paidAtMs: null,
        stumbles: false,
        isForgotten: false,
        hiddenAtMs: null,
        saidSats: new Set(),
      },
    };
    this.made.push(one);
    return one;
  }

  #known(hash: string): SoakBolt11 | undefined {
    const one = this.made.find(({ fresh, isForgotten }) => fresh.paymentHash === hash && !isForgotten);
    if (this.trouble !== 'hides' || !one) return one;
    one.hiddenAtMs = this.#now();
    return undefined;
  }

  #said(one: SoakBolt11 | undefined): Incoming {
    if (!one) return { state: 'missing', ...UNPAID };
    if (this.trouble === 'lies settled')
      return { state: 'settled', ...UNPAID, receivedMsat: one.amountMsat, preimage: 'ab'.repeat(32) };
    if (one.state === 'open' && this.#now() > one.expiresAtMs) return { state: 'expired', ...UNPAID };
    if (one.state !== 'settled') return { state: one.state, ...UNPAID };
    const said = { ...UNPAID, state: one.state, settledAtMs: one.paidAtMs, preimage: one.preimage };
    if (this.trouble === 'other preimage') return { ...said, receivedMsat: one.paidMsat, preimage: 'ab'.repeat(32) };
    if (this.trouble === 'dust sum') return { ...said, receivedMsat: 999n };
    if (this.trouble === 'huge sum') return { ...said, receivedMsat: HUGE_MSAT };
    const receivedMsat = this.trouble === 'no sum' ? 0n : one.paidMsat;
    one.saidSats.add((receivedMsat || one.amountMsat) / 1000n);
    return { ...said, receivedMsat };
  }

  async #answers(): Promise<void> {
    // Concurrent calls may come between.
    for (let turns = 0; turns < 4; turns++) await null;
    if (this.trouble === 'down') throw new NodeError('unreachable', 'The node did not answer.');
    if (this.trouble === 'refuses') throw new NodeError('refused', 'The node refused.');
    if (this.trouble === 'bad answer') throw new NodeError('bad_answer', 'The answer cannot be read.');
  }
}

/** One key for all: what signs is not what is tried. */
const KEY = new Uint8Array(32).fill(7);

function hashOf(what: string | Buffer): string {
  return createHash('sha256').update(what).digest('hex');
}
