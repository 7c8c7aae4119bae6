// Shops in PHP that are made as the plugins for BTCPay Server are: strictly typed, 200 alone is a success, a body with every
// method. Connected by their link, as an owner connects them.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIVE, mine, ownersBrowser, pay, world } from './desk.ts';
import { hasPhp, type Line, run } from './program.ts';

const PHP = join(import.meta.dirname, 'php');
const P = (names: string) => names.split(' ').map((name) => `btcpay.store.${name}`);
const WOOCOMMERCE = P(
  'canviewinvoices cancreateinvoice canviewstoresettings canmodifyinvoices cancreatenonapprovedpullpayments webhooks.canmodifywebhooks',
);
const PRESTASHOP = P(
  'canmodifystoresettings webhooks.canmodifywebhooks canviewstoresettings cancreateinvoice canviewinvoices canmodifyinvoices',
);

interface Invoice extends Line {
  id: string;
  status: string;
}

/** What the plugin's page gets when the owner has agreed. */
async function connect(name: string, permissions: string[]) {
  const redirect = 'http://127.0.0.1:9/?btcpay-settings-callback';
  const query = new URLSearchParams({ applicationName: name, strict: 'true', selectiveStores: 'true', redirect });
  for (const permission of permissions) query.append('permissions', permission);
  const owner = await ownersBrowser();
  const { action, fields } = await owner.agree(`/api-keys/authorize?${query}`);
  expect(action).toBe(redirect);
  return { key: fields.get('apiKey') ?? '', granted: JSON.stringify(fields.getAll('permissions[]')) };
}

const title = hasPhp ? 'A shop in PHP' : 'A shop in PHP (skipped: no php with curl here)';

describe.skipIf(!hasPhp)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'satlane-php-'));
  const file = join(folder, 'shop.json');
  const running: ReturnType<typeof run>[] = [];
  const php = (...args: string[]) => {
    const program = run('php', args, { SHOP: file });
    running.push(program);
    return program;
  };
  let receiver: ReturnType<typeof run>;
  let url: string;
  beforeAll(async () => {
    receiver = php('-q', '-S', '127.0.0.1:0', join(PHP, 'receiver.php'));
    url = `${await receiver.prints(/Server \((http:\S+)\) started/)}/`;
  });
  afterAll(async () => {
    await Promise.all(running.map((program) => program.stop()));
    rmSync(folder, { recursive: true });
  });

  it('like WooCommerce’s connects, sells, and reads back during the webhook', async () => {
    const { key, granted } = await connect('WooCommerce', WOOCOMMERCE);
    const shop = php(join(PHP, 'woocommerce.php'), world.api, key, granted, url, file);
    const announced = await shop.says<{ invoice: Invoice; methods: { destination: string }[] } & Line>();
    expect(await shop.ends()).toBe(0);
    expect(announced).toMatchObject({
      refund: '6.50 USD AwaitingApproval',
      forbidden: 'btcpay.store.cancreatepullpayments',
      claims: ['AwaitingApproval'],
      listed: true,
      methods: [{ method: 'BTC-CHAIN', cryptoCode: 'BTC', payments: [], worth: 0 }],
      elsewhere: 403,
    });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ store: LIVE.id, key });
    await pay(announced.methods[0]?.destination ?? '', 10_000);
    const paid = { flags: [false], orderId: '1042', additionalStatus: 'None', worth: 6.5 };
    const processing = { ...paid, status: 'Processing', payments: ['Processing'] };
    expect(await receiver.says()).toEqual({ ...processing, type: 'InvoiceReceivedPayment' });
    expect(await receiver.says()).toEqual({ ...processing, type: 'InvoiceProcessing' });
    await mine();
    const settled = { ...paid, status: 'Settled', payments: ['Settled'] };
    expect(await receiver.says()).toEqual({ ...settled, type: 'InvoicePaymentSettled' });
    expect(await receiver.says()).toEqual({ ...settled, type: 'InvoiceSettled', flags: [false, false] });
  });

  it('refuses a foreign signature', async () => {
    const forged = await fetch(url, { method: 'POST', body: '{}', headers: { 'btcpay-sig': 'sha256=00' } });
    expect(forged.status).toBe(500);
    expect(await receiver.says()).toEqual({ refused: 'sha256=00' });
  });

  it('like PrestaShop’s module of BTCPay Server 1.x finds all that it asks for', async () => {
    const { key, granted } = await connect('Shop', PRESTASHOP);
    const shop = php(join(PHP, 'prestashop.php'), world.api, key, granted, url);
    expect(await shop.says()).toEqual({
      keyed: { BTC: true },
      lists: { OnChain: ['BTC'], LightningNetwork: [] },
      removed: '',
      goneAfter: 404,
      redirectURL: 'https://shop.example/ID',
      methods: ['BTC-CHAIN'],
      bare: [],
      found: true,
      renamed: { orderId: 'PS-78', taxIncluded: true },
      marked: 'Marked',
      archived: '',
      restored: true,
    });
    expect(await shop.ends()).toBe(0);
    // The other shop's webhook hears of every invoice of the store.
    expect(await receiver.says()).toEqual({
      type: 'InvoiceSettled',
      flags: [true, false],
      orderId: 'PS-78',
      status: 'Settled',
      additionalStatus: 'Marked',
      payments: [],
      worth: 0,
    });
  });
});
