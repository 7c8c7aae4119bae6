// What a plugin reads of its invoices afterwards, and what it may change of them.

import { beforeAll, describe, expect, it } from 'vitest';
import { type InvoiceData, openPlugin, type Plugin } from './plugin.ts';

let shop: Plugin;
beforeAll(async () => {
  shop = await openPlugin();
});

const change = (method: string, path: string, body?: unknown) =>
  shop.ask<InvoiceData>(method, shop.inStore(`/invoices${path}`), body);

describe('From the first payment to the last word', () => {
  it('New, Processing, Settled', async () => {
    const { id } = await shop.make();
    expect(await shop.read(id)).toMatchObject({ status: 'New', additionalStatus: 'None', paidAmount: '0.00' });
    await shop.simulate(id, 'invoice.payment_seen');
    expect(await shop.read(id)).toMatchObject({ status: 'Processing', paidAmount: '10.00' });
    await shop.simulate(id, 'invoice.paid');
    expect(await shop.read(id)).toMatchObject({ status: 'Settled', availableStatusesForManualMarking: [] });
  });

  it('quirk 23: part of it has come; what is due is the invoice’s, not the method’s', async () => {
    const { id } = await shop.make();
    await shop.simulate(id, 'invoice.underpaid', '12000');
    expect(await shop.read(id)).toMatchObject({ status: 'New', additionalStatus: 'PaidPartial', paidAmount: '6.00' });
    const [method] = await shop.methods(id);
    expect(method).toMatchObject({
      ...{ amount: '0.00020000', totalPaid: '0.00012000', paymentMethodPaid: '0.00012000', due: '0.00008000' },
      ...{ rate: '50000', payments: [{ value: '0.00012000', status: 'Settled' }] },
    });
  });

  it('more than it has come: what is due is less than nothing', async () => {
    const { id } = await shop.make();
    await shop.simulate(id, 'invoice.overpaid', '50000');
    expect(await shop.read(id)).toMatchObject({ status: 'Settled', additionalStatus: 'PaidOver', paidAmount: '25.00' });
    expect((await shop.methods(id))[0]).toMatchObject({ due: '-0.00030000' });
  });

  it('quirk 16: paid too late, it stays Expired and says PaidLate', async () => {
    const late = await openPlugin();
    const { id } = await late.make();
    late.clock.advanceMinutes(20);
    await late.simulate(id, 'invoice.expired');
    expect(await late.read(id)).toMatchObject({ status: 'Expired', additionalStatus: 'None' });
    await late.simulate(id, 'invoice.late_paid');
    expect(await late.read(id)).toMatchObject({
      ...{ status: 'Expired', additionalStatus: 'PaidLate', availableStatusesForManualMarking: ['Settled', 'Invalid'] },
    });
  });

  it('a payment that was replaced is shown to those who ask for it', async () => {
    const { id } = await shop.make();
    await shop.simulate(id, 'invoice.payment_seen');
    await shop.simulate(id, 'invoice.payment_replaced');
    expect((await shop.methods(id))[0]?.payments).toEqual([]);
    const [method] = await shop.methods(id, '?onlyAccountedPayments=false&includeSensitive=false');
    expect(method?.payments).toMatchObject([{ status: 'Invalid' }]);
    expect(method?.payments[0]?.id).toMatch(/^sim_[0-9a-f]{32}_1-0$/);
  });

  it('an invoice of the native API looks like any other', async () => {
    const { id } = await shop.createInvoice({ amount_sats: '1500', order_ref: 'N-1', metadata: { a: 'b' } });
    expect(await shop.read(id)).toMatchObject({
      ...{ amount: '0.00001500', currency: 'BTC', type: 'Standard', metadata: { orderId: 'N-1', a: 'b' } },
    });
  });
});

describe('By hand', () => {
  it('marked Settled, then Invalid, then Settled again', async () => {
    const { id } = await shop.make();
    for (const status of ['Settled', 'Invalid', 'settled']) {
      const { status: http, body } = await change('POST', `/${id}/status`, { status });
      expect([http, body.status.toLowerCase(), body.additionalStatus]).toEqual([200, status.toLowerCase(), 'Marked']);
    }
  });

  it('what it is already, or cannot become, or is no status', async () => {
    const { id } = await shop.make();
    await shop.simulate(id, 'invoice.paid');
    for (const status of ['Settled', 'Invalid', 'New', null, 7]) {
      const { status: http, body } = await change('POST', `/${id}/status`, { status });
      expect([http, body]).toEqual([422, [expect.objectContaining({ path: 'Status' })]]);
    }
  });

  it('quirk 12: new metadata takes the place of the old', async () => {
    const { id } = await shop.make({ amount: 1, currency: 'USD', metadata: { orderId: 'old', buyerEmail: 'a@b.co' } });
    const metadata = { orderId: 'new', taxIncluded: 0.5, posData: { cart: [] } };
    expect((await change('PUT', `/${id}`, { metadata })).body.metadata).toEqual(metadata);
    expect((await shop.read(id)).metadata).toEqual(metadata);
    expect(await shop.list('?orderId=old')).toEqual([]);
    expect((await shop.list('?orderId=new')).map((one) => one.id)).toEqual([id]);
    expect((await change('PUT', `/${id}`, { metadata: null })).body.metadata).toEqual(metadata);
    expect((await change('PUT', `/${id}`, { metadata: 'x' })).status).toBe(422);
    expect((await change('PUT', `/${id}`, { metadata: {} })).body.metadata).toEqual({});
  });

  it('archived: an empty 200; not in lists; back again once', async () => {
    const { id } = await shop.make({ amount: 1, currency: 'USD', metadata: { orderId: 'archive' } });
    for (let twice = 0; twice < 2; twice++) {
      const { status, text } = await change('DELETE', `/${id}`);
      expect([status, text]).toEqual([200, '']);
    }
    expect((await shop.read(id)).archived).toBe(true);
    expect(await shop.list('?orderId=archive')).toEqual([]);
    // PHP's http_build_query writes `true` as 1.
    for (const flag of ['true', 'True', '1']) {
      expect(await shop.list(`?orderId=archive&includeArchived=${flag}`)).toHaveLength(1);
    }
    expect(await shop.list('?orderId=archive&includeArchived=0')).toEqual([]);
    expect(await change('POST', `/${id}/unarchive`)).toMatchObject({ status: 200, body: { id, archived: false } });
    expect(await change('POST', `/${id}/unarchive`)).toMatchObject({
      ...{ status: 400, body: { code: 'already-unarchived' } },
    });
    expect(await shop.list('?orderId=archive')).toHaveLength(1);
  });

  it('activate', async () => {
    const { id } = await shop.make();
    const activate = async (method: string) =>
      (await change('POST', `/${id}/payment-methods/${method}/activate`)).status;
    expect([await activate('BTC_CHAIN'), await activate('BTC'), await activate('BTC-LN')]).toEqual([200, 200, 404]);
  });

  it('by its id alone', async () => {
    const { id } = await shop.make();
    const of = (method: string, path = '', body?: unknown) => shop.ask(method, `/invoices/${id}${path}`, body);
    expect((await of('GET', '?includePaymentMethods=true')).body).toMatchObject({
      ...{ id, paymentMethods: [{ paymentMethodId: 'BTC-CHAIN' }] },
    });
    expect((await of('PUT', '', { metadata: { a: 1 } })).body).toMatchObject({ metadata: { a: 1 } });
    expect((await of('GET', '/payment-methods')).body).toHaveLength(1);
    expect((await of('POST', '/status', { status: 'Invalid' })).body).toMatchObject({ status: 'Invalid' });
    expect((await of('DELETE')).status).toBe(200);
    expect((await of('POST', '/unarchive')).status).toBe(200);
  });
});

describe('The list', () => {
  let seller: Plugin;
  let ids: string[];
  beforeAll(async () => {
    seller = await openPlugin();
    ids = [];
    for (let n = 0; n < 8; n++) {
      const metadata = { orderId: `order-${n % 4}`, itemDesc: n === 5 ? 'Blue teapot' : 'Cup' };
      ids.unshift((await seller.make({ amount: n + 1, currency: 'USD', metadata })).id);
      seller.clock.advanceMinutes(1);
    }
    // The newest first, as in the list.
    await seller.simulate(ids[0] ?? '', 'invoice.paid');
    await seller.simulate(ids[1] ?? '', 'invoice.payment_seen');
    await seller.simulate(ids[2] ?? '', 'invoice.underpaid');
    await seller.ask('POST', `/invoices/${ids[3]}/status`, { status: 'Invalid' });
  });
  const places = async (query: string) => (await seller.list(query)).map(({ id }) => ids.indexOf(id));

  it('newest first, in pages', async () => {
    expect(await places('')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await places('?take=3')).toEqual([0, 1, 2]);
    expect(await places('?skip=3&take=3')).toEqual([3, 4, 5]);
    expect(await places('?Skip=7')).toEqual([7]);
    expect(await places('?take=0')).toEqual([]);
    expect(await places('?skip=8')).toEqual([]);
  });

  it('quirk 6: order ids and statuses, repeated or with []', async () => {
    expect(await places('?orderId=order-3')).toEqual([0, 4]);
    expect(await places('?orderId[]=order-3')).toEqual([0, 4]);
    expect(await places('?orderId=order-3&orderId=order-0')).toEqual([0, 3, 4, 7]);
    expect(await places('?orderId%5B%5D=order-3&orderId%5B0%5D=order-0&take=2&skip=1')).toEqual([3, 4]);
    expect(await places('?status=Settled')).toEqual([0]);
    expect(await places('?status[]=processing&status[]=Invalid')).toEqual([1, 3]);
    expect(await places('?status=New')).toEqual([2, 4, 5, 6, 7]);
    expect(await places('?status=New&skip=1&take=2')).toEqual([4, 5]);
    expect(await places('?status=New&orderId=order-1')).toEqual([2, 6]);
    expect(await places('?status=Expired')).toEqual([]);
  });

  it('dates in seconds, both ends included', async () => {
    const [{ createdTime: newest }, , { createdTime: third }] = (await seller.list()) as [
      InvoiceData,
      InvoiceData,
      InvoiceData,
    ];
    expect(await places(`?startDate=${third}`)).toEqual([0, 1, 2]);
    expect(await places(`?startDate=${third}&endDate=${newest - 1}`)).toEqual([1, 2]);
    expect(await places(`?endDate=${third}&take=2`)).toEqual([2, 3]);
  });

  it('words: of the metadata, an id, an address, a transaction', async () => {
    expect(await places('?textSearch=blue%20TEAPOT')).toEqual([2]);
    expect(await places(`?textSearch=${ids[6]}`)).toEqual([6]);
    const { payments, destination } = (await seller.methods(ids[1] ?? ''))[0] ?? { payments: [], destination: '' };
    expect(await places(`?textSearch=${destination}`)).toEqual([1]);
    expect(await places(`?textSearch=${payments[0]?.id.split('-')[0]}`)).toEqual([1]);
    expect(await places('?textSearch=nothing')).toEqual([]);
  });

  it('with payment methods', async () => {
    const [first] = await seller.list('?includePaymentMethods=true&take=1');
    expect(first?.paymentMethods?.[0]?.payments).toHaveLength(1);
  });

  it.each([
    ['startDate=2&endDate=1', ['startDate', 'endDate']],
    ['startDate=yesterday', ['startDate']],
    ['take=-1', ['take']],
    ['take=99999999999', ['take']],
    ['status=Broken', ['status']],
    ['additionalStatus=Broken', ['additionalStatus']],
    ['includeArchived=perhaps', ['includeArchived']],
    ['startDate=%00', ['startDate']],
    ['textSearch=%ff', ['textSearch']],
    ['take=x&Skip=-2&status=Settled&status=x&endDate=1.5', ['endDate', 'status', 'take', 'skip']],
  ])('quirk 17: refuses %s, and names all of it as the query does', async (query, paths) => {
    const { status, body } = await seller.ask<{ path: string }[]>('GET', seller.inStore(`/invoices?${query}`));
    expect([status, body.map(({ path }) => path)]).toEqual([422, paths]);
  });
});
