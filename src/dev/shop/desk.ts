// The control desk: buttons that play the buyer, the miners and bad luck. SIMULATION ONLY: none of this exists in
// production, where people pay and miners mine. Routes; called by app.ts.
import { type Context, Hono } from 'hono';
import { type Control, ControlRefused, type LightningControl } from './control.ts';
import type { DeskAction, ShopDeps } from './deps.ts';
import { invoiceOf, type ShopOrder } from './orders.ts';
import { deskPage } from './pages/desk.ts';
import { walletPanel } from './pages/wallet.ts';
import { batchPayouts, claimByLightning, claimOnChain, signAndUpload, signPasted } from './refunds.ts';
import type { SatLane } from './satlane.ts';
import { SHARES, satsFor } from './shares.ts';
import { satsText, shortText } from './words.ts';

/** Blocks that a payment may be deep for "drop the payment" to reach it. */
const MAX_DEPTH = 20;

export function deskRoutes({ orderStore, satlane, payouts, lightning }: ShopDeps, control: Control): Hono {
  const app = new Hono();

  const show = async (c: Context, signed: string | null) => {
    const order = orderStore.order(c.req.query('order') ?? '') ?? orderStore.orders().find(invoiceOf);
    const [chain, batches] = await Promise.all([control.state(), payouts.waitingBatches()]);
    const hasLightning = lightning !== null;
    return c.html(deskPage({ order, orderStore, hasLightning, chain, wallet: walletPanel(batches, order, signed) }));
  };

  app.get('/', (c) => show(c, null));

  app.post('/pay', (c) => act(c, pay));
  if (lightning) {
    app.post('/lightning', (c) => act(c, payByLightning(satlane, lightning)));
    app.post('/claim-lightning', (c) => act(c, claimByLightning(payouts, lightning)));
    app.post('/lose-answer', (c) => act(c, loseAnswer(lightning)));
  }
  app.post('/claim', (c) => act(c, claimOnChain(payouts)));
  app.post('/batch', (c) => act(c, batchPayouts(payouts)));
  app.post('/sign-batch', (c) => act(c, signAndUpload(payouts)));
  app.post('/sign', async (c) => {
    const form = await c.req.formData();
    try {
      return await show(c, await signPasted(control, form));
    } catch (error) {
      if (!(error instanceof ControlRefused)) throw error;
      const order = orderStore.order(String(form.get('order')));
      await orderStore.note(`Refused: ${error.message}.`, false, order);
      return c.redirect('/desk', 303);
    }
  });
  app.post('/mine', (c) => act(c, async () => `Mined block ${(await control.mine(1)).height}.`));
  app.post('/replace', (c) => act(c, replace));
  app.post('/reorg', (c) => act(c, reorg));
  app.post('/explorer', (c) => act(c, switchExplorer));

  /** Runs one action, writes its outcome into the log and goes back to where the button was. */
  async function act(c: Context, action: DeskAction) {
    const form = await c.req.formData();
    const order = orderStore.order(String(form.get('order') ?? ''));
    try {
      await orderStore.note(await action(control, order, form), true, order);
    } catch (error) {
      if (!(error instanceof ControlRefused)) throw error;
      await orderStore.note(`Refused: ${error.message}.`, false, order);
    }
    if (form.get('from') === 'desk') return c.redirect(order ? `/desk?order=${order.id}` : '/desk', 303);
    return c.redirect(order ? `/orders/${order.id}` : '/desk', 303);
  }

  return app;
}

async function pay(control: Control, order: ShopOrder | undefined, form: FormData): Promise<string> {
  const invoice = order && invoiceOf(order);
  if (!invoice) throw new ControlRefused('this order has no invoice to pay');
  const share = SHARES.find((name) => name === form.get('share')) ?? 'full';
  const sats = satsFor(order, share);
  const { txid } = await control.pay(invoice.address, sats);
  order.payments.push({ txid, sats: String(sats), state: 'sent' });
  return `Sent ${satsText(sats)} from the demo wallet, transaction ${shortText(txid)}.`;
}

const payByLightning =
  (satlane: SatLane, lightning: LightningControl): DeskAction =>
  async (_, order) => {
    const invoice = order && invoiceOf(order);
    const bolt11 = invoice && (await satlane.bolt11Of(invoice.id));
    if (!bolt11)
      throw new ControlRefused('this order has no BOLT11 invoice: connect a Lightning node to the store first');
    const { sats, state } = await lightning.pay(bolt11);
    const paid = `${satsText(BigInt(sats))} by Lightning from the customer's node`;
    return state === 'held' ? `Sent ${paid}; the merchant's node holds them.` : `Paid ${paid}.`;
  };

const loseAnswer =
  (lightning: LightningControl): DeskAction =>
  async () => {
    await lightning.loseNextAnswer();
    return "The merchant's node carries out the next payment and says nothing of it. SatLane looks it up.";
  };

async function replace(control: Control, order: ShopOrder | undefined): Promise<string> {
  const payment = order?.payments.findLast(({ state }) => state === 'sent');
  if (!payment) throw new ControlRefused('there is no payment to replace');
  const { txid } = await control.replace(payment.txid);
  payment.state = 'replaced';
  return `Spent the same coins again, back to the wallet, transaction ${shortText(txid)}.`;
}

async function reorg(control: Control, order: ShopOrder | undefined): Promise<string> {
  const sent = order?.payments.filter(({ state }) => state === 'sent') ?? [];
  if (order && sent.length === 0) throw new ControlRefused('there is no payment to drop');
  const drop = order ? sent.map(({ txid }) => txid) : true;
  const { depth, height } = await reorgDeepEnough(control, drop);
  for (const payment of sent) payment.state = 'dropped';
  const lost = depth === 1 ? 'The last block' : `The last ${depth} blocks`;
  return `${lost} lost against a longer branch without ${order ? 'the payment' : 'their payments'}; now at ${height}.`;
}

/** One block, or as many as it takes to reach the payment: the chain refuses to drop what it did not disconnect. */
async function reorgDeepEnough(control: Control, drop: string[] | true): Promise<{ depth: number; height: number }> {
  for (let depth = 1; ; depth++) {
    try {
      return { depth, ...(await control.reorg(depth, drop)) };
    } catch (error) {
      const isTooShallow = error instanceof ControlRefused && error.message.startsWith('drop:');
      if (!isTooShallow || depth === MAX_DEPTH) throw error;
    }
  }
}

async function switchExplorer(control: Control, _: ShopOrder | undefined, form: FormData): Promise<string> {
  const view = String(form.get('view'));
  const isFailing = form.get('fail') === 'yes';
  await control.setFailing(view, isFailing);
  return isFailing ? `Explorer ${view.toUpperCase()} is down.` : `Explorer ${view.toUpperCase()} answers again.`;
}
