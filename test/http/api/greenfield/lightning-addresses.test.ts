// Lightning addresses as BTCPay Server's clients manage them: each is one that wallets can pay, and that the dashboard shows.

import { describe, expect, it } from 'vitest';
import { readStore } from '../../../../src/services/accounts/stores.ts';
import { addName, listNames, USUAL_TERMS } from '../../../../src/services/lnurl/names.ts';
import { openMerchant } from '../../../support/merchant.ts';
import { problemsOf } from './declared.ts';
import { openPlugin, token } from './plugin.ts';

/** As a strictly typed client declares it. */
const ADDRESS = { username: 'string', currencyCode: 'string?', min: 'int?', max: 'int?', invoiceMetadata: 'object?' };

interface Address {
  username: string;
  min: number;
  max: number;
}

async function open() {
  const shop = await openPlugin();
  const path = (name = '') => shop.inStore(`/lightning-addresses${name && `/${name}`}`);
  const save = <T = Address>(name: string, body: object) => shop.ask<T>('POST', path(name), body);
  return { ...shop, path, save };
}

type Refusal = { code?: string } & { path: string }[];

describe('Lightning addresses', () => {
  it('are added, listed, changed and removed', async () => {
    const { ask, path, save, request } = await open();
    const made = await save('Shop', {
      username: 'shop',
      currencyCode: null,
      min: null,
      max: null,
      invoiceMetadata: {},
    });
    const usual = { username: 'shop', currencyCode: null, min: 1, max: 1_000_000, invoiceMetadata: null };
    expect([made.status, made.body]).toEqual([200, usual]);
    expect(problemsOf(made.body, ADDRESS)).toEqual([]);
    await save('kiosk', { min: '10', max: 50_000 });
    const { body: listed } = await ask<Address[]>('GET', path());
    expect(listed.map(({ username, min, max }) => [username, min, max])).toEqual([
      ['kiosk', 10, 50_000],
      ['shop', 1, 1_000_000],
    ]);
    const known = await request('GET', '/.well-known/lnurlp/kiosk');
    expect(await known.json()).toMatchObject({ tag: 'payRequest', minSendable: 10_000, maxSendable: 50_000_000 });
    expect((await save('kiosk', { min: 20 })).body).toMatchObject({ min: 20, max: 1_000_000 });
    expect((await ask('GET', path('KIOSK'))).body).toMatchObject({ username: 'kiosk', min: 20 });
    expect(await ask('DELETE', path('kiosk'))).toMatchObject({ status: 200, text: '' });
    for (const method of ['GET', 'DELETE']) {
      const gone = await ask<Refusal>(method, path('kiosk'));
      expect([gone.status, gone.body.code]).toEqual([404, 'lightning-address-not-found']);
    }
    expect(await (await request('GET', '/.well-known/lnurlp/kiosk')).json()).toMatchObject({ status: 'ERROR' });
  });

  it('keep what the dashboard has settled for them', async () => {
    const { deps, store, save } = await open();
    const terms = { ...USUAL_TERMS, commentLength: 0, successMessage: 'Thanks' };
    await addName(deps, await readStore(deps, store.id), 'counter', terms);
    await save('counter', { max: 5 });
    expect(await listNames(deps, store)).toMatchObject([{ commentLength: 0, successMessage: 'Thanks', maxSats: 5 }]);
  });

  it.each<[string, object, unknown]>([
    ['x!', {}, [422, 'Username']],
    ['admin', {}, [422, 'Username']],
    ['till', { min: 0 }, [422, 'Min']],
    ['till', { min: -1 }, [422, 'Min']],
    ['till', { min: 1.5 }, [422, 'Min']],
    ['till', { max: 'many' }, [422, 'Max']],
    ['till', { max: 100_000_001 }, [422, 'Max']],
    ['till', { min: 10, max: 5 }, [422, 'Min']],
    ['till', { currencyCode: 'EUR' }, [422, 'CurrencyCode']],
    ['till', { invoiceMetadata: { table: 4 } }, [422, 'InvoiceMetadata']],
  ])('refuse %s with %j at the field', async (name, body, refusal) => {
    const { save } = await open();
    const { status, body: answer } = await save<Refusal>(encodeURIComponent(name), body);
    expect([status, answer[0]?.path]).toEqual(refusal);
  });

  it('of another store are taken, and cannot be seen', async () => {
    const { ask, path, save } = await open();
    const { deps, store } = await openMerchant();
    await addName(deps, await readStore(deps, store.id), 'theirs', USUAL_TERMS);
    const { status, body } = await save<Refusal>('theirs', {});
    expect([status, body.code]).toEqual([400, 'username-already-used']);
    expect((await ask('GET', path('theirs'))).status).toBe(404);
    expect((await ask('DELETE', path('theirs'))).status).toBe(404);
  });

  it('are seen with the right to view settings, and changed with the right to modify them', async () => {
    const { ask, keyWith, path, save } = await open();
    await save('shop', {});
    const viewer = token(await keyWith(['btcpay.store.canviewstoresettings']));
    expect((await ask('GET', path(), undefined, viewer)).status).toBe(200);
    expect((await ask('POST', path('more'), {}, viewer)).status).toBe(403);
    expect((await ask('DELETE', path('shop'), undefined, viewer)).status).toBe(403);
    const invoices = token(await keyWith(['btcpay.store.canmodifyinvoices', 'btcpay.store.cancreateinvoice']));
    expect((await ask('GET', path('shop'), undefined, invoices)).status).toBe(403);
  });
});
