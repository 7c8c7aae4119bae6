// What an invoice may ask for, the same in every dialect: no finer than its currency, no less than the network relays to the
// wallet, no more than there is. Each refusal names the dialect's own field and says what to enter, and spends no address.

import { beforeAll, describe, expect, it } from 'vitest';
import { keepRates } from '../../../src/cron.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

type Json = Record<string, unknown>;
interface Refusal {
  status: number;
  /** As the dialect calls it. */
  field: unknown;
  message: string;
}

let merchant: Merchant;

beforeAll(async () => {
  merchant = await openMerchant();
});

async function ask(path: string, body: unknown, authorization = `Bearer ${merchant.store.apiKey}`) {
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await merchant.request('POST', path, body, headers);
  return { status: response.status, body: (await response.json()) as Json };
}

const split = (message = ''): [string, string] => {
  const [field = '', ...words] = message.split(': ');
  return [field, words.join(': ')];
};

/** How each dialect asks, and where it says what is wrong. */
const DIALECTS = {
  native: {
    order: (amount: unknown, currency: string) =>
      currency === 'SATS' ? ask('/v1/invoices', { amount_sats: amount }) : ask('/v1/invoices', { amount, currency }),
    refusal: ({ status, body }: Awaited<ReturnType<typeof ask>>): Refusal => {
      const [field, message] = split((body.error as Json | undefined)?.message as string);
      return { status, field: field.replace('_sats', ''), message };
    },
    field: 'amount',
    status: 400,
    idOf: (body: Json) => (body.invoice as Json).id as string,
  },
  Greenfield: {
    order: (amount: unknown, currency: string) =>
      ask(`/api/v1/stores/${merchant.store.id}/invoices`, { amount, currency }),
    refusal: ({ status, body }: Awaited<ReturnType<typeof ask>>): Refusal => {
      const [problem] = body as unknown as { path: string; message: string }[];
      return { status, field: problem?.path, message: problem?.message ?? '' };
    },
    field: 'Amount',
    status: 422,
    idOf: (body: Json) => body.id as string,
  },
  // Greenfield's route under ElenPAY's kind of authorization.
  ElenPAY: {
    order: (amount: unknown, currency: string) =>
      ask(`/api/v1/stores/${merchant.store.id}/invoices`, { amount, currency }, `Token ${merchant.store.apiKey}`),
    refusal: ({ status, body }: Awaited<ReturnType<typeof ask>>): Refusal => {
      const [problem] = body as unknown as { path: string; message: string }[];
      return { status, field: problem?.path, message: problem?.message ?? '' };
    },
    field: 'Amount',
    status: 422,
    idOf: (body: Json) => body.id as string,
  },
  BitPay: {
    order: (price: unknown, currency: string) =>
      ask('/invoices', { price, currency }, `Basic ${btoa(merchant.store.apiKey)}`),
    refusal: ({ status, body }: Awaited<ReturnType<typeof ask>>): Refusal => {
      const [field, message] = split(body.error as string);
      return { status, field, message };
    },
    field: 'price',
    status: 400,
    idOf: (body: Json) => (body.data as Json).id as string,
  },
};

const spent = async () =>
  bindings.DB.prepare('SELECT count(*) AS n FROM addresses WHERE wallet_id = ? AND invoice_id IS NOT NULL')
    .bind(merchant.store.wallet?.id)
    .first<number>('n');

describe.each(Object.entries(DIALECTS))('In %s', (name, dialect) => {
  it.each([
    ['1.005', 'USD', 'has more decimals than USD: enter at most 2, such as 1.25.'],
    [1.005, 'USD', 'has more decimals than USD: enter at most 2, such as 1.25.'],
    ['100.4', 'JPY', 'must be a whole number of JPY.'],
    [100.4, 'JPY', 'must be a whole number of JPY.'],
    ['0.0005', 'KWD', 'has more decimals than KWD: enter at most 3, such as 1.250.'],
    [
      '0.14',
      'USD',
      'is below the smallest payment that the Bitcoin network relays, 294 sats: enter at least 0.15 USD.',
    ],
    ['1050000000000.01', 'USD', 'is more than all bitcoin there will ever be: enter at most 1050000000000.00 USD.'],
    [
      '293',
      'SATS',
      'is below the smallest payment that the Bitcoin network relays to this wallet: enter at least 294 sats (0.00000294 BTC).',
    ],
    [
      '2100000000000001',
      'SATS',
      'is more than all bitcoin there will ever be: enter at most 2100000000000000 sats (21000000.00000000 BTC).',
    ],
  ])('%j %s is refused by name', async (amount, currency, message) => {
    const before = await spent();
    const refusal = dialect.refusal(await dialect.order(amount, currency));
    expect(refusal).toEqual({ status: dialect.status, field: dialect.field, message });
    expect(await spent()).toBe(before);
  });

  it.each([
    ['0.15', 'USD', '300'],
    ['294', 'SATS', '294'],
    ['2100000000000000', 'SATS', '2100000000000000'],
    ['1050000000000.00', 'USD', '2100000000000000'],
    [19.990000000000002, 'USD', '39980'],
    [0.1 + 0.2, 'EUR', '750'],
    ['20.00000000', 'USD', '40000'],
  ])('%j %s is charged as %s sats, and shown as it is charged', async (amount, currency, sats) => {
    const { status, body } = await dialect.order(amount, currency);
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    const id = dialect.idOf(body);
    const invoice = (await merchant.readInvoice(id)) as unknown as Json;
    expect(invoice.amount_sats).toBe(sats);
    if (currency === 'SATS') return;
    expect(invoice.amount_fiat).toBe(Math.round(Number(amount) * 100) / 100);
    const page = await (await merchant.request('GET', `/i/${id}`)).text();
    const shown = new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(invoice.amount_fiat as number);
    expect(page, name).toContain(shown);
  });
});

describe('What the network relays depends on the wallet', () => {
  it.each([
    ['p2pkh', 546],
    ['p2sh-p2wpkh', 540],
    ['p2wpkh', 294],
    ['p2tr', 330],
  ])('for %s it is %i sats', async (scriptType, least) => {
    const shop = await openMerchant();
    await bindings.DB.prepare('UPDATE wallets SET script_type = ? WHERE id = ?')
      .bind(scriptType, shop.store.wallet?.id)
      .run();
    const order = (amount_sats: string) => shop.request('POST', '/v1/invoices', { amount_sats });
    expect((await order(String(least - 1))).status).toBe(400);
    expect((await order(String(least))).status).toBe(201);
  });

  it('and in fiat on the rate: what is offered as the least is taken', async () => {
    const shop = await openMerchant();
    await bindings.DB.prepare(`UPDATE rates SET by_currency = json_set(by_currency, '$.JPY', json(?))`)
      .bind(JSON.stringify({ rate: '15432109.87', sources: ['fixed'], asOfMs: shop.clock.ms }))
      .run();
    const order = async (amount: number) => {
      const response = await shop.request('POST', '/v1/invoices', { amount, currency: 'JPY' });
      return { status: response.status, text: await response.text() };
    };
    expect(await order(45)).toMatchObject({ status: 400, text: expect.stringContaining('enter at least 46 JPY') });
    expect((await order(46)).status).toBe(201);
    await keepRates(shop.deps);
  });
});
