// Every route with a body or a query, every field of it, and in each the values of support/hostile.ts: never a 5xx, always the
// dialect's own error, and where a value is refused its field is named.

import { beforeAll, describe, expect, it } from 'vitest';
import { keepRates } from '../../src/cron.ts';
import { elenpayApi } from '../../src/http/api/elenpay/routes.ts';
import { greenfieldRoutes } from '../../src/http/api/greenfield/routes.ts';
import type { DocumentedOperation, Json } from '../../src/http/api/openapi/operation.ts';
import { OPERATIONS } from '../../src/http/api/openapi/operations.ts';
import { type Client, openPaired, openShop } from '../http/api/bitpay/client.ts';
import { openPlugin, type Plugin } from '../http/api/greenfield/plugin.ts';
import { fill, furnish, type Ids } from '../support/furnish.ts';
import { fieldsIn, HOSTILE, NEVER_KEPT, type Path, withField, withTwice } from '../support/hostile.ts';
import type { Merchant } from '../support/merchant.ts';
import { openOperator } from '../support/operator.ts';
import type { TestPerson } from '../support/person.ts';
import { named } from '../support/routes.ts';

type Ask = (body: string) => Promise<Response>;
interface Problem {
  /** Undefined: not in the dialect's shape. */
  words: string | undefined;
}

/** Sends the body with each hostile value in each of its fields. @returns what was wrong with the answers, in words */
async function attack(ask: Ask, body: Json, problemOf: (answer: unknown) => Problem): Promise<string[]> {
  const wrong: string[] = [];
  const send = async (text: string) => {
    const response = await ask(text);
    const answer = await response.text();
    return { status: response.status, answer, words: problemOf(jsonOf(answer)).words };
  };
  // What says the same to a valid body does not read it: what is not offered, what a role may not do.
  const unread = await send(JSON.stringify(body));
  const judge = async (name: string, path: Path, text: string) => {
    const { status, answer, words } = await send(text);
    const at = `${path.join('.')} = ${name}: ${status} ${answer.slice(0, 200)}`;
    // Three capital letters are a currency for which there is no rate.
    const isOfCurrency = name === 'NaN as text' && status === 503;
    if (status >= 500 && !isOfCurrency) wrong.push(at);
    if (status < 400)
      return NEVER_KEPT.has(name) && unread.status < 400 && path.length > 0 ? wrong.push(`kept: ${at}`) : 0;
    if (words === undefined) return wrong.push(`not the dialect's error: ${at}`);
    // A body that is too large has no field, and who may not ask learns nothing of fields.
    if (!NEVER_KEPT.has(name) || ![400, 422].includes(status) || words === unread.words) return;
    const names = path.filter((part) => typeof part === 'string').map((part) => part.toLowerCase());
    if (path.length > 0 && !names.some((one) => words.toLowerCase().includes(one))) wrong.push(`no field: ${at}`);
  };
  const fields = fieldsIn(body);
  for (const [name, text] of Object.entries(HOSTILE)) {
    for (const path of fields) await judge(name, path, withField(body, path, text));
    await judge(name, ['unknown_field'], withTwice(body, 'unknown_field', text));
    await judge(name, [], text);
    const [first] = fields;
    if (first) await judge(name, first, withTwice(body, String(first[0]), text));
  }
  for (const text of ['{', '', '[1,', '{"a":01}', 'NaN']) await judge('no JSON', [], text);
  return wrong;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const native = (answer: unknown): Problem => {
  const { error } = (answer ?? {}) as { error?: { code?: unknown; message?: string; request_id?: unknown } };
  return { words: error?.code && error.request_id ? error.message : undefined };
};
const greenfield = (answer: unknown): Problem => {
  if (Array.isArray(answer)) {
    const isShaped = answer.every((one) => typeof one.path === 'string' && typeof one.message === 'string');
    return { words: isShaped ? answer.map(({ path, message }) => `${path}: ${message}`).join('; ') : undefined };
  }
  const { code, message } = (answer ?? {}) as { code?: string; message?: string };
  return { words: code === undefined ? undefined : message };
};
const bitpay = (answer: unknown): Problem => {
  const { status, error } = (answer ?? {}) as { status?: string; error?: string };
  return { words: status === 'error' ? error : undefined };
};

describe('The native API', () => {
  let person: TestPerson;
  let ids: Ids;
  let secret: string;

  beforeAll(async () => {
    person = await openOperator();
    await keepRates(person.deps);
    ({ ids, secret } = await furnish(person));
  });

  const pathOf = ({ path }: DocumentedOperation) => fill(named(path), ids);
  const headersOf = ({ who }: DocumentedOperation): Record<string, string> =>
    who.key !== undefined && who.person === undefined ? { authorization: `Bearer ${secret}` } : {};
  const withBody = OPERATIONS.filter(({ body }) => body !== undefined).map((one) => [one.id, one] as const);
  const withQuery = OPERATIONS.filter(({ query }) => query !== undefined).map((one) => [one.id, one] as const);

  it.each(withBody)('%s', { timeout: 120_000 }, async (_, one) => {
    const ask: Ask = (text) =>
      person.request(one.method, pathOf(one), text, { 'content-type': 'application/json', ...headersOf(one) });
    expect(await attack(ask, one.body?.example ?? {}, native)).toEqual([]);
    await person.settled();
  });

  it.each(withQuery)('the query of %s', async (_, one) => {
    const { shape } = (one.query?.schema ?? {}) as { shape?: object };
    const names = Object.keys(shape ?? { limit: 1 });
    for (const name of [...names, 'unknown']) {
      for (const value of [
        '%ff',
        '%ed%a0%80',
        '%00',
        '',
        '1e400',
        '-1',
        'NaN',
        '[]',
        '%',
        'x'.repeat(3_000),
        `a&${name}=b`,
      ]) {
        const response = await person.request(one.method, `${pathOf(one)}?${name}=${value}`, undefined, headersOf(one));
        const text = response.headers.get('content-type')?.includes('json') ? await response.text() : '';
        const at = `${name}=${value.slice(0, 20)}: ${response.status} ${text.slice(0, 200)}`;
        await response.body?.cancel().catch(() => {});
        if (response.status >= 500) expect.fail(at);
        if (['%ff', '%ed%a0%80', '%00'].includes(value)) expect(at).toMatch(new RegExp(`: 400 .*"message":"${name}: `));
        if (response.status >= 400) expect([at, native(jsonOf(text)).words]).toEqual([at, expect.any(String)]);
      }
    }
  });
});

describe('Greenfield and ElenPAY', () => {
  let shop: Plugin;
  let invoice: string;

  beforeAll(async () => {
    shop = await openPlugin();
    invoice = (await shop.make()).id;
  });

  const BODIES: Record<string, Json> = {
    'POST /stores/:storeId/invoices/': {
      amount: '10',
      currency: 'USD',
      // Each body that is taken costs an address: a field of each kind.
      metadata: { orderId: 'A-1', buyerEmail: 'a@example.com' },
      checkout: {
        speedPolicy: 'HighSpeed',
        paymentMethods: ['BTC-CHAIN'],
        expirationMinutes: 15,
        paymentTolerance: 1,
        redirectURL: 'https://shop.example/',
        redirectAutomatically: true,
        defaultLanguage: 'en',
      },
      receipt: { enabled: true },
      additionalSearchTerms: ['a'],
    },
    'PUT /stores/:storeId/invoices/:id': { metadata: { orderId: 'A-1', buyerEmail: 'a@example.com' } },
    'PUT /invoices/:id': { metadata: { orderId: 'A-1' } },
    'POST /stores/:storeId/invoices/:id/status': { status: 'Settled' },
    'POST /invoices/:id/status': { status: 'Settled' },
    'POST /stores/:storeId/webhooks/': {
      url: 'https://shop.example/hook',
      enabled: true,
      automaticRedelivery: true,
      secret: 'a secret',
      authorizedEvents: { everything: false, specificEvents: ['InvoiceCreated'] },
    },
    'PUT /stores/:storeId/onchain/btc/addresses/:customerId': {
      metadata: { OrderId: 'A-1', CustomerId: 'ann' },
      checkout: { redirectURL: 'https://shop.example/', redirectAutomatically: true },
    },
    'POST /stores/:storeId/amountless-invoices': {
      metadata: { OrderId: 'A-1' },
      checkout: { redirectURL: 'https://shop.example/', redirectAutomatically: true },
    },
    'POST /stores': { name: 'A shop', defaultCurrency: 'USD', website: 'https://shop.example' },
    'POST /api-keys': { label: 'A key', permissions: ['btcpay.store.canviewinvoices'] },
  };
  const routes = [...new Set(greenfieldRoutes(elenpayApi).routes.map(({ method, path }) => `${method} ${path}`))];
  // What is refused by any method is asked by POST; BTCPay's own refusal of a wallet is a 503, to any body.
  const asked = routes.map((line) => line.replace(/^ALL (?!.*\*)/, 'POST '));
  const writing = [...new Set(asked)].filter(
    (line) => /^(POST|PUT|PATCH) /.test(line) && !/method\/wallet$/.test(line),
  );
  const pathOf = (line: string) =>
    (line.split(' ')[1] ?? '')
      .replace(':storeId', shop.store.id)
      .replace(/:(id|invoiceId)\b/, invoice)
      .replace(/:\w+/g, 'ann')
      .replace(/\/$/, '');

  it('the bodies are those of routes', () => {
    const written = new Set(routes.map((line) => line.replace(/\/$/, '')));
    expect(Object.keys(BODIES).filter((line) => !written.has(line.replace(/\/$/, '')))).toEqual([]);
  });

  it.each(writing)('%s', { timeout: 120_000 }, async (line) => {
    const body = BODIES[line] ?? BODIES[`${line}/`] ?? BODIES[line.replace(/\/$/, '')] ?? { name: 'a' };
    const ask: Ask = (text) =>
      shop.request(line.split(' ')[0] ?? '', `/api/v1${pathOf(line)}`, text, {
        'content-type': 'application/json',
        authorization: `token ${shop.store.apiKey}`,
      });
    expect(await attack(ask, body, greenfield)).toEqual([]);
    await shop.settled();
  });

  it('a query that is not UTF-8', async () => {
    for (const name of ['orderId', 'textSearch', 'status', 'take']) {
      for (const value of ['%ff', '%ed%a0%80', '%00']) {
        const { status, text } = await shop.ask('GET', shop.inStore(`/invoices?${name}=${value}`));
        expect([status, greenfield(jsonOf(text)).words?.toLowerCase()]).toEqual([
          422,
          expect.stringMatching(`^${name.toLowerCase()}: `),
        ]);
      }
    }
  });
});

describe('BitPay', () => {
  let merchant: Merchant;
  let client: Client;
  let invoice: string;

  beforeAll(async () => {
    merchant = await openShop();
    client = await openPaired(merchant);
    invoice = (await client.post('/invoices', { price: 4, currency: 'USD' })).body.data.id;
  });

  const BODIES: Record<string, Json> = {
    'POST /invoices': {
      price: 4,
      currency: 'USD',
      orderId: 'A-1',
      posData: { a: 1 },
      notificationURL: 'https://shop.example/ipn',
      redirectURL: 'https://shop.example/',
      closeURL: 'https://shop.example/',
      transactionSpeed: 'high',
      fullNotifications: true,
      extendedNotifications: true,
      notificationEmail: 'a@example.com',
      itemDesc: 'Tea',
      itemCode: '1',
      physical: true,
      buyer: {
        name: 'Ada',
        address1: 'a',
        locality: 'b',
        postalCode: '1',
        country: 'PT',
        email: 'a@example.com',
        notify: true,
      },
      paymentCurrencies: ['BTC'],
      supportedTransactionCurrencies: { BTC: { enabled: true } },
      expirationTime: 4_102_444_800_000,
      redirectAutomatically: true,
      guid: 'g',
      taxIncluded: 1,
      buyerName: 'Ada',
      buyerEmail: 'a@example.com',
    },
    'POST /tokens': {
      id: 'Tf49SFeiUAtytFEW2EUqZgWj32nP51PK73M',
      label: 'a',
      facade: 'merchant',
      pairingCode: 'abcdefg',
    },
    'DELETE /invoices/:id': { forceCancel: true },
    'PUT /invoices/pay/:id': { status: 'paid' },
    'POST /invoices/:id/notifications': { a: 1 },
  };

  it.each(Object.entries(BODIES))('%s', { timeout: 120_000 }, async (line, body) => {
    const [method = '', path = ''] = line.split(' ');
    const url = `https://pay.test${path.replace(':id', invoice)}`;
    const ask: Ask = (text) => {
      // The token is a field of the body: signed as it is sent.
      const signed = text.startsWith('{"') ? `{"token":"${client.token}",${text.slice(1)}` : text;
      const headers: Record<string, string> =
        path === '/tokens' ? {} : { 'x-identity': client.identity, 'x-signature': client.sign(url + signed) };
      return merchant.request(method, url.slice('https://pay.test'.length), signed, {
        'content-type': 'application/json',
        'x-accept-version': '2.0.0',
        authorization: '',
        ...headers,
      });
    };
    expect(await attack(ask, body, bitpay)).toEqual([]);
    await merchant.settled();
  });

  it('a query that is not UTF-8', async () => {
    for (const value of ['%ff', '%ed%a0%80', '%00']) {
      const response = await merchant.request('GET', `/invoices?orderId=${value}`, undefined, {
        'x-accept-version': '2.0.0',
      });
      expect([response.status, bitpay(await response.json()).words]).toEqual([
        400,
        expect.stringMatching('^orderId: '),
      ]);
    }
  });
});
