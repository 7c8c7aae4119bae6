// A server shaped as LNbits 1.x: JSON, a key for each right, amounts out in millisatoshis, errors as {detail}, and one hook for
// each payment, unsigned, with JSON inside of a JSON string. Called by kinds.ts.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { LdkError } from './ldk.ts';
import type { OutgoingPayment } from './outgoing.ts';
import type { NodeRoute, Shape } from './serve.ts';
import { type IncomingPayment, type NodeWallet, PaymentRefused } from './wallet.ts';

const DEFAULT_EXPIRY_SECONDS = 3600;
const NO_PREIMAGE = '0'.repeat(64);
const MAX_PAGE = 1000;

/** Keys of one wallet: the first may receive and read, the second pays as well. */
export function lnbitsShape({ invoiceKey, adminKey }: { invoiceKey: string; adminKey: string }): Shape {
  return {
    routes: routesOf([invoiceKey, adminKey], adminKey),
    refuse(request) {
      const given = request.headers.get('x-api-key');
      if (given === null) return failure(401, 'Missing or invalid API key.');
      return given === invoiceKey || given === adminKey ? null : failure(404, 'Wallet not found.');
    },
    missing: () => failure(404, 'Not Found'),
    hook: (payment) => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(JSON.stringify(incomingJson(payment, false))),
    }),
  };
}

const bodySchema = z.object({
  out: z.boolean().default(true),
  amount: z.number().nullish(),
  unit: z.string().default('sat'),
  memo: z.string().max(640).nullish(),
  description_hash: z.string().nullish(),
  unhashed_description: z.string().nullish(),
  expiry: z.number().nullish(),
  webhook: z.string().nullish(),
  extra: z.record(z.string(), z.unknown()).nullish(),
  bolt11: z.string().nullish(),
});

const routesOf = (keys: string[], adminKey: string): NodeRoute[] => [
  {
    ...{ does: 'mint', method: 'POST', path: /^\/api\/v1\/payments$/, right: 'receive' },
    doesOf: (body) => (/"out"\s*:\s*true/.test(body) ? 'pay' : 'mint'),
    answer: (ask) => {
      const body = bodySchema.safeParse(jsonOf(ask.body));
      if (!body.success) return failure(400, body.error.issues[0]?.message ?? 'invalid');
      if (!body.data.out) return create(ask.wallet, body.data);
      if (ask.headers.get('x-api-key') !== adminKey) return failure(401, 'Invoice (or Admin) key required.');
      return pay(ask.wallet, body.data.bolt11 ?? '');
    },
  },
  // Known by its hash, a payment shows its state to anyone; with a key of its wallet, the rest too.
  {
    ...{ does: 'lookup', method: 'GET', path: /^\/api\/v1\/payments\/(?<hash>[0-9a-f]{64})$/, right: 'none' },
    answer: ({ wallet, params, headers }) => {
      const of = detailsOf(wallet, params.hash ?? '');
      if (of === null) return failure(404, 'Payment does not exist.');
      const { status, preimage } = of;
      const details = keys.includes(headers.get('x-api-key') ?? '') ? { details: of } : {};
      return Response.json({ paid: status === 'success', status, preimage, ...details });
    },
  },
  {
    ...{ does: 'list', method: 'GET', path: /^\/api\/v1\/payments$/, right: 'receive' },
    answer: ({ wallet, query }) => {
      const all = [...wallet.all(), ...wallet.allSent()].reverse().sort((a, b) => b.createdAtMs - a.createdAtMs);
      const offset = Number(query.get('offset') ?? 0);
      const page = all.slice(offset, offset + Number(query.get('limit') ?? MAX_PAGE));
      return Response.json(
        page.map((one) => ('receivedMsat' in one ? incomingJson(one, wallet.isExpired(one)) : outgoingJson(one))),
      );
    },
  },
  {
    ...{ does: 'info', method: 'GET', path: /^\/api\/v1\/wallet$/, right: 'receive' },
    // To the admin key it shows the id too.
    answer: ({ node, headers }) => {
      const id = headers.get('x-api-key') === adminKey ? { id: 'merchant' } : {};
      return Response.json({ name: 'Merchant', balance: Number(node.canSendMsat), ...id });
    },
  },
];

function create(wallet: NodeWallet, body: z.infer<typeof bodySchema>): Response {
  const { amount, unit, memo, description_hash, unhashed_description, expiry, webhook, extra } = body;
  if (unit !== 'sat') return failure(400, 'The unit has to be sat.');
  if (!amount) return failure(520, 'Amountless invoices not supported.', 'failed');
  const hash = description_hash ?? (unhashed_description && hashOf(unhashed_description));
  const payment = wallet.mint({
    amountMsat: BigInt(Math.round(amount)) * 1000n,
    description: hash ? { hash } : (memo ?? 'LNbits'),
    expirySeconds: expiry ?? DEFAULT_EXPIRY_SECONDS,
    label: extra ? JSON.stringify(extra) : null,
    hookUrl: webhook ?? null,
  });
  const shown = { ...incomingJson(payment, false), payment_hash: wallet.hashShown(payment) };
  return Response.json(shown, { status: 201 });
}

/** Waits for no payment that is held: it is pending. */
function pay(wallet: NodeWallet, bolt11: string): Response {
  try {
    const payment = wallet.shown(wallet.pay(bolt11, null));
    if (payment.state !== 'failed') return Response.json(outgoingJson(payment), { status: 201 });
    return failure(520, `Payment failed: ${payment.reason}`, 'failed');
  } catch (error) {
    if (error instanceof LdkError) return failure(400, 'Bolt11 decoding failed.');
    if (!(error instanceof PaymentRefused)) throw error;
    return failure(520, ...(REFUSALS[error.message] ?? ([error.message, 'failed'] as const)));
  }
}

const REFUSALS: Record<string, readonly [detail: string, status: string]> = {
  ALREADY_PAID: ['Payment already paid.', 'success'],
  IN_FLIGHT: ['Payment is still in progress.', 'pending'],
  AMOUNT_MISSING: ['Missing or invalid amount.', 'failed'],
};

function detailsOf(wallet: NodeWallet, hash: string) {
  const incoming = wallet.find(hash);
  if (incoming) return incomingJson(incoming, wallet.isExpired(incoming));
  const outgoing = wallet.sentBy(hash);
  return outgoing ? outgoingJson(outgoing) : null;
}

function incomingJson(payment: IncomingPayment, isExpired: boolean) {
  const isPaid = payment.state === 'settled';
  const status = isPaid ? 'success' : payment.state === 'cancelled' || isExpired ? 'failed' : 'pending';
  return {
    ...paymentJson(payment, status),
    amount: Number(isPaid ? payment.receivedMsat : (payment.amountMsat ?? 0n)),
    fee: 0,
    memo: payment.description ?? '',
    preimage: isPaid ? payment.preimage : NO_PREIMAGE,
    expiry: new Date(payment.expiresAtMs).toISOString(),
    webhook: payment.hookUrl,
    extra: payment.label === null ? {} : JSON.parse(payment.label),
  };
}

/** Amounts of payments that went out are negative. */
function outgoingJson(payment: OutgoingPayment) {
  const statuses = { pending: 'pending', settled: 'success', failed: 'failed' };
  return {
    ...paymentJson(payment, statuses[payment.state]),
    amount: -Number(payment.amountMsat),
    fee: -Number(payment.feeMsat),
    memo: '',
    preimage: payment.preimage ?? NO_PREIMAGE,
    ...{ expiry: null, webhook: null, extra: {} },
  };
}

function paymentJson({ paymentHash, bolt11, createdAtMs }: IncomingPayment | OutgoingPayment, status: string) {
  return {
    ...{ checking_id: paymentHash, payment_hash: paymentHash, wallet_id: 'merchant', bolt11, payment_request: bolt11 },
    ...{ status, pending: status === 'pending', time: new Date(createdAtMs).toISOString() },
  };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

const hashOf = (hexText: string) => createHash('sha256').update(Buffer.from(hexText, 'hex')).digest('hex');
const failure = (code: number, detail: string, status?: string) => Response.json({ detail, status }, { status: code });
