// What a merchant can ask about the chain: GET /v1/chain, the evidence of a settlement, a rescan.

import { describe, expect, it } from 'vitest';
import { verifyEvidence } from '../../../src/core/proof/evidence.ts';
import type { PaymentEvidence } from '../../../src/services/payments/evidence.ts';
import { bindings, openMerchant, startChain } from '../../support/merchant.ts';
import { watcherOf } from '../../support/watching.ts';

async function openShop() {
  const chain = await startChain(2);
  await bindings.DB.exec('DELETE FROM chain_state; DELETE FROM headers');
  const merchant = await openMerchant({ mode: 'live', explorers: chain.explorers, startMs: Date.now() });
  const watcher = watcherOf(merchant);
  merchant.deps.watcher.rescan = watcher.rescan;
  merchant.deps.watcher.health = watcher.health;
  await watcher.sweep();
  return { chain, merchant, watcher };
}

describe('The evidence of a settlement', () => {
  it('lets anyone check the payment offline', async () => {
    const { chain, merchant, watcher } = await openShop();
    const { id, address } = await merchant.createInvoice({ amount_sats: '100000' });
    const { txid, vout } = await chain.control<{ txid: string; vout: number }>('pay', { address, sats: 100_000 });
    await chain.control('mine', { blocks: 3 });
    await watcher.sweep();
    const response = await merchant.request('GET', `/v1/invoices/${id}/evidence`);
    const { script, evidence } = (await response.json()) as { script: string; evidence: PaymentEvidence[] };
    expect(evidence).toMatchObject([{ txid, vout, network: 'regtest' }]);
    const [payment] = evidence;
    if (!payment) throw new Error('no evidence');
    expect(verifyEvidence(payment, { script })).toMatchObject({
      txid,
      outputs: [{ vout, valueSats: 100_000n }],
      confirmations: 3,
    });
    expect(() => verifyEvidence({ ...payment, index: payment.index + 1 }, { script })).toThrow();
  });

  it('is empty before a payment is in a block, and refused to others', async () => {
    const { chain, merchant, watcher } = await openShop();
    const { id, address } = await merchant.createInvoice({ amount_sats: '100000' });
    await chain.control('pay', { address, sats: 100_000 });
    await watcher.look(id);
    const response = await merchant.request('GET', `/v1/invoices/${id}/evidence`);
    expect(await response.json()).toMatchObject({ evidence: [] });
    const other = await openMerchant();
    for (const [method, path] of [
      ['GET', 'evidence'],
      ['POST', 'rescan'],
    ] as const) {
      expect((await other.request(method, `/v1/invoices/${id}/${path}`)).status).toBe(404);
    }
  });
});

describe('A rescan', () => {
  it('finds a payment that the database lost', async () => {
    const { chain, merchant, watcher } = await openShop();
    const { id, address } = await merchant.createInvoice({ amount_sats: '100000' });
    // Issued, but not known when its block was read: as after a restore to an earlier moment.
    const hide = bindings.DB.prepare('UPDATE addresses SET invoice_id = ?2 WHERE address = ?1');
    await hide.bind(address, null).run();
    await chain.control('pay', { address, sats: 100_000 });
    await chain.control('mine', { blocks: 2 });
    await watcher.sweep();
    expect((await merchant.readInvoice(id)).status).not.toBe('paid');
    await hide.bind(address, id).run();
    const response = await merchant.request('POST', `/v1/invoices/${id}/rescan`);
    expect(await response.json()).toMatchObject({ invoice: { status: 'paid', amount_confirmed_sats: '100000' } });
  });
});

describe('GET /v1/chain', () => {
  it('tells the tip, its age and how each explorer does', async () => {
    const { chain, merchant, watcher } = await openShop();
    await chain.control('fault', { view: 1, lagBlocks: 2 });
    await watcher.sweep();
    merchant.clock.ms += 10_000;
    const response = await merchant.request('GET', '/v1/chain');
    expect(await response.json()).toMatchObject({
      network: 'regtest',
      syncing: false,
      tip: { height: 120 },
      explorers: [
        { tip_height: 120, lag_blocks: 0, failures: 0, paused_until: null },
        { tip_height: 118, lag_blocks: 2 },
      ],
    });
    merchant.clock.advanceMinutes(10);
    expect(await (await merchant.request('GET', '/v1/chain')).json()).toMatchObject({ syncing: true });
    expect((await merchant.request('GET', '/v1/chain', undefined, { authorization: '' })).status).toBe(401);
  });
});
