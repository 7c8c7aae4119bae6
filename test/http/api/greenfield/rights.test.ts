// What a key may do about keys and settings: never more than it may itself, and never anything about where money goes.

import { beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../../src/services/access/permissions.ts';
import { openPlugin, type Plugin, token } from './plugin.ts';

const P = (name: string) => `btcpay.store.${name}`;
let shop: Plugin;
beforeAll(async () => {
  shop = await openPlugin();
});

interface Issued {
  apiKey: string;
  label: string;
  permissions: string[];
  code?: string;
}
const issue = (by: string, body: unknown) => shop.ask<Issued>('POST', '/api-keys', body, token(by));

describe('A key that makes another', () => {
  it('gives it what was asked for, in its own store', async () => {
    const asked = [P('canviewinvoices'), `${P('cancreateinvoice')}:${shop.store.id}`, P('canviewinvoices')];
    const { status, body } = await issue(shop.store.apiKey, { label: 'Till 2', permissions: asked });
    expect(status).toBe(200);
    const permissions = [P('canviewinvoices'), P('cancreateinvoice')].map((name) => `${name}:${shop.store.id}`);
    expect(body).toEqual({ apiKey: expect.stringMatching(/^sl_test_[A-Za-z0-9_-]+$/), label: 'Till 2', permissions });
    const { body: current } = await shop.ask('GET', '/api-keys/current', undefined, token(body.apiKey));
    expect(current).toEqual(body);
    expect((await shop.ask('GET', shop.inStore('/invoices'), undefined, token(body.apiKey))).status).toBe(200);
    expect((await shop.ask('GET', shop.inStore(), undefined, token(body.apiKey))).status).toBe(403);
    expect((await shop.ask('DELETE', `/api-keys/${body.apiKey}`)).status).toBe(200);
    expect((await shop.ask('GET', '/api-keys/current', undefined, token(body.apiKey))).status).toBe(401);
  });

  it('without permissions it gives none', async () => {
    const { body } = await issue(shop.store.apiKey, { label: null, permissions: null });
    expect(body).toMatchObject({ label: '', permissions: [] });
    expect((await shop.ask('GET', shop.inStore('/invoices'), undefined, token(body.apiKey))).status).toBe(403);
  });

  it('never gives what it does not hold: each right, asked for by each', async () => {
    for (const own of PERMISSIONS) {
      const key = await shop.keyWith([own, P('canmodifystoresettings')]);
      for (const wanted of PERMISSIONS) {
        const { status, body } = await issue(key, { permissions: [wanted] });
        if (status !== 200) {
          expect([own, wanted, status, body.code]).toEqual([own, wanted, 403, 'missing-permission']);
          continue;
        }
        // What the new key may ask, the old one may ask.
        for (const path of ['/users/me/notifications', '/users/me', shop.inStore('/users'), '/apps']) {
          const of = async (one: string) => (await shop.ask('GET', path, undefined, token(one))).status;
          if ((await of(body.apiKey)) !== 403) expect([own, wanted, path, await of(key)]).not.toContain(403);
        }
        await shop.ask('DELETE', `/api-keys/${body.apiKey}`);
      }
      await shop.ask('DELETE', `/api-keys/${key}`);
    }
  }, 120_000);

  it('gives nothing without the right to change settings, with every other permission', async () => {
    const others = PERMISSIONS.filter((name) => name !== 'unrestricted' && name !== P('canmodifystoresettings'));
    const key = await shop.keyWith(others);
    expect(await issue(key, { permissions: [P('canviewinvoices')] })).toMatchObject({
      ...{ status: 403, body: { code: 'missing-permission' } },
    });
  });

  it('gives nothing in another’s store, and no unknown name', async () => {
    const other = await openPlugin();
    for (const scope of [other.store.id, 'nothing', `${shop.store.id}:x`]) {
      const { status, body } = await issue(shop.store.apiKey, { permissions: [`${P('canviewinvoices')}:${scope}`] });
      expect([scope, status, body.code]).toEqual([scope, 403, 'missing-permission']);
    }
    const { status, body } = await issue(shop.store.apiKey, { permissions: [P('canviewinvoices'), 'x', P(''), 7] });
    expect([status, (body as unknown as { path: string }[]).map(({ path }) => path)]).toEqual([
      422,
      ['Permissions[3]'],
    ]);
    const unknown = await issue(shop.store.apiKey, { permissions: ['x', P('canviewinvoices'), P('canstealmoney')] });
    expect((unknown.body as unknown as { path: string }[]).map(({ path }) => path)).toEqual([
      'Permissions[0]',
      'Permissions[2]',
    ]);
  });

  it('of test mode, makes none that works on real money', async () => {
    const { body } = await issue(await shop.keyWith(['unrestricted']), { permissions: [P('cancreateinvoice')] });
    expect(body.apiKey).toMatch(/^sl_test_/);
  });
});

describe('A store’s settings', () => {
  it('are read back as they were sent', async () => {
    const sent = {
      name: 'Tea & Cups',
      defaultCurrency: 'EUR',
      invoiceExpiration: 1800,
      monitoringExpiration: 7200,
      paymentTolerance: 1.5,
      brandColor: '#12ab34',
      supportUrl: 'https://shop.example/help',
    };
    expect(await shop.ask('PUT', shop.inStore(), sent)).toMatchObject({ status: 200, body: sent });
    expect((await shop.ask('GET', shop.inStore())).body).toMatchObject(sent);
    for (const speedPolicy of ['LowSpeed', 'LowMediumSpeed', 'MediumSpeed']) {
      expect((await shop.ask('PUT', shop.inStore(), { speedPolicy })).body).toMatchObject({ ...sent, speedPolicy });
      expect((await shop.ask('GET', shop.inStore())).body.speedPolicy).toBe(speedPolicy);
      expect((await shop.make({ amount: '10', currency: 'USD' })).checkout.speedPolicy).toBe(speedPolicy);
    }
  });

  it('saved whole they stay as they are', async () => {
    const other = await openPlugin();
    const native = async () => (await other.request('GET', `/v1/stores/${other.store.id}`)).text();
    const [before, { body }] = [await native(), await other.ask('GET', other.inStore())];
    const { paymentTolerance, ...rest } = body;
    expect((await other.ask('PUT', other.inStore(), rest)).body).toEqual(body);
    expect(await native()).toBe(before);
    expect((await other.ask('PUT', other.inStore(), { paymentTolerance })).body).toEqual(body);
  });

  it('refuses what is wrong, all of it, and unconfirmed money that the owner has not allowed', async () => {
    const paths = async (body: unknown) => {
      const answer = await shop.ask<{ path: string }[]>('PUT', shop.inStore(), body);
      return [answer.status, answer.body.map(({ path }) => path).sort()];
    };
    expect(
      await paths({ name: '', invoiceExpiration: 1, paymentTolerance: 101, speedPolicy: 'x', logoUrl: 'http://x.y' }),
    ).toEqual([422, ['InvoiceExpiration', 'LogoUrl', 'Name', 'PaymentTolerance', 'SpeedPolicy']]);
    expect(await paths({ speedPolicy: 'HighSpeed' })).toEqual([422, ['SpeedPolicy']]);
    expect(await paths({ defaultCurrency: 'XYZ' })).toEqual([422, ['DefaultCurrency']]);
  });

  it('never say where money goes, or that it is real', async () => {
    const native = async () =>
      JSON.parse(await (await shop.request('GET', `/v1/stores/${shop.store.id}`)).text()).store;
    const { wallet_id, test_mode, zero_conf_cap_sats } = await native();
    const body = {
      walletId: 'x',
      wallet_id: 'x',
      testMode: false,
      test_mode: false,
      zeroConfCapSats: 9,
      archived: true,
    };
    expect((await shop.ask('PUT', shop.inStore(), body)).status).toBe(200);
    expect(await native()).toMatchObject({ wallet_id, test_mode, zero_conf_cap_sats });
    const config = { enabled: true, config: 'xpub' };
    expect((await shop.ask('PUT', shop.inStore('/payment-methods/BTC-CHAIN'), config)).status).toBe(400);
  });
});
