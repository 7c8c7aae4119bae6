// What happens to other things than invoices reaches the shop by the same road: an endpoint gets another name, which is
// logged under its own name, sent to the store's endpoint, signed, tried again, and listed by the API. No invoice is involved.

import { beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/adapters/db/events.ts';
import { verifySignature } from '../../../src/adapters/webhooks/signature.ts';
import { sweepDeliveries } from '../../../src/jobs/deliver/dispatch.ts';
import { addEndpoint, listEndpoints } from '../../../src/services/endpoints/endpoints.ts';
import { append } from '../../../src/services/events/append.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import { deadDispatcher, emptyOutbox } from '../../support/outbox.ts';

beforeEach(emptyOutbox);

const ENDPOINT = '5f0c1f0e-1f9e-4a55-9c0b-3d8a2c0f7e11';
const OF_STORE = (merchant: Merchant) => ({ id: merchant.store.id, archivedAtMs: null });

async function openShop(overrides = {}) {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ mode: 'live', overrides });
  const { secret } = await addEndpoint(merchant.deps, OF_STORE(merchant), { url: receiver.url });
  return { receiver, merchant, secret };
}

function renamed({ store, clock }: Merchant, subjectId = ENDPOINT): NewEvent {
  return {
    ...{ storeId: store.id, subject: 'endpoint', subjectId, seq: null, type: 'endpoint.renamed' },
    ...{ createdAtMs: clock.ms, livemode: true, figures: null, snapshotVersion: 1 },
    snapshot: JSON.stringify({ id: subjectId, name: 'Till' }),
  };
}

/** Appends it with a delivery to each endpoint of the store. */
async function rename(merchant: Merchant, event = renamed(merchant)) {
  const endpoints = await listEndpoints(merchant.deps, OF_STORE(merchant));
  const targets = endpoints.map(({ id, url, dialect }) => ({ endpointId: id, line: null, url, dialect, body: null }));
  return append(merchant.deps, event, { targets, endpoints });
}

interface Listed {
  id: string;
  sequence: number;
  type: string;
  livemode: boolean;
  data: Record<string, { id: string }>;
}

async function eventsOf(merchant: Merchant, query = ''): Promise<Listed[]> {
  const response = await merchant.request('GET', `/v1/events?limit=100${query}`);
  return ((await response.json()) as { events: Listed[] }).events;
}

const ID = `evt_${ENDPOINT.replaceAll('-', '')}`;

describe('An event of an endpoint', () => {
  it('is logged, sent and signed as an event of an invoice is, and stands in the log between those', async () => {
    const { merchant, receiver, secret } = await openShop();
    await merchant.showTip();
    const first = await merchant.createInvoice();
    const logged = await rename(merchant);
    const last = await merchant.createInvoice();
    await merchant.settled();
    expect(logged).toMatchObject({ logSeq: 2, seq: 2 });

    const delivery = (await receiver.deliveries(3)).find(({ headers }) => headers['x-satlane-event-id'] === `${ID}_2`);
    if (!delivery) throw new Error('it did not arrive');
    verifySignature(delivery.body, delivery.headers['x-satlane-signature'], {
      secrets: [secret],
      nowSeconds: Math.floor(merchant.clock.ms / 1000),
    });
    expect(delivery.headers['x-satlane-event-type']).toBe('endpoint.renamed');
    expect(JSON.parse(delivery.body)).toEqual({
      event_id: `${ID}_2`,
      event_type: 'endpoint.renamed',
      created_at: '2026-05-16T11:15:00.000Z',
      livemode: true,
      data: { endpoint: { id: ENDPOINT, name: 'Till' } },
    });
    const log = await eventsOf(merchant);
    expect(log.map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'invoice.created'],
      [2, 'endpoint.renamed'],
      [3, 'invoice.created'],
    ]);
    expect(log.map(({ data }) => Object.entries(data).map(([name, { id }]) => [name, id]))).toEqual([
      [['invoice', first.id]],
      [['endpoint', ENDPOINT]],
      [['invoice', last.id]],
    ]);
    expect((await eventsOf(merchant, '&type=invoice.created')).map(({ sequence }) => sequence)).toEqual([1, 3]);
  });

  it('that the endpoint refuses is tried again with the same bytes, and listed by its name', async () => {
    const { merchant, receiver } = await openShop();
    await receiver.answerWith([{ status: 503 }]);
    await rename(merchant);
    await merchant.settled();
    merchant.clock.advanceMinutes(1);
    await sweepDeliveries(merchant.deps.dispatcher);
    await merchant.settled();
    const [once, again] = await receiver.deliveries(2);
    expect(again?.body).toBe(once?.body);

    const [endpoint] = await listEndpoints(merchant.deps, OF_STORE(merchant));
    const path = `/v1/stores/${merchant.store.id}/webhooks/${endpoint?.id}/deliveries`;
    const ask = async (method: string, at: string) => (await merchant.request(method, at)).json();
    const { deliveries } = (await ask('GET', path)) as { deliveries: { id: string }[] };
    expect(deliveries).toMatchObject([
      { event_id: `${ID}_1`, event_type: 'endpoint.renamed', invoice_id: null, state: 'succeeded' },
    ]);
    const id = deliveries[0]?.id;
    expect(await ask('POST', `${path}/${id}/redeliver`)).toMatchObject({ delivery: { id, state: 'succeeded' } });
    expect((await receiver.deliveries(3))[2]?.body).toBe(once?.body);
  });

  it('is sent by the cron where the Worker died after the commit', async () => {
    const { merchant, receiver } = await openShop({ dispatcher: deadDispatcher(), background: () => {} });
    await rename(merchant);
    const alive = await openMerchant();
    merchant.clock.advanceMinutes(1);
    await sweepDeliveries({ ...alive.deps.dispatcher, now: merchant.clock.now });
    await alive.settled();
    expect((await receiver.deliveries(1))[0]?.headers['x-satlane-event-id']).toBe(`${ID}_1`);
  });
});

it('Events of ten endpoints and as many of invoices at one moment take each number of the log once', async () => {
  const { merchant, receiver } = await openShop();
  await merchant.showTip();
  const endpointIds = Array.from({ length: 10 }, () => crypto.randomUUID());
  const work = Array.from({ length: 30 }, (_, nth) => [
    rename(merchant, renamed(merchant, endpointIds[nth % 10])),
    merchant.createInvoice(),
  ]);
  await Promise.all(work.flat());
  await merchant.settled();
  const log = await eventsOf(merchant);
  expect(log.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  expect(new Set(log.map(({ id }) => id)).size).toBe(60);
  const arrived = (await receiver.deliveries(60)).map(({ headers }) => headers['x-satlane-event-id']);
  expect(arrived.sort()).toEqual(log.map(({ id }) => id).sort());
  const { results } = await bindings.DB.prepare('SELECT DISTINCT state FROM deliveries').all();
  expect(results).toEqual([{ state: 'succeeded' }]);
});
