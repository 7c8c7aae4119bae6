// A server shaped as LND's REST 0.21: JSON in and out, int64 as strings, bytes as base64, a macaroon in hex, errors as its gRPC
// gateway writes them, and payments as lines of a stream. Called by kinds.ts.
import { base64, base64url, hex } from '@scure/base';
import type { OutgoingPayment } from './outgoing.ts';
import { type NodeAsk, type NodeRoute, type Shape, streamOf } from './serve.ts';
import { type IncomingPayment, type NodeWallet, PaymentRefused } from './wallet.ts';

const DEFAULT_EXPIRY_SECONDS = 86_400;
const NO_PREIMAGE = '0'.repeat(64);
/** gRPC's codes, and how the gateway shows them. */
const STATUS: Record<number, number> = { 2: 500, 3: 400, 5: 404, 6: 409 };

/** Macaroons, hex. The first is LND's own `invoice.macaroon`, which has no `info:read`; the second may send, track and read the node's info as well. */
export function lndShape({ invoiceMacaroon, payMacaroon }: { invoiceMacaroon: string; payMacaroon: string }): Shape {
  return {
    routes: ROUTES,
    // Its errors about macaroons have no code of their own: they are 500s.
    refuse(request, right) {
      const given = request.headers.get('grpc-metadata-macaroon')?.toLowerCase();
      if (given === undefined) return failure(2, 'expected 1 macaroon, got 0');
      if (given !== invoiceMacaroon && given !== payMacaroon) {
        return failure(2, 'verification failed: signature mismatch after caveat verification');
      }
      const may = right === 'receive' || (right === 'pay' && given === payMacaroon);
      return may ? null : failure(2, 'permission denied');
    },
    missing: () => failure(5, 'Not Found'),
  };
}

const ROUTES: NodeRoute[] = [
  { does: 'mint', method: 'POST', path: /^\/v1\/invoices$/, right: 'receive', answer: addInvoice },
  {
    ...{ does: 'lookup', method: 'GET', path: /^\/v1\/invoice\/(?<hash>[0-9a-fA-F]{64})$/, right: 'receive' },
    answer: ({ wallet, params }) => {
      const payment = wallet.find((params.hash ?? '').toLowerCase());
      return payment ? Response.json(invoiceJson(payment, wallet)) : failure(5, 'unable to locate invoice');
    },
  },
  { does: 'list', method: 'GET', path: /^\/v1\/invoices$/, right: 'receive', answer: listInvoices },
  { does: 'cancel', method: 'POST', path: /^\/v2\/invoices\/cancel$/, right: 'receive', answer: cancelInvoice },
  { does: 'pay', method: 'POST', path: /^\/v2\/router\/send$/, right: 'pay', answer: sendPayment },
  {
    does: 'lookup',
    method: 'GET',
    path: /^\/v2\/router\/track\/(?<hash>[\w=-]+)$/,
    right: 'pay',
    answer: trackPayment,
  },
  { does: 'list', method: 'GET', path: /^\/v1\/payments$/, right: 'pay', answer: listPayments },
  {
    ...{ does: 'info', method: 'GET', path: /^\/v1\/getinfo$/, right: 'pay' },
    answer: ({ node }) => Response.json({ identity_pubkey: node.id, block_height: node.height }),
  },
];

function addInvoice({ wallet, body }: NodeAsk): Response {
  const asked = jsonOf(body);
  if (asked === null) return failure(3, 'invalid character in body');
  const { memo = '', value = '0', value_msat = '0', description_hash = '', expiry = '0', r_preimage } = asked;
  const [sats, msat] = [BigInt(value), BigInt(value_msat)];
  if (sats > 0n && msat > 0n) return failure(2, 'sat and msat arguments are mutually exclusive');
  if (Buffer.byteLength(memo) > 639)
    return failure(2, `memo too large: ${Buffer.byteLength(memo)} bytes (maxsize=639)`);
  const amountMsat = msat > 0n ? msat : sats * 1000n;
  const payment = wallet.mint({
    amountMsat: amountMsat === 0n ? null : amountMsat,
    description: description_hash === '' ? memo : { hash: hexOf(description_hash) },
    expirySeconds: Number(expiry) || DEFAULT_EXPIRY_SECONDS,
    ...(r_preimage ? { preimage: hexOf(r_preimage) } : {}),
  });
  return Response.json({
    r_hash: base64Of(wallet.hashShown(payment)),
    payment_request: payment.bolt11,
    add_index: String(payment.index),
    payment_addr: base64Of(wallet.read(payment.bolt11).paymentSecret),
  });
}

/** A BOLT11 that ran out is cancelled by the node itself. */
function invoiceJson(payment: IncomingPayment, wallet: NodeWallet) {
  const isSettled = payment.state === 'settled';
  const msat = payment.amountMsat ?? 0n;
  const paid = isSettled ? payment.receivedMsat : 0n;
  const states = { open: 'OPEN', held: 'ACCEPTED', settled: 'SETTLED', cancelled: 'CANCELED' };
  return {
    ...{
      memo: payment.description ?? '',
      r_preimage: base64Of(payment.preimage),
      r_hash: base64Of(payment.paymentHash),
    },
    ...{ value: String(msat / 1000n), value_msat: String(msat), settled: isSettled },
    creation_date: secondsOf(payment.createdAtMs),
    settle_date: payment.settledAtMs === null ? '0' : secondsOf(payment.settledAtMs),
    payment_request: payment.bolt11,
    description_hash: payment.descriptionHash === null ? '' : base64Of(payment.descriptionHash),
    expiry: String(Math.round((payment.expiresAtMs - Math.floor(payment.createdAtMs / 1000) * 1000) / 1000)),
    ...{ fallback_addr: '', cltv_expiry: '24', route_hints: [], private: true },
    ...{ add_index: String(payment.index), settle_index: String(payment.settledIndex ?? 0) },
    ...{ amt_paid: String(paid), amt_paid_sat: String(paid / 1000n), amt_paid_msat: String(paid) },
    state: wallet.isExpired(payment) ? 'CANCELED' : states[payment.state],
    ...{ htlcs: [], features: {}, is_keysend: false, is_amp: false, amp_invoice_state: {}, is_blinded: false },
  };
}

/** Oldest first, in pages from either end. */
function listInvoices({ wallet, query }: NodeAsk): Response {
  const shown = wallet
    .all()
    .map((payment) => invoiceJson(payment, wallet))
    .filter(({ state }) => query.get('pending_only') !== 'true' || state === 'OPEN' || state === 'ACCEPTED');
  const page = pageOf(shown, ({ add_index }) => Number(add_index), query, 'num_max_invoices');
  return Response.json({
    invoices: page,
    last_index_offset: page.at(-1)?.add_index ?? '0',
    first_index_offset: page[0]?.add_index ?? '0',
  });
}

function cancelInvoice({ wallet, body }: NodeAsk): Response {
  const payment = wallet.incoming.get(hexOf(jsonOf(body)?.payment_hash ?? ''));
  if (!payment) return failure(5, 'unable to locate invoice');
  return wallet.cancel(payment) ? Response.json({}) : failure(2, 'invoice already settled');
}

/** A stream of lines: what is under way unless that is not wanted, then how it ended. */
function sendPayment({ wallet, body }: NodeAsk): Response {
  const asked = jsonOf(body);
  if (asked === null) return failure(3, 'invalid character in body');
  const { payment_request = '', fee_limit_msat, fee_limit_sat = '0', amt = '0', amt_msat = '0' } = asked;
  const maxFee = BigInt(fee_limit_msat ?? `${fee_limit_sat}000`);
  const amount = BigInt(amt_msat) || BigInt(amt) * 1000n || null;
  try {
    if (amount !== null && wallet.read(payment_request).amountMsat !== null) {
      return streamFailure(2, 'amount must not be specified when paying a non-zero amount invoice');
    }
    const payment = wallet.pay(payment_request, amount, maxFee);
    if (payment.reason === 'PaymentExpired') return streamFailure(2, 'invoice expired. Valid until its time');
    return follow(wallet, payment, asked.no_inflight_updates === true);
  } catch (error) {
    if (!(error instanceof PaymentRefused)) return streamFailure(2, 'invalid bech32 string');
    const [code, words] = REFUSALS[error.message] ?? [2, error.message];
    return streamFailure(code, words);
  }
}

const REFUSALS: Record<string, [code: number, words: string]> = {
  ALREADY_PAID: [6, 'invoice is already paid'],
  IN_FLIGHT: [6, 'payment is in transition'],
  AMOUNT_MISSING: [2, 'amount must be specified when paying a zero amount invoice'],
};

function trackPayment({ wallet, params, query }: NodeAsk): Response {
  const bytes = Buffer.from(params.hash ?? '', 'base64url');
  const payment = wallet.sentBy(bytes.toString('hex'));
  if (!payment) return streamFailure(5, "payment isn't initiated");
  return follow(wallet, payment, query.get('no_inflight_updates') === 'true');
}

function follow(wallet: NodeWallet, payment: OutgoingPayment, isEndOnly: boolean): Response {
  const line = (shown: OutgoingPayment) => `${JSON.stringify({ result: paymentJson(shown) })}\n`;
  const isOpen = payment.state === 'pending';
  const first = isOpen && !isEndOnly ? [line(payment)] : [];
  return streamOf(first, wallet.outcome(payment).then(line));
}

function listPayments({ wallet, query }: NodeAsk): Response {
  const shown = wallet
    .allSent()
    .filter(({ state }) => state === 'settled' || query.get('include_incomplete') === 'true')
    .map(paymentJson);
  const page = pageOf(shown, ({ payment_index }) => Number(payment_index), query, 'max_payments');
  return Response.json({
    payments: page,
    first_index_offset: page[0]?.payment_index ?? '0',
    last_index_offset: page.at(-1)?.payment_index ?? '0',
    total_num_payments: '0',
  });
}

function paymentJson(payment: OutgoingPayment) {
  const { amountMsat, feeMsat } = payment;
  const states = { pending: 'IN_FLIGHT', settled: 'SUCCEEDED', failed: 'FAILED' };
  return {
    payment_hash: payment.paymentHash,
    ...{ value: String(amountMsat / 1000n), value_sat: String(amountMsat / 1000n), value_msat: String(amountMsat) },
    ...{ fee: String(feeMsat / 1000n), fee_sat: String(feeMsat / 1000n), fee_msat: String(feeMsat) },
    ...{ creation_date: secondsOf(payment.createdAtMs), creation_time_ns: `${payment.createdAtMs}000000` },
    ...{ payment_preimage: payment.preimage ?? NO_PREIMAGE, payment_request: payment.bolt11 },
    ...{ status: states[payment.state], htlcs: [], payment_index: String(payment.index) },
    failure_reason: payment.state === 'failed' ? reasonOf(payment) : 'FAILURE_REASON_NONE',
  };
}

function reasonOf({ reason }: OutgoingPayment): string {
  if (reason === 'InsufficientBalance') return 'FAILURE_REASON_INSUFFICIENT_BALANCE';
  if (reason === 'RouteNotFound') return 'FAILURE_REASON_NO_ROUTE';
  return reason === 'RecipientRejected' ? 'FAILURE_REASON_INCORRECT_PAYMENT_DETAILS' : 'FAILURE_REASON_ERROR';
}

/** @param size name of the parameter that limits a page */
function pageOf<Item>(items: Item[], indexOf: (item: Item) => number, query: URLSearchParams, size: string): Item[] {
  const offset = Number(query.get('index_offset') ?? 0);
  const max = Number(query.get(size) ?? 0) || 100;
  if (query.get('reversed') !== 'true') return items.filter((item) => indexOf(item) > offset).slice(0, max);
  return items.filter((item) => offset === 0 || indexOf(item) < offset).slice(-max);
}

function failure(code: number, message: string): Response {
  return Response.json({ code, message, details: [] }, { status: STATUS[code] ?? 500 });
}

function streamFailure(code: number, message: string): Response {
  return Response.json({ error: { code, message, details: [] } }, { status: STATUS[code] ?? 500 });
}

type Asked = Record<string, string | undefined> & { no_inflight_updates?: unknown };

/** Numbers as the text that they are in JSON: int64 comes as either. */
function jsonOf(body: string): Asked | null {
  try {
    return JSON.parse(body, (_, value) => (typeof value === 'number' ? String(value) : value));
  } catch {
    return null;
  }
}

const secondsOf = (ms: number) => String(Math.floor(ms / 1000));
const base64Of = (bytes: string) => base64.encode(hex.decode(bytes));
const hexOf = (text: string) => hex.encode(/[-_]/.test(text) ? base64url.decode(text) : base64.decode(text));
