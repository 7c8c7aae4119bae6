// Webhooks to a receiver that has trouble: tried again on the guide's schedule, given up after seven attempts, and never
// at the expense of others (integration guide §6).

import { beforeEach, describe, expect, it } from 'vitest';
import type { Dispatcher } from '../../../src/adapters/webhooks/dispatcher.ts';
import { verifySignature } from '../../../src/adapters/webhooks/signature.ts';
import { sweepDeliveries } from '../../../src/jobs/deliver/dispatch.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import type { Answer, Delivery } from '../../support/node/hub.ts';
import { addEndpoint, emptyOutbox, outboxOf, webhookOf } from '../../support/outbox.ts';

beforeEach(emptyOutbox);

/** Minutes between the attempts: 1m, 5m, 30m, 2h, 12h, 24h. */
const SCHEDULE = [1, 5, 30, 120, 720, 1440];

async function openShop(answers: Answer[] = []) {
  const receiver = await startReceiver();
  await receiver.answerWith(answers);
  const merchant = await openMerchant({ endpointUrl: receiver.url });
  return {
    receiver,
    merchant,
    sweep: () => sweepDeliveries(merchant.deps.dispatcher),
    async order() {
      const { id } = await merchant.createInvoice();
      await merchant.settled();
      return id;
    },
  };
}

async function stateOf(merchant: Merchant, invoiceId: string) {
  const [row] = await outboxOf(merchant, invoiceId);
  return row;
}

function identityOf({ headers, body }: Delivery): string {
  return `${headers['x-satlane-event-id']} ${body}`;
}

const TROUBLE: [what: string, answer: Answer, error: string][] = [
  ['answers 500', { status: 500, body: 'oops' }, 'HTTP 500'],
  ['answers 503', { status: 503 }, 'HTTP 503'],
  ['hangs up', { behaviour: 'hang_up' }, 'the connection failed'],
  ['sends us elsewhere', { status: 302, headers: { location: '/elsewhere' } }, 'HTTP 302: redirects are not followed'],
];

describe('A receiver that', () => {
  it.each(TROUBLE)(
    '%s gets the same bytes again after 1m 5m 30m 2h 12h 24h, then no more',
    async (_, answer, error) => {
      const { merchant, receiver, sweep, order } = await openShop(Array.from({ length: 20 }, () => answer));
      const id = await order();
      const sentAt = [merchant.clock.ms];
      for (const [retry, minutes] of SCHEDULE.entries()) {
        expect(await stateOf(merchant, id)).toMatchObject({ state: 'retrying', attempts: retry + 1 });
        // A moment too early nothing is sent.
        merchant.clock.ms += minutes * 60_000 - 1;
        await sweep();
        expect(await receiver.deliveries()).toHaveLength(retry + 1);
        merchant.clock.ms += 1;
        sentAt.push(merchant.clock.ms);
        await sweep();
        expect(await receiver.deliveries()).toHaveLength(retry + 2);
      }
      expect(await stateOf(merchant, id)).toMatchObject({ state: 'dead_letter', attempts: 7, nextAttemptMs: null });
      merchant.clock.advanceMinutes(10 * 24 * 60);
      await sweep();

      const deliveries = await receiver.deliveries();
      expect(deliveries).toHaveLength(7);
      expect(new Set(deliveries.map(identityOf)).size).toBe(1);
      for (const [i, { headers, body }] of deliveries.entries()) {
        // Signed anew each time: a receiver refuses what is older than five minutes.
        const nowSeconds = Math.floor((sentAt[i] ?? 0) / 1000);
        expect(headers['x-satlane-signature']).toContain(`t=${nowSeconds},`);
        verifySignature(body, headers['x-satlane-signature'], { secrets: [merchant.store.webhookSecret], nowSeconds });
      }
      const log = (await stateOf(merchant, id))?.attemptLog ?? [];
      expect(log.map((attempt) => attempt.at)).toEqual(sentAt);
      expect(log.map((attempt) => attempt.error)).toEqual(Array.from({ length: 7 }, () => error));
    },
  );

  it('recovers gets the event once more, and then no other', async () => {
    const { merchant, receiver, sweep, order } = await openShop([{ status: 500 }, { status: 202 }]);
    const id = await order();
    for (let i = 0; i < 5; i++) {
      merchant.clock.advanceMinutes(60);
      await sweep();
    }
    expect(await receiver.deliveries()).toHaveLength(2);
    const row = await stateOf(merchant, id);
    expect(row).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(row?.attemptLog.map(({ status }) => status)).toEqual([500, 202]);
  });

  it.each([400, 401, 403, 404, 405, 410, 422])('answers %i is wrong, not busy: no retry', async (status) => {
    const { merchant, receiver, sweep, order } = await openShop([{ status, body: 'no such route' }]);
    const id = await order();
    expect(await stateOf(merchant, id)).toMatchObject({
      state: 'failed',
      attempts: 1,
      nextAttemptMs: null,
      attemptLog: [{ status, error: `HTTP ${status}`, response: 'no such route' }],
    });
    merchant.clock.advanceMinutes(48 * 60);
    await sweep();
    expect(await receiver.deliveries()).toHaveLength(1);
  });

  it.each([408, 425, 429])('answers %i is busy, not wrong: tried again', async (status) => {
    const { merchant, receiver, sweep, order } = await openShop([{ status }]);
    const id = await order();
    merchant.clock.advanceMinutes(1);
    await sweep();
    expect(await receiver.deliveries()).toHaveLength(2);
    expect(await stateOf(merchant, id)).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('sends us elsewhere does not get its way', async () => {
    const elsewhere = await startReceiver();
    const { order } = await openShop([{ status: 307, headers: { location: elsewhere.url } }]);
    await order();
    expect(await elsewhere.deliveries()).toHaveLength(0);
  });

  it('does not answer times out after ten seconds, and delays no other', async () => {
    const { merchant, receiver } = await openShop([{ behaviour: 'silent' }]);
    const quick = await startReceiver();
    await addEndpoint(merchant, { id: 'quick', url: quick.url, secret: 'whsec_cXVpY2s=' });
    const startedMs = Date.now();
    const { id } = await merchant.createInvoice();
    await Promise.all([quick.deliveries(1), receiver.deliveries(1)]);
    expect(Date.now() - startedMs).toBeLessThan(5_000);
    await merchant.settled();
    expect(Date.now() - startedMs).toBeGreaterThan(9_000);
    const rows = await outboxOf(merchant, id);
    expect(rows.map(({ url, state }) => [url, state]).sort()).toEqual(
      [
        [receiver.url, 'retrying'],
        [quick.url, 'succeeded'],
      ].sort(),
    );
    const silent = rows.find(({ url }) => url === receiver.url);
    expect(silent?.attemptLog).toMatchObject([{ status: null, error: 'no answer within 10 seconds', response: null }]);
  });
});

describe('While one delivery is under way', () => {
  it('the others of the same sweep are made', async () => {
    const { merchant, receiver, sweep, order } = await openShop([{ status: 500 }, { behaviour: 'hold' }]);
    const quick = await startReceiver();
    await addEndpoint(merchant, { id: 'quick', url: quick.url, secret: 'whsec_cXVpY2s=' });
    await quick.answerWith([{ status: 500 }]);
    const id = await order();
    merchant.clock.advanceMinutes(1);
    const swept = sweep();
    await Promise.all([receiver.deliveries(2), quick.deliveries(2)]);
    await receiver.release();
    await swept;
    expect((await outboxOf(merchant, id)).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
  });

  it('no second cron sends it until the lease of the first has ended', async () => {
    const { merchant, receiver, sweep, order } = await openShop([{ status: 500 }, { behaviour: 'hold' }]);
    const id = await order();
    merchant.clock.advanceMinutes(1);
    const stuck = sweep();
    await receiver.deliveries(2);
    merchant.clock.ms += 59_999;
    await sweep();
    expect(await receiver.deliveries()).toHaveLength(2);
    merchant.clock.ms += 1;
    await sweep();
    expect(await receiver.deliveries()).toHaveLength(3);
    // The first one comes back after all: what the second recorded stands.
    await receiver.release();
    await stuck;
    expect(await stateOf(merchant, id)).toMatchObject({ state: 'succeeded', attempts: 2 });
  });
});

describe('A secret that cannot be read', () => {
  async function openBroken() {
    const broken = await openShop([{ status: 500 }]);
    const healthy = await openShop([{ status: 500 }]);
    const ids = [await broken.order(), await healthy.order()] as const;
    await bindings.DB.prepare("UPDATE endpoints SET secret_sealed = 'damaged' WHERE store_id = ?")
      .bind(broken.merchant.store.id)
      .run();
    healthy.merchant.clock.advanceMinutes(1);
    return { broken, healthy, ids };
  }

  it('does not keep other merchants’ webhooks back', async () => {
    const { healthy } = await openBroken();
    await healthy.sweep();
    expect(await healthy.receiver.deliveries()).toHaveLength(2);
  });

  it('is a failed attempt, that is on record and comes to an end', async () => {
    const { broken, healthy, ids } = await openBroken();
    await healthy.sweep();
    expect(await stateOf(broken.merchant, ids[0])).toMatchObject({ attempts: 2, attemptLog: [{}, { status: null }] });
  });
});

describe('An endpoint that is taken away while its webhooks wait', () => {
  it('gets no more of them', async () => {
    const { merchant, receiver, sweep, order } = await openShop([{ status: 500 }]);
    const id = await order();
    await bindings.DB.prepare('DELETE FROM endpoints WHERE store_id = ?').bind(merchant.store.id).run();
    merchant.clock.advanceMinutes(1);
    await sweep();
    expect(await receiver.deliveries()).toHaveLength(1);
    expect(await stateOf(merchant, id)).toMatchObject({
      attemptLog: [{}, { error: expect.stringContaining('the endpoint is gone') }],
    });
  });

  it('nor does one that was switched off', async () => {
    const { merchant, receiver, sweep, order } = await openShop([{ status: 500 }]);
    await order();
    await bindings.DB.prepare('UPDATE endpoints SET enabled = 0 WHERE store_id = ?').bind(merchant.store.id).run();
    merchant.clock.advanceMinutes(1);
    await sweep();
    expect(await receiver.deliveries()).toHaveLength(1);
  });

  it('nor one whose URL became forbidden', async () => {
    const { merchant, receiver, order } = await openShop([{ status: 500 }]);
    await order();
    merchant.clock.advanceMinutes(1);
    const strict: Dispatcher = {
      ...merchant.deps.dispatcher,
      policy: { targets: 'public', origin: 'https://pay.test' },
    };
    await sweepDeliveries(strict);
    expect(await receiver.deliveries()).toHaveLength(1);
  });
});

describe('Two events of one invoice', () => {
  it('have schedules of their own: the second does not wait for the first', async () => {
    const { merchant, receiver, sweep, order } = await openShop([{ status: 500 }]);
    const id = await order();
    await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    await merchant.settled();
    const types = async () => (await receiver.deliveries()).map((delivery) => webhookOf(delivery).event_type);
    expect(await types()).toEqual(['invoice.created', 'invoice.paid']);
    merchant.clock.advanceMinutes(1);
    await sweep();
    expect(await types()).toEqual(['invoice.created', 'invoice.paid', 'invoice.created']);
  });
});
