// A shop in PHP with BitPay's plugin for WooCommerce: a POS token of the dashboard is all that its owner enters.

import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mine, openReceiver, ownersBrowser, pay, world } from './desk.ts';
import { hasPhp, type Line, run } from './program.ts';

const SHOP = join(import.meta.dirname, 'php/bitpay-pos.php');
const running: ReturnType<typeof run>[] = [];
afterAll(async () => void (await Promise.all(running.map((program) => program.stop()))));

const title = 'A shop with BitPay’s plugin for WooCommerce';
describe.skipIf(!hasPhp)(hasPhp ? title : `${title} (skipped: no php with curl here)`, () => {
  it('sells by its POS token, and finds its order by each notification', async () => {
    const token = await (await ownersBrowser()).posToken();
    const { url, announced, hears, close } = await openReceiver<Line>();
    const shop = run('php', [SHOP, world.api.replace(/\/$/, ''), token, url]);
    running.push(shop);
    const made = await shop.says<{ id: string; url: string; address: string }>();
    expect(made).toMatchObject({
      url: expect.stringContaining(`/invoice?id=${made.id}`),
      redirect: expect.stringContaining('/order-received/1042/'),
    });
    const read: Line[] = [];
    const readUpTo = async (count: number) => {
      await hears(count);
      while (read.length < count) {
        await shop.hears(JSON.stringify(announced[read.length]?.body));
        read.push(await shop.says());
      }
    };
    await readUpTo(1);
    await pay(made.address, 10_000);
    await readUpTo(3);
    await mine();
    await readUpTo(4);
    await mine(5);
    await readUpTo(5);
    const names = ['created', 'receivedPayment', 'paidInFull', 'confirmed', 'completed'];
    expect(read).toEqual(names.map((name) => ({ event: `invoice_${name}`, order: '1042', isFine: true })));
    await close();
  });
});
