// One core: a payment story told once and read in every dialect, whichever created the invoice; and each receiver gets its own format.

import { beforeAll, describe, expect, it } from 'vitest';
import { keepRates } from '../../../src/cron.ts';
import { expire } from '../../../src/services/payments/expire.ts';
import { type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';

type Json = Record<string, unknown>;

let merchant: Merchant;
let receivers: Record<'native' | 'greenfield' | 'elenpay' | 'ipn', Awaited<ReturnType<typeof startReceiver>>>;

beforeAll(async () => {
  merchant = await openMerchant();
  const [native, greenfield, elenpay, ipn] = await Promise.all([
    startReceiver(),
    startReceiver(),
    startReceiver(),
    startReceiver(),
  ]);
  receivers = { native, greenfield, elenpay, ipn };
  for (const dialect of ['native', 'greenfield', 'elenpay'] as const) {
    const { status } = await ask('POST', `/v1/stores/${merchant.store.id}/webhooks`, {
      url: receivers[dialect].url,
      dialect,
    });
    expect(status, dialect).toBe(201);
  }
});

async function ask(method: string, path: string, body?: unknown, authorization = `Bearer ${merchant.store.apiKey}`) {
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await merchant.request(method, path, body, headers);
  return { status: response.status, body: (await response.json()) as Json };
}

/** Asks for what has to work. */
async function made(path: string, body: unknown, authorization?: string): Promise<Json> {
  const answer = await ask('POST', path, body, authorization);
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const greenfield = () => `/api/v1/stores/${merchant.store.id}/invoices`;
const basic = () => `Basic ${btoa(merchant.store.apiKey)}`;

/** Ways to make an invoice over 25 US dollars, each by its id. */
const MAKERS = {
  native: async () => {
    const body = await made('/v1/invoices', { amount: 25, currency: 'USD', order_ref: 'ORDER-1' });
    return (body.invoice as Json).id as string;
  },
  Greenfield: async () => {
    const body = await made(greenfield(), {
      amount: '25',
      currency: 'USD',
      metadata: { orderId: 'ORDER-1' },
    });
    return body.id as string;
  },
  BitPay: async () => {
    const order = { price: 25, currency: 'USD', orderId: 'ORDER-1', notificationURL: receivers.ipn.url };
    const body = await made('/invoices', { ...order, fullNotifications: true }, basic());
    return (body.data as Json).id as string;
  },
} satisfies Record<string, () => Promise<string>>;

/** What every dialect says of an invoice, in one line each. */
async function everyWord(id: string) {
  const [native, mine, theirs] = await Promise.all([
    ask('GET', `/v1/invoices/${id}`),
    ask('GET', `${greenfield()}/${id}`),
    ask('GET', `/invoices/${id}`, undefined, basic()),
  ]);
  const data = theirs.body.data as Json;
  const invoice = native.body.invoice as Json;
  return {
    native: `${invoice.status}`,
    greenfield: `${mine.body.status}/${mine.body.additionalStatus}`,
    bitpay: `${data.status}/${data.exceptionStatus}`,
    order: [invoice.order_ref, (mine.body.metadata as Json).orderId, data.orderId],
    paid: [invoice.amount_paid_sats, Math.round(Number(data.btcPaid) * 1e8)].map(String),
  };
}

/** One thing that happens to an invoice. */
type Step = [event: string, fields?: Json] | 'time goes by' | 'marked Settled' | 'marked Invalid';

/** [what happens, native, Greenfield, BitPay] */
const STORIES: Record<string, [Step | null, string, string, string][]> = {
  'a payment in time': [
    [null, 'pending', 'New/None', 'new/false'],
    [['invoice.payment_seen'], 'seen', 'Processing/None', 'paid/false'],
    [['invoice.paid'], 'paid', 'Settled/None', 'complete/false'],
    [['invoice.payment_reverted'], 'reverted', 'Invalid/None', 'invalid/false'],
  ],
  'half of it, and the rest too late': [
    [['invoice.underpaid', { amount_sats: '20000' }], 'underpaid', 'New/PaidPartial', 'new/paidPartial'],
    ['time goes by', 'underpaid', 'Expired/PaidPartial', 'expired/paidPartial'],
    [['invoice.late_paid'], 'late_paid', 'Expired/PaidLate', 'expired/paidLate'],
  ],
  'half of it, and the rest in time': [
    [['invoice.underpaid', { amount_sats: '20000' }], 'underpaid', 'New/PaidPartial', 'new/paidPartial'],
    [['invoice.paid'], 'paid', 'Settled/None', 'complete/false'],
  ],
  'too much': [[['invoice.overpaid'], 'overpaid', 'Settled/PaidOver', 'complete/paidOver']],
  'no payment': [
    ['time goes by', 'expired', 'Expired/None', 'expired/false'],
    ['marked Settled', 'paid', 'Settled/Marked', 'complete/marked'],
    ['marked Invalid', 'cancelled', 'Invalid/Marked', 'invalid/marked'],
  ],
  'a merchant who takes it back': [[['invoice.cancelled'], 'cancelled', 'Invalid/Marked', 'invalid/marked']],
  'a payment that vanishes': [
    [['invoice.payment_seen'], 'seen', 'Processing/None', 'paid/false'],
    [['invoice.payment_replaced'], 'pending', 'New/None', 'new/false'],
  ],
};

async function happen(id: string, step: Step | null) {
  if (step === null) return;
  if (step === 'time goes by') {
    merchant.clock.advanceMinutes(16);
    await expire(merchant.deps, id);
  } else if (typeof step === 'string') {
    const { status } = await ask('POST', `${greenfield()}/${id}/status`, { status: step.split(' ')[1] });
    expect(status).toBe(200);
  } else {
    const [event_type, fields] = step;
    const { status, body } = await ask('POST', `/v1/invoices/${id}/simulate`, { event_type, ...fields });
    expect(status, JSON.stringify(body)).toBe(200);
  }
  await merchant.settled();
}

describe.each(Object.keys(MAKERS) as (keyof typeof MAKERS)[])(
  'An invoice made by %s is read alike in all dialects:',
  (maker) => {
    it.each(Object.keys(STORIES))('%s', async (story) => {
      await keepRates(merchant.deps);
      const id = await MAKERS[maker]();
      for (const [step, native, greenfieldWord, bitpay] of STORIES[story] ?? []) {
        await happen(id, step);
        const words = await everyWord(id);
        expect(words).toMatchObject({
          native,
          greenfield: greenfieldWord,
          bitpay,
          order: ['ORDER-1', 'ORDER-1', 'ORDER-1'],
        });
        expect(words.paid[0]).toBe(words.paid[1]);
      }
    });
  },
);

describe('The rail that was used is in every dialect', () => {
  const RAILS = {
    onchain: { native: ['onchain'], greenfield: 'BTC-CHAIN', bitpay: 'BTCLike' },
    lightning: { native: ['lightning'], greenfield: 'BTC-LN', bitpay: 'LightningLike' },
  } as const;

  it.each(['onchain', 'lightning'] as const)('%s: answers and events', async (method) => {
    await keepRates(merchant.deps);
    const names = RAILS[method];
    const order = { price: 25, currency: 'USD', orderId: 'ORDER-1', notificationURL: receivers.ipn.url };
    const offered = await made('/v1/invoices', { amount: 25, currency: 'USD', payment_methods: [method] });
    const id = (offered.invoice as Json).id as string;
    expect((offered.invoice as Json).payment_methods).toEqual(names.native);
    await happen(id, ['invoice.paid']);
    const methods = (await ask('GET', `${greenfield()}/${id}/payment-methods`)).body as unknown as Json[];
    expect(methods).toMatchObject([{ paymentMethodId: names.greenfield, paymentMethodPaid: '0.00050000' }]);
    const { cryptoInfo, paymentMethodIds } = (await ask('GET', `/invoices/${id}`, undefined, basic())).body
      .data as Json;
    expect(paymentMethodIds).toEqual([names.greenfield]);
    expect(cryptoInfo).toMatchObject([
      { paymentType: names.bitpay, txCount: 1, payments: [{ paymentType: names.bitpay }] },
    ]);
    for (const name of ['greenfield', 'elenpay'] as const) {
      const bodies = (await receivers[name].deliveries()).map(({ body }) => JSON.parse(body) as Json);
      const paid = bodies.filter((body) => body.invoiceId === id && body.payment !== undefined);
      expect(paid.map((body) => [body.type, body.paymentMethodId])).toEqual([
        ['InvoiceReceivedPayment', names.greenfield],
        ['InvoicePaymentSettled', names.greenfield],
      ]);
    }
    const notified = (await made('/invoices', { ...order, fullNotifications: true }, basic())).data as Json;
    await happen(notified.id as string, ['invoice.paid']);
    const ipns = (await receivers.ipn.deliveries()).map(({ body }) => JSON.parse(body) as Json);
    const last = ipns.findLast((body) => body.id === notified.id);
    expect(last).toMatchObject({ transactionCurrency: 'BTC', paymentMethodIds: ['BTC-CHAIN'] });
  });
});

describe('Each receiver gets its own format', () => {
  const toldOf = async (
    name: keyof typeof receivers,
    id: string,
    type: (body: Json) => unknown,
    of: (body: Json) => unknown,
  ) =>
    (await receivers[name].deliveries())
      .map(({ body }) => JSON.parse(body) as Json)
      .filter((body) => of(body) === id)
      .map(type);

  it('of the same story, in order', async () => {
    await keepRates(merchant.deps);
    const id = await MAKERS.BitPay();
    for (const [step] of STORIES['a payment in time'] ?? []) await happen(id, step);
    const dialect = { type: (body: Json) => body.type, of: (body: Json) => body.invoiceId };
    const events = [
      ...['InvoiceCreated', 'InvoiceReceivedPayment', 'InvoiceProcessing', 'InvoicePaymentSettled', 'InvoiceSettled'],
      'InvoiceInvalid',
    ];
    expect(
      await toldOf(
        'native',
        id,
        (body) => body.event_type,
        (body) => ((body.data as Json).invoice as Json).id,
      ),
    ).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.paid', 'invoice.payment_reverted']);
    expect(await toldOf('greenfield', id, dialect.type, dialect.of)).toEqual(events);
    expect(await toldOf('elenpay', id, dialect.type, dialect.of)).toEqual(events);
    expect(
      await toldOf(
        'ipn',
        id,
        (body) => body.status,
        (body) => body.id,
      ),
    ).toEqual(['paid', 'confirmed', 'complete', 'invalid']);
  });
});
