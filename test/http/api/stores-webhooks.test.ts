// A merchant adds a webhook endpoint, tries it, sees every delivery, sends what was lost again, and changes its secret
// without losing one.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../../src/adapters/db/endpoints.ts';
import { verifySignature } from '../../../src/adapters/webhooks/signature.ts';
import { ROTATION_OVERLAP_MS } from '../../../src/adapters/webhooks/signers.ts';
import { EVENT_TYPES } from '../../../src/core/invoice/invoice.ts';
import { SWITCH_OFF_AFTER_MS } from '../../../src/jobs/deliver/attempt.ts';
import { sweepDeliveries } from '../../../src/jobs/deliver/dispatch.ts';
import { bindings, type Merchant, type MerchantOptions, openMerchant, startReceiver } from '../../support/merchant.ts';
import type { Delivery } from '../../support/node/hub.ts';
import { emptyOutbox, webhookOf } from '../../support/outbox.ts';

interface Webhook {
  id: string;
  url: string;
  event_types: string[] | null;
  enabled: boolean;
  failing_since: string | null;
  disabled_at: string | null;
  previous_secret_until: string | null;
}

interface LoggedDelivery {
  id: string;
  event_id: string;
  event_type: string;
  invoice_id: string | null;
  url: string;
  state: string;
  attempts: {
    at: string;
    took_ms: number;
    status: number | null;
    error: string | null;
    response_body: string | null;
  }[];
  next_attempt_at: string | null;
}

const HOUR_MS = 60 * 60_000;

beforeEach(emptyOutbox);

async function openShop(options: MerchantOptions = {}) {
  const merchant = await openMerchant(options);
  const receiver = await startReceiver();
  const path = `/v1/stores/${merchant.store.id}/webhooks`;
  const ask = async <T>(method: string, target: string, body?: unknown) => {
    const response = await merchant.request(method, target, body);
    const text = await response.text();
    return {
      status: response.status,
      body: (text ? JSON.parse(text) : {}) as T & { error?: { code: string; message: string } },
    };
  };
  const add = async (settings: Record<string, unknown> = {}) => {
    const { status, body } = await ask<{ webhook: Webhook; secret: string }>('POST', path, {
      url: receiver.url,
      ...settings,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body;
  };
  return {
    merchant,
    receiver,
    path,
    ask,
    add,
    read: async (id: string) => (await ask<{ webhook: Webhook }>('GET', `${path}/${id}`)).body.webhook,
    log: async (id: string, query = '') =>
      (
        await ask<{ deliveries: LoggedDelivery[]; next_cursor: string | null }>(
          'GET',
          `${path}/${id}/deliveries${query}`,
        )
      ).body,
    invoice: async () => {
      const { id } = await merchant.createInvoice({ amount_sats: '1000' });
      await merchant.settled();
      return id;
    },
  };
}

function verify(delivery: Delivery | undefined, secret: string, { clock }: Merchant): void {
  if (!delivery) throw new Error('nothing came');
  const nowSeconds = clock.ms / 1000;
  verifySignature(delivery.body, delivery.headers['x-satlane-signature'], { secrets: [secret], nowSeconds });
}

describe('An endpoint', () => {
  it('shows its secret once, and signs with it', async () => {
    const { merchant, receiver, add, ask, path, read } = await openShop();
    const { webhook, secret } = await add({ label: 'Orders' });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toMatchObject({ url: receiver.url, label: 'Orders', event_types: null, enabled: true });
    await merchant.createInvoice();
    await merchant.settled();
    verify((await receiver.deliveries(1))[0], secret, merchant);
    const shown = [
      await read(webhook.id),
      await ask('GET', path),
      await ask('PATCH', `${path}/${webhook.id}`, { label: 'X' }),
    ];
    const { results } = await bindings.DB.prepare('SELECT * FROM endpoints').all();
    expect(JSON.stringify([shown, results])).not.toMatch(/whsec_/);
  });

  it('gets the events that it asked for', async () => {
    const { merchant, receiver, add, ask, path, invoice } = await openShop();
    const { webhook } = await add({ event_types: ['invoice.paid', 'invoice.paid'] });
    expect(webhook.event_types).toEqual(['invoice.paid']);
    const id = await invoice();
    expect(await receiver.deliveries()).toHaveLength(0);
    await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    await merchant.settled();
    expect((await receiver.deliveries(1)).map((one) => webhookOf(one).event_type)).toEqual(['invoice.paid']);
    await ask('PATCH', `${path}/${webhook.id}`, { event_types: null });
    await invoice();
    expect(await receiver.deliveries(2)).toHaveLength(2);
    for (const event_types of [[], ['invoice.updated'], 'invoice.paid']) {
      const { status, body } = await ask('PATCH', `${path}/${webhook.id}`, { event_types });
      expect([status, body.error?.message]).toEqual([400, expect.stringContaining('event_types')]);
    }
  });

  it('can be switched off, and deleted', async () => {
    const { receiver, add, ask, path, read, invoice } = await openShop();
    const { webhook } = await add();
    await ask('PATCH', `${path}/${webhook.id}`, { enabled: false });
    await invoice();
    expect((await ask('POST', `${path}/${webhook.id}/test`)).body.error?.code).toBe('conflict');
    expect((await read(webhook.id)).enabled).toBe(false);
    expect((await ask('DELETE', `${path}/${webhook.id}`)).status).toBe(204);
    expect((await ask('GET', `${path}/${webhook.id}`)).status).toBe(404);
    expect(await receiver.deliveries()).toHaveLength(0);
  });

  it.each([
    ['http://shop.example/hook', 'https'],
    ['https://127.0.0.1/hook', 'address'],
    ['https://[::1]/hook', 'address'],
    ['https://2130706433/hook', 'address'],
    ['https://localhost/hook', 'public'],
    ['https://metadata.google.internal/', 'public'],
    ['https://user:pass@shop.example/', 'password'],
    ['https://shop.example:22/', 'port'],
    ['https://pay.test/v1/invoices', 'itself'],
    ['javascript:alert(1)', 'https'],
    ['not a url', 'URL'],
  ])('may not be at %s', async (url, why) => {
    const { merchant, add, ask, path } = await openShop();
    const { webhook } = await add();
    const { dispatcher } = merchant.deps;
    merchant.deps.dispatcher = { ...dispatcher, policy: { targets: 'public', origin: 'https://pay.test' } };
    for (const [method, target] of [
      ['POST', path],
      ['PATCH', `${path}/${webhook.id}`],
    ] as const) {
      const { status, body } = await ask(method, target, { url });
      expect([status, body.error?.code]).toEqual([400, 'validation_error']);
      expect(body.error?.message).toMatch(new RegExp(`^url: .*${why}`));
    }
    expect((await ask('PATCH', `${path}/${webhook.id}`, { url: 'https://shop.example/hook' })).status).toBe(200);
  });

  it('is one of twenty at most', async () => {
    const { add } = await openShop();
    for (let i = 0; i < 20; i++) await add();
    await expect(add()).rejects.toThrow('conflict');
  });
});

describe('What is logged', () => {
  it('holds neither keys nor secrets, after every failure', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
    try {
      const { merchant, receiver, add, ask, path, invoice } = await openShop();
      await receiver.answerWith([{ status: 500 }, { status: 500 }]);
      const { webhook, secret } = await add();
      const issued = await ask<{ secret: string }>('POST', `/v1/stores/${merchant.store.id}/keys`);
      await invoice();
      await ask('POST', `${path}/${webhook.id}/test`);
      await bindings.DB.prepare("UPDATE endpoints SET secret_sealed = 'x' WHERE id = ?").bind(webhook.id).run();
      await invoice();
      const { dispatcher } = merchant.deps;
      merchant.deps.dispatcher = { ...dispatcher, fetch: () => Promise.reject(new Error(secret)) };
      await invoice();
      expect(lines.length).toBeGreaterThan(2);
      const logged = lines.join();
      for (const word of [secret, issued.body.secret, merchant.store.apiKey]) expect(logged).not.toContain(word);
    } finally {
      spy.mockRestore();
    }
  });
});

describe('A new secret', () => {
  it('signs beside the old one for 24 hours', async () => {
    const { merchant, receiver, add, ask, path, invoice } = await openShop();
    const { webhook, secret: old } = await add();
    const { body } = await ask<{ webhook: Webhook; secret: string }>('POST', `${path}/${webhook.id}/rotate`);
    expect(body.secret).not.toBe(old);
    expect(body.webhook.previous_secret_until).toBe(new Date(merchant.clock.ms + ROTATION_OVERLAP_MS).toISOString());
    await invoice();
    const [during] = await receiver.deliveries(1);
    verify(during, old, merchant);
    verify(during, body.secret, merchant);
    merchant.clock.ms += ROTATION_OVERLAP_MS;
    await invoice();
    const [, after] = await receiver.deliveries(2);
    verify(after, body.secret, merchant);
    expect(() => verify(after, old, merchant)).toThrow('signature mismatch');
  });

  it('takes none away that still signs, unless that is wanted', async () => {
    const { merchant, receiver, add, ask, path, invoice } = await openShop();
    const { webhook, secret: first } = await add();
    const rotate = (body?: unknown) =>
      ask<{ secret: string; error: { code: string; message: string } }>('POST', `${path}/${webhook.id}/rotate`, body);
    const second = (await rotate()).body.secret;
    const until = new Date(merchant.clock.ms + ROTATION_OVERLAP_MS).toISOString();
    merchant.clock.ms += ROTATION_OVERLAP_MS - 1;
    for (const body of [undefined, {}, { force: false }]) {
      const refused = await rotate(body);
      expect([refused.status, refused.body.error.code]).toEqual([409, 'conflict']);
      expect(refused.body.error.message).toContain(until);
    }
    await invoice();
    const [before] = await receiver.deliveries(1);
    for (const secret of [first, second]) verify(before, secret, merchant);

    const third = (await rotate({ force: true })).body.secret;
    await invoice();
    const [, forced] = await receiver.deliveries(2);
    for (const secret of [second, third]) verify(forced, secret, merchant);
    expect(() => verify(forced, first, merchant)).toThrow('signature mismatch');

    merchant.clock.ms += ROTATION_OVERLAP_MS;
    expect((await rotate()).status).toBe(200);
    expect((await rotate({ force: 'yes' })).body.error.message).toContain('force');
  });

  it('of two concurrent requests is one', async () => {
    const { add, ask, path } = await openShop();
    const { webhook } = await add();
    const both = [1, 2].map(() => ask('POST', `${path}/${webhook.id}/rotate`));
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('A test event', () => {
  it.each([
    ['test', false],
    ['live', true],
  ] as const)('of a %s store says livemode: %s, is signed, and is written down', async (mode, livemode) => {
    const { merchant, receiver, add, ask, path, log } = await openShop({ mode });
    const { webhook, secret } = await add();
    const { status, body } = await ask<{ delivery: LoggedDelivery }>('POST', `${path}/${webhook.id}/test`);
    expect(status).toBe(200);
    const [delivery] = await receiver.deliveries(1);
    verify(delivery, secret, merchant);
    const event = webhookOf(delivery);
    expect(event).toMatchObject({
      event_type: 'invoice.paid',
      livemode,
      data: { invoice: { status: 'paid', store_id: merchant.store.id, metadata: { satlane_test_event: 'true' } } },
    });
    expect(delivery?.headers).toMatchObject({
      'x-satlane-event-id': event.event_id,
      'x-satlane-event-type': 'invoice.paid',
      'webhook-id': event.event_id,
    });
    expect(body.delivery).toMatchObject({
      event_id: event.event_id,
      event_type: 'invoice.paid',
      invoice_id: null,
      state: 'succeeded',
      attempts: [{ status: 200, error: null, response_body: 'ok' }],
    });
    expect((await log(webhook.id)).deliveries).toEqual([body.delivery]);
    const again = await ask('POST', `${path}/${webhook.id}/deliveries/${body.delivery.id}/redeliver`);
    expect(again.body.error?.code).toBe('conflict');
  });

  it('of every kind in one moment have an id each, and stand in the record, not among the store’s events', async () => {
    const { merchant, add, ask, path, receiver, log } = await openShop();
    const { webhook } = await add();
    const types = EVENT_TYPES.filter((type) => type !== 'invoice.created');
    await Promise.all(types.map((event_type) => ask('POST', `${path}/${webhook.id}/test`, { event_type })));
    const arrived = (await receiver.deliveries(types.length)).map((delivery) => webhookOf(delivery));
    expect(arrived.map(({ event_type }) => event_type).sort()).toEqual(types.toSorted());
    const { deliveries } = await log(webhook.id);
    expect(deliveries.map(({ event_id }) => event_id).sort()).toEqual(arrived.map(({ event_id }) => event_id).sort());
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(types.length);
    expect((await ask<{ events: object[] }>('GET', '/v1/events?include=updated')).body.events).toEqual([]);
    await merchant.settled();
  });

  it.each([
    ['invoice.created', 'pending'],
    ['invoice.payment_seen', 'seen'],
    ['invoice.payment_replaced', 'pending'],
    ['invoice.late_paid', 'late_paid'],
    ['invoice.expired', 'expired'],
    ['invoice.underpaid', 'underpaid'],
    ['invoice.overpaid', 'overpaid'],
    ['invoice.payment_reverted', 'reverted'],
    ['invoice.requires_review', 'requires_review'],
    ['invoice.cancelled', 'cancelled'],
  ])('%s shows an invoice that is %s, of the same shape as a real one', async (event_type, status) => {
    const { merchant, receiver, add, ask, path } = await openShop();
    const { webhook } = await add({ event_types: ['invoice.paid'] });
    expect((await ask('POST', `${path}/${webhook.id}/test`, { event_type })).status).toBe(200);
    const { data } = webhookOf((await receiver.deliveries(1))[0]);
    expect(data.invoice.status).toBe(status);
    expect(Object.keys(data.invoice)).toEqual(Object.keys(await merchant.createInvoice()));
  });

  it('that fails is not tried again, and says nothing of the endpoint', async () => {
    const { merchant, receiver, add, ask, path, read } = await openShop();
    await receiver.answerWith([{ status: 500, body: 'boom' }]);
    const { webhook } = await add();
    const { body } = await ask<{ delivery: LoggedDelivery }>('POST', `${path}/${webhook.id}/test`);
    expect(body.delivery).toMatchObject({
      state: 'failed',
      next_attempt_at: null,
      attempts: [{ status: 500, response_body: 'boom' }],
    });
    expect((await read(webhook.id)).failing_since).toBeNull();
    merchant.clock.advanceMinutes(60);
    await sweepDeliveries(merchant.deps.dispatcher);
    expect(await receiver.deliveries()).toHaveLength(1);
    expect((await ask('POST', `${path}/${webhook.id}/test`, { event_type: 'invoice.refunded' })).status).toBe(400);
  });
});

describe('The log of deliveries', () => {
  it('has every attempt, the newest delivery first, page by page', async () => {
    const { merchant, receiver, add, log, invoice } = await openShop();
    const { webhook } = await add();
    const other = await add();
    await receiver.answerWith([
      { status: 503, body: 'closed' },
      { status: 503, body: 'closed' },
    ]);
    const first = await invoice();
    merchant.clock.advanceMinutes(1);
    await sweepDeliveries(merchant.deps.dispatcher);
    const second = await invoice();
    const page = await log(webhook.id, '?limit=1');
    expect(page.deliveries).toMatchObject([{ invoice_id: second, state: 'succeeded', event_type: 'invoice.created' }]);
    const next = await log(webhook.id, `?limit=1&cursor=${page.next_cursor}`);
    expect(next.deliveries).toMatchObject([
      {
        invoice_id: first,
        event_id: `evt_${first.replaceAll('-', '')}_1`,
        state: 'succeeded',
        attempts: [{ status: 503, error: 'HTTP 503', response_body: 'closed' }, { status: 200 }],
      },
    ]);
    expect((await log(webhook.id, `?limit=1&cursor=${next.next_cursor}`)).deliveries).toEqual([]);
    expect((await log(other.webhook.id)).deliveries).toHaveLength(2);
    expect((await log(webhook.id)).next_cursor).toBeNull();
  });

  it('refuses a cursor that it never gave', async () => {
    const { add, ask, path } = await openShop();
    const { webhook } = await add();
    for (const query of ['cursor=1', 'limit=101', 'limit=0', 'colour=red']) {
      expect((await ask('GET', `${path}/${webhook.id}/deliveries?${query}`)).status).toBe(400);
    }
  });

  it('goes on through events that it was sent nothing of, a bounded number at a time', async () => {
    const { merchant, add, log, invoice } = await openShop();
    const { webhook } = await add();
    const id = await invoice();
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
       INSERT INTO events (store_id, log_seq, subject, subject_id, seq, type, created_at, livemode, snapshot_version, snapshot)
       SELECT ?1, i + (SELECT max(log_seq) FROM events WHERE store_id = ?1), 'invoice', 'i', 1, 'invoice.created', ?2, 0, 1, '{}' FROM n`,
    )
      .bind(merchant.store.id, merchant.clock.ms + 1)
      .run();
    const page = await log(webhook.id);
    expect(page).toMatchObject({ deliveries: [], next_cursor: expect.any(String) });
    const next = await log(webhook.id, `?cursor=${page.next_cursor}`);
    expect(next.deliveries.map(({ invoice_id }) => invoice_id)).toEqual([id]);
    expect(next.next_cursor).toBeNull();
  });
});

describe('Sending again', () => {
  it('by itself goes to a new URL too', async () => {
    const { merchant, receiver, add, ask, path, invoice } = await openShop();
    const { webhook } = await add();
    await receiver.answerWith([{ status: 500 }]);
    await invoice();
    const moved = await startReceiver();
    await ask('PATCH', `${path}/${webhook.id}`, { url: moved.url });
    merchant.clock.advanceMinutes(1);
    await sweepDeliveries(merchant.deps.dispatcher);
    expect(await moved.deliveries(1)).toHaveLength(1);
  });

  it('one delivery keeps its event_id and goes to where the endpoint is now', async () => {
    const { receiver, add, ask, path, log, invoice } = await openShop();
    const { webhook } = await add();
    await receiver.answerWith([{ status: 404, body: 'moved' }]);
    await invoice();
    const [failed] = (await log(webhook.id)).deliveries;
    expect(failed).toMatchObject({ state: 'failed', attempts: [{ status: 404 }] });
    const moved = await startReceiver();
    await ask('PATCH', `${path}/${webhook.id}`, { url: moved.url });
    const { status, body } = await ask<{ delivery: LoggedDelivery }>(
      'POST',
      `${path}/${webhook.id}/deliveries/${failed?.id}/redeliver`,
    );
    expect(status).toBe(200);
    expect(body.delivery).toMatchObject({
      id: failed?.id,
      state: 'succeeded',
      url: moved.url,
      attempts: [{ status: 404 }, { status: 200 }],
    });
    const [before] = await receiver.deliveries(1);
    const [after] = await moved.deliveries(1);
    expect(after?.headers['x-satlane-event-id']).toBe(failed?.event_id);
    expect(after?.body).toBe(before?.body);
  });

  it('one that arrived is possible too', async () => {
    const { receiver, add, ask, path, log, invoice } = await openShop();
    const { webhook } = await add();
    await invoice();
    const [delivery] = (await log(webhook.id)).deliveries;
    await ask('POST', `${path}/${webhook.id}/deliveries/${delivery?.id}/redeliver`);
    const sent = (await receiver.deliveries(2)).map(({ headers }) => headers['x-satlane-event-id']);
    expect(new Set(sent).size).toBe(1);
    const missing = [`1_${crypto.randomUUID()}_1_0`, 'nonsense'];
    for (const id of missing)
      expect((await ask('POST', `${path}/${webhook.id}/deliveries/${id}/redeliver`)).status).toBe(404);
    const other = await add();
    const foreign = `${path}/${other.webhook.id}/deliveries/${delivery?.id}`;
    expect((await ask('GET', foreign)).status).toBe(404);
    expect((await ask('POST', `${foreign}/redeliver`)).status).toBe(404);
  });

  it('everything that failed since a time', async () => {
    const { merchant, receiver, add, ask, path, log, invoice } = await openShop();
    const { webhook } = await add();
    await receiver.answerWith([{ status: 400 }, { status: 200 }, { status: 400 }, { status: 400 }]);
    await invoice();
    merchant.clock.advanceMinutes(10);
    const since = new Date(merchant.clock.ms).toISOString();
    for (let i = 0; i < 3; i++) await invoice();
    const { status, body } = await ask('POST', `${path}/${webhook.id}/redeliver`, { since });
    expect([status, body]).toEqual([202, { redelivering: 2, continue_from: null }]);
    await merchant.settled();
    expect(await receiver.deliveries(6)).toHaveLength(6);
    expect((await log(webhook.id)).deliveries.map(({ state }) => state)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'failed',
    ]);
    const tooOld = new Date(merchant.clock.ms - 31 * 24 * HOUR_MS).toISOString();
    for (const wrong of [{ since: tooOld }, { since: 'yesterday' }, {}]) {
      expect((await ask('POST', `${path}/${webhook.id}/redeliver`, wrong)).status).toBe(400);
    }
  });
});

describe('An endpoint where nothing arrives', () => {
  it('is switched off after 72 hours, once, and a mail to its owner is due', async () => {
    const { merchant, receiver, add, read, invoice, ask, path } = await openShop();
    const announced: Endpoint[] = [];
    const { dispatcher } = merchant.deps;
    merchant.deps.dispatcher = { ...dispatcher, onSwitchedOff: (endpoint) => announced.push(endpoint) };
    const { webhook } = await add();
    await receiver.answerWith(Array.from({ length: 20 }, () => ({ status: 500 })));
    const failingSince = new Date(merchant.clock.ms).toISOString();
    await invoice();
    expect(await read(webhook.id)).toMatchObject({ enabled: true, failing_since: failingSince });
    merchant.clock.ms += SWITCH_OFF_AFTER_MS - 1;
    await invoice();
    expect(await read(webhook.id)).toMatchObject({ enabled: true, failing_since: failingSince, disabled_at: null });
    merchant.clock.ms += 1;
    await invoice();
    expect(await read(webhook.id)).toMatchObject({
      enabled: false,
      failing_since: failingSince,
      disabled_at: new Date(merchant.clock.ms).toISOString(),
    });
    expect(announced.map(({ id, url }) => [id, url])).toEqual([[webhook.id, receiver.url]]);
    const before = (await receiver.deliveries()).length;
    await invoice();
    expect(await receiver.deliveries()).toHaveLength(before);
    await ask('PATCH', `${path}/${webhook.id}`, { enabled: true });
    expect(await read(webhook.id)).toMatchObject({ enabled: true, failing_since: null, disabled_at: null });
  });

  it('is in health again with the first delivery that arrives', async () => {
    const { merchant, receiver, add, read, invoice } = await openShop();
    const { webhook } = await add();
    await receiver.answerWith([{ status: 410 }]);
    await invoice();
    expect((await read(webhook.id)).failing_since).not.toBeNull();
    merchant.clock.ms += 2 * SWITCH_OFF_AFTER_MS;
    await invoice();
    expect(await read(webhook.id)).toMatchObject({ enabled: true, failing_since: null });
  });
});
