// BTCPay Server's published OpenAPI, operation by operation: each is answered in JSON, as it is described or with a code that
// says what is missing; and what is answered has every field that is described, of its type.

import { beforeAll, describe, expect, it } from 'vitest';
import { greenfieldApi } from '../../../../src/http/api/greenfield/routes.ts';
import { answering } from '../../../support/declared.ts';
import { bindings } from '../../../support/merchant.ts';
import { openPerson } from '../../../support/person.ts';
import published from '../../../vectors/greenfield/openapi.json';
import { openPlugin, type Plugin } from './plugin.ts';

let shop: Plugin;
let ids: Record<string, string>;
beforeAll(async () => {
  shop = await openPlugin();
  const owner = await openPerson({ email: `owner-${crypto.randomUUID()}@example.com` });
  await bindings.DB.prepare('UPDATE stores SET account_id = ? WHERE id = ?').bind(owner.accountId, shop.store.id).run();
  const invoice = await shop.make({ amount: 10, currency: 'USD', metadata: { orderId: '7' } });
  await shop.simulate(invoice.id, 'invoice.paid');
  const { body: webhook } = await shop.ask<{ id: string }>('POST', shop.inStore('/webhooks'), {
    url: 'http://127.0.0.1:9/hook',
  });
  ids = {
    storeId: shop.store.id,
    invoiceId: invoice.id,
    webhookId: webhook.id,
    paymentMethodId: 'BTC-CHAIN',
    cryptoCode: 'BTC',
    rateSource: 'primary',
  };
});

const filled = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? 'x');
/** Not before everything else: afterwards the key, the store's invoice or its webhook are gone. */
const isLast = (operation: string) => operation.startsWith('DELETE ');
const operations = [...published.operations].sort((a, b) => Number(isLast(a)) - Number(isLast(b)));

it(`each of ${operations.length} operations is known`, async () => {
  const unknown: unknown[] = [];
  for (const operation of operations) {
    const [method = '', path = ''] = operation.split(' ');
    if (operation === 'DELETE /api/v1/api-keys/current') continue;
    const target = filled(path);
    const answer = await shop.request(method, target, method === 'GET' ? undefined : {}, {
      authorization: `token ${shop.store.apiKey}`,
    });
    const text = await answer.text();
    const isJson = text === '' || /^application\/json/.test(answer.headers.get('content-type') ?? '');
    const body =
      text === '' ? null : (JSON.parse(isJson ? text : 'null') as { code?: string; message?: string } | unknown[]);
    const code = body && !Array.isArray(body) ? body.code : undefined;
    const isError = answer.status >= 400;
    const isNamed = Array.isArray(body) || typeof code === 'string';
    const isOwn = answer.status < 500 || code === 'not-available';
    if (!isJson || code === 'not-found' || !isOwn || (isError && !isNamed))
      unknown.push([operation, answer.status, text]);
  }
  expect(unknown).toEqual([]);
}, 60_000);

/** Not offered, or what keys may do with less. */
const OTHERWISE = /\/(refund|pull-payments|payouts|api-keys|roles)\b/;

it('A key needs the permission that is published', () => {
  const asked = operations
    .filter((operation) => operation.split(' ').length === 3 && !OTHERWISE.test(operation))
    .map((operation) => {
      const [method = '', path = ''] = operation.split(' ');
      const target = path.slice('/api/v1'.length).replaceAll(/\{\w+\}/g, 'x');
      const { key, administrator } = answering(greenfieldApi, method, target)?.describe().who ?? {};
      return [operation, `${method} ${path} ${administrator ?? key}`];
    });
  expect(asked.length).toBeGreaterThan(30);
  for (const [operation, ours] of asked) expect(ours).toBe(operation);
});

type Fields = Record<string, unknown>;
const described = published.schemas as Record<string, Record<string, string>>;
// The document calls a spread a text; BTCPay Server answers a number, and its PHP library reads no text there.
const schemas: typeof described = {
  ...described,
  StoreRateConfiguration: { ...described.StoreRateConfiguration, spread: 'number' },
};

function problemsOf(value: unknown, name: string): string[] {
  const fields = value as Fields;
  return Object.entries(schemas[name] ?? {}).flatMap(([field, type]) => {
    const given = fields[field];
    if (given === null && type.endsWith('?')) return [];
    const is = Array.isArray(given) ? 'array' : given === null ? 'null' : typeof given;
    const wanted = type.replace('?', '').replace('integer', 'number');
    return is === wanted ? [] : [`${name}.${field}: ${JSON.stringify(given)} is no ${type}`];
  });
}

describe('Every field that is described is answered, of its type', () => {
  const get = async <T = Fields[]>(path: string) => (await shop.ask<T>('GET', path)).body;
  const each = (list: unknown[], name: string) => {
    expect(list.length).toBeGreaterThan(0);
    expect(list.flatMap((one) => problemsOf(one, name))).toEqual([]);
  };

  it('of invoices', async () => {
    const made = [
      await shop.make({ amount: '5', currency: 'EUR' }),
      await shop.make({ currency: 'BTC' }),
      await shop.make({ amount: 5_000, currency: 'SATS', additionalSearchTerms: ['a'] }),
      ...(await shop.list('?includePaymentMethods=true&includeArchived=true')),
    ];
    each(made, 'InvoiceData');
    each(
      made.map(({ checkout }) => checkout),
      'CheckoutOptions',
    );
    each(
      made.map(({ receipt }) => receipt),
      'ReceiptOptions',
    );
    each(
      made.flatMap(({ paymentMethods = [] }) => paymentMethods),
      'InvoicePaymentMethodDataModel',
    );
    each(
      made.flatMap(({ paymentMethods = [] }) => paymentMethods.flatMap(({ payments }) => payments)),
      'Payment',
    );
  });

  it('of the key, the server, and who is who', async () => {
    const before = await openPlugin();
    each([(await before.ask('GET', '/api-keys/current')).body], 'ApiKeyData');
    each([await get<Fields>('/server/info')], 'ApplicationServerInfoData');
    each([await get<Fields>('/users/me')], 'ApplicationUserData');
    each(await get(shop.inStore('/users')), 'StoreUserData');
    each(await get(shop.inStore('/roles')), 'RoleData');
  });

  it('of the store, its rates and its payment methods', async () => {
    each(await get('/stores'), 'StoreData');
    each([(await shop.ask('PUT', shop.inStore(), { name: 'Tea' })).body], 'StoreData');
    each(await get(shop.inStore('/rates?currencyPair=BTC_USD&currencyPair=BTC_XXX')), 'StoreRateResult');
    each([await get<Fields>(shop.inStore('/rates/configuration'))], 'StoreRateConfiguration');
    each(await get(shop.inStore('/payment-methods')), 'GenericPaymentMethodData');
    each(await get(shop.inStore('/payment-methods?includeConfig=true')), 'GenericPaymentMethodData');
  });

  it('of webhooks and what was delivered', async () => {
    const seller = await openPlugin();
    const path = seller.inStore('/webhooks');
    const { body } = await seller.ask<Fields>('POST', path, { url: 'http://127.0.0.1:9/hook' });
    await seller.make();
    const of = async (where: string) => (await seller.ask<Fields[]>('GET', where)).body;
    each(await of(path), 'WebhookData');
    each(await of(`${path}/${body.id}/deliveries`), 'WebhookDeliveryData');
  });
});
