// What a plugin has asked for, as the chain brings it: confirmations, tolerance, any amount. Over a simulated chain.

import { expect, it } from 'vitest';
import { bindings, startChain } from '../../../support/merchant.ts';
import { watcherOf } from '../../../support/watching.ts';
import { openPlugin } from './plugin.ts';

async function openLive() {
  const chain = await startChain();
  // Each test has a chain of its own; the database knows one per network.
  await bindings.DB.exec('DELETE FROM chain_state; DELETE FROM headers');
  const plugin = await openPlugin({ mode: 'live', explorers: chain.explorers, startMs: Date.now() });
  const watcher = watcherOf(plugin);
  await watcher.sweep();
  return {
    ...plugin,
    pay: (address: string, sats: number) => chain.control<{ txid: string; vout: number }>('pay', { address, sats }),
    mine: () => chain.control('mine', { blocks: 1 }),
    async look(id: string) {
      await watcher.look(id);
      return plugin.read(id);
    },
    addressOf: async (id: string) => (await plugin.methods(id))[0]?.destination ?? '',
  };
}

it('waits for as many confirmations as its speed policy says, and names each output', async () => {
  const shop = await openLive();
  const { id } = await shop.make({ amount: '0.0005', currency: 'BTC', checkout: { speedPolicy: 'LowMediumSpeed' } });
  const address = await shop.addressOf(id);
  const paid = [await shop.pay(address, 30_000), await shop.pay(address, 20_000)];
  expect(await shop.look(id)).toMatchObject({ status: 'Processing', paidAmount: '0.00050000' });
  await shop.mine();
  expect(await shop.look(id)).toMatchObject({ status: 'Processing' });
  expect((await shop.methods(id))[0]?.payments.map(({ status }) => status)).toEqual(['Processing', 'Processing']);
  await shop.mine();
  expect(await shop.look(id)).toMatchObject({ status: 'Settled', additionalStatus: 'None' });
  const [method] = await shop.methods(id);
  expect(method?.payments.map(({ id, status }) => [id, status]).sort()).toEqual(
    paid.map(({ txid, vout }) => [`${txid}-${vout}`, 'Settled']).sort(),
  );
});

it('is paid by as much as the tolerance asks for, and no less', async () => {
  const shop = await openLive();
  const order = { amount: 100_000, currency: 'SATS', checkout: { paymentTolerance: 10, speedPolicy: 'MediumSpeed' } };
  const [enough, short] = [await shop.make(order), await shop.make(order)];
  await shop.pay(await shop.addressOf(enough.id), 90_000);
  await shop.pay(await shop.addressOf(short.id), 89_999);
  await shop.mine();
  expect(await shop.look(enough.id)).toMatchObject({ status: 'Settled', amount: '100000', paidAmount: '90000' });
  expect(await shop.look(short.id)).toMatchObject({ status: 'New', additionalStatus: 'PaidPartial' });
});

it('of any amount, is what has come', async () => {
  const shop = await openLive();
  const { id } = await shop.make({ currency: 'USD', checkout: { speedPolicy: 'MediumSpeed' } });
  await shop.pay(await shop.addressOf(id), 12_345);
  expect(await shop.look(id)).toMatchObject({ type: 'TopUp', status: 'Processing', amount: '6.17' });
  await shop.mine();
  expect(await shop.look(id)).toMatchObject({ type: 'TopUp', status: 'Settled', amount: '6.17', paidAmount: '6.17' });
});
