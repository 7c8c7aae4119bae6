// A stand-in for SatLane's API that follows the integration guide: it makes invoices and refuses in the guide's words.
// Used by support.ts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { merchantAddress } from '../chain/support.ts';

export const API_KEY = 'sl_live_shop_test';

export interface StubInvoice {
  id: string;
  address: string;
  amount_sats: string;
  order_ref: string;
  callback_url: string;
  success_url: string;
  hosted_checkout_url: string;
  [field: string]: unknown;
}

interface Refusal {
  status: number;
  code: string;
  retryAfter?: number;
}

export interface StubApi {
  url: string;
  /** What was asked, in order. */
  requests: { key: string; authorization: string; body: Record<string, unknown> }[];
  invoices: StubInvoice[];
  /** The next requests are answered with this; null ends it. */
  refusal: Refusal | null;
  /** Called after an invoice is made and before the shop is answered. */
  beforeAnswer: (invoice: StubInvoice) => Promise<unknown>;
  close(): Promise<void>;
}

export async function startStubApi(): Promise<StubApi> {
  const byKey = new Map<string, StubInvoice>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const refuse = ({ status, code, retryAfter }: Refusal) =>
      answer(
        status,
        { error: { code, message: `about ${code}`, request_id: 'req-7' } },
        retryAfter ? { 'retry-after': String(retryAfter) } : {},
      );
    const asked = stub.invoices.find(({ id }) => request.url === `/v1/invoices/${id}`);
    if (request.method === 'GET' && asked) return answer(200, { invoice: asked });
    if (request.method !== 'POST' || request.url !== '/v1/invoices') return refuse({ status: 404, code: 'not_found' });
    const key = String(request.headers['idempotency-key'] ?? '');
    const body = JSON.parse(text);
    stub.requests.push({ key, authorization: String(request.headers.authorization), body });
    if (stub.refusal) return refuse(stub.refusal);
    if (request.headers.authorization !== `Bearer ${API_KEY}`) return refuse({ status: 401, code: 'api_key_invalid' });
    const invoice = byKey.get(key) ?? makeInvoice(body, stub);
    byKey.set(key, invoice);
    await stub.beforeAnswer(invoice);
    return answer(201, { invoice });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: StubApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    invoices: [],
    refusal: null,
    beforeAnswer: async () => {},
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stub;
}

function makeInvoice(body: Record<string, unknown>, stub: StubApi): StubInvoice {
  const number = stub.invoices.length + 1;
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const invoice: StubInvoice = {
    id,
    status: 'pending',
    environment: 'live',
    address: merchantAddress(number),
    amount_sats: String(body.amount_sats ?? 20_000),
    amount_btc: '0.00020000',
    amount_fiat: body.amount ?? null,
    fiat_currency: body.currency ?? null,
    btc_usd_rate: body.amount ? 72_500 : null,
    amount_tolerance_sats: '50',
    amount_paid_sats: '0',
    expires_at: '2026-05-16T11:30:00.000Z',
    late_payment_grace_minutes: 60,
    late_payment_deadline_at: '2026-05-16T12:30:00.000Z',
    conf_threshold: 1,
    fee_sats: '200',
    payment_uri: `bitcoin:${merchantAddress(number)}?amount=0.00020000`,
    hosted_checkout_url: `${stub.url}/i/${id}`,
    order_ref: String(body.order_ref),
    callback_url: String(body.callback_url),
    success_url: String(body.success_url),
    metadata: body.metadata,
    created_at: '2026-05-16T11:15:00.000Z',
  };
  stub.invoices.push(invoice);
  return invoice;
}
