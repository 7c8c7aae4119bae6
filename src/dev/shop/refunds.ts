// The shop gives money back, as an integrator would write it; and, on the desk, the buyer takes it and the merchant's wallet signs. Called
// by app.ts and desk.ts.
import { type Context, Hono } from 'hono';
import { type Control, ControlRefused, type LightningControl } from './control.ts';
import type { DeskAction, ShopDeps } from './deps.ts';
import { invoiceOf, type ShopOrder } from './orders.ts';
import type { ShopPayouts } from './satlane-payouts.ts';
import { verdict } from './standing.ts';
import { satsText, shortText } from './words.ts';

/** "Refund the buyer" on the page of an order. */
export function orderRefundRoutes({ orderStore, payouts }: ShopDeps): Hono {
  const app = new Hono();
  app.post('/orders/:id/refund', async (c: Context) => {
    const order = orderStore.order(c.req.param('id') ?? '');
    const invoice = order && invoiceOf(order);
    if (!order || !invoice) return c.notFound();
    const variant = verdict(order).standing === 'over' ? 'overpaid' : 'rate_then';
    try {
      // One key for each order: a second click is the same refund.
      order.refund = await payouts.refund(invoice.id, variant, `refund-${order.id}`);
      await orderStore.note('Refund created. The buyer says on its page where the money goes.', true, order);
    } catch (error) {
      if (!(error instanceof ControlRefused)) throw error;
      await orderStore.note(`No refund: ${error.message}.`, false, order);
    }
    return c.redirect(`/orders/${order.id}`, 303);
  });
  return app;
}

/** The buyer has the money sent to the desk's own wallet. */
export const claimOnChain =
  (payouts: ShopPayouts): DeskAction =>
  async (control, order) => {
    const { id } = refundOf(order);
    const chain = await control.state();
    if (!chain) throw new ControlRefused('the simulated chain does not answer');
    await payouts.claim(id, chain.wallet.address, 'BTC-CHAIN');
    return `The buyer wants the refund at ${shortText(chain.wallet.address)}. It waits for a batch.`;
  };

export const claimByLightning =
  (payouts: ShopPayouts, lightning: LightningControl): DeskAction =>
  async (_, order) => {
    const { id, amount } = refundOf(order);
    const sats = BigInt(Math.round(Number(amount) * 1e8));
    await payouts.claim(id, await lightning.invoice(sats), 'BTC-LN');
    return `The buyer's node asked for ${satsText(sats)} by Lightning. The merchant's node pays it, if one is connected that may.`;
  };

function refundOf(order: ShopOrder | undefined) {
  if (!order?.refund) throw new ControlRefused('this order has no refund');
  return order.refund;
}

export const batchPayouts =
  (payouts: ShopPayouts): DeskAction =>
  async () => {
    const { payouts: paid, total_sats, fee_sats } = await payouts.createBatch();
    return `Put ${paid.length} ${paid.length === 1 ? 'payout' : 'payouts'} of ${satsText(total_sats)} into a batch, fee ${satsText(fee_sats)}.`;
  };

export const signAndUpload =
  (payouts: ShopPayouts): DeskAction =>
  async (control, _, form) => {
    const id = String(form.get('batch'));
    const { psbt } = await control.sign(await payouts.psbtOf(id));
    const { txid } = await payouts.upload(id, psbt);
    return `The merchant's wallet signed; SatLane checked it and sent ${shortText(txid ?? '')}. Mine a block to confirm it.`;
  };

/** A PSBT that was pasted, signed. @throws ControlRefused */
export async function signPasted(control: Control, form: FormData): Promise<string> {
  return (await control.sign(String(form.get('psbt') ?? ''))).psbt;
}
