// What a buyer's browser may ask of /pay/invoices/:id: everything it needs to pay, from any site, and nothing that is
// between the merchant and SatLane (integration guide §5, §10).

import { describe, expect, it } from 'vitest';
import { browse, openStream } from '../../support/live.ts';
import { type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';

const SECRETS = {
  buyer_email: 'satoshi.private@example.com',
  order_ref: 'ORDER-REF-7781',
  metadata: { note: 'metadata-value-91', 'metadata-key-17': 'x' },
};

const PUBLIC_FIELDS = [
  'address',
  'amount_btc',
  'amount_confirmed_sats',
  'amount_due_sats',
  'amount_fiat',
  'amount_paid_sats',
  'amount_sats',
  'amount_tolerance_sats',
  'btc_fiat_rate',
  'btc_usd_rate',
  'conf_threshold',
  'created_at',
  'environment',
  'expires_at',
  'fiat_currency',
  'hosted_checkout_url',
  'id',
  'late_payment_deadline_at',
  'late_payment_grace_minutes',
  'lightning',
  'paid_at',
  'payment_methods',
  'payment_uri',
  'payments',
  'seen_at',
  'status',
  'success_url',
];

async function openShop() {
  const [merchant, receiver] = [await openMerchant(), await startReceiver()];
  const invoice = await merchant.createInvoice({
    amount: '49.99',
    currency: 'USD',
    success_url: 'https://shop.example/thanks',
    callback_url: `${receiver.url}?callback-token-55`,
    ...SECRETS,
  });
  await merchant.settled();
  return { merchant, invoice, path: `/pay/invoices/${invoice.id}` };
}

function expectNothingPrivate(text: string, merchant: Merchant): void {
  for (const secret of [
    'satoshi.private',
    'ORDER-REF-7781',
    'callback-token-55',
    'metadata-value-91',
    'metadata-key-17',
    merchant.store.id,
    merchant.account.id,
    merchant.store.apiKey,
    merchant.store.webhookSecret,
    merchant.store.wallet?.id ?? 'no wallet',
    merchant.store.wallet?.key ?? 'no key',
  ]) {
    expect(text).not.toContain(secret);
  }
  expect(text).not.toMatch(/[xyztuv]pub/i);
  expect(text).not.toMatch(/fee_|buyer_|metadata|callback|order_ref|store_id|wallet_id|descriptor|webhook/i);
}

describe('The snapshot', () => {
  it('needs no key, and says all that is needed to pay', async () => {
    const { merchant, invoice, path } = await openShop();
    const response = await browse(merchant, path);
    expect(response.status).toBe(200);
    const snapshot = (await response.json()) as { invoice: Record<string, unknown>; store: unknown; live: unknown };
    expect(Object.keys(snapshot)).toEqual(['invoice', 'store', 'live']);
    expect(Object.keys(snapshot.invoice).sort()).toEqual(PUBLIC_FIELDS);
    expect(snapshot.invoice).toMatchObject({
      id: invoice.id,
      status: 'pending',
      amount_sats: '99980',
      amount_due_sats: '99980',
      payment_uri: invoice.payment_uri,
      success_url: 'https://shop.example/thanks',
    });
    expect(snapshot.store).toEqual({ name: 'Corner Shop', color: '#336699', logo_url: null, support_url: null });
    expect(snapshot.live).toEqual({ events_url: `${path}/events`, stream_url: `${path}/stream` });
  });

  it('is never stored by a cache on the way', async () => {
    const { merchant, path } = await openShop();
    expect((await browse(merchant, path)).headers.get('cache-control')).toBe('no-store');
    const events = await browse(merchant, `${path}/events`);
    expect(events.headers.get('cache-control')).toContain('no-cache');
    await events.body?.cancel();
  });

  it('shows a payment as soon as it is known', async () => {
    const { merchant, invoice, path } = await openShop();
    await merchant.request('POST', `/v1/invoices/${invoice.id}/simulate`, { event_type: 'invoice.payment_seen' });
    const { invoice: shown } = (await (await browse(merchant, path)).json()) as { invoice: Record<string, unknown> };
    expect(shown).toMatchObject({ status: 'seen', amount_paid_sats: '99980', payments: [{ status: 'mempool' }] });
  });
});

describe('Nothing that is the merchant’s own is in any public byte', () => {
  it.each([[[]], [['invoice.payment_seen', 'invoice.paid']], [['invoice.underpaid']], [['invoice.requires_review']]])(
    'after %j: snapshot, hosted page and stream',
    async (events) => {
      const { merchant, invoice, path } = await openShop();
      const stream = await openStream(merchant, invoice.id);
      const announced = [stream.snapshot.data];
      for (const event_type of events) {
        const answer = await merchant.request('POST', `/v1/invoices/${invoice.id}/simulate`, { event_type });
        expect(answer.status).toBe(200);
        announced.push((await stream.until(event_type)).data);
      }
      await stream.cancel();
      announced.push(await (await browse(merchant, path)).text());
      for (const page of [`/i/${invoice.id}`, `/i/${invoice.id}/theme.css`, '/health']) {
        const response = await browse(merchant, page);
        expect(response.status).toBe(200);
        announced.push(await response.text(), JSON.stringify([...response.headers]));
      }
      for (const text of announced) {
        expect(text.length).toBeGreaterThan(10);
        expectNothingPrivate(text, merchant);
      }
    },
  );
});

describe('Any site may ask', () => {
  const routes = ['', '/events', '/stream'];
  const origin = { origin: 'https://vendor.example' };

  it.each(routes)('GET …%s answers with Access-Control-Allow-Origin: *', async (route) => {
    const { merchant, path } = await openShop();
    const response = await browse(merchant, path + route, origin);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    await response.body?.cancel();
  });

  it.each(routes)('a preflight of …%s is granted, with Last-Event-ID', async (route) => {
    const { merchant, path } = await openShop();
    const ask = {
      ...origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'last-event-id',
    };
    const response = await browse(merchant, path + route, ask, 'OPTIONS');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toContain('GET');
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('last-event-id');
  });

  it.each(routes)('an error of …%s can be read too', async (route) => {
    const { merchant } = await openShop();
    const response = await browse(merchant, `/pay/invoices/${crypto.randomUUID()}${route}`, origin);
    expect(response.status).toBe(404);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('with no cookie or key involved: credentials are not allowed', async () => {
    const { merchant, path } = await openShop();
    const response = await browse(merchant, path, origin);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('while the merchant’s own API stays closed to browsers', async () => {
    const { merchant, invoice } = await openShop();
    const response = await merchant.request('GET', `/v1/invoices/${invoice.id}`, undefined, origin);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('The WebSocket address', () => {
  it('answers 426 without an upgrade', async () => {
    const { merchant, path } = await openShop();
    const response = await browse(merchant, `${path}/stream`);
    expect(response.status).toBe(426);
    expect(await response.json()).toMatchObject({ error: { code: 'upgrade_required' } });
  });

  it('and says to what: a 426 must carry Upgrade (RFC 9110 §15.5.22)', async () => {
    const { merchant, path } = await openShop();
    expect((await browse(merchant, `${path}/stream`)).headers.get('upgrade')?.toLowerCase()).toBe('websocket');
  });
});
