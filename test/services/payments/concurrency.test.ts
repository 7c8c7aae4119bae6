// What happens when several things happen to one invoice concurrently, or a Worker dies in the middle: one story reaches the receivers,
// completely, and each event once (real D1, real receivers).

import { beforeEach, describe, expect, it } from 'vitest';
import type { Look, SeenTx } from '../../../src/core/onchain/look.ts';
import { sweepDeliveries } from '../../../src/jobs/deliver/dispatch.ts';
import { observe } from '../../../src/services/payments/observe.ts';
import { openStream } from '../../support/live.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import { deadDispatcher, emptyOutbox, outboxOf, webhookOf } from '../../support/outbox.ts';

beforeEach(emptyOutbox);

async function openShop(mode: 'test' | 'live' = 'live', overrides = {}) {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ mode, endpointUrl: receiver.url, overrides });
  await merchant.showTip(120);
  return { receiver, merchant };
}

async function scriptOf(invoiceId: string): Promise<string> {
  const row = await bindings.DB.prepare('SELECT script FROM invoices WHERE id = ?')
    .bind(invoiceId)
    .first<{ script: string }>();
  return row?.script ?? '';
}

/** A transaction of `sats` to an invoice, distinguished by its number. */
function transaction(number: number, script: string, sats: number, height: number | null = null): SeenTx {
  const id = (prefix: string) => `${prefix}${number}`.padEnd(64, '0');
  const block = height === null ? null : { hash: 'cd'.repeat(32), height, timeMs: null, knownSinceMs: null };
  return {
    txid: id('a'),
    inputs: [`${id('b')}:0`],
    outputs: [{ vout: 0, script, valueSats: BigInt(sats) }],
    block,
  };
}

function lookOf(merchant: Merchant, transactions: SeenTx[]): Look {
  const nothing = new Set<string>();
  return { atMs: merchant.clock.ms, tipHeight: 120, transactions, lostBlocks: nothing, unknownTxids: nothing };
}

async function storyOf(invoiceId: string) {
  const [events, payments, invoice] = await bindings.DB.batch<Record<string, string | number>>([
    bindings.DB.prepare('SELECT seq, type FROM events WHERE subject_id = ? ORDER BY seq').bind(invoiceId),
    bindings.DB.prepare('SELECT id, value_sats FROM payments WHERE invoice_id = ?').bind(invoiceId),
    bindings.DB.prepare('SELECT status, version, seen_sats FROM invoices WHERE id = ?').bind(invoiceId),
  ]);
  return {
    seqs: (events?.results ?? []).map((row) => row.seq),
    types: (events?.results ?? []).map((row) => row.type),
    payments: payments?.results ?? [],
    invoice: invoice?.results[0],
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('Eight concurrent watchers', () => {
  it('that see the same payment make one payment and one invoice.payment_seen', async () => {
    const { merchant, receiver } = await openShop();
    const { id } = await merchant.createInvoice();
    const look = lookOf(merchant, [transaction(1, await scriptOf(id), 100_000)]);
    const results = await Promise.all(upTo(8).map(() => observe(merchant.deps, id, look)));
    expect(results.filter(({ type }) => type === 'invoice.payment_seen')).toHaveLength(1);
    expect(results.filter(({ type }) => type === null)).toHaveLength(7);
    expect(await storyOf(id)).toMatchObject({
      types: ['invoice.created', 'invoice.payment_seen'],
      payments: [{ value_sats: 100_000 }],
      invoice: { status: 'seen', version: 2, seen_sats: 100_000 },
    });
    await merchant.settled();
    expect((await receiver.deliveries()).map((delivery) => webhookOf(delivery).event_type).sort()).toEqual([
      'invoice.created',
      'invoice.payment_seen',
    ]);
  });

  it('that each see another payment lose none, and number their events without a gap', async () => {
    const { merchant } = await openShop();
    const { id } = await merchant.createInvoice({ amount_sats: '36000' });
    const script = await scriptOf(id);
    await Promise.all(
      upTo(8).map((number) =>
        observe(merchant.deps, id, lookOf(merchant, [transaction(number, script, number * 1000)])),
      ),
    );
    const story = await storyOf(id);
    expect(story.payments).toHaveLength(8);
    expect(story.payments.reduce((sum, { value_sats }) => sum + Number(value_sats), 0)).toBe(36_000);
    expect(story.seqs).toEqual(upTo(story.seqs.length));
    expect(story.invoice).toEqual({ status: 'seen', version: story.seqs.length, seen_sats: 36_000 });
    expect(story.types.filter((type) => type === 'invoice.payment_seen')).toHaveLength(1);
    expect(await merchant.readInvoice(id)).toMatchObject({ amount_paid_sats: '36000', amount_due_sats: '0' });
  });

  it('that see the same block pay the invoice once', async () => {
    const { merchant, receiver } = await openShop();
    const { id } = await merchant.createInvoice({ amount_sats: '50000' });
    const look = lookOf(merchant, [transaction(1, await scriptOf(id), 50_000, 120)]);
    await Promise.all(upTo(8).map(() => observe(merchant.deps, id, look)));
    await merchant.settled();
    expect((await storyOf(id)).types).toEqual(['invoice.created', 'invoice.paid']);
    expect(await receiver.deliveries()).toHaveLength(2);
  });
});

describe('A merchant who cancels while the buyer pays', () => {
  it.each(upTo(6))('either cancelled or was too late, and both sides hear the same (round %i)', async (round) => {
    const { merchant } = await openShop();
    const { id } = await merchant.createInvoice();
    const look = lookOf(merchant, [transaction(round, await scriptOf(id), 100_000)]);
    const cancel = () => merchant.request('POST', `/v1/invoices/${id}/cancel`);
    const sight = () => observe(merchant.deps, id, look);
    const [cancelled] =
      round % 2 === 0
        ? await Promise.all([cancel(), sight()])
        : (await Promise.all([sight(), cancel()])).toReversed().map((result) => result as Response);
    const story = await storyOf(id);
    expect(story.payments).toHaveLength(1);
    if (cancelled?.status === 200) {
      expect(story).toMatchObject({
        types: ['invoice.created', 'invoice.cancelled', 'invoice.updated'],
        invoice: { status: 'cancelled', version: 3 },
      });
    } else {
      expect(cancelled?.status).toBe(409);
      expect(story).toMatchObject({
        types: ['invoice.created', 'invoice.payment_seen'],
        invoice: { status: 'seen', version: 2 },
      });
    }
  });

  it('or cancels twice concurrently: one of the two learns that it is done', async () => {
    const { merchant } = await openShop();
    const { id } = await merchant.createInvoice();
    const answers = await Promise.all(upTo(4).map(() => merchant.request('POST', `/v1/invoices/${id}/cancel`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect((await storyOf(id)).types).toEqual(['invoice.created', 'invoice.cancelled']);
  });
});

describe('Two concurrent simulations', () => {
  const both = (merchant: Merchant, id: string, event_type: string) =>
    Promise.all(upTo(2).map(() => merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type })));

  it('of invoice.paid pay once', async () => {
    const { merchant } = await openShop('test');
    const { id } = await merchant.createInvoice();
    const answers = await both(merchant, id, 'invoice.paid');
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await storyOf(id)).toMatchObject({
      types: ['invoice.created', 'invoice.paid'],
      payments: [{ value_sats: 100_000 }],
    });
  });

  it('of invoice.underpaid add up', async () => {
    const { merchant } = await openShop('test');
    const { id } = await merchant.createInvoice();
    const answers = await both(merchant, id, 'invoice.underpaid');
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const story = await storyOf(id);
    expect(story.types).toEqual(['invoice.created', 'invoice.underpaid', 'invoice.underpaid']);
    expect(story.invoice).toEqual({ status: 'underpaid', version: 3, seen_sats: 75_000 });
  });
});

describe('A commit that fails half-way', () => {
  async function breakDeliveries(): Promise<() => Promise<unknown>> {
    await bindings.DB.prepare(
      "CREATE TRIGGER broken BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'the disk caught fire'); END",
    ).run();
    return () => bindings.DB.prepare('DROP TRIGGER broken').run();
  }

  it('leaves no event, no payment and no message, and can be repeated', async () => {
    const { merchant, receiver } = await openShop();
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    const before = [await storyOf(id), await merchant.readInvoice(id)];
    const stream = await openStream(merchant, id);
    const look = lookOf(merchant, [transaction(1, await scriptOf(id), 100_000)]);

    const mend = await breakDeliveries();
    await expect(observe(merchant.deps, id, look)).rejects.toThrow();
    await mend();
    await merchant.settled();
    expect([await storyOf(id), await merchant.readInvoice(id)]).toEqual(before);
    expect(await receiver.deliveries()).toHaveLength(1);

    expect((await observe(merchant.deps, id, look)).type).toBe('invoice.payment_seen');
    // The first thing that an open page hears is the step that was taken in the end.
    expect(await stream.next()).toMatchObject({ id: '2', event: 'invoice.payment_seen' });
    await stream.cancel();
    await merchant.settled();
    expect(await receiver.deliveries()).toHaveLength(2);
  });

  it('while an invoice is made leaves no invoice, and neither its address nor its Idempotency-Key is used up', async () => {
    const { merchant, receiver } = await openShop('test');
    const create = () =>
      merchant.request('POST', '/v1/invoices', { amount_sats: '1000' }, { 'idempotency-key': 'half-way' });
    const mend = await breakDeliveries();
    const failed = await create();
    await mend();
    expect(failed.status).toBe(500);
    expect(await failed.json()).toMatchObject({
      error: { code: 'internal', message: expect.not.stringContaining('fire') },
    });
    const left = await bindings.DB.prepare(
      `SELECT (SELECT count(*) FROM invoices WHERE store_id = ?1) AS invoices,
        (SELECT count(*) FROM idempotency_keys WHERE store_id = ?1) AS keys,
        (SELECT count(*) FROM addresses WHERE wallet_id = ?2 AND invoice_id IS NOT NULL) AS addresses`,
    )
      .bind(merchant.store.id, merchant.store.wallet?.id)
      .first();
    expect(left).toEqual({ invoices: 0, keys: 0, addresses: 0 });
    await merchant.settled();
    expect(await receiver.deliveries()).toHaveLength(0);
    expect((await create()).status).toBe(201);
  });
});

describe('A Worker that dies between its commit and the webhook', () => {
  it('only delays it: the cron sends it, once', async () => {
    const { merchant, receiver } = await openShop('test', { dispatcher: deadDispatcher(), background: () => {} });
    const alive = await openMerchant();
    const sweep = () => sweepDeliveries({ ...alive.deps.dispatcher, now: merchant.clock.now });
    const { id } = await merchant.createInvoice();
    expect(await outboxOf(merchant, id)).toMatchObject([{ state: 'pending', attempts: 0 }]);

    merchant.clock.ms += 29_000;
    await sweep();
    expect(await receiver.deliveries()).toHaveLength(0);
    merchant.clock.ms += 31_000;
    await sweep();
    await sweep();
    expect((await receiver.deliveries()).map((delivery) => webhookOf(delivery).event_type)).toEqual([
      'invoice.created',
    ]);
    expect(await outboxOf(merchant, id)).toMatchObject([{ state: 'succeeded', attempts: 1, nextAttemptMs: null }]);
  });
});

describe('Crons that overlap', () => {
  it('ten concurrent runs send each of twenty due webhooks once', async () => {
    const { merchant, receiver } = await openShop('test', { dispatcher: deadDispatcher(), background: () => {} });
    const alive = await openMerchant();
    const dispatcher = { ...alive.deps.dispatcher, now: merchant.clock.now };
    const invoices = await Promise.all(upTo(20).map(() => merchant.createInvoice()));
    merchant.clock.advanceMinutes(1);
    await Promise.all(upTo(10).map(() => sweepDeliveries(dispatcher)));
    const announced = (await receiver.deliveries()).map((delivery) => webhookOf(delivery).data.invoice.id);
    expect(announced.sort()).toEqual(invoices.map(({ id }) => id).sort());
  });

  it('and more than fit into one batch, in one sweep', async () => {
    const { merchant, receiver } = await openShop('test', { dispatcher: deadDispatcher(), background: () => {} });
    const alive = await openMerchant();
    const { id } = await merchant.createInvoice();
    await bindings.DB.prepare(
      `INSERT INTO deliveries SELECT created_at, store_id, log_seq, value, resent, endpoint_id, line, url, dialect, body, state,
         attempts, next_attempt_at, attempt_log FROM deliveries, json_each(?) WHERE store_id = ?`,
    )
      .bind(JSON.stringify(upTo(149)), merchant.store.id)
      .run();
    merchant.clock.advanceMinutes(1);
    const dispatcher = { ...alive.deps.dispatcher, now: merchant.clock.now };
    await Promise.all(upTo(3).map(() => sweepDeliveries(dispatcher)));
    expect(await receiver.deliveries()).toHaveLength(150);
    expect((await outboxOf(merchant, id)).every(({ state, attempts }) => state === 'succeeded' && attempts === 1)).toBe(
      true,
    );
  });

  it('and again for those that failed: seven attempts at each, not seventy', async () => {
    const { merchant, receiver } = await openShop('test');
    await receiver.answerWith(upTo(50).map(() => ({ status: 500 })));
    const invoices = await Promise.all(upTo(3).map(() => merchant.createInvoice()));
    await merchant.settled();
    for (const minutes of [1, 5, 30, 120, 720, 1440, 1440]) {
      merchant.clock.advanceMinutes(minutes);
      await Promise.all(upTo(10).map(() => sweepDeliveries(merchant.deps.dispatcher)));
    }
    const counts = Map.groupBy(await receiver.deliveries(), (delivery) => webhookOf(delivery).data.invoice.id);
    expect(invoices.map(({ id }) => counts.get(id)?.length)).toEqual([7, 7, 7]);
  });
});
