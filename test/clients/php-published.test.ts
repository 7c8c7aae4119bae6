// What is published for PHP shops, as it is: BTCPay Server's library takes money out, and the refund button of WooCommerce's plugin
// makes a pull payment. Both are read from .dev/clients, where Composer and an unpacked plugin put them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyWith, LIVE, mine, pay, until, world } from './desk.ts';
import { hasPhp, run } from './program.ts';

const PHP = join(import.meta.dirname, 'php');
const FOLDER = join(import.meta.dirname, '../../.dev/clients');
const LIBRARY = join(FOLDER, 'vendor/btcpayserver/btcpayserver-greenfield-php/src/autoload.php');
const PLUGIN = join(FOLDER, 'btcpay-greenfield-for-woocommerce');
const hasLibrary = hasPhp && existsSync(LIBRARY);
const hasPlugin = hasLibrary && existsSync(PLUGIN);
const titled = (name: string, isHere: boolean) => (isHere ? name : `${name} (skipped: it is not in .dev/clients)`);

const FIRST = 'bcrt1qtmp74ayg7p24uslctssvjm06q5phz4yrxucgnv';
const SECOND = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const THIRD = 'bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6';

describe.skipIf(!hasLibrary)(titled('The PHP library of BTCPay Server', hasLibrary), () => {
  it('refunds an invoice and takes a pull payment from its claims to its archive', async () => {
    const key = await keyWith([
      ...['canviewinvoices', 'cancreateinvoice', 'canmodifyinvoices', 'cancreatepullpayments'],
      ...['canviewpullpayments', 'canarchivepullpayments', 'canviewpayouts', 'canmanagepayouts'],
    ]);
    const shop = run('php', [join(PHP, 'library.php'), LIBRARY, world.api, key, LIVE.id, FIRST, SECOND, THIRD]);
    const { id, address } = await shop.says<{ id: string; address: string }>();
    await pay(address, 15_000);
    await mine();
    await until(
      async () => await (await fetch(`${world.api}/pay/invoices/${id}`)).json(),
      ({ invoice }) => invoice.status === 'overpaid',
    );
    await shop.hears('paid');
    expect(await shop.says()).toEqual({
      refunds: [
        ['Too much', 'Order PHP-1', '0.00005000', 'BTC', false, true],
        ['A part', '', '0.00005000', 'BTC', false, true],
        ['Half of it', '', '0.00002000', 'BTC', false, true],
      ],
      made: ['Wages', 'For November', '0.00030000', 'BTC', false, true],
      claimed: [
        ['AwaitingApproval', '0.00010000', FIRST, 0],
        ['AwaitingApproval', '0.00020000', SECOND, 0],
      ],
      refused: ['BadRequestException 400', 'BadRequestException 400', 'RequestException 404'],
      approved: ['AwaitingPayment', '0.00010000', FIRST, 0],
      done: [true, true, true],
      states: ['Completed'],
      paid: ['Completed', '0.00010000', FIRST, 0],
      listed: true,
      after: ['Wages', 'For November', '0.00030000', 'BTC', true, true],
    });
    expect(await shop.ends()).toBe(0);
  });
});

describe.skipIf(!hasPlugin)(titled('The refund button of WooCommerce’s plugin', hasPlugin), () => {
  const press = async (permissions: string[], ...order: string[]) => {
    const key = await keyWith(permissions);
    const button = run('php', [join(PHP, 'refund-button.php'), LIBRARY, PLUGIN, world.api, key, LIVE.id, ...order]);
    const said = await button.says<{ answer: unknown; notes: string[] }>();
    expect(await button.ends()).toBe(0);
    return said;
  };
  const CONNECTED = ['canviewinvoices', 'cancreateinvoice', 'canviewstoresettings', 'canmodifyinvoices'];

  it.each([
    ['6.50', 'EUR', /^6\.5/],
    ['5000', 'SAT', /^0\.00005/],
  ])('refunds %s %s with a link for the buyer', async (amount, currency, worth) => {
    const permissions = [...CONNECTED, 'cancreatenonapprovedpullpayments'];
    const { answer, notes } = await press(permissions, 'an-invoice', amount, currency);
    expect(answer).toBe(true);
    expect(notes).toEqual([expect.stringContaining(`Amount: ${amount} ${currency}\nReason: It broke`)]);
    const [, id = ''] = /PullPayment ID: (\S+)\nLink: http\S+\n/.exec(notes[0] ?? '') ?? [];
    const response = await fetch(`${world.api}/api/v1/pull-payments/${id}`);
    expect(await response.json()).toMatchObject({
      name: 'Refund of order 1042; It broke',
      amount: expect.stringMatching(worth),
    });
  });

  it('says that a key without the permission makes no refund', async () => {
    const { answer, notes } = await press(CONNECTED, 'an-invoice', '6.50', 'EUR');
    expect([answer, notes]).toEqual([{ code: '1', message: expect.stringContaining('does not support refunds') }, []]);
  });
});
