// "Buy with bitcoin": the order is stored first, then the invoice created. Routes; called by app.ts.
import { type Context, Hono } from 'hono';
import type { ShopDeps } from './deps.ts';
import { isOrderId, newOrderId } from './order-id.ts';
import { invoiceOf, type ShopOrder } from './orders.ts';
import { sorryPage } from './pages/layout.ts';
import { type Product, productOf } from './products.ts';
import type { InvoiceRequest } from './satlane.ts';

export function buyRoutes({ url, orderStore, satlane }: ShopDeps): Hono {
  const app = new Hono();

  app.post('/buy', async (c) => {
    const form = await c.req.formData();
    const product = productOf(String(form.get('product')));
    if (!product) return c.html(sorryPage('We do not sell that', 'Please choose something from the shop.'), 404);
    // The form brings its order id along, so that a double click is one order.
    const wanted = String(form.get('order') ?? '');
    const id = isOrderId(wanted) ? wanted : newOrderId();
    const known = orderStore.order(id);
    if (known && known.productId !== product.id) return c.redirect(`/orders/${id}`, 303);
    return checkout(c, known ?? (await orderStore.addOrder(id, product.id)), product);
  });

  app.post('/orders/:id/pay', async (c) => {
    const order = orderStore.order(c.req.param('id'));
    const product = order && productOf(order.productId);
    return order && product ? checkout(c, order, product) : c.notFound();
  });

  /** To the checkout page, or to the order's page, which says what went wrong. */
  async function checkout(c: Context, order: ShopOrder, product: Product): Promise<Response> {
    const known = invoiceOf(order);
    if (known) return c.redirect(known.hosted_checkout_url, 303);
    // One key per order: a second request gets the same invoice.
    const created = await satlane.createInvoice(invoiceRequest(url, order, product), order.id);
    if ('problem' in created) console.error(`order ${order.id}: ${created.problem.code}: ${created.problem.message}`);
    await orderStore.placed(order, created);
    return c.redirect('invoice' in created ? created.invoice.hosted_checkout_url : `/orders/${order.id}`, 303);
  }

  return app;
}

function invoiceRequest(url: string, order: ShopOrder, { id, name, price }: Product): InvoiceRequest {
  return {
    ...('sats' in price ? { amount_sats: price.sats } : price),
    order_ref: order.id,
    success_url: `${url}/orders/${order.id}`,
    callback_url: `${url}/webhooks/satlane`,
    metadata: { product: id, product_name: name },
  };
}
