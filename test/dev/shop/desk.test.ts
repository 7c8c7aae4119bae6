// The control desk plays the buyer, the miners and bad luck on the real simulated chain.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChainServer, startChain } from '../../../src/dev/chain/server.ts';
import type { StubInvoice } from './stub-api.ts';
import { press, read, startTogether } from './support.ts';

let chain: ChainServer;
let world: Awaited<ReturnType<typeof startTogether>>;

beforeEach(async () => {
  chain = await startChain({ controlPort: 0, viewPorts: [0, 0] });
  world = await startTogether({ control: chain.control });
});

afterEach(async () => {
  await world.close();
  await chain.close();
});

/** What explorer B, which is never made to fail here, shows of an invoice's address. */
async function received({ address }: StubInvoice): Promise<{ confirmed: number; waiting: number }> {
  const response = await fetch(`${chain.explorers[1]}/address/${address}`);
  const { chain_stats, mempool_stats } = await response.json();
  return { confirmed: chain_stats.funded_txo_sum, waiting: mempool_stats.funded_txo_sum };
}

const desk = (action: string, invoice: StubInvoice, fields: Record<string, string> = {}) =>
  press(world.shop, `/desk/${action}`, { order: invoice.order_ref, ...fields });

const orderPage = (invoice: StubInvoice) => read(world.shop, `/orders/${invoice.order_ref}`);

describe('the control desk', () => {
  it('is clearly no part of a real shop', async () => {
    const page = await orderPage(await world.buy());
    expect(page).toContain('Control desk Simulation only');
    expect(page).toContain('In production there is no such thing');
  });

  it('pays in full, and a block confirms it', async () => {
    const invoice = await world.buy();
    const { status, location } = await desk('pay', invoice, { share: 'full' });
    expect([status, location]).toEqual([303, `/orders/${invoice.order_ref}`]);
    expect(await received(invoice)).toEqual({ confirmed: 0, waiting: 4200 });
    await desk('mine', invoice);
    expect(await received(invoice)).toEqual({ confirmed: 4200, waiting: 0 });
    const page = await orderPage(invoice);
    expect(page).toContain('Mined block 121.');
    expect(page).toContain('Sent 4,200 sats from the demo wallet');
    // The shop paid by its own hand and still believes nothing but a webhook.
    expect(page).toContain('Awaiting payment Do not ship yet');
  });

  it('pays half, then the rest', async () => {
    const invoice = await world.buy();
    await desk('pay', invoice, { share: 'half' });
    expect(await received(invoice)).toEqual({ confirmed: 0, waiting: 2100 });
    expect(await orderPage(invoice)).toContain('Pay the rest 2,100 sats');
    await desk('pay', invoice, { share: 'full' });
    expect(await received(invoice)).toEqual({ confirmed: 0, waiting: 4200 });
  });

  it('pays too much', async () => {
    const invoice = await world.buy();
    await desk('pay', invoice, { share: 'over' });
    expect(await received(invoice)).toEqual({ confirmed: 0, waiting: 5250 });
  });

  it('takes an unconfirmed payment back by a double spend', async () => {
    const invoice = await world.buy();
    await desk('pay', invoice, { share: 'full' });
    await desk('replace', invoice);
    expect(await received(invoice)).toEqual({ confirmed: 0, waiting: 0 });
    await desk('replace', invoice);
    const page = await orderPage(invoice);
    expect(page).toContain('Refused: there is no payment to replace.');
    expect(page).toContain('Pay in full 4,200 sats');
  });

  it('takes a confirmed payment back by a reorg, however deep it is', async () => {
    const invoice = await world.buy();
    await desk('pay', invoice, { share: 'full' });
    for (let i = 0; i < 3; i++) await desk('mine', invoice);
    await desk('reorg', invoice);
    expect(await received(invoice)).toEqual({ confirmed: 0, waiting: 0 });
    expect(await orderPage(invoice)).toContain('The last 3 blocks lost against a longer branch without the payment');
  });

  it('reorganises one block for one confirmation', async () => {
    const invoice = await world.buy();
    await desk('pay', invoice, { share: 'full' });
    await desk('mine', invoice);
    await desk('reorg', invoice);
    expect(await orderPage(invoice)).toContain('The last block lost');
    expect(await received(invoice)).toEqual({ confirmed: 0, waiting: 0 });
  });

  it('makes an explorer fail and heals it', async () => {
    const invoice = await world.buy();
    const height = () => fetch(`${chain.explorers[0]}/blocks/tip/height`);
    await desk('explorer', invoice, { view: 'a', fail: 'yes' });
    await expect(height()).rejects.toThrow();
    expect(await orderPage(invoice)).toContain('Heal explorer A Fail explorer B');
    await desk('explorer', invoice, { view: 'a', fail: 'no' });
    expect((await height()).status).toBe(200);
  });

  it('says in its log what the chain refuses', async () => {
    const invoice = await world.buy();
    await desk('pay', invoice, { share: 'full' });
    await desk('mine', invoice);
    await desk('replace', invoice);
    expect(await orderPage(invoice)).toContain('Refused: txid: already confirmed.');
    await chain.close();
    await desk('mine', invoice);
    const page = await orderPage(invoice);
    expect(page).toContain('Refused: the simulated chain does not answer.');
    expect(page).toContain('The simulated chain does not answer.');
  });

  it('has a page of its own for any order', async () => {
    expect(await read(world.shop, '/desk')).toContain('Nothing to pay yet.');
    const first = await world.buy();
    const second = await world.buy('genesis-roast');
    expect(await read(world.shop, '/desk')).toContain('Pay in full 20,000 sats');
    expect(await read(world.shop, `/desk?order=${first.order_ref}`)).toContain('Pay in full 4,200 sats');
    const { location } = await desk('pay', second, { share: 'half', from: 'desk' });
    expect(location).toBe(`/desk?order=${second.order_ref}`);
    expect(await received(second)).toEqual({ confirmed: 0, waiting: 10_000 });
  });

  it('is not there when the shop is paid on a real chain', async () => {
    const real = await startTogether();
    const invoice = await real.buy();
    expect(await read(real.shop, `/orders/${invoice.order_ref}`)).not.toContain('Control desk');
    expect(await read(real.shop, '/desk')).toContain('No desk here');
    expect((await press(real.shop, '/desk/mine')).status).toBe(404);
    await real.close();
  });
});
