// What the log keeps is packed, and no client can see it: every byte that was frozen comes back, in answers and in webhooks, and
// a log that was written before snapshots were packed is read as it always was.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { deliveriesOf } from '../../../src/adapters/db/delivery-log.ts';
import { DICTIONARIES } from '../../../src/adapters/db/dictionaries.ts';
import { type Packed, pack, placedIn, unpack } from '../../../src/adapters/db/packed.ts';
import { sweepDeliveries } from '../../../src/jobs/deliver/dispatch.ts';
import { openGreenfieldShop } from '../../http/api/greenfield/shop.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import { emptyOutbox } from '../../support/outbox.ts';

const { DB } = bindings;

describe('A packed text', () => {
  it('comes back to the letter, with any text of a client in it', () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, text) => {
        for (const frozen of [json, JSON.stringify({ metadata: { text } })]) {
          expect(unpack(pack(frozen))).toBe(frozen);
          expect(unpack([...pack(frozen)])).toBe(frozen);
        }
      }),
    );
  });

  it('has in its place what SQL puts there, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.stringMatching(/^[a-z0-9$&]{0,90}$/),
        async (text, address) => {
          const slot = 'address-of-8d7b14c3-18a5-4641-97fc-bcd6a2c5e309';
          const frozen = JSON.stringify({ address: slot, uri: `bitcoin:${slot}?label=${text}`, text });
          const sql = `SELECT ${placedIn('?1', '?2')} AS placed`;
          const placed = await DB.prepare(sql).bind(pack(frozen, slot), address).first<number[]>('placed');
          expect(unpack(placed ?? '')).toBe(frozen.replaceAll(slot, () => address));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('names its dictionary: this one is in rows, and is the same in all time', () => {
    expect(bytesToHex(sha256(DICTIONARIES.a))).toBe('b46a621dff513b6c163c1d0c428d358614d9f154bd96f335c7b5a17c37ff1e35');
    expect(() => unpack(new TextEncoder().encode('z '))).toThrow('dictionary z is newer than this code');
  });
});

describe('A log', () => {
  beforeEach(emptyOutbox);

  const openShop = async () => {
    const receiver = await startReceiver();
    const merchant = await openMerchant({ endpointUrl: receiver.url });
    const order = {
      amount: '20.00',
      currency: 'EUR',
      order_ref: 'A-1',
      metadata: { customer: 'Ann “Ж” 🙂', slot: 'address-of-' },
    };
    const headers = { 'idempotency-key': 'once' };
    await receiver.answerWith([{ status: 503 }, { status: 503 }, { status: 503 }]);
    const created = await merchant.request('POST', '/v1/invoices', order, headers);
    const made = await created.text();
    const { id } = (JSON.parse(made) as { invoice: { id: string } }).invoice;
    for (const event_type of ['invoice.payment_seen', 'invoice.paid']) {
      expect((await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type })).status).toBe(200);
    }
    await merchant.settled();
    const again = () => merchant.request('POST', '/v1/invoices', order, headers).then((answer) => answer.text());
    return { receiver, merchant, id, made, again };
  };

  /** Every answer that is made of snapshots. */
  const answersOf = async (merchant: Merchant, id: string) => {
    const paths = [
      `/v1/invoices/${id}`,
      '/v1/invoices',
      '/v1/invoices?order_ref=A-1',
      '/v1/events',
      `/pay/invoices/${id}`,
    ];
    return Promise.all(paths.map(async (path) => (await merchant.request('GET', path)).text()));
  };

  it('keeps an invoice’s three snapshots in less than a third of their text', async () => {
    const { merchant, id } = await openShop();
    const { results } = await DB.prepare('SELECT snapshot FROM events WHERE subject_id = ?')
      .bind(id)
      .all<{ snapshot: number[] }>();
    expect(results).toHaveLength(3);
    for (const { snapshot } of results) expect(snapshot.length).toBeLessThan(unpack(snapshot).length / 3);
    expect(await answersOf(merchant, id)).toHaveLength(5);
  });

  it('from before is read as text: the same answers, and the same webhooks when they are tried again', async () => {
    const { receiver, merchant, id, made, again } = await openShop();
    const now = await answersOf(merchant, id);
    const { results } = await DB.prepare('SELECT log_seq AS logSeq, snapshot FROM events WHERE store_id = ?')
      .bind(merchant.store.id)
      .all<{ logSeq: number; snapshot: Packed }>();
    const asText = DB.prepare('UPDATE events SET snapshot = ? WHERE store_id = ? AND log_seq = ?');
    await DB.batch(results.map(({ logSeq, snapshot }) => asText.bind(unpack(snapshot), merchant.store.id, logSeq)));
    const kinds = await DB.prepare('SELECT DISTINCT typeof(snapshot) AS kind FROM events WHERE store_id = ?')
      .bind(merchant.store.id)
      .all();
    expect(kinds.results).toEqual([{ kind: 'text' }]);

    expect(await answersOf(merchant, id)).toEqual(now);
    expect(await again()).toBe(made);
    const first = await receiver.deliveries(3);
    merchant.clock.advanceMinutes(2);
    await sweepDeliveries(merchant.deps.dispatcher);
    await merchant.settled();
    const bodies = (await receiver.deliveries(6)).map(({ body }) => body);
    expect(bodies.slice(3).toSorted()).toEqual(first.map(({ body }) => body).toSorted());
  });

  it('of today sends the bytes of the first attempt again, and answers a repeated request with those of the first', async () => {
    const { receiver, merchant, made, again } = await openShop();
    expect(await again()).toBe(made);
    const first = await receiver.deliveries(3);
    merchant.clock.advanceMinutes(2);
    await sweepDeliveries(merchant.deps.dispatcher);
    await merchant.settled();
    const bodies = (await receiver.deliveries(6)).map(({ body }) => body);
    expect(bodies.slice(3).toSorted()).toEqual(first.map(({ body }) => body).toSorted());
    expect(bodies[0]).toContain(made.slice('{"invoice":'.length, -1));
  });
});

describe('An outbox', () => {
  beforeEach(emptyOutbox);

  it.each([
    ['of today', false],
    ['from before', true],
  ])('%s gives back the bodies of another dialect, and their names', async (_, isText) => {
    const { merchant, receiver, addWebhook, order, simulate, events } = await openGreenfieldShop();
    await receiver.answerWith([{ status: 503 }]);
    await addWebhook();
    const id = await order();
    await simulate(id, 'invoice.paid');
    const frozen = await deliveriesOf(openDatabase(DB), id);
    if (isText) {
      const asText = DB.prepare('UPDATE deliveries SET body = ? WHERE store_id = ? AND log_seq = ? AND target = ?');
      const { store } = merchant;
      await DB.batch(frozen.map(({ body, logSeq, target }) => asText.bind(body, store.id, logSeq, target)));
    }
    const kinds = await DB.prepare('SELECT DISTINCT typeof(body) AS kind FROM deliveries').all();
    expect(kinds.results).toEqual([{ kind: isText ? 'text' : 'blob' }]);
    expect(await deliveriesOf(openDatabase(DB), id)).toEqual(frozen);
    expect(frozen.map(({ eventType }) => eventType)).toContain('InvoiceSettled');

    // The first event failed, and holds the later ones until it is tried again.
    const [first] = await events(1);
    merchant.clock.advanceMinutes(3);
    await sweepDeliveries(merchant.deps.dispatcher);
    await merchant.settled();
    const again = (await events(2)).findLast(({ type }) => type === first?.type);
    expect(again?.deliveryId).not.toBe(first?.deliveryId);
    expect(again).toEqual({ ...first, deliveryId: again?.deliveryId, isRedelivery: true });
  });
});
