// One real Lightning node: keys, channels, BOLT11 invoices and payments, by the Lightning Development Kit.
// network.ts connects nodes and carries their bytes; wallet.ts keeps what was minted and paid.
//
// The library must never be called from inside one of its own callbacks. So a callback here only puts what it is given
// into a list, and `events()` and `outbox` are read afterwards.
import { hex } from '@scure/base';
import type {
  Bolt11Invoice,
  Event,
  Event_FundingGenerationReady,
  Result_NoneRetryableSendFailureZ_Err,
  SocketDescriptor,
  ThreeTuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZ,
} from 'lightningdevkit';
import { type Ldk, LdkError, must } from './ldk.ts';
import { assemble, type NodeBlock } from './ldk-parts.ts';
import type { ReadBolt11 } from './wallet.ts';

interface MintOptions {
  /** Millisatoshis; null leaves the amount to the payer. */
  amountMsat: bigint | null;
  /** Text, or the SHA-256 of one in hex. */
  description: string | { hash: string };
  expirySeconds: number;
  /** Hex. */
  paymentHash: string;
}

/** Blocks; BOLT11 asks for 18 or more, the library for 24. */
const MIN_FINAL_CLTV = 24;

export class LdkNode {
  /** Public key, hex. */
  readonly id: string;
  /** Bytes for peers, in the order in which they were written. */
  readonly outbox: { to: string; bytes: Uint8Array }[] = [];
  readonly #ldk: Ldk;
  readonly #parts;
  readonly #sockets = new Map<string, SocketDescriptor>();

  /** @param seed 32 bytes: the same seed is the same node */
  constructor(ldk: Ldk, seed: Uint8Array, tip: NodeBlock, nowSeconds: number) {
    this.#ldk = ldk;
    this.#parts = assemble(ldk, seed, tip, nowSeconds);
    this.id = hex.encode(this.#parts.manager.get_our_node_id());
  }

  /** Dials, or is dialled. */
  connect(peer: string, isDialled: boolean): void {
    const { peers } = this.#parts;
    const socket = this.#socket(peer);
    const address = this.#ldk.Option_SocketAddressZ.constructor_none();
    if (isDialled) return void must(peers.new_inbound_connection(socket, address), 'connect');
    const hello = must<Uint8Array>(peers.new_outbound_connection(hex.decode(peer), socket, address), 'connect');
    this.outbox.push({ to: peer, bytes: hello });
  }

  disconnect(peer: string): void {
    const socket = this.#sockets.get(peer);
    this.#sockets.delete(peer);
    if (socket) this.#parts.peers.socket_disconnected(socket);
  }

  receive(from: string, bytes: Uint8Array): void {
    const socket = this.#sockets.get(from);
    if (socket) must(this.#parts.peers.read_event(socket, bytes), 'read');
  }

  /** What happened since the last call. */
  events(): Event[] {
    const { peers, manager, monitor } = this.#parts;
    peers.process_events();
    const events: Event[] = [];
    const handler = this.#ldk.EventHandler.new_impl({
      handle_event: (event) => {
        events.push(event);
        return this.#ldk.Result_NoneReplayEventZ.constructor_ok();
      },
    });
    manager.as_EventsProvider().process_pending_events(handler);
    monitor.as_EventsProvider().process_pending_events(handler);
    return events;
  }

  /** Offers and settles what waits for a moment in which several go together. */
  forward(): void {
    this.#parts.manager.process_pending_htlc_forwards();
  }

  openChannel(peer: string, sats: bigint, pushMsat: bigint): void {
    must(this.#parts.manager.create_channel(hex.decode(peer), sats, pushMsat, 1n, null, null), 'open a channel');
  }

  fundChannel(event: Event_FundingGenerationReady, tx: Uint8Array): void {
    const { temporary_channel_id, counterparty_node_id } = event;
    const { manager } = this.#parts;
    must(manager.funding_transaction_generated(temporary_channel_id, counterparty_node_id, tx), 'fund a channel');
  }

  /** Connects a block. */
  connectBlock({ header, height, txs }: NodeBlock): void {
    const { manager, monitor } = this.#parts;
    for (const listener of [manager.as_Confirm(), monitor.as_Confirm()]) {
      const numbered = txs.map((tx, i) => this.#ldk.TwoTuple_usizeTransactionZ.constructor_new(i + 1, tx));
      if (numbered.length > 0) listener.transactions_confirmed(header, numbered, height);
      listener.best_block_updated(header, height);
    }
  }

  /** Tells the node the time, which it knows by blocks alone: an empty block in the place of the tip. */
  tellTime({ header, height }: NodeBlock): void {
    this.#parts.manager.as_Confirm().best_block_updated(header, height);
  }

  /** @throws LdkError where a limit of BOLT11 is passed, such as a description of more than 639 bytes */
  mint({ amountMsat, description, expirySeconds, paymentHash }: MintOptions): string {
    const amount = this.#ldk.Option_u64Z;
    const msat = amountMsat === null ? amount.constructor_none() : amount.constructor_some(amountMsat);
    const cltv = this.#ldk.Option_u16Z.constructor_some(MIN_FINAL_CLTV);
    const { manager } = this.#parts;
    const hash = hex.decode(paymentHash);
    const make = this.#ldk.UtilMethods;
    const made =
      typeof description === 'string'
        ? make.constructor_create_invoice_from_channelmanager_with_payment_hash(
            ...([manager, msat, description, expirySeconds, hash, cltv] as const),
          )
        : make.constructor_create_invoice_from_channelmanager_with_description_hash_and_payment_hash(
            ...([manager, msat, this.#ldk.Sha256.constructor_from_bytes(hex.decode(description.hash))] as const),
            ...([expirySeconds, hash, cltv] as const),
          );
    return must<Bolt11Invoice>(made, 'mint').to_str();
  }

  /** @throws LdkError where the text is not a BOLT11 */
  read(bolt11: string): ReadBolt11 {
    const invoice = this.#parse(bolt11);
    const amount = invoice.amount_milli_satoshis();
    return {
      paymentHash: hex.encode(invoice.payment_hash()),
      paymentSecret: hex.encode(invoice.payment_secret()),
      amountMsat: amount instanceof this.#ldk.Option_u64Z_Some ? amount.some : null,
      expiresAtMs: Number(invoice.duration_since_epoch() + invoice.expiry_time()) * 1000,
    };
  }

  /** Begins a payment under its hash; how it ends is an event. @throws LdkError where it cannot begin */
  pay(bolt11: string, amountMsat: bigint, maxFeeMsat: bigint | null): void {
    const invoice = this.#parse(bolt11);
    const { UtilMethods, Option_u64Z, Option_u64Z_Some, Retry } = this.#ldk;
    const parameters =
      invoice.amount_milli_satoshis() instanceof Option_u64Z_Some
        ? UtilMethods.constructor_payment_parameters_from_invoice(invoice)
        : UtilMethods.constructor_payment_parameters_from_variable_amount_invoice(invoice, amountMsat);
    const of = must<ThreeTuple_ThirtyTwoBytesRecipientOnionFieldsRouteParametersZ>(parameters, 'pay');
    const route = of.get_c();
    // More than was asked for goes as well: BOLT4 lets a receiver take up to twice the amount.
    route.set_final_value_msat(amountMsat);
    if (maxFeeMsat !== null) route.set_max_total_routing_fee_msat(Option_u64Z.constructor_some(maxFeeMsat));
    const hash = of.get_a();
    const sent = this.#parts.manager.send_payment(hash, of.get_b(), hash, route, Retry.constructor_attempts(0));
    if (sent.is_ok()) return;
    const { err } = sent as Result_NoneRetryableSendFailureZ_Err;
    throw new LdkError(String(this.#ldk.RetryableSendFailure[err]).replace('LDKRetryableSendFailure_', ''));
  }

  claim(preimage: string): void {
    this.#parts.manager.claim_funds(hex.decode(preimage));
  }

  fail(paymentHash: string): void {
    this.#parts.manager.fail_htlc_backwards(hex.decode(paymentHash));
  }

  channels() {
    return this.#parts.manager.list_channels().map((channel) => ({
      id: hex.encode(channel.get_channel_id().get_a()),
      isUsable: channel.get_is_usable(),
      capacitySats: channel.get_channel_value_satoshis(),
      canSendMsat: channel.get_outbound_capacity_msat(),
      canReceiveMsat: channel.get_inbound_capacity_msat(),
    }));
  }

  #parse(bolt11: string): Bolt11Invoice {
    return must<Bolt11Invoice>(this.#ldk.Bolt11Invoice.constructor_from_str(bolt11), 'BOLT11');
  }

  #socket(peer: string): SocketDescriptor {
    const number = BigInt(this.#sockets.size + 1);
    const socket = this.#ldk.SocketDescriptor.new_impl({
      send_data: (data) => {
        this.outbox.push({ to: peer, bytes: data.slice() });
        return data.length;
      },
      disconnect_socket: () => void this.#sockets.delete(peer),
      eq: (other) => other.hash() === number,
      hash: () => number,
    });
    this.#sockets.set(peer, socket);
    return socket;
  }
}
