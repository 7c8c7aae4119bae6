// An invoice is given its BOLT11 when it is needed, once, and never one that asks for something else than is due.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { NodeError } from '../../../src/adapters/nodes/node.ts';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { removeFromStore } from '../../../src/services/connections/connections.ts';
import { sealed } from '../../../src/services/connections/sealed.ts';
import { watchD1 } from '../../support/d1.ts';
import { type LightningMerchant, openLightningMerchant, payOnchain, unreachable } from '../../support/lightning.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';

const LIGHTNING = { amount_sats: '100000', payment_methods: ['lightning'] };
const BOTH = { amount_sats: '100000' };

const rowsOf = async ({ store }: LightningMerchant) =>
  (await bindings.DB.prepare('SELECT * FROM bolt11_invoices WHERE store_id = ?').bind(store.id).all()).results;

async function create(merchant: LightningMerchant, body: object, key?: string) {
  const response = await merchant.request('POST', '/v1/invoices', body, key ? { 'idempotency-key': key } : {});
  const answer = (await response.json()) as { invoice: InvoiceSnapshot; error?: { code: string; message: string } };
  await merchant.settled();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ...answer };
}

describe('R4: an invoice over Lightning alone', () => {
  it('has its BOLT11 in the answer, over its price and until its expiry', async () => {
    const merchant = await openLightningMerchant({ wallet: null });
    const { status, invoice } = await create(merchant, { ...LIGHTNING, order_ref: 'ORD-7' });
    expect(status).toBe(201);
    expect(invoice).toMatchObject({ address: '', payment_methods: ['lightning'], amount_due_sats: '100000' });
    const bolt11 = invoice.lightning?.bolt11 ?? '';
    const read = readBolt11(bolt11);
    expect(read).toMatchObject({ network: 'regtest', amountMsat: 100_000_000n, description: 'Corner Shop: ORD-7' });
    expect(read.expiresAtMs).toBe(Date.parse(invoice.expires_at));
    expect(invoice.lightning).toEqual({
      ...{ bolt11, payment_hash: read.paymentHash, amount_sats: '100000', expires_at: invoice.expires_at },
    });
    expect(invoice.payment_uri).toBe(`lightning:${bolt11}`);
    expect(await rowsOf(merchant)).toMatchObject([{ invoice_id: invoice.id, payment_hash: read.paymentHash, bolt11 }]);
    expect(await merchant.readInvoice(invoice.id)).toEqual(invoice);
    expect(merchant.node.asked).toEqual(['mint']);
    expect(merchant.alarmMs()).toBe(merchant.clock.ms + 3_000);
  });

  it('fixes the rate and honours its own time', async () => {
    const merchant = await openLightningMerchant();
    const { invoice } = await create(merchant, {
      ...{ amount: '20.00', currency: 'USD', payment_methods: ['lightning'], expires_in_minutes: 30 },
    });
    expect(invoice).toMatchObject({ amount_sats: '40000', address: '' });
    expect(merchant.node.made[0]?.request).toMatchObject({ amountMsat: 40_000_000n, expirySeconds: 1_800 });
  });

  it('is refused where the store has no connection', async () => {
    const merchant = await openMerchant({ mode: 'live' });
    const response = await merchant.request('POST', '/v1/invoices', LIGHTNING);
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { error: { code: 'no_lightning_connection' } },
    ]);
  });

  it('takes amounts that no address takes', async () => {
    const merchant = await openLightningMerchant();
    const { invoice } = await create(merchant, { amount_sats: '1' });
    expect(invoice).toMatchObject({ payment_methods: ['lightning'], lightning: { amount_sats: '1' } });
    expect((await create(merchant, { amount_sats: '0' })).error?.code).toBe('invalid_amount');
  });
});

describe('R8: a node that gives no BOLT11', () => {
  it('is 503, writes nothing, and the same key may be sent again', async () => {
    const merchant = await openLightningMerchant();
    merchant.node.fault = unreachable();
    const refused = await create(merchant, LIGHTNING, 'order-1');
    expect(refused).toMatchObject({ status: 503, retryAfter: '10', error: { code: 'lightning_unavailable' } });
    expect(await rowsOf(merchant)).toEqual([]);
    const count = bindings.DB.prepare('SELECT count(*) AS n FROM invoices WHERE store_id = ?').bind(merchant.store.id);
    expect(await count.first('n')).toBe(0);
    merchant.node.fault = null;
    merchant.clock.ms += 3_000;
    const made = await create(merchant, LIGHTNING, 'order-1');
    expect(made.status).toBe(201);
    expect((await create(merchant, LIGHTNING, 'order-1')).invoice).toEqual(made.invoice);
    expect(await rowsOf(merchant)).toHaveLength(1);
  });

  it('leaves the on-chain method alone, with a warning', async () => {
    const merchant = await openLightningMerchant();
    merchant.node.fault = unreachable();
    const { invoice } = await create(merchant, BOTH);
    const response = await merchant.request('GET', `/v1/invoices/${invoice.id}`);
    expect(await response.json()).toEqual({ invoice, warnings: ['lightning_unavailable'] });
    expect(invoice).toMatchObject({ lightning: null, payment_methods: ['onchain', 'lightning'] });
    expect(invoice.payment_uri).not.toContain('lightning=');
    // While it is left alone no page waits for it.
    await merchant.readInvoice(invoice.id);
    expect(merchant.node.asked).toEqual(['mint']);
    merchant.node.fault = null;
    merchant.clock.ms += 3_000;
    expect((await merchant.readInvoice(invoice.id)).lightning).not.toBeNull();
  });

  it.each([
    ['of another amount', { amountMsat: 1_000n }],
    ['of another network', { network: 'mainnet' as const }],
    ['that lasts longer', { expirySeconds: 86_400 }],
    ['with another description', { description: 'Send it elsewhere' }],
    ['under another hash', { paymentHash: 'aa'.repeat(32) }],
  ])('is a node that gives one %s', async (_, over) => {
    const merchant = await openLightningMerchant();
    const { writeBolt11 } = await import('../../../src/core/lightning/bolt11-write.ts');
    merchant.node.lie = (fresh) => {
      const { network, amountMsat, expirySeconds, paymentHash, createdAtMs, description } = readBolt11(fresh.bolt11);
      const truth = { network, amountMsat, expirySeconds, paymentHash, createdAtMs, description: description ?? '' };
      const key = crypto.getRandomValues(new Uint8Array(32));
      return { ...fresh, bolt11: writeBolt11({ ...truth, paymentSecret: 'ab'.repeat(32), ...over }, key) };
    };
    expect((await create(merchant, LIGHTNING)).error?.code).toBe('lightning_unavailable');
    const { invoice } = await create(merchant, BOTH);
    expect((await merchant.readInvoice(invoice.id)).lightning).toBeNull();
    expect(await rowsOf(merchant)).toEqual([]);
  });
});

describe('A BOLT11 that could not be looked up is not shown', () => {
  it('where the connection was removed while the node made it', async () => {
    const merchant = await openLightningMerchant();
    const { store, connectionId, deps, node } = merchant;
    node.beforeAnswer = () => removeFromStore(deps, { id: store.id, archivedAtMs: null }, connectionId);
    const refused = await create(merchant, LIGHTNING);
    expect([refused.status, refused.error?.code]).toEqual([409, 'no_lightning_connection']);
    expect(await rowsOf(merchant)).toEqual([]);
    const both = await openLightningMerchant();
    const { invoice } = await create(both, BOTH);
    await removeFromStore(both.deps, { id: both.store.id, archivedAtMs: null }, both.connectionId);
    expect((await both.readInvoice(invoice.id)).lightning).toBeNull();
    expect(both.node.asked).toEqual([]);
  });

  it('where the node gives one that it has given before', async () => {
    const merchant = await openLightningMerchant();
    const { node } = merchant;
    const first = await create(merchant, LIGHTNING);
    node.lie = (fresh) => node.made[0]?.minted ?? fresh;
    const second = await create(merchant, LIGHTNING);
    expect([first.status, second.status, second.error?.code]).toEqual([201, 503, 'lightning_unavailable']);
    const { invoice } = await create(merchant, BOTH);
    expect((await merchant.readInvoice(invoice.id)).lightning).toBeNull();
    expect(await rowsOf(merchant)).toMatchObject([{ invoice_id: first.invoice.id }]);
  });
});

describe('An Idempotency-Key', () => {
  it('has one BOLT11, however many requests come at one moment', async () => {
    const merchant = await openLightningMerchant();
    const made = await Promise.all(Array.from({ length: 20 }, () => create(merchant, LIGHTNING, 'order-1')));
    expect(new Set(made.map(({ invoice }) => invoice.lightning?.bolt11)).size).toBe(1);
    expect(merchant.node.made).toHaveLength(1);
    expect(await rowsOf(merchant)).toHaveLength(1);
  });

  it('gets the BOLT11 that was minted for it, where the creation failed after that', async () => {
    const merchant = await openLightningMerchant();
    const { db } = merchant.deps;
    let isGone = false;
    merchant.node.beforeAnswer = async () => {
      isGone = true;
    };
    const before = async () => {
      if (isGone) throw new Error('D1_ERROR: Network connection lost.');
    };
    Object.assign(merchant.deps, { db: openDatabase(watchD1(bindings.DB, before).d1) });
    expect((await create(merchant, LIGHTNING, 'order-1')).status).toBe(503);
    Object.assign(merchant.deps, { db });
    const { invoice } = await create(merchant, LIGHTNING, 'order-1');
    expect(invoice.lightning?.bolt11).toBe(merchant.node.made[0]?.minted.bolt11);
    expect(merchant.node.made).toHaveLength(1);
  });

  it('has one label for the same order, and another for another order whose creation follows a failed one', async () => {
    const merchant = await openLightningMerchant();
    const { made } = merchant.node;
    merchant.node.beforeAnswer = async () => {
      throw unreachable();
    };
    for (const order_ref of ['7', '7', '8']) {
      expect((await create(merchant, { ...LIGHTNING, order_ref }, 'order-1')).status).toBe(503);
      merchant.clock.ms += 10_000;
    }
    const labels = made.map(({ request }) => request.label);
    expect([labels.length, new Set(labels).size, labels[0] === labels[1]]).toEqual([3, 2, true]);
  });
});

describe('A BOLT11 whose answer was lost, at a node that knows no labels', () => {
  it.each([
    ['Lightning alone', LIGHTNING, 'order-1'],
    ['both ways', BOTH, undefined],
  ])(
    'is shown to no buyer: an invoice by %s has the second one, is paid by it, and nothing is kept of the first',
    async (_, body, key) => {
      const merchant = await openLightningMerchant();
      const { node } = merchant;
      const lost = () =>
        (node.beforeAnswer = async () => Promise.reject(new NodeError('timeout', 'It took too long.')));
      const found = () => (node.beforeAnswer = async () => {});
      lost();
      const first = await create(merchant, body, key);
      const seen = [JSON.stringify(first)];
      if (first.invoice) seen.push(JSON.stringify(await merchant.readInvoice(first.invoice.id)));
      found();
      merchant.clock.ms += 5_000;
      const { invoice } = await create(merchant, body, key);
      const id = first.invoice?.id ?? invoice.id;
      const read = await merchant.readInvoice(id);
      seen.push(JSON.stringify(read));
      const [unseen, shown] = node.made.map(({ minted }) => minted);
      expect(seen.join()).not.toContain(unseen?.paymentHash);
      expect(read.lightning?.payment_hash).toBe(shown?.paymentHash);
      expect(await rowsOf(merchant)).toMatchObject([{ payment_hash: shown?.paymentHash }]);
      node.pay(shown?.paymentHash ?? '');
      await merchant.pass(10);
      expect((await merchant.readInvoice(id)).status).toBe('paid');
      // The node's owner alone could pay it. It is his money, of no order.
      node.pay(unseen?.paymentHash ?? '');
      await merchant.pass(60);
      expect(await merchant.readInvoice(id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
    },
  );
});

describe('An invoice that can be paid by both', () => {
  it('asks no node at its creation, and one at the first look', async () => {
    const merchant = await openLightningMerchant();
    const { invoice } = await create(merchant, BOTH);
    expect(invoice).toMatchObject({ payment_methods: ['onchain', 'lightning'], lightning: null });
    expect([merchant.node.asked, await rowsOf(merchant), merchant.alarmMs()]).toEqual([[], [], null]);
    const looked = await merchant.readInvoice(invoice.id);
    expect(looked.payment_uri).toBe(`${invoice.payment_uri}&lightning=${looked.lightning?.bolt11}`);
    expect(looked.address).toBe(invoice.address);
    expect(merchant.node.asked).toEqual(['mint']);
    expect(await merchant.readInvoice(invoice.id)).toEqual(looked);
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created', 'invoice.updated']);
  });

  it('has one BOLT11 after fifty pages in one moment', async () => {
    const merchant = await openLightningMerchant();
    const { invoice } = await create(merchant, BOTH);
    const page = () => merchant.request('GET', `/pay/invoices/${invoice.id}`);
    const pages = await Promise.all(Array.from({ length: 50 }, page));
    const shown = await Promise.all(pages.map((one) => one.json() as Promise<{ invoice: InvoiceSnapshot }>));
    expect(new Set(shown.map((one) => one.invoice.lightning?.bolt11)).size).toBe(1);
    expect(merchant.node.made).toHaveLength(1);
    expect(await rowsOf(merchant)).toHaveLength(1);
  });

  it('has one BOLT11 after two objects minted for it in one moment', async () => {
    const merchant = await openLightningMerchant();
    const { invoice } = await create(merchant, BOTH);
    const first = merchant.readInvoice(invoice.id);
    merchant.restart();
    const [one, other] = await Promise.all([first, merchant.readInvoice(invoice.id)]);
    expect(one.lightning).toEqual(other.lightning);
    expect(await rowsOf(merchant)).toHaveLength(1);
  });

  it('is offered on chain only from the amount that the store sets', async () => {
    const merchant = await openLightningMerchant();
    const { store } = merchant;
    await bindings.DB.prepare('UPDATE stores SET onchain_min_sats = 5000 WHERE id = ?').bind(store.id).run();
    const methods = async (sats: string) => (await create(merchant, { amount_sats: sats })).invoice.payment_methods;
    expect(await methods('4999')).toEqual(['lightning']);
    expect(await methods('5000')).toEqual(['onchain', 'lightning']);
    const onchain = await create(merchant, { amount_sats: '4999', payment_methods: ['onchain'] });
    expect(onchain.invoice.payment_methods).toEqual(['onchain']);
  });

  it('is offered by what the store has settled, unless the order says otherwise', async () => {
    const merchant = await openLightningMerchant();
    await bindings.DB.prepare('UPDATE stores SET payment_methods = \'["onchain"]\' WHERE id = ?')
      .bind(merchant.store.id)
      .run();
    expect((await create(merchant, BOTH)).invoice.payment_methods).toEqual(['onchain']);
    expect((await create(merchant, LIGHTNING)).invoice.payment_methods).toEqual(['lightning']);
    expect((await create(merchant, { ...BOTH, payment_methods: ['barter'] })).error?.code).toBe('validation_error');
    expect((await create(merchant, { ...BOTH, payment_methods: [] })).error?.code).toBe('validation_error');
  });
});

describe('A BOLT11 that asks for another amount than is due', () => {
  it('is hidden when a part was paid on chain, and the rest is minted at the next look', async () => {
    const merchant = await openLightningMerchant();
    merchant.node.cancels = true;
    const { invoice } = await create(merchant, BOTH);
    const first = await merchant.readInvoice(invoice.id);
    await payOnchain(merchant, invoice.id, 40_000n);
    const rest = await merchant.readInvoice(invoice.id);
    expect(rest).toMatchObject({ status: 'seen', amount_due_sats: '60000', lightning: { amount_sats: '60000' } });
    expect(rest.lightning?.bolt11).not.toBe(first.lightning?.bolt11);
    expect(rest.payment_uri).toContain('amount=0.0006&');
    expect(merchant.node.made[0]?.incoming.state).toBe('cancelled');
    expect(merchant.node.made.map(({ request }) => request.label)).toEqual([
      `${invoice.id}-0-100000`,
      `${invoice.id}-1-60000`,
    ]);
  });

  it('is minted no more once all was seen, or too little time is left', async () => {
    const merchant = await openLightningMerchant();
    const { invoice } = await create(merchant, BOTH);
    await payOnchain(merchant, invoice.id, 100_000n);
    expect((await merchant.readInvoice(invoice.id)).lightning).toBeNull();
    const late = (await create(merchant, BOTH)).invoice;
    merchant.clock.ms += 15 * 60_000 - 14_000;
    expect((await merchant.readInvoice(late.id)).lightning).toBeNull();
    expect(merchant.node.asked).toEqual([]);
  });
});

describe('A store with another node than before', () => {
  it('mints for its open invoices there, and looks up at the old one what that has minted', async () => {
    const merchant = await openLightningMerchant();
    const { deps, store, connectionId: old, node } = merchant;
    const first = (await create(merchant, BOTH)).invoice;
    const second = (await create(merchant, BOTH)).invoice;
    const minted = (await merchant.readInvoice(first.id)).lightning;
    const { results } = await bindings.DB.prepare('SELECT * FROM connections WHERE id = ?').bind(old).all();
    const another = { ...results[0], id: crypto.randomUUID() };
    const columns = Object.keys(another);
    await bindings.DB.prepare(`INSERT INTO connections (${columns}) VALUES (${columns.map(() => '?')})`)
      .bind(...Object.values(another))
      .run();
    const receive = await sealed(deps, another.id, 'receive', {
      kind: 'phoenixd',
      server: 'https://b.test',
      password: 'x',
    });
    await bindings.DB.prepare('UPDATE connections SET receive = ? WHERE id = ?').bind(receive, another.id).run();
    await bindings.DB.prepare('UPDATE stores SET connection_id = ? WHERE id = ?').bind(another.id, store.id).run();
    await removeFromStore(deps, { id: store.id, archivedAtMs: null }, old);
    expect((await merchant.readInvoice(first.id)).lightning).toEqual(minted);
    await payOnchain(merchant, first.id, 40_000n);
    expect((await merchant.readInvoice(first.id)).lightning).toMatchObject({ amount_sats: '60000' });
    expect((await merchant.readInvoice(second.id)).lightning).toMatchObject({ amount_sats: '100000' });
    const connections = async () => (await rowsOf(merchant)).map(({ connection_id }) => connection_id);
    expect((await connections()).filter((id) => id === another.id)).toHaveLength(2);
    expect((await connections()).filter((id) => id === old)).toHaveLength(1);
    // A wallet that kept the first BOLT11 pays it.
    node.pay(minted?.payment_hash ?? '');
    await merchant.pass(15);
    expect(await merchant.readInvoice(first.id)).toMatchObject({ status: 'paid' });
  });
});

describe('Test mode', () => {
  it('mints BOLT11s of its own, which no node knows', async () => {
    const merchant = await openMerchant({ mode: 'test' });
    const alone = await merchant.createInvoice(LIGHTNING);
    expect(readBolt11(alone.lightning?.bolt11 ?? '')).toMatchObject({ amountMsat: 100_000_000n, network: 'regtest' });
    const both = await merchant.createInvoice({ ...BOTH, payment_methods: ['onchain', 'lightning'] });
    expect(both.lightning).toBeNull();
    expect((await merchant.readInvoice(both.id)).lightning).toMatchObject({ amount_sats: '100000' });
    expect((await merchant.createInvoice(BOTH)).payment_methods).toEqual(['onchain']);
  });
});
