// Advisories about what keeps a payment from being noticed: an order's own texts, a block of the same height, a replacement
// that pays a different address, an explorer that is silent. The table is in advisories.test.ts.

import { describe, expect, it } from 'vitest';
import type { ErrorBody } from '../support/person.ts';
import { openShop, type Shop } from '../support/shop.ts';

const SATS = 50_000;

/** What a JSON document can hold that has stopped others from looking. */
const ODD_METADATA: [name: string, metadata: Record<string, unknown>][] = [
  ['references', { $ref: '#', $id: '1', $type: 'System.Object', '@id': 'x' }],
  ['names of methods', { constructor: 'x', toString: 'x', hasOwnProperty: 'x', valueOf: 'x', toJSON: 'x' }],
  ['documents', { a: '{"$ref":"#"}', b: '[[[[[[', c: '\u2028\ufffe', d: "'; DROP TABLE invoices; --" }],
  ['its own slot', { 'address-of-': 'address-of-', address: 'bcrt1qqqq', status: 'paid' }],
  [
    'as many and as long as may be',
    Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 'x'.repeat(255)])),
  ],
];

const REFUSED: [name: string, body: string][] = [
  ['a key __proto__', `{"amount_sats":"9000","metadata":{"__proto__":"x"}}`],
  ['a document in the place of a text', `{"amount_sats":"9000","metadata":{"a":{"$ref":"#"}}}`],
  ['a depth of ten thousand', `{"amount_sats":"9000","metadata":${'{"a":'.repeat(5_000)}"x"${'}'.repeat(5_000)}}`],
  ['lists without an end', `{"amount_sats":"9000","metadata":${'['.repeat(30_000)}`],
  ['more than 64 KiB', `{"amount_sats":"9000","metadata":{"a":"${'x'.repeat(70_000)}"}}`],
  [
    'fifty-one keys',
    `{"amount_sats":"9000","metadata":{${Array.from({ length: 51 }, (_, i) => `"k${i}":""`).join(',')}}}`,
  ],
  ['the key twice, the other way', `{"amount_sats":"9000","__proto__":{"metadata":{}}}`],
];

async function pays(shop: Shop, id: string, address: string): Promise<void> {
  await shop.pay(address, SATS);
  await shop.mine();
  await shop.follow();
  expect((await shop.read(id)).status).toBe('paid');
}

describe('2.4.7: no metadata stops the detection of a payment', () => {
  it('for every accepted payment', async () => {
    const shop = await openShop();
    for (const [name, metadata] of ODD_METADATA) {
      const invoice = await shop.merchant.createInvoice({ amount_sats: String(SATS), order_ref: name, metadata });
      expect(invoice.metadata).toEqual(metadata);
      await pays(shop, invoice.id, invoice.address);
      expect((await shop.read(invoice.id)).metadata).toEqual(metadata);
    }
  });

  it('and what is refused is refused in words, without harm', async () => {
    const shop = await openShop();
    for (const [name, body] of REFUSED) {
      const answer = await shop.merchant.request('POST', '/v1/invoices', body);
      const { error } = (await answer.json()) as ErrorBody;
      expect([name, answer.status, error?.code]).toEqual([name, 400, 'validation_error']);
    }
    const invoice = await shop.invoiceOf(SATS);
    await pays(shop, invoice.id, invoice.address);
  });
});

describe('electrum#10539: a payment is known by its outpoint and its script, at every height', () => {
  it('in a block of the very height at which the invoice was made, after a reorg', async () => {
    const shop = await openShop();
    const [tip] = await shop.headers();
    const invoice = await shop.invoiceOf(SATS);
    await shop.pay(invoice.address, SATS);
    // The tip that the invoice was made under goes; a block of its height holds the payment.
    await shop.mine();
    await shop.reorg(2, { remine: true });
    await shop.mine();
    await shop.follow();
    const paid = await shop.read(invoice.id);
    expect(paid.status).toBe('paid');
    expect(paid.payments[0]?.block_height).toBe(tip?.height);
  });
});

describe('B#1371: a payment that is replaced by one to a different address is noticed', () => {
  it('at the next look, while it waits', async () => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(SATS);
    const { txid } = await shop.pay(invoice.address, SATS);
    expect((await shop.look(invoice.id)).status).toBe('seen');
    await shop.chain.control('replace', { txid });
    await shop.look(invoice.id);
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(invoice.id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
    expect(await shop.events(invoice.id)).toEqual([
      'invoice.created',
      'invoice.payment_seen',
      'invoice.payment_replaced',
    ]);
  });
});

describe('CVE-2024-34694: silence of the explorers is not an answer', () => {
  it('nothing expires and nothing is lost by it; the payment counts when they are back', async () => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(SATS);
    await shop.pay(invoice.address, SATS);
    await shop.look(invoice.id);
    for (const view of [0, 1]) await shop.fault(view, { down: true });
    shop.merchant.clock.advanceMinutes(600);
    await shop.look(invoice.id);
    expect((await shop.read(invoice.id)).status).toBe('seen');
    for (const view of [0, 1]) await shop.fault(view);
    await shop.mine();
    shop.merchant.clock.advanceMinutes(20);
    await shop.follow();
    expect((await shop.read(invoice.id)).status).toBe('paid');
  });
});
