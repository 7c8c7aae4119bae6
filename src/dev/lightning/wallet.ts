// What a node's software knows of its payments: the BOLT11s that it minted, and those that it paid. Each server in front of
// the merchant's node has a wallet of its own, and so has the customer.
// The servers read and fill it; host.ts tells it what the node says.
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';
import type { ServerFault } from './faults.ts';
import { LdkError } from './ldk.ts';
import { altered, failureBefore, type OutgoingPayment, shownPayment } from './outgoing.ts';

export interface IncomingPayment {
  /** From 1, in the order in which they were minted. */
  index: number;
  /** Hex, as the preimage. */
  paymentHash: string;
  preimage: string;
  bolt11: string;
  /** Millisatoshis; null where the payer chooses. */
  amountMsat: bigint | null;
  description: string | null;
  descriptionHash: string | null;
  /** What the client calls it: externalId, label. */
  label: string | null;
  createdAtMs: number;
  expiresAtMs: number;
  state: 'open' | 'held' | 'settled' | 'cancelled';
  /** Millisatoshis that came, held ones too. */
  receivedMsat: bigint;
  /** Millisatoshis of it that the node kept, for liquidity. */
  feeMsat: bigint;
  settledAtMs: number | null;
  /** From 1, in the order in which they were settled. */
  settledIndex: number | null;
  hookUrl: string | null;
}

interface WalletMint {
  amountMsat: bigint | null;
  description: string | { hash: string };
  expirySeconds: number;
  label?: string | null;
  hookUrl?: string | null;
  /** Hex; the wallet makes one where the client gives none. */
  preimage?: string;
}

export interface SavedWallet {
  incoming: IncomingPayment[];
  outgoing: OutgoingPayment[];
}

export interface ReadBolt11 {
  /** Hex, as the secret. */
  paymentHash: string;
  paymentSecret: string;
  amountMsat: bigint | null;
  expiresAtMs: number;
}

/** What a wallet needs of the node below it. */
export interface WalletNode {
  mint(
    wallet: NodeWallet,
    of: {
      amountMsat: bigint | null;
      description: string | { hash: string };
      expirySeconds: number;
      paymentHash: string;
    },
  ): string;
  /** Begins a payment and waits until it is over or held. @throws LdkError */
  pay(wallet: NodeWallet, bolt11: string, amountMsat: bigint, maxFeeMsat: bigint | null): void;
  claim(preimage: string): void;
  /** In all its channels. */
  canSendMsat(): bigint;
  /** The wallet has minted these before. */
  own(wallet: NodeWallet): void;
  fail(paymentHash: string): void;
  read(bolt11: string): ReadBolt11;
}

/** The payment is refused before anything is sent: `ALREADY_PAID`, `IN_FLIGHT`, or the library's word. */
export class PaymentRefused extends Error {}

export class NodeWallet {
  readonly incoming = new Map<string, IncomingPayment>();
  readonly outgoing = new Map<string, OutgoingPayment>();
  /** Called after a payment was settled. */
  onSettled: (payment: IncomingPayment) => void = () => {};
  readonly #node: WalletNode;
  readonly #fault: () => ServerFault;
  readonly #now: () => number;
  readonly #paysLate: boolean;
  #waiting: { payment: OutgoingPayment; resolve: (payment: OutgoingPayment) => void }[] = [];

  /** @param paysLate it pays a BOLT11 that ran out, which the software of nodes does not */
  constructor(node: WalletNode, fault: () => ServerFault, now: () => number, paysLate = false) {
    this.#node = node;
    this.#fault = fault;
    this.#now = now;
    this.#paysLate = paysLate;
  }

  toJSON(): SavedWallet {
    return { incoming: [...this.incoming.values()], outgoing: [...this.outgoing.values()] };
  }

  /** What was held or under way when it was saved is lost with its channel. */
  restore({ incoming, outgoing }: SavedWallet): void {
    for (const payment of incoming) this.incoming.set(payment.paymentHash, payment);
    for (const payment of outgoing) this.outgoing.set(payment.paymentHash, payment);
    this.#node.own(this);
    this.dropHeld();
  }

  /** @throws LdkError where a limit of BOLT11 is passed */
  mint({
    amountMsat,
    description,
    expirySeconds,
    label = null,
    hookUrl = null,
    preimage,
  }: WalletMint): IncomingPayment {
    const secret = preimage ?? hex.encode(crypto.getRandomValues(new Uint8Array(32)));
    const paymentHash = hex.encode(sha256(hex.decode(secret)));
    const { alterMsat = 0, alterExpirySeconds = 0 } = this.#fault();
    const minted = amountMsat === null ? null : amountMsat + BigInt(alterMsat);
    const seconds = expirySeconds + alterExpirySeconds;
    const bolt11 = this.#node.mint(this, { amountMsat: minted, description, expirySeconds: seconds, paymentHash });
    const nowMs = this.#now();
    const payment: IncomingPayment = {
      index: this.incoming.size + 1,
      ...{ paymentHash, preimage: secret, bolt11, amountMsat, label, hookUrl },
      description: typeof description === 'string' ? description : null,
      descriptionHash: typeof description === 'string' ? null : description.hash,
      createdAtMs: nowMs,
      // A BOLT11 counts whole seconds.
      expiresAtMs: (Math.floor(nowMs / 1000) + seconds) * 1000,
      ...{ state: 'open', receivedMsat: 0n, feeMsat: 0n, settledAtMs: null, settledIndex: null },
    };
    this.incoming.set(paymentHash, payment);
    return payment;
  }

  /** As the server shows it: a fault may make that a lie. */
  find(paymentHash: string): IncomingPayment | undefined {
    const payment = this.incoming.get(paymentHash);
    return payment && !this.#fault().forget ? this.#shown(payment) : undefined;
  }

  /** Oldest first. */
  all(): IncomingPayment[] {
    return this.#fault().forget ? [] : [...this.incoming.values()].map((payment) => this.#shown(payment));
  }

  /** The hash that goes with a new BOLT11. */
  hashShown({ paymentHash }: IncomingPayment): string {
    return this.#fault().alterHash ? altered(paymentHash) : paymentHash;
  }

  /** What was paid out, as the server shows it. */
  sentBy(paymentHash: string): OutgoingPayment | undefined {
    const payment = this.outgoing.get(paymentHash);
    return payment && !this.#fault().forget ? this.shown(payment) : undefined;
  }

  shown(payment: OutgoingPayment): OutgoingPayment {
    return shownPayment(payment, this.#fault());
  }

  /** Oldest first. */
  allSent(): OutgoingPayment[] {
    return [...this.outgoing.keys()].flatMap((hash) => this.sentBy(hash) ?? []);
  }

  /** @throws LdkError where the text is no BOLT11 */
  read(bolt11: string): ReadBolt11 {
    return this.#node.read(bolt11);
  }

  isExpired({ state, expiresAtMs }: IncomingPayment): boolean {
    return state === 'open' && expiresAtMs <= this.#now();
  }

  /** @returns false where it was paid */
  cancel(payment: IncomingPayment): boolean {
    if (payment.state === 'settled') return false;
    const wasHeld = payment.state === 'held';
    payment.state = 'cancelled';
    if (wasHeld) this.#node.fail(payment.paymentHash);
    return true;
  }

  /** Takes what is held. */
  release(payment: IncomingPayment): void {
    if (payment.state === 'held') this.#node.claim(payment.preimage);
  }

  /** @throws PaymentRefused, LdkError where the text is no BOLT11 */
  pay(bolt11: string, amountMsat: bigint | null, maxFeeMsat: bigint | null = null): OutgoingPayment {
    const read = this.#node.read(bolt11);
    const before = this.outgoing.get(read.paymentHash);
    if (before?.state === 'settled') throw new PaymentRefused('ALREADY_PAID');
    if (before?.state === 'pending') throw new PaymentRefused('IN_FLIGHT');
    const amount = amountMsat ?? read.amountMsat;
    if (amount === null) throw new PaymentRefused('AMOUNT_MISSING');
    const payment: OutgoingPayment = {
      ...{ index: this.outgoing.size + 1, id: crypto.randomUUID(), paymentHash: read.paymentHash, bolt11 },
      ...{ amountMsat: amount, feeMsat: 0n, preimage: null, state: 'pending', reason: null },
      ...{ createdAtMs: this.#now(), completedAtMs: null },
    };
    this.outgoing.set(read.paymentHash, payment);
    const isExpired = read.expiresAtMs <= this.#now() && !this.#paysLate;
    const of = { amountMsat: amount, maxFeeMsat, isExpired, canSendMsat: this.#node.canSendMsat() };
    const failure = failureBefore(this.#fault(), of);
    if (failure) {
      this.failed(read.paymentHash, failure);
      return payment;
    }
    try {
      this.#node.pay(this, bolt11, amount, maxFeeMsat);
    } catch (error) {
      if (!(error instanceof LdkError)) throw error;
      this.failed(read.paymentHash, error.message);
    }
    return payment;
  }

  /** As the server shows it, when it is over, or when it is held no longer. */
  async outcome(payment: OutgoingPayment): Promise<OutgoingPayment> {
    if (payment.state === 'pending') {
      await new Promise<OutgoingPayment>((resolve) => this.#waiting.push({ payment, resolve }));
    }
    return this.shown(payment);
  }

  claimable(paymentHash: string, amountMsat: bigint): 'claim' | 'fail' | 'hold' {
    const payment = this.incoming.get(paymentHash);
    const { hold = false, takeLate = false } = this.#fault();
    if (payment?.state !== 'open' || (this.isExpired(payment) && !takeLate)) return 'fail';
    payment.receivedMsat = amountMsat;
    if (!hold) return 'claim';
    payment.state = 'held';
    return 'hold';
  }

  claimed(paymentHash: string, amountMsat: bigint): void {
    const payment = this.incoming.get(paymentHash);
    if (!payment) return;
    payment.state = 'settled';
    payment.feeMsat = BigInt(this.#fault().feeSats ?? 0) * 1000n;
    payment.receivedMsat = amountMsat;
    payment.settledAtMs = this.#now();
    payment.settledIndex = [...this.incoming.values()].filter(({ state }) => state === 'settled').length;
    this.onSettled(payment);
  }

  dropHeld(): void {
    for (const payment of this.incoming.values()) {
      if (payment.state === 'held') Object.assign(payment, { state: 'open', receivedMsat: 0n });
    }
    for (const { paymentHash, state } of this.outgoing.values()) {
      if (state === 'pending') this.failed(paymentHash, 'ChannelClosed');
    }
  }

  sent(paymentHash: string, preimage: string, feeMsat: bigint): void {
    const { routeFeeMsat } = this.#fault();
    const fee = routeFeeMsat === undefined ? feeMsat : BigInt(routeFeeMsat);
    this.#complete(paymentHash, { state: 'settled', preimage, feeMsat: fee });
  }

  failed(paymentHash: string, reason: string): void {
    this.#complete(paymentHash, { state: 'failed', reason });
  }

  #complete(paymentHash: string, outcome: Partial<OutgoingPayment>): void {
    const payment = this.outgoing.get(paymentHash);
    if (!payment) return;
    Object.assign(payment, outcome, { completedAtMs: this.#now() });
    const over = this.#waiting.filter((waiting) => waiting.payment === payment);
    this.#waiting = this.#waiting.filter((waiting) => waiting.payment !== payment);
    for (const { resolve } of over) resolve(payment);
  }

  #shown(payment: IncomingPayment): IncomingPayment {
    const { alterPreimage, settleUnpaid } = this.#fault();
    const preimage = alterPreimage ? altered(payment.preimage) : payment.preimage;
    if (!settleUnpaid || payment.state === 'settled') return { ...payment, preimage };
    const receivedMsat = payment.amountMsat ?? 0n;
    return { ...payment, preimage: altered(preimage), state: 'settled', receivedMsat, settledAtMs: this.#now() };
  }
}
