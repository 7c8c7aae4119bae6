// Payments that came by any way, in front of a merchant: over Lightning, and by a way of which no page has ever heard.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METHODS } from '../../../src/core/invoice/methods.ts';
import type { Payment } from '../../../src/core/payment/payment.ts';
import { Proofs } from '../../../src/http/dashboard/invoices/proofs.tsx';
import type { InvoiceView } from '../../../src/http/dashboard/invoices/view.ts';
import { advance } from '../../../src/services/payments/advance.ts';
import { bindings } from '../../support/merchant.ts';
import { openOperator } from '../../support/operator.ts';
import { follow, get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

const PREIMAGE = '11'.repeat(32);
const HASH = bytesToHex(sha256(hexToBytes(PREIMAGE)));

/** A test invoice that can be paid by Lightning alone. */
async function lightningInvoice(owner: Owner) {
  const id = await makeInvoice(owner, { payment_methods: 'lightning' });
  const shown = await get(owner, `${owner.home}/invoices/${id}`);
  return { id, path: `${owner.home}/invoices/${id}`, shown };
}

const csvOf = async (owner: Owner) => {
  const days = 'from=2026-01-01&to=2026-12-31&format=csv&scope=all';
  const [head = '', ...lines] = (await get(owner, `${owner.home}/invoices/export?${days}`)).html.trim().split('\r\n');
  const columns = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, index) => [columns[index], cell])));
};

describe('An invoice that is paid over Lightning', () => {
  it('is offered in the form, simulated, and shown as paid by Lightning without confirmations', async () => {
    const owner = await openOwner();
    expect((await get(owner, `${owner.home}/invoices/new`)).html).toContain('name="payment_methods"');
    const { path, id, shown } = await lightningInvoice(owner);
    const bolt11 = /data-copy="(lnbcrt1?[a-z0-9]+)"/.exec(shown.html)?.[1] ?? '';
    expect(wordsOf(shown.html)).toContain('Payment methods Lightning');
    expect(shown.html).not.toContain('id="address"');
    expect(shown.html).not.toContain('value="invoice.payment_seen"');
    await follow(owner, `${path}/simulate`, { event: 'invoice.paid' });
    const { html } = await get(owner, path);
    const words = wordsOf(html);
    expect(words).toContain('Paid in full by Lightning. You can ship.');
    expect(words).toContain('Paid by Lightning');
    expect(words).not.toMatch(/confirm|Transaction|block/i);
    const hash = /data-copy="([0-9a-f]{64})"/.exec(html)?.[1] ?? '';
    expect(words).toContain(`Payment hash ${hash.slice(0, 10)}…${hash.slice(-10)}`);
    expect(wordsOf((await get(owner, `${owner.home}/invoices`)).html)).toContain('Paid Lightning');
    for (const [text, kind] of [
      [hash, 'transaction'],
      ...(bolt11 === ''
        ? []
        : [[bolt11, 'BOLT11 invoice'] as const, [`LIGHTNING:${bolt11.toUpperCase()}`, 'BOLT11 invoice'] as const]),
    ] as const) {
      const found = wordsOf((await get(owner, `${owner.home}/invoices?q=${encodeURIComponent(text)}`)).html);
      expect(found).toContain(`1 invoice found by ${kind}`);
    }
    expect(await csvOf(owner)).toMatchObject([
      { invoice_id: id, txids: '', paid_by: 'lightning', payment_references: hash },
    ]);
  });

  it('is simulated by either way where both are offered', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner, { payment_methods: 'both' });
    const path = `${owner.home}/invoices/${id}`;
    expect((await get(owner, path)).html).toContain('name="method"');
    await follow(owner, `${path}/simulate`, { event: 'invoice.underpaid', amount_sats: '1000', method: 'onchain' });
    await follow(owner, `${path}/simulate`, { event: 'invoice.paid', method: 'lightning' });
    expect(wordsOf((await get(owner, `${owner.home}/invoices`)).html)).toContain('Paid On chain, Lightning');
    const [row] = await csvOf(owner);
    expect(row).toMatchObject({ paid_by: 'onchain lightning', txids: expect.stringMatching(/^sim_/) });
    expect(row?.payment_references).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is found by its payment hash before it is paid, and shows the preimage behind a fold', async () => {
    const owner = await openOwner();
    const other = await openOwner();
    const { id, path } = await lightningInvoice(owner);
    await bindings.DB.prepare(
      `INSERT INTO bolt11_invoices (store_id, payment_hash, invoice_id, connection_id, bolt11, amount_sats, created_at, expires_at)
       VALUES (?, ?, ?, 'c', 'lnbcrt1', 9980, 1, 2)`,
    )
      .bind(owner.store.id, HASH, id)
      .run();
    const search = async (who: Owner) => wordsOf((await get(who, `${who.home}/invoices?q=${HASH.toUpperCase()}`)).html);
    expect(await search(owner)).toContain('1 invoice found by payment hash');
    expect(await search(other)).toContain('No invoices found');
    expect((await get(owner, path)).html).not.toContain(PREIMAGE);
    await bindings.DB.prepare('UPDATE bolt11_invoices SET settled_at = 3, preimage = ? WHERE payment_hash = ?')
      .bind(PREIMAGE, HASH)
      .run();
    await advance(owner.deps, id, () => ({
      payments: [{ method: 'lightning', id: HASH, valueSats: 9_980n, state: 'settled', firstSeenMs: owner.clock.ms }],
    }));
    const { html } = await get(owner, path);
    expect(html).toMatch(new RegExp(`<details[^>]*>\\s*<summary>Preimage</summary>.*${PREIMAGE}.*</details>`, 's'));
    expect((await get(owner, `${owner.home}/invoices`)).html).not.toContain(PREIMAGE);
  });

  it('has no evidence to wait for, where the invoice had an address too', () => {
    const shown = (method: string) => {
      const invoice = { environment: 'live', address: 'bc1q', payments: [{ method, valid: true }] };
      const view = { invoice, evidence: { evidence: [], address_index: 1, disputes: [] } } as unknown as InvoiceView;
      return Proofs({ view }) !== null;
    };
    expect([shown('onchain'), shown('lightning')]).toEqual([true, false]);
  });

  it('can be accepted in a review, by the store and by the operator', async () => {
    const owner = await openOwner();
    const { id, path } = await lightningInvoice(owner);
    await post(owner, `${path}/cancel`);
    await advance(owner.deps, id, () => ({
      payments: [{ method: 'lightning', id: HASH, valueSats: 9_980n, state: 'settled', firstSeenMs: owner.clock.ms }],
    }));
    expect(wordsOf((await get(owner, path)).html)).toMatch(/9,980 sats received of 9,980 sats due.*Accept payment/);
    const operator = await openOperator();
    const shown = await get(operator, `/platform/reviews/${id}`);
    expect(wordsOf(shown.html)).toContain('Received 9,980 sats');
    await follow(operator, `/platform/reviews/${id}`, { decision: 'accept', note: '' });
    expect(wordsOf((await get(owner, path)).html)).toContain('Payment accepted');
  });
});

describe('A payment by a way that no page knows', () => {
  const token = (state: string): Payment => ({
    method: 'token',
    id: 'c0ffee',
    valueSats: 9_980n,
    state,
    firstSeenMs: 1_800_000_000_000,
  });
  beforeAll(() => {
    METHODS.token = {
      judge: ({ state }) => {
        const isHere = state === 'redeemed';
        const isLive = state !== 'refused';
        return { isLive, isCounted: isHere, isKept: isHere, depth: isHere ? 6 : 0, isFinal: state !== 'held' };
      },
      refer: ({ id }) => ({ name: id, index: 0, height: null }),
      arrived: ['redeemed'],
    };
  });
  afterAll(() => {
    delete METHODS.token;
  });

  it.each([
    ['held', 'On its way', '', ''],
    ['redeemed', 'Paid by Token', 'token', 'c0ffee'],
    ['refused', 'Gone', '', ''],
  ])('that is %s is shown in plain words: %s', async (state, word, paidBy, references) => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    await advance(owner.deps, id, () => ({ payments: [token('held')] }));
    await advance(owner.deps, id, () => ({ payments: [token(state)] }));
    const words = wordsOf((await get(owner, `${owner.home}/invoices/${id}`)).html);
    expect(words).toContain(word);
    expect(words).toContain('Reference c0ffee');
    expect(words).not.toContain('of 1 required');
    const list = wordsOf((await get(owner, `${owner.home}/invoices`)).html);
    expect(list.includes('Token')).toBe(state !== 'refused');
    expect(await csvOf(owner)).toMatchObject([{ paid_by: paidBy, payment_references: references }]);
  });
});
