// On a plan with little CPU no block is read whole: payments are proven one by one, and no explorer is believed either.

import { describe, expect, it } from 'vitest';
import { verifyEvidence } from '../../../src/core/proof/evidence.ts';
import { depsFor } from '../../../src/wiring.ts';
import { bindings } from '../../support/merchant.ts';
import { openShop } from '../../support/shop.ts';

function openPoorShop() {
  const { config } = depsFor(bindings, { waitUntil() {} });
  return openShop({ overrides: { config: { ...config, BLOCK_SCAN: 'off' } } });
}

/** A minute later everything that is open is looked at. */
async function nextMinute(shop: Awaited<ReturnType<typeof openPoorShop>>) {
  shop.merchant.clock.advanceMinutes(1);
  await shop.follow();
}

describe('With BLOCK_SCAN off', () => {
  it('a payment is seen, then proven by its merkle branch, and no block is ever asked for', async () => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const asked = await shop.requestsOf(async () => {
      await shop.pay(address, 100_000);
      await nextMinute(shop);
      expect((await shop.read(id)).status).toBe('seen');
      await shop.mine();
      await nextMinute(shop);
    });
    expect(await shop.read(id)).toMatchObject({ status: 'paid', amount_confirmed_sats: '100000' });
    expect(Object.keys(asked)).not.toContain('GET /block/:hash/raw');
    expect(asked['GET /tx/:hash/merkle-proof']).toBe(1);
    const response = await shop.merchant.request('GET', `/v1/invoices/${id}/evidence`);
    const { script, evidence } = (await response.json()) as {
      script: string;
      evidence: Parameters<typeof verifyEvidence>[0][];
    };
    expect(evidence).toHaveLength(1);
    for (const one of evidence) expect(verifyEvidence(one, { script }).outputs[0]?.valueSats).toBe(100_000n);
  });

  it('a proven payment is not proven again, and a top-up is', async () => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 40_000);
    await shop.mine();
    await nextMinute(shop);
    expect((await shop.read(id)).status).toBe('underpaid');
    const asked = await shop.requestsOf(async () => {
      await nextMinute(shop);
      await shop.pay(address, 60_000);
      await shop.mine();
      await nextMinute(shop);
    });
    expect(asked['GET /tx/:hash/merkle-proof']).toBe(1);
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('a second payment of a paid invoice is found by a look at it, and by no other', async () => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000);
    for (const status of ['paid', 'paid']) {
      await shop.pay(address, 100_000);
      await shop.mine();
      await nextMinute(shop);
      expect((await shop.read(id)).status).toBe(status);
    }
    expect(await shop.look(id)).toMatchObject({ status: 'overpaid', amount_confirmed_sats: '200000' });
  });

  it('a payment that the chain does not hold never counts, even if an explorer claims it', async () => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000);
    for (const view of [0, 1]) await shop.fault(view, { forge: { address, sats: 100_000 } });
    for (let round = 0; round < 3; round++) {
      await shop.mine();
      await nextMinute(shop);
    }
    expect(await shop.read(id)).toMatchObject({ amount_confirmed_sats: '0', paid_at: null });
  });

  it.each([
    ['a branch of another transaction', '/merkle-proof', (text: string) => text.replace(/"pos":\d+/, '"pos":0')],
    ['a branch cut short', '/merkle-proof', (text: string) => text.replace(/"merkle":\[[^\]]*\]/, '"merkle":[]')],
    ['no JSON', '/merkle-proof', () => '<html>'],
    ['other bytes', '/raw', (text: string) => `${text}00`],
  ])('a lie in the proof (%s) is passed by for the other explorer’s', async (_, path, lie) => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000);
    shop.lie(0, (asked, honest) => (asked.endsWith(path) ? lie(new TextDecoder().decode(honest)) : null));
    await shop.pay(address, 100_000);
    await shop.mine();
    await nextMinute(shop);
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('an altered amount does not count: the proven bytes do', async () => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000);
    for (const view of [0, 1]) await shop.fault(view, { alterSats: 60_000 });
    await shop.pay(address, 40_000);
    await shop.mine();
    await nextMinute(shop);
    expect(await shop.read(id)).toMatchObject({ status: 'underpaid', amount_confirmed_sats: '40000' });
  });

  it('a reorg that leaves the payment out takes it back, and one that keeps it does not', async () => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await nextMinute(shop);
    await shop.reorg(1, { drop: true });
    await nextMinute(shop);
    expect((await shop.read(id)).status).toBe('reverted');
  });

  it('an invoice expires by a look, and late money to it is found while it is watched', async () => {
    const shop = await openPoorShop();
    const { id, address } = await shop.invoiceOf(100_000, 5);
    shop.merchant.clock.advanceMinutes(6);
    await shop.follow();
    expect((await shop.read(id)).status).toBe('expired');
    await shop.pay(address, 100_000);
    await nextMinute(shop);
    expect((await shop.read(id)).status).toBe('seen');
    await shop.mine();
    await nextMinute(shop);
    expect((await shop.read(id)).status).toBe('late_paid');
  });
});
