// The clock of a store in test mode, moved forward: what would take hours is tried in seconds.

import { describe, expect, it } from 'vitest';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { moveClock } from '../../../src/services/payments/test-clock.ts';
import { openMerchant, startReceiver } from '../../support/merchant.ts';
import { emptyOutbox, outboxOf, webhookOf } from '../../support/outbox.ts';

interface IssuedKey {
  key: { id: string };
  secret: string;
}

async function openTestShop(mode: 'test' | 'live' = 'test', endpointUrl: string | null = null) {
  const merchant = await openMerchant({ mode, endpointUrl });
  const move = async (minutes: number) => {
    const store = await storeById(merchant.deps.db, merchant.store.id);
    if (!store) throw new Error('no store');
    const moved = await moveClock(merchant.deps, store, minutes * 60);
    await merchant.settled();
    return moved;
  };
  const simulate = (id: string, event_type: string, amount_sats?: string) =>
    merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type, ...(amount_sats ? { amount_sats } : {}) });
  return { merchant, move, simulate };
}

describe('The clock of a test store', () => {
  it('lets an invoice expire, and no sooner than its time', async () => {
    const { merchant, move } = await openTestShop();
    const { id, expires_at } = await merchant.createInvoice();
    expect(await move(14)).toEqual({ invoices: 1 });
    const soon = await merchant.readInvoice(id);
    expect(soon.status).toBe('pending');
    expect(Date.parse(expires_at) - Date.parse(soon.expires_at)).toBe(14 * 60_000);
    await move(2);
    expect((await merchant.readInvoice(id)).status).toBe('expired');
    expect(await merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.updated', 'invoice.expired']);
  });

  it('keeps a payment that was on time on time', async () => {
    const { merchant, move, simulate } = await openTestShop();
    const { id } = await merchant.createInvoice();
    expect((await simulate(id, 'invoice.payment_seen')).status).toBe(200);
    await move(30);
    expect((await merchant.readInvoice(id)).status).toBe('seen');
    expect((await simulate(id, 'invoice.paid')).status).toBe(200);
    expect((await merchant.readInvoice(id)).status).toBe('paid');
  });

  it('lets the late window be tried, and its end', async () => {
    const { merchant, move, simulate } = await openTestShop();
    const late = await merchant.createInvoice();
    await move(20);
    expect((await simulate(late.id, 'invoice.late_paid')).status).toBe(200);
    expect((await merchant.readInvoice(late.id)).status).toBe('late_paid');
  });

  it('makes retries of webhooks due', async () => {
    await emptyOutbox();
    const receiver = await startReceiver();
    await receiver.answerWith([{ status: 500 }, { status: 500 }, { status: 200 }]);
    const { merchant, move } = await openTestShop('test', receiver.url);
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    const attempts = async () => (await outboxOf(merchant, id)).find(({ seq }) => seq === 1)?.attempts;
    expect(await attempts()).toBe(1);
    await move(1);
    expect(await attempts()).toBe(2);
    await move(5);
    expect(await attempts()).toBe(3);
    const sent = (await receiver.deliveries(3)).map((delivery) => webhookOf(delivery).event_id);
    expect(new Set(sent).size).toBe(1);
  });

  it('ends the overlap of an exchanged key, and no sooner than its time', async () => {
    const { merchant, move } = await openTestShop();
    const keys = `/v1/stores/${merchant.store.id}/keys`;
    const made = (await (await merchant.request('POST', keys, { label: 'Old' })).json()) as IssuedKey;
    const rotated = await merchant.request('POST', `${keys}/${made.key.id}/rotate`);
    const { secret: fresh } = (await rotated.json()) as IssuedKey;
    const opens = async (key: string) =>
      (await merchant.request('GET', keys, undefined, { authorization: `Bearer ${key}` })).status;
    expect([await opens(made.secret), await opens(fresh)]).toEqual([200, 200]);
    await move(23 * 60);
    expect(await opens(made.secret)).toBe(200);
    await move(2 * 60);
    expect([await opens(made.secret), await opens(fresh)]).toEqual([401, 200]);
    const shown = await (await merchant.request('GET', keys)).json();
    await move(24 * 60);
    expect(await (await merchant.request('GET', keys)).json(), 'what has ended is moved no further').toEqual(shown);
  });

  it('ends the overlap of a rotated webhook secret', async () => {
    await emptyOutbox();
    const receiver = await startReceiver();
    const { merchant, move } = await openTestShop('test', receiver.url);
    const webhooks = `/v1/stores/${merchant.store.id}/webhooks`;
    const listed = (await (await merchant.request('GET', webhooks)).json()) as { webhooks: { id: string }[] };
    expect((await merchant.request('POST', `${webhooks}/${listed.webhooks[0]?.id}/rotate`)).status).toBe(200);
    const signatures = async (count: number) => {
      await merchant.createInvoice();
      await merchant.settled();
      const header = (await receiver.deliveries(count)).at(-1)?.headers['x-satlane-signature'] ?? '';
      return header.split('v1=').length - 1;
    };
    expect(await signatures(1)).toBe(2);
    await move(23 * 60);
    const soFar = (await receiver.deliveries()).length;
    expect(await signatures(soFar + 1)).toBe(2);
    await move(2 * 60);
    expect(await signatures((await receiver.deliveries()).length + 1)).toBe(1);
    expect((await merchant.request('POST', `${webhooks}/${listed.webhooks[0]?.id}/rotate`)).status).toBe(200);
  });

  it('moves no key and no secret of another store', async () => {
    const [mine, other] = [await openTestShop(), await openTestShop()];
    const keys = `/v1/stores/${other.merchant.store.id}/keys`;
    const made = (await (await other.merchant.request('POST', keys, { label: 'Old' })).json()) as IssuedKey;
    await other.merchant.request('POST', `${keys}/${made.key.id}/rotate`);
    await mine.move(48 * 60);
    const authorization = `Bearer ${made.secret}`;
    expect((await other.merchant.request('GET', keys, undefined, { authorization })).status).toBe(200);
  });

  it('moves nothing of another store, and nothing of a live one', async () => {
    const [mine, other] = [await openTestShop(), await openTestShop()];
    const { id } = await other.merchant.createInvoice();
    await mine.move(60);
    expect((await other.merchant.readInvoice(id)).status).toBe('pending');
    const live = await openTestShop('live');
    await expect(live.move(60)).rejects.toMatchObject({ code: 'test_mode_only' });
  });
});
