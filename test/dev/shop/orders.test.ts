// What the shop makes of SatLane's webhooks: the sample an integrator copies from must get this right.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { deliver, openShop, press, read, startTogether } from './support.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(extra: Parameters<typeof startTogether>[0] = {}) {
  const together = await startTogether(extra);
  cleanups.push(together.close);
  return together;
}

describe('an order', () => {
  it('is not paid because a visitor came back from the checkout page', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    expect(new URL(invoice.success_url).origin).toBe(shop.url);
    const page = await read(shop, new URL(invoice.success_url).pathname);
    expect(page).toContain('Awaiting payment Do not ship yet');
    expect(page).toContain('None yet.');
  });

  it.each([
    ['invoice.created', 0, 'Awaiting payment Do not ship yet'],
    ['invoice.payment_seen', 4200, 'Payment detected Do not ship yet'],
    ['invoice.paid', 4200, 'Paid Ship it'],
    ['invoice.late_paid', 4200, 'Paid late Ship it'],
    ['invoice.underpaid', 4000, 'Underpaid Do not ship yet 200 sats missing.'],
    ['invoice.overpaid', 4900, 'Overpaid Ship it The buyer sent 700 sats too much'],
    ['invoice.payment_reverted', 0, 'Payment reverted Do not ship'],
    ['invoice.requires_review', 4200, 'Needs a look Do not ship'],
    ['invoice.expired', 0, 'Expired Do not ship'],
    ['invoice.cancelled', 0, 'Cancelled Do not ship'],
  ])('says what to do after %s', async (type, paidSats, words) => {
    const { shop, buy } = await start();
    const invoice = await buy();
    expect(await deliver(invoice, { type, paidSats, id: 'evt_told' })).toBe(200);
    const page = await read(shop, `/orders/${invoice.order_ref}`);
    expect(page).toContain(words);
    expect(page).toMatch(new RegExp(`${type} .*evt_told`));
    expect(await read(shop, '/orders')).toContain(words.split(/(?= (?:Ship|Do not))/)[0]);
  });

  it('goes by when things happened when its webhooks come in the wrong order', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    await deliver(invoice, { type: 'invoice.paid', minute: 9, paidSats: 4200 });
    await deliver(invoice, { type: 'invoice.payment_seen', minute: 4, paidSats: 4200 });
    await deliver(invoice, { type: 'invoice.created', minute: 0 });
    expect(await read(shop, `/orders/${invoice.order_ref}`)).toContain('Paid Ship it');
    await deliver(invoice, { type: 'invoice.payment_reverted', minute: 20 });
    await deliver(invoice, { type: 'invoice.expired', minute: 15 });
    expect(await read(shop, `/orders/${invoice.order_ref}`)).toContain('Payment reverted Do not ship');
  });

  it('is paid when the payment was seen and confirmed in the same instant', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    await deliver(invoice, { type: 'invoice.paid', minute: 5, paidSats: 4200 });
    await deliver(invoice, { type: 'invoice.payment_seen', minute: 5, paidSats: 4200 });
    expect(await read(shop, `/orders/${invoice.order_ref}`)).toContain('Paid Ship it');
  });

  it('can be underpaid twice before it is paid', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    const path = `/orders/${invoice.order_ref}`;
    await deliver(invoice, { type: 'invoice.underpaid', minute: 3, paidSats: 1000 });
    expect(await read(shop, path)).toContain('3,200 sats missing');
    await deliver(invoice, { type: 'invoice.underpaid', minute: 4, paidSats: 3000 });
    expect(await read(shop, path)).toContain('1,200 sats missing');
    await deliver(invoice, { type: 'invoice.paid', minute: 5, paidSats: 4200 });
    expect(await read(shop, path)).toContain('Paid Ship it');
  });

  it('keeps its state when SatLane adds an event type that the shop does not know', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    await deliver(invoice, { type: 'invoice.paid', paidSats: 4200 });
    expect(await deliver(invoice, { type: 'invoice.celebrated', minute: 9 })).toBe(200);
    const page = await read(shop, `/orders/${invoice.order_ref}`);
    expect(page).toContain('Paid Ship it');
    expect(page).toContain('invoice.celebrated');
  });

  it('hears a webhook that overtakes the answer to its own request', async () => {
    const { api, shop, buy } = await start();
    api.beforeAnswer = (invoice) => deliver(invoice, { type: 'invoice.created', id: 'evt_early' });
    const invoice = await buy();
    expect(await read(shop, `/orders/${invoice.order_ref}`)).toContain('evt_early');
    expect(await read(shop, '/orders')).not.toContain('Other events');
  });
});

describe('a webhook', () => {
  it('counts once however often it is delivered', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    for (let i = 0; i < 3; i++) {
      expect(await deliver(invoice, { type: 'invoice.underpaid', id: 'evt_same', paidSats: 4000 })).toBe(200);
    }
    const page = await read(shop, `/orders/${invoice.order_ref}`);
    expect(page.match(/evt_same/g)).toHaveLength(1);
    expect(page).toContain('delivered 3 times, counted once');
  });

  it.each([
    ['signed with another secret', { secret: 'whsec_b3RoZXI=' }, 'signature mismatch'],
    ['altered on its way', { forged: '{"event_type":"invoice.paid"}' }, 'signature mismatch'],
    ['replayed after ten minutes', { ageSeconds: 600 }, 'timestamp out of tolerance'],
    ['from the future', { ageSeconds: -600 }, 'timestamp out of tolerance'],
  ])('is refused when it is %s', async (_, flaw, reason) => {
    const { shop, buy } = await start();
    const invoice = await buy();
    expect(await deliver(invoice, { type: 'invoice.paid', paidSats: 4200, ...flaw })).toBe(400);
    expect(await read(shop, `/orders/${invoice.order_ref}`)).toContain('Awaiting payment Do not ship yet');
    expect(await read(shop, '/orders')).toContain(reason);
  });

  it('is refused when it is not signed at all', async () => {
    const { shop } = await start();
    const response = await fetch(`${shop.url}/webhooks/satlane`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
  });

  it('about an invoice that is not the shop’s is taken in and set apart', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    const elsewhere = { ...invoice, id: 'another-invoice', order_ref: 'ORD-ELSEWHERE' };
    expect(await deliver(elsewhere, { type: 'invoice.paid', id: 'evt_foreign' })).toBe(200);
    expect(await deliver(elsewhere, { type: 'invoice.paid', id: 'evt_foreign' })).toBe(200);
    // An invoice that names our order and is not the one we asked for pays for nothing.
    expect(await deliver({ ...invoice, id: 'another-invoice' }, { type: 'invoice.paid', id: 'evt_odd' })).toBe(200);
    const list = await read(shop, '/orders');
    expect(list).toContain('Other events');
    expect(list.match(/evt_foreign/g)).toHaveLength(1);
    expect(list).toContain('evt_odd');
    expect(await read(shop, `/orders/${invoice.order_ref}`)).toContain('Awaiting payment');
  });
});

describe('an open page', () => {
  it('hears of a webhook immediately', async () => {
    const { shop, buy } = await start();
    const invoice = await buy();
    const response = await fetch(`${shop.url}/live`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('retry: 1000\n\n');
    await deliver(invoice, { type: 'invoice.paid', paidSats: 4200 });
    expect((await reader?.read())?.value).toContain('data: changed');
    await reader?.cancel();
  });
});

describe('the order orderStore', () => {
  it('survives a restart, with the events it has counted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'shop.json');
    const { api, shop, buy } = await start({ file });
    const invoice = await buy();
    await deliver(invoice, { type: 'invoice.paid', id: 'evt_kept', paidSats: 4200 });
    // On disk by the time SatLane has its answer.
    expect(await readFile(file, 'utf8')).toContain('evt_kept');
    await shop.close();
    expect(await readdir(folder)).toEqual(['shop.json']);

    const again = await openShop(api, { file });
    cleanups.push(() => again.close());
    const moved = { ...invoice, callback_url: `${again.url}/webhooks/satlane` };
    await deliver(moved, { type: 'invoice.paid', id: 'evt_kept', paidSats: 4200 });
    const page = await read(again, `/orders/${invoice.order_ref}`);
    expect(page).toContain('Paid Ship it');
    expect(page).toContain('delivered 2 times, counted once');
    expect((await press(again, `/orders/${invoice.order_ref}/pay`)).location).toBe(invoice.hosted_checkout_url);
  });

  it('says so when its file is not one of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'shop.json');
    await writeFile(file, '{"format":0}');
    const { api } = await start();
    await expect(openShop(api, { file })).rejects.toThrow(/written by another version/);
  });
});
