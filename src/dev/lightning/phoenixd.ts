// A server shaped as phoenixd 0.8: forms in, JSON out, satoshis, Basic auth with an empty user and one of two passwords, errors
// as text, and one signed hook for each payment. Called by kinds.ts.
import { createHmac } from 'node:crypto';
import type { OutgoingPayment } from './outgoing.ts';
import type { NodeAsk, NodeRoute, Shape } from './serve.ts';
import { type IncomingPayment, PaymentRefused } from './wallet.ts';

interface PhoenixdSecrets {
  /** May do everything. */
  password: string;
  /** http-password-limited-access: may not pay. */
  limitedPassword: string;
  webhookSecret: string;
}

const DEFAULT_EXPIRY_SECONDS = 3600;
const MAX_DESCRIPTION = 128;

export function phoenixdShape({ password, limitedPassword, webhookSecret }: PhoenixdSecrets): Shape {
  return {
    routes: ROUTES,
    refuse(request, right) {
      const [, given = ''] = /^Basic (.+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
      const said = Buffer.from(given, 'base64').toString().split(':').slice(1).join(':');
      if (said === password || (said === limitedPassword && right === 'receive')) return null;
      return text(401, 'Invalid authentication (use basic auth with the http password set in phoenix.conf)');
    },
    missing: () => text(404, 'Not found'),
    hook(payment, isForged) {
      const body = JSON.stringify({
        type: 'payment_received',
        timestamp: payment.settledAtMs ?? Date.now(),
        amountSat: Number((payment.receivedMsat - payment.feeMsat) / 1000n),
        paymentHash: payment.paymentHash,
        ...(payment.label === null ? {} : { externalId: payment.label }),
      });
      const secret = isForged ? `not ${webhookSecret}` : webhookSecret;
      const signature = createHmac('sha256', secret).update(body).digest('hex');
      return { headers: { 'content-type': 'application/json', 'x-phoenix-signature': signature }, body };
    },
  };
}

const ROUTES: NodeRoute[] = [
  { does: 'mint', method: 'POST', path: /^\/createinvoice$/, right: 'receive', answer: createInvoice },
  {
    ...{ does: 'lookup', method: 'GET', path: /^\/payments\/incoming\/(?<hash>[0-9a-f]{64})$/, right: 'receive' },
    answer: ({ wallet, params }) => {
      const payment = wallet.find(params.hash ?? '');
      return payment ? Response.json(incomingJson(payment, wallet.isExpired(payment))) : text(404, 'Not found');
    },
  },
  { does: 'list', method: 'GET', path: /^\/payments\/incoming$/, right: 'receive', answer: listIncoming },
  { does: 'pay', method: 'POST', path: /^\/payinvoice$/, right: 'pay', answer: payInvoice },
  {
    ...{ does: 'lookup', method: 'GET', path: /^\/payments\/outgoingbyhash\/(?<hash>[0-9a-f]{64})$/, right: 'receive' },
    answer: ({ wallet, params }) => {
      const payment = wallet.sentBy(params.hash ?? '');
      return payment ? Response.json(outgoingJson(payment)) : text(404, 'Not found');
    },
  },
  {
    ...{ does: 'lookup', method: 'GET', path: /^\/payments\/outgoing\/(?<id>[0-9a-f-]{36})$/, right: 'receive' },
    answer: ({ wallet, params }) => {
      const payment = wallet.allSent().find(({ id }) => id === params.id);
      return payment ? Response.json(outgoingJson(payment)) : text(404, 'Not found');
    },
  },
  {
    ...{ does: 'list', method: 'GET', path: /^\/payments\/outgoing$/, right: 'receive' },
    answer: ({ wallet, query }) => Response.json(page(wallet.allSent().map(outgoingJson), query)),
  },
  {
    ...{ does: 'info', method: 'GET', path: /^\/getinfo$/, right: 'receive' },
    answer: ({ node }) =>
      Response.json({ nodeId: node.id, channels: [], chain: 'regtest', blockHeight: node.height, version: '0.8.0' }),
  },
  {
    ...{ does: 'info', method: 'GET', path: /^\/getbalance$/, right: 'receive' },
    answer: ({ node }) => Response.json({ balanceSat: Number(node.canSendMsat / 1000n), feeCreditSat: 0 }),
  },
];

function createInvoice({ wallet, body }: NodeAsk): Response {
  const form = new URLSearchParams(body);
  const description = form.get('description');
  const hash = form.get('descriptionHash');
  if ((description === null) === (hash === null))
    return text(400, 'Must provide either a description or descriptionHash');
  if (description !== null && description.length > MAX_DESCRIPTION) {
    return text(400, `Request parameter description is too long (max ${MAX_DESCRIPTION} characters)`);
  }
  if (hash !== null && !/^[0-9a-f]{64}$/.test(hash)) return text(400, 'Request parameter descriptionHash is invalid');
  const sat = form.get('amountSat');
  if (sat !== null && !/^\d{1,15}$/.test(sat))
    return text(400, "Request parameter amountSat couldn't be parsed/converted to Long");
  const payment = wallet.mint({
    amountMsat: sat === null ? null : BigInt(sat) * 1000n,
    description: description ?? { hash: hash ?? '' },
    expirySeconds: Number(form.get('expirySeconds') ?? DEFAULT_EXPIRY_SECONDS),
    label: form.get('externalId'),
    hookUrl: form.get('webhookUrl'),
  });
  return Response.json({
    ...(sat === null ? {} : { amountSat: Number(sat) }),
    paymentHash: wallet.hashShown(payment),
    serialized: payment.bolt11,
  });
}

/** Null fields are left out, and `fees` alone is in millisatoshis. */
function incomingJson(payment: IncomingPayment, isExpired: boolean) {
  const isPaid = payment.state === 'settled';
  return {
    ...{ type: 'incoming_payment', subType: 'lightning', paymentHash: payment.paymentHash, preimage: payment.preimage },
    ...(payment.label === null ? {} : { externalId: payment.label }),
    ...(payment.description === null ? {} : { description: payment.description }),
    ...{ invoice: payment.bolt11, isPaid, isExpired },
    ...(payment.amountMsat === null ? {} : { requestedSat: Number(payment.amountMsat / 1000n) }),
    receivedSat: isPaid ? Number((payment.receivedMsat - payment.feeMsat) / 1000n) : 0,
    fees: isPaid ? Number(payment.feeMsat) : 0,
    expiresAt: payment.expiresAtMs,
    ...(payment.settledAtMs === null ? {} : { completedAt: payment.settledAtMs }),
    createdAt: payment.createdAtMs,
  };
}

/** Newest first; only those that were paid, unless `all`. */
function listIncoming({ wallet, query }: NodeAsk): Response {
  const from = Number(query.get('from') ?? 0);
  const to = Number(query.get('to') ?? Number.MAX_SAFE_INTEGER);
  const label = query.get('externalId');
  const shown = wallet
    .all()
    .filter(
      ({ state, createdAtMs }) =>
        createdAtMs >= from && createdAtMs <= to && (query.get('all') === 'true' || state === 'settled'),
    )
    .filter((payment) => label === null || payment.label === label)
    .map((payment) => incomingJson(payment, wallet.isExpired(payment)));
  return Response.json(page(shown, query));
}

/** A payment that failed is a 200 too. */
async function payInvoice({ wallet, body }: NodeAsk): Promise<Response> {
  const form = new URLSearchParams(body);
  const bolt11 = form.get('invoice');
  if (bolt11 === null) return text(400, 'Request parameter invoice is missing');
  const amountSat = form.get('amountSat');
  try {
    const begun = wallet.pay(bolt11, amountSat === null ? null : BigInt(amountSat) * 1000n);
    const payment = await wallet.outcome(begun);
    if (payment.state === 'failed') {
      return Response.json({
        paymentHash: payment.paymentHash,
        reason: REASONS[payment.reason ?? ''] ?? REASONS.Unknown,
      });
    }
    return Response.json({
      recipientAmountSat: Number(payment.amountMsat / 1000n),
      routingFeeSat: Number((payment.feeMsat + 999n) / 1000n),
      ...{ paymentId: payment.id, paymentHash: payment.paymentHash, paymentPreimage: payment.preimage },
    });
  } catch (error) {
    if (!(error instanceof PaymentRefused))
      return text(400, "Request parameter invoice couldn't be parsed/converted to Bolt11Invoice");
    return Response.json({ paymentHash: wallet.read(bolt11).paymentHash, reason: REASONS[error.message] });
  }
}

const REASONS: Record<string, string> = {
  ALREADY_PAID: 'this invoice has already been paid',
  IN_FLIGHT: 'another payment is in progress for that invoice',
  InsufficientBalance: 'not enough funds in wallet to afford payment',
  PaymentExpired: 'the invoice has expired',
  RecipientRejected: 'the recipient was offline or did not have enough liquidity to receive the payment',
  Unknown: 'the recipient was offline or did not have enough liquidity to receive the payment',
};

function outgoingJson(payment: OutgoingPayment) {
  const isPaid = payment.state === 'settled';
  return {
    ...{ type: 'outgoing_payment', subType: 'lightning', paymentId: payment.id, paymentHash: payment.paymentHash },
    ...(payment.preimage === null ? {} : { preimage: payment.preimage }),
    ...{ isPaid, sent: Number((payment.amountMsat + payment.feeMsat) / 1000n), fees: Number(payment.feeMsat) },
    invoice: payment.bolt11,
    ...(payment.completedAtMs === null ? {} : { completedAt: payment.completedAtMs }),
    createdAt: payment.createdAtMs,
  };
}

function page<Item>(items: Item[], query: URLSearchParams): Item[] {
  const offset = Number(query.get('offset') ?? 0);
  return items.reverse().slice(offset, offset + Number(query.get('limit') ?? 20));
}

function text(status: number, body: string): Response {
  return new Response(body, { status, headers: { 'content-type': 'text/plain; charset=UTF-8' } });
}
