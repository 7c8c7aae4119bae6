// Lightning nodes that are connected to each other, and the pump that carries their bytes and hands out their events until
// none is left. A payment between them is over when `settle` returns, unless its receiver holds it.
// Called by world.ts and wallet.ts.
import { hex } from '@scure/base';
import type { Event } from 'lightningdevkit';
import { fundingTx, NodeChain } from './chain.ts';
import { type Ldk, loadLdk } from './ldk.ts';
import { LdkNode } from './ldk-node.ts';

/** What a node's owner does with its events. Nothing in it may call `settle`. */
export interface NodeOwner {
  /** A payment has come and waits to be taken, failed or left alone. */
  claimable(paymentHash: string, amountMsat: bigint): 'claim' | 'fail' | 'hold';
  claimed(paymentHash: string, amountMsat: bigint): void;
  sent(paymentHash: string, preimage: string, feeMsat: bigint): void;
  /** @param reason of BOLT4 in the library's words: `RecipientRejected`, `RouteNotFound`, … */
  failed(paymentHash: string, reason: string): void;
  /** Preimage of a payment that is claimed, hex. */
  preimageOf(paymentHash: string): string;
}

const CHANNEL_SATS = 1_000_000_000n;
const CONFIRMATIONS = 6;

export class LightningNetwork {
  readonly #ldk: Ldk;
  readonly #chain: NodeChain;
  readonly #now: () => number;
  readonly #nodes = new Map<string, { node: LdkNode; owner: NodeOwner }>();
  readonly #unmined: Uint8Array[] = [];

  static async open(now: () => number = Date.now): Promise<LightningNetwork> {
    return new LightningNetwork(await loadLdk(), now);
  }

  private constructor(ldk: Ldk, now: () => number) {
    this.#ldk = ldk;
    this.#now = now;
    this.#chain = new NodeChain(now);
  }

  get height(): number {
    return this.#chain.tip.height;
  }

  /** @param seed 32 bytes: the same seed is the same node */
  join(seed: Uint8Array, owner: NodeOwner): LdkNode {
    const node = new LdkNode(this.#ldk, seed, this.#chain.tip, Math.floor(this.#now() / 1000));
    this.#nodes.set(node.id, { node, owner });
    return node;
  }

  /** Its channels go with it. */
  leave(node: LdkNode): void {
    this.#nodes.delete(node.id);
    for (const { node: other } of this.#nodes.values()) other.disconnect(node.id);
    this.settle();
  }

  /** A channel from one to the other, ready to use, with a fifth of it on the other side. */
  openChannel(from: LdkNode, to: LdkNode): void {
    to.connect(from.id, true);
    from.connect(to.id, false);
    this.settle();
    from.openChannel(to.id, CHANNEL_SATS, (CHANNEL_SATS * 1000n) / 5n);
    this.settle();
    for (let i = 0; i < CONFIRMATIONS; i++) {
      const block = this.#chain.mine(this.#unmined.splice(0));
      for (const { node } of this.#nodes.values()) node.connectBlock(block);
      this.settle();
    }
  }

  /** Nodes know the time by blocks. */
  tellTime(): void {
    const now = this.#chain.refreshed();
    for (const { node } of this.#nodes.values()) node.tellTime(now);
  }

  /** Until no node has anything to say. */
  settle(): void {
    for (let isMoving = true; isMoving; ) {
      isMoving = false;
      for (const { node, owner } of this.#nodes.values()) {
        for (const event of node.events()) {
          isMoving = true;
          this.#handle(node, owner, event);
        }
        for (const { to, bytes } of node.outbox.splice(0)) {
          isMoving = true;
          this.#nodes.get(to)?.node.receive(node.id, bytes);
        }
      }
    }
  }

  #handle(node: LdkNode, owner: NodeOwner, event: Event): void {
    const ldk = this.#ldk;
    if (event instanceof ldk.Event_PendingHTLCsForwardable) node.forward();
    else if (event instanceof ldk.Event_FundingGenerationReady) {
      const salt = crypto.getRandomValues(new Uint8Array(32));
      const tx = fundingTx(event.output_script, event.channel_value_satoshis, salt);
      this.#unmined.push(tx);
      node.fundChannel(event, tx);
    } else if (event instanceof ldk.Event_PaymentClaimable) {
      const hash = hex.encode(event.payment_hash);
      const decision = owner.claimable(hash, event.amount_msat);
      if (decision === 'claim') node.claim(owner.preimageOf(hash));
      if (decision === 'fail') node.fail(hash);
    } else if (event instanceof ldk.Event_PaymentClaimed) {
      owner.claimed(hex.encode(event.payment_hash), event.amount_msat);
    } else if (event instanceof ldk.Event_PaymentSent) {
      const fee = event.fee_paid_msat instanceof ldk.Option_u64Z_Some ? event.fee_paid_msat.some : 0n;
      owner.sent(hex.encode(event.payment_hash), hex.encode(event.payment_preimage), fee);
    } else if (event instanceof ldk.Event_PaymentFailed) {
      const { reason } = event;
      const code = reason instanceof ldk.Option_PaymentFailureReasonZ_Some ? reason.some : undefined;
      const name = code === undefined ? 'Unknown' : String(ldk.PaymentFailureReason[code]);
      owner.failed(hex.encode(event.payment_id), name.replace('LDKPaymentFailureReason_', ''));
    }
  }
}
