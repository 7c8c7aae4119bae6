// The Lightning of another store: its connection, its BOLT11s, its name and where its node calls are out of reach of a key, whichever
// dialect asks, and of a node that was given another store's secret. And test mode reaches no node.

import { beforeAll, describe, expect, it } from 'vitest';
import { claimName } from '../../../src/adapters/db/lightning-names.ts';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { USUAL_TERMS } from '../../../src/services/lnurl/names.ts';
import { hookUrl } from '../../../src/services/payments/hooks.ts';
import { search } from '../../../src/services/payments/search.ts';
import { openLightningMerchant } from '../../support/lightning.ts';
import { bindings, type MerchantOptions } from '../../support/merchant.ts';

const ALONE = { amount_sats: '100000', payment_methods: ['lightning'] };

async function open(options: MerchantOptions = {}) {
  const merchant = await openLightningMerchant(options);
  const { store, deps } = merchant;
  const invoice = await merchant.createInvoice({ ...ALONE });
  // As one whose names can be paid has it.
  await bindings.DB.prepare(`UPDATE connections SET capabilities = '{"descriptionHashes":true}' WHERE store_id = ?`)
    .bind(store.id)
    .run();
  const name = `shop-${store.id.slice(0, 13)}`;
  const row = { ...USUAL_TERMS, name, storeId: store.id, enabled: true, createdAtMs: 1, removedAtMs: null };
  await claimName(deps.db, row, 50);
  const greenfield = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `token ${store.apiKey}`, 'content-type': 'application/json' };
    return merchant.request(method, `/api/v1${path}`, body, headers);
  };
  const beside = await greenfield('POST', `/stores/${store.id}/lightning/BTC/invoices`, {
    amount: '21000',
    expiry: 600,
  });
  const { id: besideHash } = (await beside.json()) as { id: string };
  const hook = new URL(await hookUrl(deps, store.id)).pathname;
  const [{ bolt11, payment_hash: hash } = { bolt11: '', payment_hash: '' }] = [invoice.lightning ?? undefined];
  return { ...merchant, greenfield, name, id: invoice.id, hash, bolt11, besideHash: besideHash ?? '', hook };
}

type Shop = Awaited<ReturnType<typeof open>>;
let mine: Shop;
let theirs: Shop;
beforeAll(async () => {
  [mine, theirs] = [await open(), await open()];
});

/** All that a store has of Lightning. */
async function stateOf({ store, node }: Shop) {
  const tables = ['invoices', 'bolt11_invoices', 'connections', 'lightning_names'];
  const rows = tables.map((table) =>
    bindings.DB.prepare(`SELECT * FROM ${table} WHERE store_id = ?`).bind(store.id).all(),
  );
  return { rows: (await Promise.all(rows)).map(({ results }) => results), asked: [...node.asked] };
}

type Request = [method: string, path: string, body?: object];

/** Holds it to a status, and to having changed nothing at all; the node of the other is not asked. */
async function refused(request: (shop: Shop, ...asked: Request) => Promise<Response>, asked: Request, status: number) {
  const before = await Promise.all([mine, theirs].map(stateOf));
  const response = await request(mine, ...asked);
  const text = await response.text();
  await Promise.all([mine.settled(), theirs.settled()]);
  expect([asked, response.status]).toEqual([asked, status]);
  for (const word of [theirs.hash, theirs.besideHash, theirs.bolt11, 'node.test'])
    expect(text.replaceAll(asked[1], '')).not.toContain(word);
  expect(await Promise.all([mine, theirs].map(stateOf))).toEqual(before);
}

const inMine = (path: string) => `/stores/${mine.store.id}${path}`;
const inTheirs = (path: string) => `/stores/${theirs.store.id}${path}`;

describe('A key of one store finds nothing of another', () => {
  it.each<[string, () => Request, number]>([
    ['its invoice', () => ['GET', `/v1/invoices/${theirs.id}`], 404],
    ['its invoice, to cancel it', () => ['POST', `/v1/invoices/${theirs.id}/cancel`], 404],
    ['its connections', () => ['GET', `/v1${inTheirs('/connections')}`], 404],
    ['its connection', () => ['GET', `/v1${inTheirs(`/connections/${theirs.connectionId}`)}`], 404],
    ['its connection as one of ours', () => ['GET', `/v1${inMine(`/connections/${theirs.connectionId}`)}`], 404],
    ['its connection, to test it', () => ['POST', `/v1${inMine(`/connections/${theirs.connectionId}/test`)}`], 404],
    ['its names', () => ['GET', `/v1${inTheirs('/lightning-addresses')}`], 404],
    ['its name as one of ours', () => ['GET', `/v1${inMine(`/lightning-addresses/${theirs.name}`)}`], 404],
    [
      'its name, to change it',
      () => ['PATCH', `/v1${inMine(`/lightning-addresses/${theirs.name}`)}`, { enabled: false }],
      404,
    ],
  ])('natively: %s', async (_, asked, status) => {
    await refused((shop, ...one) => shop.request(...one), asked(), status);
  });

  it.each<[string, () => Request, number]>([
    ['its node', () => ['GET', inTheirs('/lightning/BTC/info')], 403],
    ['its BOLT11s', () => ['GET', inTheirs('/lightning/BTC/invoices')], 403],
    ['its BOLT11', () => ['GET', inTheirs(`/lightning/BTC/invoices/${theirs.besideHash}`)], 403],
    ['a new one at its node', () => ['POST', inTheirs('/lightning/BTC/invoices'), { amount: '21000' }], 403],
    ['its BOLT11 as one of ours', () => ['GET', inMine(`/lightning/BTC/invoices/${theirs.besideHash}`)], 404],
    ['that of its invoice', () => ['GET', inMine(`/lightning/BTC/invoices/${theirs.hash}`)], 404],
    ['its invoice', () => ['GET', inMine(`/invoices/${theirs.id}`)], 404],
    ['its ways to pay', () => ['GET', inMine(`/invoices/${theirs.id}/payment-methods`)], 404],
    [
      'its way to pay, to activate it',
      () => ['POST', inMine(`/invoices/${theirs.id}/payment-methods/BTC-LN/activate`)],
      404,
    ],
    ['its name', () => ['GET', inMine(`/lightning-addresses/${theirs.name}`)], 404],
    ['its name, to take it', () => ['POST', inMine(`/lightning-addresses/${theirs.name}`), {}], 400],
    ['its name, to remove it', () => ['DELETE', inMine(`/lightning-addresses/${theirs.name}`)], 404],
  ])('by Greenfield: %s', async (_, asked, status) => {
    await refused((shop, ...one) => shop.greenfield(...one), asked(), status);
  });

  it('in its own list, or by the search', async () => {
    const list = await (await mine.greenfield('GET', inMine('/lightning/BTC/invoices'))).json();
    expect(list).toMatchObject([{ id: mine.besideHash }]);
    const store = await storeById(mine.deps.db, mine.store.id);
    if (!store) throw new Error('no store');
    for (const text of [theirs.hash, theirs.bolt11, theirs.id, `lightning:${theirs.bolt11.toUpperCase()}`])
      expect([text, (await search(mine.deps, store, text)).invoices]).toEqual([text, []]);
    expect((await search(mine.deps, store, mine.hash)).invoices).toMatchObject([{ id: mine.id }]);
  });
});

describe('What a node calls', () => {
  const secretOf = ({ hook }: Shop) => hook.split('/').at(-1) ?? '';
  const ofTheirs = (secret: string) => theirs.hook.replace(/[^/]+$/, secret);

  it.each<[string, () => string]>([
    ['with the secret of another store', () => ofTheirs(secretOf(mine))],
    ['with a part of its secret', () => ofTheirs(secretOf(theirs).slice(0, -1))],
    ['with more than its secret', () => ofTheirs(`${secretOf(theirs)}0`)],
    ['with its secret in capitals', () => ofTheirs(secretOf(theirs).toUpperCase())],
    ['of no store', () => theirs.hook.replace(theirs.store.id, crypto.randomUUID())],
  ])('%s is not found, and no node is asked', async (_, path) => {
    expect(path()).not.toBe(theirs.hook);
    await refused((shop, ...one) => shop.request(...one), ['POST', path(), { payment_hash: theirs.hash }], 404);
  });

  it('and names a payment of another store causes no look-up there', async () => {
    theirs.node.pay(theirs.hash);
    const named = { payment_hash: theirs.hash };
    await refused((shop, ...one) => shop.request(...one), ['POST', mine.hook, named], 200);
    // Its own does.
    expect((await theirs.request('POST', theirs.hook, named)).status).toBe(200);
    await theirs.settled();
    expect((await theirs.readInvoice(theirs.id)).status).toBe('paid');
  });
});

describe('A store in test mode that has a connection', () => {
  it('asks its node for nothing, however it is asked', async () => {
    const test = await openLightningMerchant({ mode: 'test' });
    const { store, node, request } = test;
    const { id, lightning } = await test.createInvoice({ ...ALONE });
    const both = await test.createInvoice({ amount_sats: '100000', payment_methods: ['onchain', 'lightning'] });
    expect((await test.readInvoice(both.id)).lightning).not.toBeNull();
    const headers = { authorization: `token ${store.apiKey}` };
    for (const [method, path] of [
      ['GET', 'info'],
      ['GET', 'invoices'],
      ['POST', 'invoices'],
    ] as const) {
      const body = method === 'POST' ? { amount: '21000' } : undefined;
      const response = await request(method, `/api/v1/stores/${store.id}/lightning/BTC/${path}`, body, headers);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({ code: 'lightning-not-configured' });
    }
    const hook = new URL(await hookUrl(test.deps, store.id)).pathname;
    await request('POST', hook, { payment_hash: lightning?.payment_hash });
    await test.pass(60);
    expect([node.asked, (await test.readInvoice(id)).status]).toEqual([[], 'pending']);
  });
});
