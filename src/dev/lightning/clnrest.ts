// A server shaped as Core Lightning's CLNRest 26.06: every call a POST of JSON or a form to /v1/<method>, 201 where it went
// well, a rune in a header, errors as {code, message}. Called by kinds.ts.
import { createHash } from 'node:crypto';
import { LdkError } from './ldk.ts';
import type { OutgoingPayment } from './outgoing.ts';
import type { NodeAsk, NodeRoute, Shape } from './serve.ts';
import { type IncomingPayment, type NodeWallet, PaymentRefused } from './wallet.ts';

const DEFAULT_EXPIRY_SECONDS = 604_800;
const MAX_DESCRIPTION_BYTES = 639;
const INVALID_PARAMS = -32602;
const UNKNOWN_COMMAND = -32601;

/** Runes: the first is restricted to `method=invoice|method=listinvoices`, the second may pay as well. */
export function clnrestShape({ receiveRune, payRune }: { receiveRune: string; payRune: string }): Shape {
  return {
    routes: ROUTES,
    refuse(request, right, url) {
      const given = request.headers.get('rune');
      if (given === null) return failure(403, 1501, 'Not authorized: Missing rune');
      if (given !== receiveRune && given !== payRune)
        return failure(401, 1501, 'Not authorized: Not derived from master');
      if (right === 'receive' || (right === 'pay' && given === payRune)) return null;
      return failure(401, 1502, `Not permitted: method is not equal to ${url.pathname.slice(4)}`);
    },
    missing: () => failure(404, UNKNOWN_COMMAND, 'Unknown command'),
  };
}

const ROUTES: NodeRoute[] = [
  { does: 'mint', method: 'POST', path: /^\/v1\/invoice$/, right: 'receive', answer: invoice },
  {
    ...{ does: 'lookup', method: 'POST', path: /^\/v1\/listinvoices$/, right: 'receive', answer: listInvoices },
    doesOf: (body) => (/payment_hash|label|invstring/.test(body) ? 'lookup' : 'list'),
  },
  { does: 'pay', method: 'POST', path: /^\/v1\/xpay$/, right: 'pay', answer: xpay },
  {
    ...{ does: 'lookup', method: 'POST', path: /^\/v1\/listpays$/, right: 'pay' },
    answer: ({ wallet, body }) => {
      const { payment_hash: hash, bolt11 } = parametersOf(body);
      const pays = wallet
        .allSent()
        .filter((one) => (hash === undefined || one.paymentHash === hash) && (bolt11 ?? one.bolt11) === one.bolt11)
        .map(payJson);
      return created({ pays });
    },
  },
  {
    ...{ does: 'info', method: 'POST', path: /^\/v1\/getinfo$/, right: 'pay' },
    answer: ({ node }) => created({ id: node.id, network: 'regtest', blockheight: node.height, version: 'v26.06' }),
  },
];

function invoice({ wallet, body }: NodeAsk): Response {
  const { amount_msat, label, description, expiry, deschashonly } = parametersOf(body);
  if (amount_msat === undefined || label === undefined || description === undefined) {
    const missing = Object.entries({ amount_msat, label, description }).find(([, value]) => value === undefined);
    return failure(500, INVALID_PARAMS, `missing required parameter: ${missing?.[0]}`);
  }
  if (wallet.all().some((one) => one.label === label)) return failure(500, 900, `Duplicate label '${label}'`);
  const isHashed = deschashonly === 'true';
  if (!isHashed && Buffer.byteLength(description) > MAX_DESCRIPTION_BYTES) {
    return failure(500, INVALID_PARAMS, `Descriptions greater than ${MAX_DESCRIPTION_BYTES} bytes`);
  }
  const digits = /^(\d+)(msat)?$/.exec(amount_msat)?.[1];
  if (amount_msat !== 'any' && digits === undefined) {
    return failure(
      500,
      INVALID_PARAMS,
      `amount_msat: should be an unsigned 64 bit integer or 'any': invalid token '${amount_msat}'`,
    );
  }
  const payment = wallet.mint({
    amountMsat: digits === undefined ? null : BigInt(digits),
    description: isHashed ? { hash: createHash('sha256').update(description).digest('hex') } : description,
    expirySeconds: Number(expiry ?? DEFAULT_EXPIRY_SECONDS),
    label,
  });
  payment.description = description;
  return created({
    ...{ payment_hash: wallet.hashShown(payment), expires_at: secondsOf(payment.expiresAtMs), bolt11: payment.bolt11 },
    ...{ payment_secret: wallet.read(payment.bolt11).paymentSecret, created_index: payment.index },
  });
}

function listInvoices({ wallet, body }: NodeAsk): Response {
  const { payment_hash: hash, label, invstring, index, start, limit } = parametersOf(body);
  const first = index === undefined ? 0 : Number(start ?? 0);
  const invoices = wallet
    .all()
    .filter((one) => (hash ?? one.paymentHash) === one.paymentHash && (invstring ?? one.bolt11) === one.bolt11)
    .filter((one) => (label === undefined || one.label === label) && one.index >= first)
    .slice(0, limit === undefined ? undefined : Number(limit));
  return created({ invoices: invoices.map((one) => invoiceJson(one, wallet)) });
}

function invoiceJson(payment: IncomingPayment, wallet: NodeWallet) {
  const isPaid = payment.state === 'settled';
  const isOver = payment.state === 'cancelled' || wallet.isExpired(payment);
  return {
    ...{ label: payment.label, bolt11: payment.bolt11, payment_hash: payment.paymentHash },
    ...(payment.amountMsat === null ? {} : { amount_msat: Number(payment.amountMsat) }),
    status: isPaid ? 'paid' : isOver ? 'expired' : 'unpaid',
    ...{ description: payment.description, expires_at: secondsOf(payment.expiresAtMs), created_index: payment.index },
    ...(isPaid ? paidJson(payment) : {}),
  };
}

/** Known from the start, and shown once it is paid. */
function paidJson(payment: IncomingPayment) {
  return {
    pay_index: payment.settledIndex,
    amount_received_msat: Number(payment.receivedMsat),
    paid_at: secondsOf(payment.settledAtMs ?? 0),
    payment_preimage: payment.preimage,
  };
}

/** Answers when the payment is over. */
async function xpay({ wallet, body }: NodeAsk): Promise<Response> {
  const { invstring, amount_msat, maxfee } = parametersOf(body);
  if (invstring === undefined) return failure(500, INVALID_PARAMS, 'missing required parameter: invstring');
  try {
    const amount = amount_msat === undefined ? null : BigInt(amount_msat);
    const payment = await wallet.outcome(wallet.pay(invstring, amount, maxfee === undefined ? null : BigInt(maxfee)));
    if (payment.state === 'failed') return failure(500, ...(FAILURES[payment.reason ?? ''] ?? FAILURES.Unknown));
    return created({
      ...{ payment_preimage: payment.preimage, failed_parts: 0, successful_parts: 1 },
      amount_msat: Number(payment.amountMsat),
      amount_sent_msat: Number(payment.amountMsat + payment.feeMsat),
    });
  } catch (error) {
    if (error instanceof PaymentRefused) return failure(500, ...(FAILURES[error.message] ?? FAILURES.Unknown));
    if (error instanceof LdkError) return failure(500, INVALID_PARAMS, 'Invalid bolt11: bad bech32 string');
    throw error;
  }
}

const FAILURES: Record<string, [code: number, message: string]> & { Unknown: [number, string] } = {
  ALREADY_PAID: [219, 'Already paid'],
  IN_FLIGHT: [209, 'Payment is already in progress'],
  AMOUNT_MISSING: [INVALID_PARAMS, 'Must specify amount_msat'],
  RouteNotFound: [205, 'Could not find a route'],
  InsufficientBalance: [205, 'We could not find a usable set of paths: insufficient funds'],
  RecipientRejected: [203, 'Destination said it does not know this payment: incorrect_or_unknown_payment_details'],
  PaymentExpired: [207, 'Invoice expired'],
  Unknown: [209, 'Payment failed'],
};

function payJson(payment: OutgoingPayment) {
  const states = { pending: 'pending', settled: 'complete', failed: 'failed' };
  return {
    ...{ bolt11: payment.bolt11, payment_hash: payment.paymentHash, status: states[payment.state] },
    ...{ created_at: secondsOf(payment.createdAtMs), created_index: payment.index },
    ...(payment.completedAtMs === null ? {} : { completed_at: secondsOf(payment.completedAtMs) }),
    ...(payment.preimage === null ? {} : { preimage: payment.preimage }),
    amount_msat: Number(payment.amountMsat),
    amount_sent_msat: payment.state === 'failed' ? 0 : Number(payment.amountMsat + payment.feeMsat),
  };
}

/** JSON, or else a form; numbers and booleans as text. */
function parametersOf(body: string): Record<string, string | undefined> {
  try {
    const parsed: Record<string, unknown> = body.trim() === '' ? {} : JSON.parse(body);
    const given = Object.entries(parsed).filter(([, value]) => value !== null);
    return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
}

const secondsOf = (ms: number) => Math.floor(ms / 1000);
const created = (body: unknown) => Response.json(body, { status: 201 });
const failure = (status: number, code: number, message: string) => Response.json({ code, message }, { status });
