// Webhooks sent by their own objects, with real receivers and the real clock: a receiver that does not answer delays no other, is asked less
// and less, and loses nothing.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { lineOf, senderOf } from '../../../src/adapters/webhooks/lines.ts';
import { sweepDeliveries } from '../../../src/jobs/deliver/dispatch.ts';
import { openSenders } from '../../../src/jobs/deliver/senders.ts';
import { appendAll } from '../../../src/services/events/append.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import type { Answer } from '../../support/node/hub.ts';
import { addEndpoint, deadDispatcher, emptyOutbox, webhookOf } from '../../support/outbox.ts';

beforeEach(emptyOutbox);

const SECRET = 'whsec_c2VjcmV0';
const always = (answer: Answer, times = 1_000): Answer[] => Array.from({ length: times }, () => answer);

/** A merchant whose deliveries go through the deployment's own objects. */
async function openShop(options: Parameters<typeof openMerchant>[0] = {}) {
  const merchant = await openMerchant({ startMs: Date.now(), ...options });
  Object.assign(merchant.deps.dispatcher, { senders: openSenders(bindings.SENDER), now: Date.now });
  return merchant;
}

async function receiverThat(answer: Answer) {
  const receiver = await startReceiver();
  await receiver.answerWith(always(answer));
  return receiver;
}

/** Makes `count` deliveries due at each of these, tried once before; of ten invoices in turn, which have no other deliveries. */
async function makeDue(merchant: Merchant, to: { id: string | null; line?: string; url: string }[], count: number) {
  await bindings.DB.prepare('UPDATE endpoints SET enabled = 0 WHERE store_id = ?').bind(merchant.store.id).run();
  const invoices = await Promise.all(Array.from({ length: 10 }, () => merchant.createInvoice()));
  await bindings.DB.prepare('UPDATE endpoints SET enabled = 1 WHERE store_id = ?').bind(merchant.store.id).run();
  await bindings.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
     INSERT INTO deliveries (created_at, store_id, log_seq, target, resent, endpoint_id, line, url, dialect, state, attempts,
       next_attempt_at, attempt_log)
     SELECT e.created_at, e.store_id, e.log_seq, 1000 * (r.key + 1) + n.i, 0, r.value ->> 'id', r.value ->> 'line', r.value ->> 'url',
       'native', 'retrying', 1, e.created_at, '[]'
     FROM json_each(?2) r, n JOIN events e ON e.subject_id = json_extract(?3, '$[' || (n.i % 10) || ']')`,
  )
    .bind(count, JSON.stringify(to), JSON.stringify(invoices.map(({ id }) => id)))
    .run();
}

const idOf = (merchant: Merchant, id: string) => `${id}-${merchant.store.id}`;

async function countOf(where: string, ...values: unknown[]): Promise<number> {
  const row = await bindings.DB.prepare(`SELECT count(*) AS count FROM deliveries WHERE ${where}`)
    .bind(...values)
    .first<{ count: number }>();
  return row?.count ?? 0;
}

const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 50 });

describe('Beside sixty endpoints that never answer, with ten deliveries each', () => {
  it('an endpoint of the same store, one of another and an invoice’s own callback_url get everything first', async () => {
    const silent = await receiverThat({ behaviour: 'silent' });
    const dead = [await openShop(), await openShop(), await openShop()];
    for (const merchant of dead) {
      const ids = Array.from({ length: 20 }, (_, i) => `dead${i}`);
      for (const id of ids) await addEndpoint(merchant, { id, url: silent.url, secret: SECRET, eventTypes: [] });
      await makeDue(
        merchant,
        ids.map((name) => ({ id: idOf(merchant, name), url: silent.url })),
        10,
      );
    }
    const [neighbour] = dead;
    if (!neighbour) throw new Error('no neighbour');
    const good = await startReceiver();
    await addEndpoint(neighbour, { id: 'good', url: good.url, secret: SECRET });
    await neighbour.createInvoice();
    await good.deliveries(1);
    await makeDue(neighbour, [{ id: idOf(neighbour, 'good'), url: good.url }], 10);

    const elsewhere = await startReceiver();
    const other = await openShop({ endpointUrl: elsewhere.url });
    const own = await startReceiver();
    await other.createInvoice({ amount_sats: '1000', callback_url: own.url });
    await makeDue(other, [{ id: `${other.store.id}-endpoint`, url: elsewhere.url }], 10);

    await sweepDeliveries(neighbour.deps.dispatcher);
    await Promise.all([good.deliveries(11), elsewhere.deliveries(10), own.deliveries(1)]);
    // No dead one has had its ten seconds: the deliveries that arrived waited for none of them.
    expect(await countOf("url = ? AND attempt_log != '[]'", silent.url)).toBe(0);
    expect((await silent.deliveries()).length).toBeLessThanOrEqual(6 * 60);
  });

  it('a host that an invoice names does not wait for six others that never answer', async () => {
    const merchant = await openShop();
    const silent = await Promise.all(Array.from({ length: 6 }, () => receiverThat({ behaviour: 'silent' })));
    const own = await startReceiver();
    const hosts = [...silent, own].map(({ url }) => ({ id: null, line: lineOf(merchant.store.id, url), url }));
    await makeDue(merchant, hosts, 10);
    await sweepDeliveries(merchant.deps.dispatcher);
    await own.deliveries(10);
    expect(await countOf("url != ? AND attempt_log != '[]'", own.url)).toBe(0);
    const senders = Array.from({ length: 2_000 }, (_, i) =>
      senderOf(lineOf(merchant.store.id, `https://h${i}.example`)),
    );
    expect(new Set(senders).size).toBe(32);
  });
});

describe('An endpoint that fails', () => {
  it('is probed one at a time and a few times, and what waits loses no attempt; it gets all once it is back', async () => {
    const broken = await receiverThat({ status: 503 });
    const merchant = await openShop();
    await addEndpoint(merchant, { id: 'broken', url: broken.url, secret: SECRET, eventTypes: [] });
    const endpointId = idOf(merchant, 'broken');
    await makeDue(merchant, [{ id: endpointId, url: broken.url }], 250);
    for (let minute = 0; minute < 3; minute++) await sweepDeliveries(merchant.deps.dispatcher);
    await eventually(async () =>
      expect(await countOf('endpoint_id = ? AND attempts = 2', endpointId)).toBeGreaterThan(10),
    );
    // Six concurrently, until they fail, and ten probes.
    await sweepDeliveries(merchant.deps.dispatcher);
    let asked = 0;
    await eventually(async () => {
      asked = (await broken.deliveries()).length;
      expect(await countOf('endpoint_id = ? AND attempts = 1', endpointId)).toBe(250 - asked);
    });
    expect(asked).toBeLessThanOrEqual(25);
    await broken.answerWith([]);
    // Leases of what was claimed and not begun have ended, and the merchant asks for it.
    await bindings.DB.prepare('UPDATE deliveries SET next_attempt_at = 1 WHERE endpoint_id = ?').bind(endpointId).run();
    await merchant.deps.dispatcher.senders.drain(merchant.deps.dispatcher, endpointId, true);
    await eventually(async () =>
      expect(await countOf("endpoint_id = ? AND state = 'succeeded'", endpointId)).toBe(250),
    );
    const attempts = await bindings.DB.prepare(
      'SELECT sum(attempts) - 250 AS made FROM deliveries WHERE endpoint_id = ?',
    )
      .bind(endpointId)
      .first<{ made: number }>();
    expect(await broken.deliveries()).toHaveLength(attempts?.made ?? 0);
    expect(attempts?.made).toBeGreaterThanOrEqual(250 + asked);
  });

  it('that dribbles its answer holds nothing up: its status counts, and a second of its body', async () => {
    const slow = await receiverThat({ behaviour: 'dribble' });
    const merchant = await openShop();
    await addEndpoint(merchant, { id: 'slow', url: slow.url, secret: SECRET, eventTypes: [] });
    await makeDue(merchant, [{ id: idOf(merchant, 'slow'), url: slow.url }], 60);
    const startedMs = Date.now();
    await sweepDeliveries(merchant.deps.dispatcher);
    await eventually(async () => expect(await countOf("url = ? AND state = 'succeeded'", slow.url)).toBe(60));
    // Six at a time to the end of each answer would take ten seconds and more.
    expect(Date.now() - startedMs).toBeLessThan(9_000);
    const { results } = await bindings.DB.prepare('SELECT attempt_log FROM deliveries WHERE url = ?')
      .bind(slow.url)
      .all();
    expect(JSON.parse(String(results[0]?.attempt_log))).toMatchObject([
      { status: 200, response: expect.stringMatching(/^\.+$/) },
    ]);
  });
});

describe('What is due', () => {
  it('more than a hundred at one endpoint goes out once each, however often its sender is woken', async () => {
    const receiver = await startReceiver();
    const merchant = await openShop({ endpointUrl: receiver.url });
    const endpointId = `${merchant.store.id}-endpoint`;
    await makeDue(merchant, [{ id: endpointId, url: receiver.url }], 400);
    const { dispatcher } = merchant.deps;
    await Promise.all(Array.from({ length: 5 }, () => sweepDeliveries(dispatcher)));
    await runDurableObjectAlarm(bindings.SENDER.getByName(endpointId));
    await receiver.deliveries(400);
    await eventually(async () =>
      expect(await countOf("endpoint_id = ? AND state = 'succeeded'", endpointId)).toBe(400),
    );
    await sweepDeliveries(dispatcher);
    expect(await receiver.deliveries()).toHaveLength(400);
    expect(await countOf('endpoint_id = ? AND attempts > 2', endpointId)).toBe(0);
  });

  it('is tried again by the alarm of its object, with the same event_id', async () => {
    const receiver = await startReceiver();
    await receiver.answerWith([{ status: 500 }]);
    const merchant = await openShop({ endpointUrl: receiver.url });
    await merchant.createInvoice();
    await merchant.settled();
    const endpointId = `${merchant.store.id}-endpoint`;
    await eventually(async () => expect(await countOf("endpoint_id = ? AND state = 'retrying'", endpointId)).toBe(1));
    await bindings.DB.prepare('UPDATE deliveries SET next_attempt_at = 1 WHERE endpoint_id = ?').bind(endpointId).run();
    const stub = bindings.SENDER.getByName(endpointId);
    await eventually(async () => expect(await runDurableObjectAlarm(stub)).toBe(true));
    const [first, second] = await receiver.deliveries(2);
    expect(webhookOf(second).event_id).toBe(webhookOf(first).event_id);
  });

  it('and was lost with the Worker that committed it is found by the sweep', async () => {
    const receiver = await startReceiver();
    const merchant = await openMerchant({
      startMs: Date.now() - 120_000,
      endpointUrl: receiver.url,
      overrides: { dispatcher: deadDispatcher(), background: () => {} },
    });
    await merchant.createInvoice();
    await sweepDeliveries((await openShop()).deps.dispatcher);
    expect(await receiver.deliveries(1)).toHaveLength(1);
  });
});

it('Of 230 events that one batch commits no attempt is counted whose request never left', async () => {
  const silent = await receiverThat({ behaviour: 'silent' });
  const merchant = await openShop({ endpointUrl: silent.url });
  const endpointId = `${merchant.store.id}-endpoint`;
  const target = { endpointId, line: null, url: silent.url, dialect: 'native', body: null };
  const entries = Array.from({ length: 230 }, () => ({
    event: {
      ...{ storeId: merchant.store.id, subject: 'endpoint' as const, subjectId: crypto.randomUUID(), seq: null },
      ...{ type: 'endpoint.renamed', createdAtMs: Date.now(), livemode: false, figures: null },
      ...{ snapshotVersion: 1, snapshot: '{}' },
    },
    receivers: { targets: [target], endpoints: [] },
    changes: [],
  }));
  expect(await appendAll(merchant.deps, entries)).toHaveLength(230);
  await merchant.settled();
  await eventually(async () =>
    expect(await countOf('endpoint_id = ? AND attempts > 0', endpointId)).toBeGreaterThan(4),
  );
  const counted = await countOf('endpoint_id = ? AND attempts > 0', endpointId);
  expect(counted).toBeLessThanOrEqual((await silent.deliveries()).length);
});
