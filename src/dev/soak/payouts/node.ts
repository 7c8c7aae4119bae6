// A merchant's node that pays, as a history or a test scripts it: a server outside that keeps each payment it was asked for. It pays as
// often as it is asked, so that what is asked twice is seen. Called by world.ts and test/support/paying.ts.

import { createHash } from 'node:crypto';
import { NodeError } from '../../../adapters/nodes/node.ts';
import { failedPay, type Payer, type PayRequest, unknownPay } from '../../../adapters/nodes/payer.ts';
import type { LookUpAnswer, PayAnswer } from '../../../core/payout/facts.ts';

/** What becomes of a payment, and after how long. `lost`: the request never arrives. */
export interface PayScript {
  ends: 'paid' | 'failed' | 'lost';
  /** So long the node needs for it. */
  seconds: number;
  /** So long the request needs to the node. */
  delay?: number;
}

export type PayTrouble =
  | 'down'
  /** It does what it is asked, and its answer never comes. */
  | 'no answer'
  /** The connection breaks as soon as it is asked to pay, and the request arrives all the same. */
  | 'broken connection'
  /** It shows a preimage of another payment. */
  | 'other preimage'
  /** LNbits: it says that a payment failed while it does not know, for less than a minute. */
  | 'weak failures'
  /** It does not say who it is. */
  | 'nameless'
  | 'bad answer';

interface SentPayment {
  request: PayRequest;
  /** When the request arrived. */
  atMs: number;
  endsAtMs: number;
  /** Until when weak failures may be said of it; once. */
  weakUntilMs: number | null;
  ends: 'paid' | 'failed';
  /** Of another node than the one that answers now. */
  isForgotten: boolean;
  /** The merchant paid it at the node itself. */
  isByHand: boolean;
}

/** In a test the payee's wallet draws its preimage so. */
export const preimageOf = (label: string): string => createHash('sha256').update(label).digest('hex');
export const hashOfPreimage = (preimage: string): string =>
  createHash('sha256').update(Buffer.from(preimage, 'hex')).digest('hex');

/** A request that has been waited for so long is given up. */
const MAX_WAIT_MS = 40_000;
const WEAK_MS = 50_000;

export class ScriptedPayer implements Payer {
  readonly kind = 'lnd';
  readonly host = 'node.test';
  readonly limitsFees = true;
  readonly paysAmountless = true;
  readonly sent: SentPayment[] = [];
  /** What was asked, in order. */
  readonly asked: ('nodeId' | 'look up' | 'pay')[] = [];
  /** By payment hash: what the payee's wallet reveals. */
  readonly preimages = new Map<string, string>();
  identity: string | null = `02${'cd'.repeat(32)}`;
  #trouble: PayTrouble | null = null;
  next: PayScript = { ends: 'paid', seconds: 0 };
  /** Called while a payment is under way. */
  beforeAnswer: () => Promise<void> = async () => {};
  readonly #clock: { now: () => number; wait: (ms: number) => void };

  /** @param clock waiting for an answer takes time there */
  constructor(clock: { now: () => number; wait: (ms: number) => void }) {
    this.#clock = clock;
  }

  get trouble(): PayTrouble | null {
    return this.#trouble;
  }

  set trouble(is: PayTrouble | null) {
    this.#trouble = is;
    for (const one of this.sent) this.#weaken(one);
  }

  async nodeId(): Promise<string | null> {
    this.asked.push('nodeId');
    await this.#answers();
    if (this.trouble === 'nameless') throw new NodeError('timeout', 'The node did not answer in time.');
    return this.identity;
  }

  async lookupPay({ paymentHash }: PayRequest): Promise<LookUpAnswer> {
    this.asked.push('look up');
    await this.#answers();
    if (this.trouble === 'no answer') throw new NodeError('timeout', 'The node did not answer in time.');
    return this.#said(paymentHash);
  }

  async pay(request: PayRequest): Promise<PayAnswer> {
    this.asked.push('pay');
    const { ends, seconds, delay = 0 } = this.next;
    if (this.trouble === 'down') return unknownPay('no_answer');
    const atMs = this.#clock.now() + delay * 1_000;
    if (ends === 'lost') return this.#waited(MAX_WAIT_MS);
    const payment: SentPayment = {
      request,
      atMs,
      endsAtMs: atMs + seconds * 1_000,
      ends,
      ...{ isForgotten: false, isByHand: false, weakUntilMs: null },
    };
    this.#weaken(payment);
    this.sent.push(payment);
    await this.beforeAnswer();
    for (let turns = 0; turns < 4; turns++) await null;
    if (this.trouble === 'broken connection') return unknownPay('no_answer');
    if (this.trouble === 'no answer') return this.#waited(MAX_WAIT_MS);
    const neededMs = (delay + seconds) * 1_000;
    if (neededMs > MAX_WAIT_MS) return this.#waited(MAX_WAIT_MS);
    this.#clock.wait(neededMs);
    const said = this.#said(request.paymentHash);
    return said.state === 'never' ? unknownPay('in_flight') : said;
  }

  async assertMayPay(): Promise<void> {}

  close(): void {}

  /** The merchant pays a BOLT11 without SatLane, which the node refuses while it pays it and when it has paid it. */
  payByHand(request: PayRequest): void {
    const nowMs = this.#clock.now();
    if (this.of(request.paymentHash).some(({ ends, endsAtMs }) => ends === 'paid' || endsAtMs > nowMs)) return;
    this.sent.push({
      request,
      atMs: nowMs,
      endsAtMs: nowMs,
      ends: 'paid',
      isForgotten: false,
      isByHand: true,
      weakUntilMs: null,
    });
  }

  /** It is another node now, which knows none of what was sent. */
  becomeAnother(): void {
    this.identity = `03${createHash('sha256').update(String(this.identity)).digest('hex')}`;
    for (const one of this.sent) one.isForgotten = true;
  }

  /** How often the payee was paid. */
  paidTimes(paymentHash: string): number {
    return this.of(paymentHash).filter(({ ends }) => ends === 'paid').length;
  }

  of(paymentHash: string): SentPayment[] {
    return this.sent.filter(({ request }) => request.paymentHash === paymentHash);
  }

  #waited(ms: number): PayAnswer {
    this.#clock.wait(ms);
    return unknownPay('no_answer');
  }

  #weaken(payment: SentPayment): void {
    // What was paid at the node itself, it has seen paid.
    if (this.#trouble !== 'weak failures' || payment.isByHand) return;
    payment.weakUntilMs ??= Math.max(payment.atMs, this.#clock.now()) + WEAK_MS;
  }

  #said(paymentHash: string): LookUpAnswer {
    const nowMs = this.#clock.now();
    const known = this.of(paymentHash).filter(({ isForgotten, atMs }) => !isForgotten && atMs <= nowMs);
    const last = known.at(-1);
    if (!last) return { state: 'never', certain: true };
    const isWeak = this.trouble === 'weak failures';
    if (isWeak && nowMs < (last.weakUntilMs ?? 0)) return { ...failedPay('failed', ''), certain: false } as PayAnswer;
    const paid = known.find(({ ends, endsAtMs }) => ends === 'paid' && endsAtMs <= nowMs);
    const preimage = this.trouble === 'other preimage' ? 'ab'.repeat(32) : this.preimages.get(paymentHash);
    if (paid) return preimage ? { state: 'settled', preimage, feeMsat: 1_000n } : unknownPay('no_preimage');
    if (known.some(({ endsAtMs }) => endsAtMs > nowMs)) return unknownPay('in_flight');
    const failed = failedPay('no_route', '');
    return isWeak ? ({ ...failed, certain: false } as PayAnswer) : failed;
  }

  async #answers(): Promise<void> {
    // Concurrent calls may come between.
    for (let turns = 0; turns < 4; turns++) await null;
    if (this.trouble === 'down') throw new NodeError('unreachable', 'The node did not answer.');
    if (this.trouble === 'bad answer') throw new NodeError('bad_answer', 'The answer cannot be read.');
  }
}
