// A shop's server asks a phoenixd for a BOLT11, a customer pays it over a real channel, and the hook says so.
import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hookReceiver, lightningWorld } from './support.ts';

const { lever, post, server } = lightningWorld();
let receiver: Awaited<ReturnType<typeof hookReceiver>>;
beforeAll(async () => {
  receiver = await hookReceiver();
});
afterAll(() => receiver.close());

/** As its connection string says; `pay` with the full password. */
function credential(right: 'receive' | 'pay' = 'receive') {
  const { connection, payConnection } = server('phoenixd');
  const text = right === 'pay' ? payConnection : connection;
  const [, url = '', password = ''] = /^type=phoenixd;server=(.+)\/;password=(.+)$/.exec(text ?? '') ?? [];
  return { url, headers: { authorization: `Basic ${btoa(`:${password}`)}` } };
}

async function call(path: string, form?: Record<string, string>, right: 'receive' | 'pay' = 'receive') {
  const { url, headers } = credential(right);
  const body = form ? new URLSearchParams(form) : null;
  const response = await fetch(url + path, { method: form ? 'POST' : 'GET', headers, body });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, text, json: isJson ? JSON.parse(text) : null };
}

const create = async (more: Record<string, string> = {}) =>
  (await call('/createinvoice', { amountSat: '2500', description: 'Coffee', expirySeconds: '900', ...more })).json;

describe('a phoenixd', () => {
  it('mints a BOLT11, is paid, shows the preimage and signs its one hook', async () => {
    const minted = await create({ externalId: 'inv_1', webhookUrl: receiver.url });
    expect(minted).toEqual({
      amountSat: 2500,
      paymentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      serialized: expect.stringMatching(/^lnbcrt25u1/),
    });
    const before = (await call(`/payments/incoming/${minted.paymentHash}`)).json;
    expect(before).toMatchObject({ type: 'incoming_payment', isPaid: false, isExpired: false, requestedSat: 2500 });
    expect(before).toMatchObject({ receivedSat: 0, fees: 0, externalId: 'inv_1', description: 'Coffee' });
    expect(before).not.toHaveProperty('completedAt');

    const paid = await lever('pay', { bolt11: minted.serialized });
    expect(paid).toMatchObject({ paymentHash: minted.paymentHash, state: 'settled', sats: 2500 });
    const after = (await call(`/payments/incoming/${minted.paymentHash}`)).json;
    expect(after).toMatchObject({ isPaid: true, receivedSat: 2500, fees: 0, preimage: paid.preimage });
    expect(after.completedAt).toBeGreaterThanOrEqual(after.createdAt);
    expect(createHash('sha256').update(Buffer.from(after.preimage, 'hex')).digest('hex')).toBe(minted.paymentHash);

    const hook = await receiver.next(minted.paymentHash);
    const secret = server('phoenixd').webhookSecret ?? '';
    expect(hook.headers['x-phoenix-signature']).toBe(createHmac('sha256', secret).update(hook.body).digest('hex'));
    expect(JSON.parse(hook.body)).toEqual({
      ...{ type: 'payment_received', timestamp: after.completedAt, amountSat: 2500 },
      ...{ paymentHash: minted.paymentHash, externalId: 'inv_1' },
    });
  });

  it('takes any amount for a BOLT11 without one, and more than was asked for', async () => {
    const { serialized, paymentHash } = (await call('/createinvoice', { description: 'Tip' })).json;
    await lever('pay', { bolt11: serialized, sats: 77 });
    const tip = (await call(`/payments/incoming/${paymentHash}`)).json;
    expect(tip).toMatchObject({ isPaid: true, receivedSat: 77 });
    expect(tip).not.toHaveProperty('requestedSat');
    const more = await create();
    await lever('pay', { bolt11: more.serialized, sats: 4000 });
    expect((await call(`/payments/incoming/${more.paymentHash}`)).json).toMatchObject({ receivedSat: 4000 });
  });

  it('answers errors as text, and 404 for what it does not know', async () => {
    expect(await call(`/payments/incoming/${'ab'.repeat(32)}`)).toMatchObject({ status: 404, text: 'Not found' });
    expect(await call('/createinvoice', { amountSat: '1', description: 'x'.repeat(129) })).toMatchObject({
      status: 400,
      json: null,
    });
    expect(await call('/createinvoice', { amountSat: '1' })).toMatchObject({ status: 400, json: null });
    const { url } = credential();
    expect((await fetch(`${url}/getinfo`)).status).toBe(401);
    expect((await fetch(`${url}/getinfo`, { headers: { authorization: `Basic ${btoa(':wrong')}` } })).status).toBe(401);
  });

  it('lists what was paid, and all of them where asked to, newest first', async () => {
    const from = Date.now();
    const open = await create({ externalId: 'listed' });
    const paid = await create({ externalId: 'listed' });
    await lever('pay', { bolt11: paid.serialized });
    const hashes = async (query: string) =>
      (await call(`/payments/incoming?${query}`)).json.map((one: { paymentHash: string }) => one.paymentHash);
    expect(await hashes(`from=${from}`)).toEqual([paid.paymentHash]);
    expect(await hashes('externalId=listed&all=true')).toEqual([paid.paymentHash, open.paymentHash]);
    expect(await hashes('externalId=listed&all=true&limit=1&offset=1')).toEqual([open.paymentHash]);
  });

  it('pays with the full password alone, once, and says why it cannot', async () => {
    const { bolt11, paymentHash } = await lever('invoice', { sats: 1200 });
    const form = { invoice: String(bolt11) };
    expect((await call('/payinvoice', form)).status).toBe(401);
    expect((await call(`/payments/outgoingbyhash/${paymentHash}`)).status).toBe(404);
    const paid = (await call('/payinvoice', form, 'pay')).json;
    expect(paid).toMatchObject({ recipientAmountSat: 1200, routingFeeSat: 0, paymentHash });
    expect(createHash('sha256').update(Buffer.from(paid.paymentPreimage, 'hex')).digest('hex')).toBe(paymentHash);
    expect((await call(`/payments/outgoingbyhash/${paymentHash}`)).json).toMatchObject({ isPaid: true, sent: 1200 });
    const again = await call('/payinvoice', form, 'pay');
    expect(again).toMatchObject({ status: 200, json: { paymentHash, reason: 'this invoice has already been paid' } });
    const large = await lever('invoice', { sats: 900_000_000 });
    expect((await call('/payinvoice', { invoice: String(large.bolt11) }, 'pay')).json).toMatchObject({
      reason: 'not enough funds in wallet to afford payment',
    });
  });

  it('refuses a payment of a BOLT11 that ran out, unless its fault says so', async () => {
    const [late, later] = [await create({ expirySeconds: '0' }), await create({ expirySeconds: '0' })];
    expect(await post('pay', { bolt11: late.serialized })).toMatchObject({ status: 400 });
    expect((await call(`/payments/incoming/${late.paymentHash}`)).json).toMatchObject({
      isPaid: false,
      isExpired: true,
    });
    await lever('fault', { server: 'phoenixd', takeLate: true });
    expect(await lever('pay', { bolt11: later.serialized })).toMatchObject({ state: 'settled' });
    await lever('fault', { server: 'phoenixd' });
  });

  it('takes many payments in one moment, each once', async () => {
    const many = await Promise.all(Array.from({ length: 40 }, () => create()));
    const paid = await Promise.all(many.map(({ serialized }) => post('pay', { bolt11: serialized })));
    expect(paid.filter(({ status }) => status !== 200)).toEqual([]);
    const all = (await call('/payments/incoming?limit=1000')).json;
    const hashes = new Set(all.map((one: { paymentHash: string }) => one.paymentHash));
    expect(many.filter(({ paymentHash }) => !hashes.has(paymentHash))).toEqual([]);
    expect(hashes.size).toBe(all.length);
  });
});
