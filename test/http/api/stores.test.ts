// A merchant makes a store, settles how it takes payments, and takes it live: every setting shows in the next invoice.

import { describe, expect, it } from 'vitest';
import { freshKey } from '../../support/keys.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';
import { expectStatus, openPerson } from '../../support/person.ts';

interface Store {
  id: string;
  test_mode: boolean;
  wallet_id: string | null;
  archived_at: string | null;
  [field: string]: unknown;
}

const openOwner = async (settings: Record<string, unknown> = {}) => {
  const owner = await openPerson();
  const { body } = await expectStatus(
    201,
    owner.ask<{ store: Store; callback_secret: string }>('POST', '/v1/stores', { name: 'Corner Shop', ...settings }),
  );
  const path = `/v1/stores/${body.store.id}`;
  return { ...owner, store: body.store, callbackSecret: body.callback_secret, path };
};

async function settle(merchant: Merchant, settings: Record<string, unknown>) {
  const response = await merchant.request('PATCH', `/v1/stores/${merchant.store.id}`, settings);
  if (response.status !== 200) throw new Error(await response.text());
}

describe('A new store', () => {
  it('is in test mode, has no wallet, and shows its callback secret once', async () => {
    const { store, callbackSecret, ask, path } = await openOwner();
    expect(store).toEqual({
      id: expect.any(String),
      name: 'Corner Shop',
      test_mode: true,
      wallet_id: null,
      default_expiry_minutes: 15,
      late_payment_grace_minutes: 60,
      currency: 'USD',
      tolerance_bp: null,
      confirmation_steps: null,
      zero_conf_cap_sats: '0',
      recycle_addresses: false,
      takes_refund_requests: false,
      color: null,
      logo_url: null,
      support_url: null,
      success_url: null,
      connection_id: null,
      payment_methods: null,
      onchain_min_sats: '0',
      private_route_hints: true,
      archived_at: null,
      created_at: expect.any(String),
    });
    expect(callbackSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const renewed = await ask<{ callback_secret: string }>('POST', `${path}/callback-secret`);
    expect(renewed.body.callback_secret).not.toBe(callbackSecret);
    const seen = JSON.stringify([(await ask('GET', path)).body, (await ask('GET', '/v1/stores')).body]);
    expect(seen).not.toContain('secret');
  });

  it('is listed for its people, and a key sees its own alone', async () => {
    const { store, ask, path } = await openOwner();
    await expectStatus(201, ask('POST', '/v1/stores', { name: 'Second' }));
    const { body } = await ask<{ stores: Store[] }>('GET', '/v1/stores');
    expect(body.stores.map(({ name }) => name)).toEqual(['Corner Shop', 'Second']);
    const issued = await ask<{ secret: string }>('POST', `${path}/keys`);
    const key = { authorization: `Bearer ${issued.body.secret}` };
    expect(
      (await ask<{ stores: Store[] }>('GET', '/v1/stores', undefined, key)).body.stores.map(({ id }) => id),
    ).toEqual([store.id]);
    expect(await ask('POST', '/v1/stores', { name: 'Third' }, key)).toMatchObject({ status: 401 });
  });
});

describe('A setting', () => {
  it.each<[string, unknown]>([
    ['name', ''],
    ['name', 'x'.repeat(101)],
    ['default_expiry_minutes', 4],
    ['default_expiry_minutes', 121],
    ['default_expiry_minutes', 7.5],
    ['late_payment_grace_minutes', -1],
    ['late_payment_grace_minutes', 1441],
    ['tolerance_bp', 1001],
    ['confirmation_steps', []],
    ['confirmation_steps', Array.from({ length: 7 }, (_, i) => ({ from_usd: i, confirmations: 1 }))],
    ['confirmation_steps', [{ from_usd: '0', confirmations: 7 }]],
    ['confirmation_steps', [{ from_usd: '0', confirmations: 0 }]],
    [
      'confirmation_steps',
      [
        { from_usd: '10', confirmations: 2 },
        { from_usd: '10', confirmations: 3 },
      ],
    ],
    [
      'confirmation_steps',
      [
        { from_usd: '10', confirmations: 2 },
        { from_usd: '20', confirmations: 1 },
      ],
    ],
    ['confirmation_steps', [{ from_usd: 'ten', confirmations: 1 }]],
    ['zero_conf_cap_sats', '-1'],
    ['zero_conf_cap_sats', '1000001'],
    ['zero_conf_cap_sats', 5],
    ['payment_methods', []],
    ['payment_methods', ['paypal']],
    ['payment_methods', 'onchain'],
    ['onchain_min_sats', '100000001'],
    ['onchain_min_sats', 1],
    ['private_route_hints', 'yes'],
    ['color', 'red'],
    ['logo_url', 'http://shop.example/logo.png'],
    ['success_url', 'javascript:alert(1)'],
    ['support_url', 'mailto:me@shop.example'],
    ['test_mode', false],
    ['wallet_id', 'mine'],
  ])('%s is refused as %j', async (field, value) => {
    const merchant = await openMerchant();
    const response = await merchant.request('PATCH', `/v1/stores/${merchant.store.id}`, { [field]: value });
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect([response.status, error.code]).toEqual([400, 'validation_error']);
    expect(error.message).toContain(field);
  });

  it('is refused as a currency that has no rate', async () => {
    const merchant = await openMerchant();
    const path = `/v1/stores/${merchant.store.id}`;
    const refused = await merchant.request('PATCH', path, { currency: 'XXX' });
    expect(await refused.json()).toMatchObject({ error: { code: 'invalid_currency' } });
    const accepted = await merchant.request('PATCH', path, { currency: 'eur' });
    expect(await accepted.json()).toMatchObject({ store: { currency: 'EUR' } });
  });

  it('that is not named stays as it is', async () => {
    const merchant = await openMerchant();
    await settle(merchant, { name: 'New name', tolerance_bp: 10, success_url: 'https://shop.example/thanks' });
    await settle(merchant, {
      tolerance_bp: null,
      payment_methods: ['lightning', 'lightning'],
      onchain_min_sats: '1000',
      private_route_hints: false,
    });
    const response = await merchant.request('GET', `/v1/stores/${merchant.store.id}`);
    expect(await response.json()).toMatchObject({
      store: {
        name: 'New name',
        payment_methods: ['lightning'],
        onchain_min_sats: '1000',
        private_route_hints: false,
        tolerance_bp: null,
        success_url: 'https://shop.example/thanks',
        color: '#336699',
      },
    });
  });
});

describe('The next invoice', () => {
  it('has the store’s expiry, grace, tolerance and success URL; its own success_url comes first', async () => {
    const merchant = await openMerchant();
    await settle(merchant, {
      default_expiry_minutes: 45,
      late_payment_grace_minutes: 0,
      tolerance_bp: 100,
      success_url: 'https://shop.example/thanks',
    });
    const invoice = await merchant.createInvoice({ amount_sats: '50000' });
    expect(invoice).toMatchObject({
      amount_tolerance_sats: '500',
      success_url: 'https://shop.example/thanks',
      late_payment_grace_minutes: 0,
      expires_at: new Date(merchant.clock.ms + 45 * 60_000).toISOString(),
    });
    const own = await merchant.createInvoice({ amount_sats: '50000', success_url: 'https://shop.example/other' });
    expect(own.success_url).toBe('https://shop.example/other');
    await settle(merchant, { tolerance_bp: 0 });
    expect((await merchant.createInvoice({ amount_sats: '50000' })).amount_tolerance_sats).toBe('0');
  });

  it('waits for the confirmations that its worth asks for', async () => {
    const merchant = await openMerchant();
    const asked = async (amount: string) => (await merchant.createInvoice({ amount, currency: 'USD' })).conf_threshold;
    expect([await asked('99'), await asked('101')]).toEqual([1, 2]);
    await settle(merchant, {
      confirmation_steps: [
        { from_usd: '20.50', confirmations: 2 },
        { from_usd: 500, confirmations: 6 },
      ],
    });
    expect([await asked('20.49'), await asked('20.51'), await asked('499'), await asked('500')]).toEqual([1, 2, 2, 6]);
    await settle(merchant, { confirmation_steps: null });
    expect(await asked('500')).toBe(2);
  });

  it('of an unknown worth waits for the most', async () => {
    const merchant = await openMerchant();
    await settle(merchant, { confirmation_steps: [{ from_usd: '5000', confirmations: 5 }] });
    await bindings.DB.prepare('DELETE FROM rates').run();
    expect((await merchant.createInvoice({ amount_sats: '1000' })).conf_threshold).toBe(5);
  });

  it('of a small amount needs no block, only where the store has said so', async () => {
    const merchant = await openMerchant();
    expect((await merchant.createInvoice({ amount_sats: '1000' })).conf_threshold).toBe(1);
    await settle(merchant, { zero_conf_cap_sats: '5000' });
    const invoice = await merchant.createInvoice({ amount_sats: '5000' });
    expect(invoice.conf_threshold).toBe(0);
    expect((await merchant.createInvoice({ amount_sats: '5001' })).conf_threshold).toBe(1);
    const seen = await merchant.request('POST', `/v1/invoices/${invoice.id}/simulate`, { event_type: 'invoice.paid' });
    expect(seen.status).toBe(200);
  });

  it('is one click away in test mode', async () => {
    const merchant = await openMerchant();
    const path = `/v1/stores/${merchant.store.id}/test-invoice`;
    const made = await merchant.request('POST', path);
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({
      invoice: { environment: 'test', amount_sats: '25000', status: 'pending' },
    });
    const priced = await merchant.request('POST', path, { amount: 5, currency: 'USD', order_ref: 'try' });
    expect(await priced.json()).toMatchObject({ invoice: { amount_fiat: 5, order_ref: 'try' } });
    expect((await merchant.request('POST', path, { amount: 5 })).status).toBe(400);

    const live = await openMerchant({ mode: 'live' });
    const refused = await live.request('POST', `/v1/stores/${live.store.id}/test-invoice`);
    expect(await refused.json()).toMatchObject({ error: { code: 'test_mode_only' } });
    const walletless = await openMerchant({ wallet: null });
    const without = await walletless.request('POST', `/v1/stores/${walletless.store.id}/test-invoice`);
    expect(await without.json()).toMatchObject({ error: { code: 'no_active_xpub' } });
  });
});

describe('Going live', () => {
  it('needs a wallet on the deployment’s own network', async () => {
    const { ask, path } = await openOwner();
    expect((await ask('POST', `${path}/go-live`)).body).toMatchObject({ error: { code: 'no_active_xpub' } });
    await expectStatus(201, ask('POST', `${path}/wallets`, { text: freshKey('mainnet'), script_type: 'p2wpkh' }));
    expect((await ask('POST', `${path}/go-live`)).body).toMatchObject({ error: { code: 'no_active_xpub' } });
    await expectStatus(201, ask('POST', `${path}/wallets`, { text: freshKey() }));
    const live = await ask<{ store: Store }>('POST', `${path}/go-live`);
    expect([live.status, live.body.store.test_mode]).toEqual([200, false]);
    expect((await ask<{ store: Store }>('POST', `${path}/go-live`)).body.store.test_mode).toBe(false);
  });

  it('makes test keys useless, and coming back makes them useful again', async () => {
    const { ask, path } = await openOwner();
    await expectStatus(201, ask('POST', `${path}/wallets`, { text: freshKey() }));
    const issued = await ask<{ secret: string }>('POST', `${path}/keys`, { environment: 'test' });
    const use = () => ask('GET', path, undefined, { authorization: `Bearer ${issued.body.secret}` });
    expect((await use()).status).toBe(200);
    await expectStatus(200, ask('POST', `${path}/go-live`));
    expect((await use()).body).toMatchObject({ error: { code: 'api_key_wrong_env' } });
    await expectStatus(200, ask('POST', `${path}/test-mode`));
    expect((await use()).status).toBe(200);
  });

  it('is refused where test invoices have used up the gap', async () => {
    const { ask, path } = await openOwner();
    await expectStatus(201, ask('POST', `${path}/wallets`, { text: freshKey(), gap_limit: 20 }));
    for (let made = 0; made < 15; made++) await expectStatus(201, ask('POST', `${path}/test-invoice`));
    expect((await ask('POST', `${path}/go-live`)).body).toMatchObject({ error: { code: 'gap_limit_exceeded' } });
  });
});

describe('An archived store', () => {
  it('refuses its keys and every change until it is restored', async () => {
    const { ask, path, store } = await openOwner();
    const issued = await ask<{ secret: string }>('POST', `${path}/keys`);
    const use = () => ask('GET', path, undefined, { authorization: `Bearer ${issued.body.secret}` });
    const archived = await ask<{ store: Store }>('POST', `${path}/archive`);
    expect(archived.body.store.archived_at).toEqual(expect.any(String));
    expect((await use()).status).toBe(404);
    expect((await ask('PATCH', path, { name: 'X' })).body).toMatchObject({ error: { code: 'conflict' } });
    expect((await ask('POST', `${path}/keys`)).body).toMatchObject({ error: { code: 'conflict' } });
    expect((await ask<{ stores: Store[] }>('GET', '/v1/stores')).body.stores).toEqual([]);
    const all = await ask<{ stores: Store[] }>('GET', '/v1/stores?archived=true');
    expect(all.body.stores.map(({ id }) => id)).toEqual([store.id]);
    const other = await openMerchant();
    const refused = await other.request('GET', '/v1/stores?archived=true');
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { code: 'validation_error', message: expect.stringContaining('archived: an API key') } },
    ]);
    expect((await other.request('GET', '/v1/stores?archived=false')).status).toBe(200);
    await expectStatus(200, ask('POST', `${path}/restore`));
    expect((await use()).status).toBe(200);
  });
});
