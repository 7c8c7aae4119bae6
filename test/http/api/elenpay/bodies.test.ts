// What ElenPAY's routes refuse of what is sent. Who may not use them: test/http/api/greenfield/must-refuse.test.ts.

import { beforeAll, describe, expect, it } from 'vitest';
import { type Merchant, openMerchant } from '../../../support/merchant.ts';

let mine: Merchant;

beforeAll(async () => {
  mine = await openMerchant();
});

async function ask(method: string, path: string, body?: unknown) {
  const headers = { authorization: `token ${mine.store.apiKey}` };
  const response = await mine.request(method, `/api/v1/stores/${mine.store.id}/${path}`, body, headers);
  return { status: response.status, body: (await response.json()) as unknown };
}

describe('What is sent', () => {
  const put = (customer: string, body?: unknown) => ask('PUT', `onchain/btc/addresses/${customer}`, body);
  const long = 'x'.repeat(129);

  it.each(['a%20b', 'a.b', 'a:b', '%C3%A4', long])('may not name a customer %s', async (customer) => {
    expect(await put(customer)).toMatchObject({ status: 422, body: [{ path: 'CustomerId' }] });
  });

  it.each([
    [{ metadata: { OrderId: 'with space' } }, 'Metadata.OrderId'],
    [{ metadata: { OrderId: long } }, 'Metadata.OrderId'],
    [{ metadata: { 'a b': 'c' } }, 'Metadata.A b'],
    [{ metadata: { OrderId: { deep: 1 } } }, 'Metadata.OrderId'],
    [{ metadata: 'text' }, 'Metadata'],
    [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) }, 'Metadata'],
    ['{"metadata": {"__proto__": "x"}}', 'Metadata'],
    [{ checkout: { redirectURL: 'http://plain.example' } }, 'Checkout.RedirectURL'],
    [{ checkout: { redirectURL: 'javascript:alert(1)' } }, 'Checkout.RedirectURL'],
    [{ checkout: { redirectURL: 7 } }, 'Checkout.RedirectURL'],
    [{ checkout: { redirectAutomatically: 'maybe' } }, 'Checkout.RedirectAutomatically'],
    [{ checkout: [] }, 'Checkout'],
  ])('%j is refused at its field', async (body, path) => {
    expect(await put('someone', body)).toMatchObject({ status: 422, body: [{ path }] });
  });

  it('may be nothing, null, or under names in any case', async () => {
    for (const body of [
      undefined,
      {},
      { checkout: null, metadata: null },
      { Checkout: { RedirectUrl: 'google.com' } },
    ]) {
      expect((await put('someone', body)).status).toBe(200);
    }
  });

  it('names a customer who has no address yet', async () => {
    const answer = await ask('GET', 'onchain/btc/addresses/unknown');
    expect(answer).toMatchObject({ status: 404, body: { code: 'address-not-found' } });
  });
});
