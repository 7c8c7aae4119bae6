// A customer pays an order by Lightning, over a real channel, at the press of a button.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ChainServer, startChain } from '../../../src/dev/chain/server.ts';
import { lightningWorld } from '../lightning/support.ts';
import type { StubInvoice } from './stub-api.ts';
import { press, read, startTogether } from './support.ts';

const { desk, lever, server } = lightningWorld();
let chain: ChainServer;
let world: Awaited<ReturnType<typeof startTogether>>;

beforeAll(async () => {
  chain = await startChain({ controlPort: 0, viewPorts: [0] });
  world = await startTogether({ control: chain.control, lightning: desk() });
});
afterAll(async () => {
  await world.close();
  await chain.close();
});

const pay = ({ order_ref }: StubInvoice) => press(world.shop, '/desk/lightning', { order: order_ref });
const orderPage = ({ order_ref }: StubInvoice) => read(world.shop, `/orders/${order_ref}`);

it('pays the BOLT11 invoice of an order once, and says how that went', async () => {
  const invoice = await world.buy();
  const { bolt11, paymentHash } = server('lnd').wallet.mint({
    ...{ amountMsat: BigInt(`${invoice.amount_sats}000`), description: 'Order', expirySeconds: 900 },
  });
  invoice.lightning = { bolt11 };
  expect(await orderPage(invoice)).toContain('Pay by Lightning');
  expect((await pay(invoice)).status).toBe(303);
  expect(server('lnd').wallet.incoming.get(paymentHash)?.state).toBe('settled');
  await pay(invoice);
  const page = await orderPage(invoice);
  expect(page).toContain("Paid 4,200 sats by Lightning from the customer's node.");
  expect(page).toContain('Refused: payment: it was paid.');
  // The shop believes nothing but a webhook.
  expect(page).toContain('Awaiting payment Do not ship yet');
});

it('says that a payment is held, and what to do where there is no BOLT11 invoice', async () => {
  const invoice = await world.buy();
  await pay(invoice);
  expect(await orderPage(invoice)).toContain('connect a Lightning node to the store first');
  await lever('fault', { server: 'lnd', hold: true });
  const { bolt11 } = server('lnd').wallet.mint({ amountMsat: 5000n, description: 'Order', expirySeconds: 900 });
  invoice.lightning = { bolt11 };
  await pay(invoice);
  expect(await orderPage(invoice)).toContain(
    "Sent 5 sats by Lightning from the customer's node; the merchant's node holds them.",
  );
});
