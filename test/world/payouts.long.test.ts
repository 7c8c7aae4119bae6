// Money out in the local world, as its newcomer meets it: the demo shop refunds an order, its buyer takes the money on chain or by
// Lightning, and the merchant's wallet signs, be it the desk's or Debian's Electrum. The pages of a batch are looked at in each size.

import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { hex } from '@scure/base';
import { HDKey } from '@scure/bip32';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../core/wallet/support.ts';
import { chromiumPath, openBrowser } from '../support/node/browser.ts';
import { expectSoundEverywhere } from '../support/node/sound.ts';
import { control, LocalWorld, merchantOf, type World } from '../support/node/world.ts';

const LIMIT_MS = 300_000;
const local = new LocalWorld();
let world: World;
let merchant: ReturnType<typeof merchantOf>;

beforeAll(async () => {
  world = await local.start();
  merchant = merchantOf(world, 'live');
}, LIMIT_MS);
afterAll(() => local.dispose());

const poll = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 120_000, interval: 250 });

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await merchant.call(method, path, body);
  if (answer.status >= 400) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

interface Batch {
  id: string;
  state: string;
  txid: string;
  block_height: number | null;
}

const batchOf = async (id: string) =>
  (await ask<{ payout_batch: Batch }>('GET', `/v1/payout-batches/${id}`)).payout_batch;

/** An order of the store that is paid and mined. */
async function earn(sats: string): Promise<void> {
  const { id, address } = await merchant.create({ amount_sats: sats });
  await control(world, 'pay', { address, sats });
  await control(world, 'mine');
  await merchant.becomes(id, 'paid', 120_000);
}

/** An approved payout to an address of the desk's. */
async function owe(sats: string): Promise<string> {
  const { wallet } = await (await fetch(`${world.control}/control/state`)).json();
  const body = { destination: wallet.address, amount_sats: sats, approved: true };
  return (await ask<{ payout: { id: string } }>('POST', '/v1/payouts', body)).payout.id;
}

const stateOf = async (id: string) =>
  (await ask<{ payout: { state: string } }>('GET', `/v1/payouts/${id}`)).payout.state;

/** Blocks until it counts for good. */
async function confirm(ids: string[]): Promise<void> {
  for (let block = 0; block < 6; block++) await control(world, 'mine');
  await poll(() => Promise.all(ids.map(stateOf))).toEqual(ids.map(() => 'settled'));
}

async function makeBatch(): Promise<{ id: string; psbt: string }> {
  const { payout_batch } = await ask<{ payout_batch: Batch }>('POST', '/v1/payout-batches', { fee_rate: 2 });
  const { psbt } = await ask<{ psbt: string }>('GET', `/v1/payout-batches/${payout_batch.id}/psbt`);
  return { id: payout_batch.id, psbt };
}

const hasElectrum = (() => {
  try {
    execFileSync('electrum', ['--offline', 'version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasElectrum)('Electrum (needs Debian’s)', () => {
  it(
    'signs a batch from the API, which SatLane sends and six blocks settle',
    async () => {
      const { stores } = JSON.parse(readFileSync(join(local.dir, 'identity.json'), 'utf8'));
      const versions = { public: VERSIONS.public.vpub, private: VERSIONS.private.vprv };
      const account = HDKey.fromMasterSeed(hex.decode(stores.live.seed), versions).derive("m/84'/1'/0'");
      const electrum = async (...args: string[]) => {
        const home = ['-D', join(local.dir, 'electrum'), '--offline', '--regtest'];
        const { stdout } = await promisify(execFile)('electrum', [...home, ...args], { maxBuffer: 10_000_000 });
        return stdout.trim();
      };
      await electrum('restore', account.privateExtendedKey);
      for (const sats of ['40000', '50000', '60000']) await earn(sats);
      const ids = [await owe('70000'), await owe('30000'), await owe('1000')];
      const { id, psbt } = await makeBatch();
      const signed = await electrum('signtransaction', psbt);
      await ask('POST', `/v1/payout-batches/${id}/psbt`, { psbt: signed });
      const { state, txid } = await batchOf(id);
      expect(state).toBe('broadcast');
      const { mempool } = await (await fetch(`${world.control}/control/state`)).json();
      expect(mempool.map((waiting: { txid: string }) => waiting.txid)).toContain(txid);
      await confirm(ids);
      expect((await batchOf(id)).state).toBe('confirmed');
    },
    LIMIT_MS,
  );
});

describe('The chain desk', () => {
  it(
    'signs with the merchant’s wallet, and refuses what it cannot sign',
    async () => {
      await earn('50000');
      const payout = await owe('20000');
      const { id, psbt } = await makeBatch();
      const signed = await control(world, 'sign', { psbt });
      await ask('POST', `/v1/payout-batches/${id}/psbt`, { psbt: signed.psbt });
      expect(await batchOf(id)).toMatchObject({ state: 'broadcast', txid: signed.txid });
      await confirm([payout]);
      await expect(control(world, 'sign', { psbt: 'none' })).rejects.toThrow('psbt: expected a PSBT in base64');
    },
    LIMIT_MS,
  );
});

describe('A shop that speaks BitPay’s API', () => {
  const announced: { event: { name: string }; data: { id: string } }[] = [];
  const receiver = createServer(async (request, response) => {
    announced.push(JSON.parse(await text(request)));
    response.end();
  });
  beforeAll(async () => void (await once(receiver.listen(0, '127.0.0.1'), 'listening')));
  afterAll(() => void receiver.close());

  it(
    'refunds an invoice: its buyer claims it on chain, the merchant signs, and the shop hears of it',
    async () => {
      const headers = { authorization: `Basic ${btoa(merchant.store.apiKey)}`, 'content-type': 'application/json' };
      const bitpay = async (method: string, path: string, fields?: object): Promise<Record<string, string>> => {
        const body = fields === undefined ? null : JSON.stringify(fields);
        const answer = await fetch(`${world.api}${path}`, { method, headers, body });
        const { data, error } = (await answer.json()) as { data: Record<string, string>; error?: string };
        if (error) throw new Error(`${path} answered ${error}`);
        return data;
      };
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
      const order = {
        price: 0.0004,
        currency: 'BTC',
        orderId: 'B-1',
        notificationURL: url,
        extendedNotifications: true,
      };
      const invoice = await bitpay('POST', '/invoices', order);
      await control(world, 'pay', { address: invoice.bitcoinAddress, sats: '40000' });
      await control(world, 'mine');
      await merchant.becomes(String(invoice.id), 'paid', 120_000);

      const wanted = { invoiceId: invoice.id, amount: 0.00015, currency: 'BTC', guid: 'B-1-1', reference: 'broken' };
      const refund = await bitpay('POST', '/refunds', wanted);
      expect(await bitpay('POST', '/refunds', wanted)).toEqual(refund);
      const { wallet } = await (await fetch(`${world.control}/control/state`)).json();
      const claim = { destination: wallet.address, payoutMethodId: 'BTC-CHAIN' };
      const claimed = await ask<{ id: string }>('POST', `/api/v1/pull-payments/${refund.id}/payouts`, claim);
      await ask('POST', `/v1/payouts/${claimed.id}/approve`, {});
      const { id, psbt } = await makeBatch();
      const signed = await control(world, 'sign', { psbt });
      await ask('POST', `/v1/payout-batches/${id}/psbt`, { psbt: signed.psbt });
      await confirm([claimed.id]);
      expect(await bitpay('GET', `/refunds/${refund.id}`)).toMatchObject({
        ...{
          status: 'success',
          amount: 0.00015,
          refundAddress: wallet.address,
          txid: signed.txid,
          reference: 'broken',
        },
      });
      await poll(async () => announced.at(-1)).toMatchObject({
        ...{ event: { code: 1016, name: 'invoice_refundComplete' }, data: { id: invoice.id, orderId: 'B-1' } },
      });
    },
    LIMIT_MS,
  );
});

describe.skipIf(!chromiumPath)('A merchant with a browser (needs Chromium)', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowser();
    page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${world.dashboard}login`);
    await page.getByLabel('E-mail address').fill(world.login.email);
    await page.getByLabel('Password').fill(world.login.password);
    await press('Log in');
    await page.getByRole('heading', { level: 1, name: 'Stores' }).waitFor();
  }, LIMIT_MS);
  afterAll(() => browser?.close());

  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const look = (name: string) => expectSoundEverywhere(page, name);

  /** Buys something, pays it, and offers its buyer the money back. */
  async function refundAnOrder(): Promise<void> {
    await page.goto(world.shop);
    await page.locator('form[action="/buy"] button').first().click();
    await page.goto(`${world.shop}/desk`);
    await press(/^Pay in full/);
    await press('Mine a block');
    await page.goto(`${world.shop}/orders`);
    await page.locator('.orders a').first().click();
    await page
      .locator('.pill', { hasText: /^Paid$/ })
      .first()
      .waitFor();
    await press('Refund the buyer');
    await page.getByRole('link', { name: 'Open the refund page' }).waitFor();
  }

  it(
    'refunds an order, signs by hand on the dashboard, raises the fee, and sees it confirmed',
    async () => {
      await refundAnOrder();
      await page.locator('#desk-claim').click();
      await page.getByText('The buyer wants the refund at').waitFor();
      const home = `${world.dashboard}stores/${merchant.store.id}`;
      await page.goto(`${home}/payouts`);
      await look('payouts-waiting');
      await page.getByRole('link', { name: 'Put them into a batch' }).click();
      await look('batches-waiting');
      await page.getByRole('link', { name: 'New batch' }).click();
      await page.getByLabel('My own fee rate').last().fill('none');
      await page.getByRole('radio', { name: /^My own fee rate/ }).check();
      await press('Create batch');
      await page.locator('#fee_rate-error').waitFor();
      await look('batch-new');
      await page.locator('#fee_rate').fill('2');
      await press('Create batch');
      await page.getByText('Nothing is sent before').waitFor();
      await page.locator('summary', { hasText: 'Drop batch' }).click();
      await look('batch');
      const batch = page.url().split('?')[0] ?? '';
      await page.getByRole('link', { name: 'Show as text or QR code' }).click();
      await look('batch-text');
      await page.getByRole('link', { name: 'Batch', exact: true }).click();

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download PSBT' }).click(),
      ]);
      const psbt = readFileSync(await download.path()).toString('base64');
      await upload(Buffer.from(psbt, 'base64'));
      await page.getByText('No key of this wallet has signed it').waitFor();
      await look('batch-refused');
      const signed = await control(world, 'sign', { psbt });
      await upload(Buffer.from(signed.psbt ?? '', 'base64'));
      await page.getByText('is what you approved').waitFor();
      await page.locator('summary', { hasText: 'Make another version' }).click();
      await look('batch-sent');

      await page.getByRole('radio', { name: /^Raise the fee/ }).check();
      await page.getByRole('radio', { name: /^My own fee rate/ }).check();
      await page.locator('#fee_rate').fill('9');
      await press('Create version');
      await page.getByText('New version created').waitFor();
      await look('batch-bump');
      await page.goto(`${world.shop}/desk`);
      await press(/^Sign and upload/);
      await page.getByText('SatLane checked it and sent').waitFor();
      await control(world, 'mine');
      await poll(async () => {
        await page.goto(batch);
        return page.locator('h1 .badge', { hasText: 'Replaced' }).count();
      }).toBe(1);
      await look('batch-replaced');
      await page.goto(`${home}/payout-batches`);
      await look('batches');
    },
    LIMIT_MS * 2,
  );

  async function upload(buffer: Buffer): Promise<void> {
    await page.locator('#file').setInputFiles({ name: 'signed.psbt', mimeType: 'application/octet-stream', buffer });
    await press('Upload and send');
  }

  it(
    'pays a refund from the node, once, though the node does not say that it paid',
    async () => {
      const { connection, payConnection } = world.lightning.servers.find(({ name }) => name === 'lnd') ?? {};
      await page.goto(`${world.dashboard}stores/${merchant.store.id}/lightning`);
      await page.locator('#connection_string').fill(connection ?? '');
      await page.locator('summary', { hasText: 'Advanced' }).click();
      await page.locator('#pay_connection_string').fill(payConnection ?? '');
      await press('Test and connect');
      await page.getByText('The connection works').waitFor();
      await refundAnOrder();
      await press('Lose the answer to the next payout');
      await page.locator('#desk-claim-lightning').click();
      await page.getByText('asked for').waitFor();
      const paid = () =>
        ask<{ payouts: { state: string; method: string; attempts: number }[] }>('GET', '/v1/payouts?limit=1');
      await poll(async () => (await paid()).payouts[0]).toMatchObject({ state: 'settled', method: 'lightning' });
      expect((await paid()).payouts[0]?.attempts).toBe(1);
    },
    LIMIT_MS,
  );
});
