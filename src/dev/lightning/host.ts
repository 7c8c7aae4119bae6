// A node with the wallets on it. What the node says goes to the wallet that minted or paid; a restart makes the node anew,
// with the same key or another one.
// Called by world.ts.
import type { LdkNode } from './ldk-node.ts';
import type { LightningNetwork, NodeOwner } from './network.ts';
import type { NodeInfo } from './serve.ts';
import type { NodeWallet, ReadBolt11, WalletNode } from './wallet.ts';

export class NodeHost implements NodeOwner, WalletNode {
  #running: { network: LightningNetwork; node: LdkNode } | undefined;
  readonly #owners = new Map<string, NodeWallet>();
  readonly #payers = new Map<string, NodeWallet>();

  /** Joins the network; or starts again, its channels gone. With another seed it is another node, and knows nothing of before. */
  start(network: LightningNetwork, seed: Uint8Array): void {
    const before = this.#running?.node;
    if (before) network.leave(before);
    const node = network.join(seed, this);
    this.#running = { network, node };
    if (!before || before.id === node.id) return;
    for (const wallet of this.#owners.values()) wallet.incoming.clear();
    for (const wallet of this.#payers.values()) wallet.outgoing.clear();
    this.#owners.clear();
    this.#payers.clear();
  }

  /** What waits in channels that are gone went back to its payer. */
  dropHeld(): void {
    for (const wallet of new Set([...this.#owners.values(), ...this.#payers.values()])) wallet.dropHeld();
  }

  get node(): LdkNode {
    return this.#up.node;
  }

  info(): NodeInfo {
    const canSendMsat = this.node.channels().reduce((sum, channel) => sum + channel.canSendMsat, 0n);
    return { id: this.node.id, height: this.#up.network.height, canSendMsat };
  }

  mint(wallet: NodeWallet, of: Parameters<WalletNode['mint']>[1]): string {
    this.#up.network.tellTime();
    const bolt11 = this.node.mint(of);
    this.#owners.set(of.paymentHash, wallet);
    return bolt11;
  }

  pay(wallet: NodeWallet, bolt11: string, amountMsat: bigint, maxFeeMsat: bigint | null): void {
    this.#payers.set(this.read(bolt11).paymentHash, wallet);
    this.#up.network.tellTime();
    this.node.pay(bolt11, amountMsat, maxFeeMsat);
    this.#up.network.settle();
  }

  canSendMsat(): bigint {
    return this.info().canSendMsat;
  }

  own(wallet: NodeWallet): void {
    for (const hash of wallet.incoming.keys()) this.#owners.set(hash, wallet);
    for (const hash of wallet.outgoing.keys()) this.#payers.set(hash, wallet);
  }

  claim(preimage: string): void {
    this.node.claim(preimage);
    this.#up.network.settle();
  }

  fail(paymentHash: string): void {
    this.node.fail(paymentHash);
    this.#up.network.settle();
  }

  read(bolt11: string): ReadBolt11 {
    return this.node.read(bolt11);
  }

  claimable(paymentHash: string, amountMsat: bigint): 'claim' | 'fail' | 'hold' {
    return this.#owners.get(paymentHash)?.claimable(paymentHash, amountMsat) ?? 'fail';
  }

  claimed(paymentHash: string, amountMsat: bigint): void {
    this.#owners.get(paymentHash)?.claimed(paymentHash, amountMsat);
  }

  preimageOf(paymentHash: string): string {
    return this.#owners.get(paymentHash)?.incoming.get(paymentHash)?.preimage ?? '';
  }

  sent(paymentHash: string, preimage: string, feeMsat: bigint): void {
    this.#payers.get(paymentHash)?.sent(paymentHash, preimage, feeMsat);
  }

  failed(paymentHash: string, reason: string): void {
    this.#payers.get(paymentHash)?.failed(paymentHash, reason);
  }

  get #up() {
    if (!this.#running) throw new Error('this node is not running');
    return this.#running;
  }
}
