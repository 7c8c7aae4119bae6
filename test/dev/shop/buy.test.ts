// Buying: one order is one invoice, and without one the visitor sees the reason.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { API_KEY } from './stub-api.ts';
import { openShop, press, read, startTogether } from './support.ts';

const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  // The shop logs what SatLane refused; here that is on purpose.
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start() {
  const together = await startTogether();
  cleanups.push(together.close);
  return together;
}

describe('buying', () => {
  it('makes an invoice and sends the visitor to its checkout page', async () => {
    const { api, shop } = await start();
    const { status, location } = await press(shop, '/buy', { product: 'genesis-roast' });
    expect(status).toBe(303);
    expect(location).toBe(api.invoices[0]?.hosted_checkout_url);
    const [request] = api.requests;
    const order = String(request?.body.order_ref);
    expect(request).toEqual({
      key: order,
      authorization: `Bearer ${API_KEY}`,
      body: {
        amount: 14.5,
        currency: 'USD',
        order_ref: order,
        success_url: `${shop.url}/orders/${order}`,
        callback_url: `${shop.url}/webhooks/satlane`,
        metadata: { product: 'genesis-roast', product_name: 'Genesis Roast' },
      },
    });
  });

  it('works for prices in dollars, euros and sats', async () => {
    const { api, shop } = await start();
    for (const product of ['genesis-roast', 'block-mug', 'sticker-sheet']) await press(shop, '/buy', { product });
    expect(api.requests.map(({ body }) => [body.amount, body.currency, body.amount_sats])).toEqual([
      [14.5, 'USD', undefined],
      [19, 'EUR', undefined],
      [undefined, undefined, '4200'],
    ]);
  });

  it('is one order when the visitor clicks twice', async () => {
    const { api, shop } = await start();
    const form = await (await fetch(shop.url)).text();
    const order = /name="order" value="(ORD-[^"]+)"/.exec(form)?.[1] ?? '';
    const fields = { product: 'sticker-sheet', order };
    const clicks = await Promise.all([press(shop, '/buy', fields), press(shop, '/buy', fields)]);
    clicks.push(await press(shop, '/buy', fields));
    expect(new Set(clicks.map(({ location }) => location))).toEqual(new Set([api.invoices[0]?.hosted_checkout_url]));
    expect(api.invoices).toHaveLength(1);
  });

  it('offers the way back to an order that waits for its payment', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    expect(await read(shop, '/')).toContain(`Awaiting payment Sticker Sheet, ${invoice.order_ref} Go to the order`);
  });

  it('cannot be done by another site’s page', async () => {
    const { api, shop } = await start();
    expect((await press(shop, '/buy', { product: 'block-mug' }, 'cross-site')).status).toBe(403);
    expect(api.requests).toHaveLength(0);
  });

  it('of something that is not sold makes no order', async () => {
    const { api, shop } = await start();
    expect((await press(shop, '/buy', { product: 'yacht' })).status).toBe(404);
    expect(await read(shop, '/orders')).toContain('No orders yet.');
    expect(api.requests).toHaveLength(0);
  });
});

describe('when SatLane makes no invoice', () => {
  it.each([
    [503, 'rate_unavailable', 30, 'No exchange rate right now', 'Try again in 30 seconds.'],
    [503, 'chain_syncing', 1, 'Bitcoin payments are catching up', 'Try again in a second.'],
    [503, 'database_unavailable', undefined, 'Service temporarily unavailable', 'Try again in a moment.'],
    [503, 'disk_full', 300, 'Service temporarily unavailable', 'Try again in 5 minutes.'],
    [429, 'rate_limited', 60, 'Too many orders', 'Try again in 60 seconds.'],
    [400, 'invalid_currency', undefined, 'This price cannot be paid in bitcoin', 'choose another product'],
    [401, 'api_key_invalid', undefined, 'Bitcoin payments are not set up', 'for us to repair'],
    [409, 'no_active_xpub', undefined, 'Bitcoin payments are not set up', 'for us to repair'],
    [500, 'internal', undefined, 'Service temporarily unavailable', 'Try again in a moment.'],
  ])('%s %s is explained on the page', async (status, code, retryAfter, title, text) => {
    const { api, shop } = await start();
    api.refusal = { status, code, ...(retryAfter ? { retryAfter } : {}) };
    const { location } = await press(shop, '/buy', { product: 'block-mug' });
    expect(location).toMatch(/^\/orders\/ORD-/);
    const page = await read(shop, location);
    expect(page).toContain(title);
    expect(page).toContain(text);
    expect(page).toContain('Nothing was charged and your order is kept.');
    expect(page).toContain(`${code} about ${code}`);
    expect(page).toContain('req-7');
    expect(await read(shop, '/orders')).toContain('Not placed Nothing to ship');
  });

  it('trying again later completes the same order', async () => {
    const { api, shop } = await start();
    api.refusal = { status: 503, code: 'rate_unavailable' };
    const { location } = await press(shop, '/buy', { product: 'genesis-roast' });
    api.refusal = null;
    const again = await press(shop, `${location}/pay`);
    expect(again.location).toBe(api.invoices[0]?.hosted_checkout_url);
    const [first, second] = api.requests;
    expect(second).toEqual(first);
    expect(await read(shop, location)).toContain('Awaiting payment Do not ship yet');
  });

  it('a SatLane that cannot be reached is explained on the page', async () => {
    const { api } = await start();
    const shop = await openShop({ ...api, url: 'http://127.0.0.1:1' });
    cleanups.push(() => shop.close());
    const { location } = await press(shop, '/buy', { product: 'block-mug' });
    expect(await read(shop, location)).toContain('The payment service does not answer');
  });
});
