// What a plugin asks before it sells anything: the server, the key, the store and how it can be paid.

import { beforeAll, describe, expect, it } from 'vitest';
import { openPlugin, type Plugin, token } from './plugin.ts';

/** JavaScript reads some of these as numbers, and throws at others. */
const NO_NUMBERS: unknown[] = [
  true,
  '',
  ' ',
  [],
  [[1]],
  ['5'],
  {},
  { toString: 1, valueOf: 1 },
  [{ toString: 1 }],
  '0x10',
];

let shop: Plugin;
beforeAll(async () => {
  shop = await openPlugin();
});

describe('The server', () => {
  it('quirk 10: is new enough and knows whether it is in step', async () => {
    const live = await openPlugin({ mode: 'live' });
    expect((await live.ask('GET', '/server/info')).body).toMatchObject({ version: '2.4.1', fullySynched: false });
    expect((await live.ask('GET', '/health', undefined, { authorization: '' })).body).toEqual({ synchronized: false });
    await live.showTip(120);
    expect((await live.ask('GET', '/server/info')).body).toEqual({
      version: '2.4.1',
      onion: null,
      supportedPaymentMethods: ['BTC-CHAIN', 'BTC-LN'],
      fullySynched: true,
      syncStatus: [
        {
          ...{ paymentMethodId: 'BTC-CHAIN', cryptoCode: 'BTC', available: true, chainHeight: 120, syncHeight: 120 },
          nodeInformation: { headers: 120, blocks: 120, verificationProgress: 1 },
        },
      ],
    });
    expect((await live.ask('GET', '/health', undefined, { authorization: '' })).body).toEqual({ synchronized: true });
    live.clock.advanceMinutes(6);
    expect((await live.ask('GET', '/server/info')).body).toMatchObject({ fullySynched: false });
  });

  it('quirk 28: what every page of a shop asks is cheap', async () => {
    const statements: string[] = [];
    const { db } = shop.deps;
    const prepare = db.$client.prepare.bind(db.$client);
    db.$client.prepare = (sql: string) => {
      statements.push(sql);
      return prepare(sql);
    };
    try {
      for (const path of ['/server/info', shop.inStore(), shop.inStore('/payment-methods/OnChain')]) {
        statements.length = 0;
        expect((await shop.ask('GET', path)).status).toBe(200);
        expect([path, statements.filter((sql) => !/^update/i.test(sql)).length <= 2]).toEqual([path, true]);
      }
    } finally {
      db.$client.prepare = prepare;
    }
  });
});

describe('The key', () => {
  it('quirk 3: holds exactly what it was given, each for its store', async () => {
    const names = [
      'btcpay.store.canviewinvoices',
      'btcpay.store.cancreateinvoice',
      'btcpay.store.webhooks.canmodifywebhooks',
    ];
    const key = await shop.keyWith(names, { label: 'Magento 2 @ shop.test' });
    const { body } = await shop.ask('GET', '/api-keys/current', undefined, token(key));
    expect(body).toEqual({
      apiKey: key,
      label: 'Magento 2 @ shop.test',
      permissions: names.map((name) => `${name}:${shop.store.id}`),
    });
    const scoped = await shop.keyWith(
      names.map((name) => `${name}:${shop.store.id}`),
      { label: '' },
    );
    expect((await shop.ask('GET', '/api-keys/current', undefined, token(scoped))).body).toMatchObject({
      ...{ label: '', permissions: body.permissions },
    });
  });

  it('one that may do everything says what shops’ plugins ask for, and nothing else', async () => {
    const { body } = await shop.ask<{ permissions: string[] }>('GET', '/api-keys/current');
    const names = body.permissions.map((name) => name.replace(`:${shop.store.id}`, ''));
    const ofWooCommerce = ['canviewinvoices', 'cancreateinvoice', 'canviewstoresettings', 'canmodifyinvoices'];
    const ofMagento = [...ofWooCommerce, 'webhooks.canmodifywebhooks'];
    expect(names.sort()).toEqual(ofMagento.map((name) => `btcpay.store.${name}`).sort());
  });

  it('quirk 4: and the ids have letters that every client keeps', async () => {
    const { id } = await shop.make();
    expect(shop.store.apiKey).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(shop.store.id).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(id).toMatch(/^[A-Za-z0-9_-]{1,120}$/);
  });

  it.each(['token KEY', 'Token KEY', 'bearer KEY', 'Bearer  KEY', 'TOKEN KEY '])('is taken as %s', async (form) => {
    const authorization = form.replace('KEY', shop.store.apiKey);
    expect((await shop.ask('GET', '/api-keys/current', undefined, { authorization })).status).toBe(200);
  });

  it('a password is refused in words', async () => {
    const authorization = `Basic ${btoa('ada@example.com:secret')}`;
    const { status, body } = await shop.ask('GET', '/stores', undefined, { authorization });
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
    expect(body.message).toContain('API key');
  });

  it('revokes itself, or another of its store that it knows', async () => {
    const [first, second] = [await shop.keyWith(null), await shop.keyWith([])];
    const other = await openPlugin();
    const revoke = async (key: string, by: string) =>
      (await shop.ask('DELETE', `/api-keys/${key}`, undefined, token(by))).status;
    expect(await revoke(other.store.apiKey, first)).toBe(404);
    expect((await other.ask('GET', '/server/info')).status).toBe(200);
    expect(await revoke('nonsense', first)).toBe(404);
    expect(await revoke(second, first)).toBe(200);
    expect((await shop.ask('GET', '/server/info', undefined, token(second))).status).toBe(401);
    expect(await revoke('current', first)).toBe(200);
    expect((await shop.ask('GET', '/server/info', undefined, token(first))).status).toBe(401);
  });
});

describe('The store', () => {
  it('is the one store of its key', async () => {
    const { body } = await shop.ask<{ id: string; name: string }[]>('GET', '/stores');
    expect(body).toMatchObject([{ id: shop.store.id, name: 'Corner Shop' }]);
    const { body: one } = await shop.ask('GET', shop.inStore());
    expect(one).toEqual(body[0]);
    expect(one).toMatchObject({
      ...{ defaultCurrency: 'USD', invoiceExpiration: 900, monitoringExpiration: 3600, speedPolicy: 'MediumSpeed' },
      ...{ brandColor: '#336699', archived: false, defaultPaymentMethod: 'BTC-CHAIN', networkFeeMode: 'Never' },
    });
  });

  it('quirk 8: its payment methods, in the shape of 2.x', async () => {
    const path = shop.inStore('/payment-methods');
    expect((await shop.ask('GET', path)).body).toEqual([{ paymentMethodId: 'BTC-CHAIN', enabled: true, config: null }]);
    expect((await shop.ask('GET', `${path}?onlyEnabled=true&includeConfig=true`)).body).toEqual([
      { paymentMethodId: 'BTC-CHAIN', enabled: true, config: { label: '', accountKeyPath: '' } },
    ]);
    expect((await shop.ask('GET', `${path}/btc_onchain`)).body).toMatchObject({ paymentMethodId: 'BTC-CHAIN' });
    expect(await shop.ask('GET', `${path}/BTC-LN`)).toMatchObject({
      ...{ status: 404, body: { code: 'paymentmethod-not-found' } },
    });
  });

  it('quirk 8: and in those of 1.x, which PrestaShop reads on every checkout', async () => {
    const path = shop.inStore('/payment-methods');
    const details = { derivationScheme: '', label: '', accountKeyPath: '' };
    const onChain = { enabled: true, cryptoCode: 'BTC', paymentMethod: 'BTC', ...details };
    expect((await shop.ask('GET', `${path}/OnChain`)).body).toEqual([onChain]);
    expect((await shop.ask('GET', `${path}/OnChain/BTC`)).body).toEqual(onChain);
    expect(await shop.ask('GET', `${path}/LightningNetwork`)).toMatchObject({ status: 200, body: [] });
    const old = await shop.keyWith(['btcpay.store.canviewstoresettings'], { oldShapes: true });
    expect((await shop.ask('GET', path, undefined, token(old))).body).toEqual({
      BTC: { enabled: true, cryptoCode: 'BTC', data: details },
    });
  });

  it('cannot be paid before it has a wallet', async () => {
    const bare = await openPlugin({ wallet: null });
    const old = await bare.keyWith(null, { oldShapes: true });
    for (const path of ['/payment-methods', '/payment-methods/OnChain']) {
      expect((await bare.ask('GET', bare.inStore(path))).body).toEqual([]);
    }
    expect((await bare.ask('GET', bare.inStore('/payment-methods'), undefined, token(old))).body).toEqual({});
    expect((await bare.ask('GET', bare.inStore('/payment-methods/BTC'))).status).toBe(404);
    expect((await bare.ask('GET', bare.inStore())).body).toMatchObject({ defaultPaymentMethod: null });
  });

  it('its exchange rates', async () => {
    const path = shop.inStore('/rates');
    const fresh = await openPlugin();
    expect((await fresh.ask('GET', fresh.inStore('/rates'))).body).toEqual([
      { currencyPair: 'BTC_USD', errors: [], rate: '50000' },
    ]);
    const { body } = await shop.ask(
      'GET',
      `${path}?currencyPair=btc_eur&currencyPair[]=BTC_BTC&currencyPair=USD_BTC,BTC_XXX`,
    );
    expect(body).toMatchObject([{ rate: '40000' }, { rate: '1' }, { rate: null }, { rate: null }]);
  });

  it('what its exchange rates are made of, which is not the store’s to change', async () => {
    const path = shop.inStore('/rates/configuration');
    const now = {
      spread: 0,
      preferredSource: 'median',
      isCustomScript: false,
      effectiveScript: expect.stringContaining('median('),
    };
    for (const where of [path, `${path}/primary`, `${path}/Primary`]) {
      expect(await shop.ask('GET', where)).toMatchObject({ status: 200, body: now });
    }
    for (const method of ['GET', 'PUT']) {
      expect(await shop.ask(method, `${path}/fallback`, method === 'PUT' ? {} : undefined)).toMatchObject({
        ...{ status: 404, body: { code: 'fallback-disabled' } },
      });
    }
    const { body } = await shop.ask('GET', path);
    for (const same of [
      body,
      { spread: 0, preferredSource: 'median', isCustomScript: false, effectiveScript: null },
      { spread: '0.00000000', preferredSource: '', isCustomScript: 'false', effectiveScript: '' },
      {},
    ]) {
      expect(await shop.ask('PUT', path, same)).toMatchObject({ status: 200, body: now });
      expect(await shop.ask('POST', `${path}/preview?currencyPair=BTC_EUR`, same)).toMatchObject({
        ...{ status: 200, body: [{ currencyPair: 'BTC_EUR', rate: '40000', errors: [] }] },
      });
    }
    const other = { spread: '1', preferredSource: 'kraken', isCustomScript: true, effectiveScript: 'X_X = 1' };
    const refused = await shop.ask<{ path: string }[]>('PUT', path, other);
    expect([refused.status, refused.body.map((problem) => problem.path)]).toEqual([
      422,
      ['Spread', 'PreferredSource', 'IsCustomScript', 'EffectiveScript'],
    ]);
  });

  it.each(NO_NUMBERS)('refuses %j where its settings and rates have numbers, and changes nothing', async (wrong) => {
    const before = (await shop.ask('GET', shop.inStore())).body;
    const rates = shop.inStore('/rates/configuration');
    for (const [method, path, field] of [
      ...['paymentTolerance', 'invoiceExpiration', 'monitoringExpiration'].map((name) => ['PUT', shop.inStore(), name]),
      ...[rates, `${rates}/primary`].map((path) => ['PUT', path, 'spread']),
      ['POST', `${rates}/preview`, 'spread'],
    ] as [string, string, string][]) {
      const { status, body } = await shop.ask<{ path: string }[]>(method, path, { [field]: wrong });
      const named = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
      expect([field, status, body.map((problem) => problem.path)]).toEqual([field, 422, [named]]);
    }
    expect((await shop.ask('GET', shop.inStore())).body).toEqual(before);
  });

  it.each([{ toString: 1 }, [{ toString: 1, valueOf: 1 }], 7])(
    'refuses %j where its rates have text',
    async (wrong) => {
      const fields = { preferredSource: wrong, isCustomScript: wrong, effectiveScript: wrong };
      const answer = await shop.ask<{ path: string }[]>('PUT', shop.inStore('/rates/configuration'), fields);
      expect([answer.status, answer.body.map(({ path }) => path)]).toEqual([
        422,
        ['PreferredSource', 'IsCustomScript', 'EffectiveScript'],
      ]);
    },
  );
});

describe('What there is not', () => {
  it('lists are empty, single ones are missing', async () => {
    for (const path of ['/pull-payments', '/payouts', '/payout-processors', '/payment-requests']) {
      expect(await shop.ask('GET', shop.inStore(path))).toMatchObject({ status: 200, body: [] });
    }
    for (const method of ['PUT', 'DELETE']) {
      const path = shop.inStore('/payout-processors/LightningAutomatedPayoutSenderFactory/BTC-LN');
      const { status, body } = await shop.ask(method, path, { intervalSeconds: 60 });
      expect([status, body.code]).toEqual([400, 'settings-not-supported']);
    }
    const nobody = { authorization: '' };
    expect(await shop.ask('GET', '/pull-payments/x', undefined, nobody)).toMatchObject({
      ...{ status: 404, body: { code: 'pullpayment-not-found' } },
    });
    expect(await shop.ask('POST', shop.inStore('/payouts/x/mark-paid'))).toMatchObject({
      ...{ status: 404, body: { code: 'payout-not-found' } },
    });
    expect(await shop.ask('GET', shop.inStore('/lightning/BTC/info'))).toMatchObject({
      ...{ status: 404, body: { code: 'lightning-not-configured' } },
    });
    expect(await shop.ask('GET', '/nothing/here')).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});
