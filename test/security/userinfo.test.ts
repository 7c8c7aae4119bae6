// No link with a user name or a password in it: every field of every dialect that takes a URL, by each road that sets it.

import { beforeAll, describe, expect, it } from 'vitest';
import { safeWebUrl } from '../../src/http/checkout/links.ts';
import { readApplicationRequest } from '../../src/services/accounts/applications.ts';
import { basic } from '../http/api/bitpay/client.ts';
import { type Merchant, openMerchant, startReceiver } from '../support/merchant.ts';

const NAMED = [
  'https://user:pass@shop.example/x',
  'https://user@shop.example/x',
  'https://:pass@shop.example/x',
  'https://@shop.example/x',
  'https:/user@shop.example/x',
  'https:\\\\user@shop.example/x',
  'https://shop.example\\@bank.example/x',
  'https://shop.example:443@bank.example',
  'https://us%65r@shop.example',
];
/** An @ that is no sign of a name. */
const HARMLESS = [
  'https://shop.example/@anna',
  'https://shop.example/a//b@c',
  'https://shop.example/?mail=a@b.example#c@d',
];
const SAYS = 'must not contain a user name or password';

let merchant: Merchant;
/** Where there is something to change already. */
const ids = { webhook: '', greenfield: '' };
let local = '';

type Row = [field: string, method: string, path: () => string, body: (url: string) => unknown, isTarget?: boolean];
const native = () => `/v1/stores/${merchant.store.id}`;
const greenfield = () => `/api/v1/stores/${merchant.store.id}`;
const order = { price: 5, currency: 'USD' };
/** In the last column, whether it is a target that has to be on this machine while tests run. */
const FIELDS: Row[] = [
  ['success_url', 'POST', () => '/v1/invoices', (url) => ({ amount_sats: '1000', success_url: url })],
  ['callback_url', 'POST', () => '/v1/invoices', (url) => ({ amount_sats: '1000', callback_url: url }), true],
  ['success_url', 'PATCH', native, (url) => ({ success_url: url })],
  ['support_url', 'PATCH', native, (url) => ({ support_url: url })],
  ['logo_url', 'PATCH', native, (url) => ({ logo_url: url })],
  ['url', 'POST', () => `${native()}/webhooks`, (url) => ({ url }), true],
  ['url', 'PATCH', () => `${native()}/webhooks/${ids.webhook}`, (url) => ({ url }), true],
  [
    'checkout.redirectURL',
    'POST',
    () => `${greenfield()}/invoices`,
    (url) => ({ amount: 5, checkout: { redirectURL: url } }),
  ],
  ['logoUrl', 'PUT', greenfield, (url) => ({ name: 'Shop', logoUrl: url })],
  ['supportUrl', 'PUT', greenfield, (url) => ({ name: 'Shop', supportUrl: url })],
  ['url', 'POST', () => `${greenfield()}/webhooks`, (url) => ({ url }), true],
  ['url', 'PUT', () => `${greenfield()}/webhooks/${ids.greenfield}`, (url) => ({ url }), true],
  ['notificationURL', 'POST', () => '/invoices', (url) => ({ ...order, notificationURL: url }), true],
  ['redirectURL', 'POST', () => '/invoices', (url) => ({ ...order, redirectURL: url })],
  ['closeURL', 'POST', () => '/invoices', (url) => ({ ...order, closeURL: url })],
  [
    'checkout.redirectURL',
    'PUT',
    () => `${greenfield()}/onchain/btc/addresses/anna`,
    (url) => ({ checkout: { redirectURL: url } }),
  ],
];

async function ask(method: string, path: string, body: unknown) {
  const key = merchant.store.apiKey;
  const headers = { ...(path === '/invoices' && basic(key)), 'content-type': 'application/json' };
  const answer = await merchant.request(method, path, body, headers);
  const text = await answer.text();
  await merchant.settled();
  return { status: answer.status, text };
}

beforeAll(async () => {
  merchant = await openMerchant();
  local = (await startReceiver()).url;
  const made = async (path: string) => JSON.parse((await ask('POST', path, { url: local })).text);
  ids.webhook = (await made(`${native()}/webhooks`)).webhook.id;
  ids.greenfield = (await made(`${greenfield()}/webhooks`)).id;
});

describe('A URL with a user name or a password', () => {
  it.each(FIELDS)('is refused in %s: %s', async (field, method, path, body, isTarget) => {
    for (const url of NAMED) {
      const { status, text } = await ask(method, path(), body(url));
      expect([url, status]).toEqual([url, path().startsWith('/api/') ? 422 : 400]);
      // Greenfield names fields as BTCPay Server does, with capitals.
      expect(text.toLowerCase()).toContain(field.toLowerCase());
      expect(text).toContain(SAYS);
    }
    for (const url of isTarget ? [`${local}?mail=a@b.example`] : HARMLESS) {
      const { status, text } = await ask(method, path(), body(url));
      expect([url, status < 300, text]).toEqual([url, true, text]);
    }
  });

  it('is nowhere to take a key to, and no link', () => {
    for (const url of NAMED) {
      const { redirect } = readApplicationRequest(new URLSearchParams({ redirect: url }));
      expect([url, redirect, safeWebUrl(url)]).toEqual([url, null, null]);
    }
    for (const url of HARMLESS) {
      expect(readApplicationRequest(new URLSearchParams({ redirect: url })).redirect).toBe(url);
      expect(safeWebUrl(url)?.href).toBe(url);
    }
  });
});
