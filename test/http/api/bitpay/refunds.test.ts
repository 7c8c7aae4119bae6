// A shop refunds an invoice through BitPay's API: made once for a guid, read, listed and cancelled, and what its URL hears when it is paid.

import { describe, expect, it } from 'vitest';
import type { PayoutFact } from '../../../../src/core/payout/facts.ts';
import { sweepDeliveries } from '../../../../src/jobs/deliver/dispatch.ts';
import { approvePayout } from '../../../../src/services/payouts/approve.ts';
import { claimPullPayment } from '../../../../src/services/payouts/claim.ts';
import { move } from '../../../../src/services/payouts/move.ts';
import { moveAll } from '../../../../src/services/payouts/move-all.ts';
import { startReceiver } from '../../../support/merchant.ts';
import { ANNA, BUYER, freshAddress } from '../../../support/payouts.ts';
import { BASE, basic, openPaired, openShop, send } from './client.ts';

async function open(order: object = {}) {
  const merchant = await openShop();
  const client = await openPaired(merchant);
  const receiver = await startReceiver();
  const notified = { notificationURL: receiver.url, extendedNotifications: true };
  const made = await client.post('/invoices', { price: 10, currency: 'USD', orderId: 'A-1', ...notified, ...order });
  const { id } = made.body.data;
  await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
  await merchant.settled();
  const by = { by: { kind: 'satlane', id: null } } as const;
  return {
    ...merchant,
    client,
    receiver,
    invoiceId: id as string,
    refund: (over: object = {}) => client.post('/refunds', { invoiceId: id, amount: 2.5, ...over }),
    claim: (refundId: string) =>
      claimPullPayment(
        merchant.deps,
        refundId,
        { destination: freshAddress(), method: null, amount: null },
        { by: BUYER, use: null },
      ),
    async happens(payout: { storeId: string; id: string }, ...facts: PayoutFact[]) {
      await approvePayout(merchant.deps, payout, null, { by: ANNA });
      for (const fact of facts) await move(merchant.deps, payout, () => fact, by);
      await merchant.settled();
    },
  };
}

const at = { txid: 'ef'.repeat(32), vout: 0 };
const SENT: PayoutFact[] = [
  { kind: 'batched', batchId: 'batch' },
  { kind: 'signed', batchId: 'batch', ...at },
];
const seen = (confirmations: number): PayoutFact => ({
  ...{ kind: 'seen', ...at, confirmations },
  block: { height: 800_000, hash: 'a block' },
});

describe('A refund', () => {
  it('is made, claimed, approved and paid; each status is BitPay’s, and the shop’s URL hears that it is complete', async () => {
    const { client, refund, claim, happens, invoiceId, receiver, deps } = await open();
    const { status, body } = await refund({ reference: 'damaged', buyerPaysRefundFee: true });
    const { id } = body.data;
    const made = {
      ...{ id, invoice: invoiceId, reference: 'damaged', status: 'created', amount: 2.5, currency: 'USD' },
      ...{ refundFee: 0, immediate: false, buyerPaysRefundFee: true, requestDate: new Date(deps.now()).toISOString() },
      ...{ transactionCurrency: 'BTC', transactionAmount: 0.00005, transactionRefundFee: 0 },
      url: `${deps.config.ORIGIN}/claim/${id}`,
    };
    expect([status, body]).toEqual([200, { data: made }]);
    const read = async () => (await client.get(`/refunds/${id}`)).body.data;
    expect(await read()).toEqual(made);
    const payout = await claim(id);
    expect(await read()).toEqual({ ...made, refundAddress: payout.destination });
    await happens(payout, ...SENT, seen(1));
    expect(await read()).toMatchObject({ status: 'pending', txid: at.txid });
    expect((await client.delete(`/refunds/${id}`)).status).toBe(409);
    await move(deps, payout, () => seen(6), { by: ANNA });
    expect(await read()).toMatchObject({ status: 'success', txid: at.txid });
    expect((await client.delete(`/refunds/${id}`)).status).toBe(409);
    const last = (await receiver.deliveries(4)).map((delivery) => JSON.parse(delivery.body)).at(-1);
    expect(last).toMatchObject({
      event: { code: 1016, name: 'invoice_refundComplete' },
      data: { id: invoiceId, orderId: 'A-1', status: 'complete' },
    });
  });

  it.each(['move', 'moveAll'] as const)(
    'that is paid is announced where the machine stops between the writing and the sending (%s)',
    async (by) => {
      const { refund, claim, receiver, deps, clock, happens, invoiceId } = await open();
      const payout = await claim((await refund()).body.data.id);
      await happens(payout, ...SENT, seen(1));
      const announced = async () =>
        (await receiver.deliveries()).map(({ body }) => JSON.parse(body)).filter(({ event }) => event.code === 1016);
      // Nothing is handed to a sender: as if the machine stopped after the commit.
      const senders = { ...deps.dispatcher.senders, send: async () => {} };
      const stopped = { ...deps, dispatcher: { ...deps.dispatcher, senders } };
      const moving = { by: { kind: 'satlane', id: null } } as const;
      if (by === 'move') await move(stopped, payout, () => seen(6), moving);
      else await moveAll(stopped, payout.storeId, [payout.id], () => seen(6), moving);
      expect(await announced()).toEqual([]);
      for (const _ of [1, 2, 3]) {
        clock.advanceMinutes(3);
        await sweepDeliveries(deps.dispatcher);
      }
      expect(await announced()).toMatchObject([{ data: { id: invoiceId, orderId: 'A-1', status: 'complete' } }]);
    },
  );

  it('asked for again with the same guid is one, and found by it', async () => {
    const { client, refund, invoiceId } = await open();
    const answers = await Promise.all([1, 2, 3].map(() => refund({ guid: 'r-1' })));
    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
    const [{ body }] = answers as [(typeof answers)[0]];
    expect(body.data.guid).toBe('r-1');
    expect((await refund({ guid: 'r-1', amount: 3 })).status).toBe(409);
    expect((await client.get('/refunds/guid/r-1')).body).toEqual(body);
    expect((await client.get('/refunds', { invoiceId })).body).toEqual({ data: [body.data] });
    expect((await client.delete('/refunds/guid/r-1')).body.data).toEqual({ ...body.data, status: 'canceled' });
    expect((await client.get(`/refunds/${body.data.id}`)).body.data.status).toBe('canceled');
    expect((await client.get('/refunds/guid/r-2')).body).toMatchObject({ status: 'error', code: '020201' });
  });

  it('of one invoice comes to no more than was paid', async () => {
    const { refund } = await open();
    const answers = await Promise.all([1, 2, 3].map(() => refund({ amount: 4 })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ status: 'error', data: null });
  });

  it('needs the approval of a person: neither a paired client nor its claim gives it', async () => {
    const { refund, claim } = await open();
    expect(await claim((await refund()).body.data.id)).toMatchObject({ state: 'awaiting_approval' });
  });

  it.each([
    [{ amount: '-1' }, 'amount'],
    [{ amount: '0' }, 'amount'],
    [{ amount: undefined }, 'amount'],
    [{ amount: '1.001' }, 'amount'],
    [{ currency: 'XXX' }, 'currency'],
    [{ invoiceId: undefined }, 'invoiceId'],
    [{ preview: true }, 'preview'],
    [{ immediate: 'perhaps' }, 'immediate'],
  ])('of %j is refused at its field', async (over, field) => {
    const { refund } = await open();
    const { status, body } = await refund(over);
    expect([status, body]).toMatchObject([400, { status: 'error', data: null, code: expect.stringMatching(/^0102/) }]);
    expect(body.error).toMatch(new RegExp(`^${field}: `));
  });

  it('of another store’s invoice, or one that is no refund, is not found', async () => {
    const { refund, client, request } = await open();
    const other = await open();
    expect((await refund({ invoiceId: other.invoiceId })).status).toBe(404);
    const made = await request('POST', '/v1/pull-payments', { amount_sats: '5000' });
    const { pull_payment } = (await made.json()) as { pull_payment: { id: string } };
    expect((await client.get(`/refunds/${pull_payment.id}`)).status).toBe(404);
    expect((await client.delete(`/refunds/${pull_payment.id}`)).status).toBe(404);
    const { body } = await send(other, 'GET', `${BASE}/refunds?invoiceId=x`, undefined, basic(other.store.apiKey));
    expect(body).toMatchObject({ code: '020201' });
  });
});
