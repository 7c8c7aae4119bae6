// A shop's server asks an LNbits for a BOLT11, a customer pays it, and the hook says so in its own way.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hookReceiver, lightningWorld } from './support.ts';

const { lever, server } = lightningWorld();
let receiver: Awaited<ReturnType<typeof hookReceiver>>;
beforeAll(async () => {
  receiver = await hookReceiver();
});
afterAll(() => receiver.close());

function credential(right: 'receive' | 'pay') {
  const { connection, payConnection } = server('lnbits');
  const text = right === 'pay' ? payConnection : connection;
  const [, url = '', key = ''] = /^type=lnbits;server=(.+)\/;api-key=(.+)$/.exec(text ?? '') ?? [];
  return { url, key };
}

async function call(path: string, body?: unknown, right: 'receive' | 'pay' = 'receive') {
  const { url, key } = credential(right);
  const of = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${url}/api/v1/payments${path}`, { headers: { 'x-api-key': key }, ...of });
  return { status: response.status, json: await response.json() };
}

const create = (more: Record<string, unknown> = {}) =>
  call('', { out: false, amount: 2500, unit: 'sat', memo: 'Coffee', expiry: 900, ...more });
const sha256 = (bytes: string) => createHash('sha256').update(Buffer.from(bytes, 'hex')).digest('hex');

describe('an LNbits', () => {
  it('mints a BOLT11, is paid, and sends JSON inside of a JSON string, unsigned', async () => {
    const { status, json: minted } = await create({ webhook: receiver.url, extra: { order: 'inv_1' } });
    expect(status).toBe(201);
    expect(minted).toMatchObject({ status: 'pending', amount: 2_500_000, extra: { order: 'inv_1' }, memo: 'Coffee' });
    expect(minted.bolt11).toMatch(/^lnbcrt25u1/);
    expect(minted.payment_request).toBe(minted.bolt11);
    expect((await call(`/${minted.payment_hash}`)).json).toMatchObject({ paid: false, status: 'pending' });
    await lever('pay', { bolt11: minted.bolt11 });
    const { json: paid } = await call(`/${minted.payment_hash}`);
    expect(paid).toMatchObject({ paid: true, status: 'success', details: { amount: 2_500_000, status: 'success' } });
    expect(sha256(paid.preimage)).toBe(minted.payment_hash);
    const hook = await receiver.next(minted.payment_hash);
    expect(JSON.parse(JSON.parse(hook.body))).toMatchObject({ payment_hash: minted.payment_hash, status: 'success' });
    expect(Object.keys(hook.headers).filter((name) => /sign/i.test(name))).toEqual([]);
  });

  it('refuses no amount, a long memo and another unit', async () => {
    expect(await create({ amount: 0 })).toMatchObject({ status: 520, json: { status: 'failed' } });
    expect((await create({ memo: 'x'.repeat(641) })).status).toBe(400);
    expect((await create({ unit: 'EUR' })).status).toBe(400);
  });

  it('mints over the hash of a description', async () => {
    const metadata = '[["text/plain","x"]]';
    const { json } = await create({ memo: null, unhashed_description: Buffer.from(metadata).toString('hex') });
    const { wallet } = server('lnbits');
    expect(wallet.incoming.get(json.payment_hash)?.descriptionHash).toBe(sha256(Buffer.from(metadata).toString('hex')));
  });

  it('shows the state of a payment to anyone who has its hash, and the rest to its keys alone', async () => {
    const { json: minted } = await create();
    const { url } = credential('receive');
    const path = `${url}/api/v1/payments/${minted.payment_hash}`;
    const strangers: Record<string, string>[] = [{}, { 'x-api-key': 'wrong' }];
    for (const headers of strangers) {
      expect(await (await fetch(path, { headers })).json()).toMatchObject({ paid: false, status: 'pending' });
      expect(await (await fetch(path, { headers })).json()).not.toHaveProperty('details');
    }
    expect((await call(`/${'ab'.repeat(32)}`)).status).toBe(404);
    const list = (headers: Record<string, string>) => fetch(`${url}/api/v1/payments`, { headers });
    expect((await list({})).status).toBe(401);
    expect((await list({ 'x-api-key': 'wrong' })).status).toBe(404);
  });

  it('pays with the admin key, once, with a negative amount', async () => {
    const { bolt11, paymentHash } = await lever('invoice', { sats: 1200 });
    expect((await call('', { out: true, bolt11 })).status).toBe(401);
    const paid = await call('', { out: true, bolt11 }, 'pay');
    expect(paid).toMatchObject({
      status: 201,
      json: { status: 'success', amount: -1_200_000, payment_hash: paymentHash },
    });
    expect(sha256(paid.json.preimage)).toBe(paymentHash);
    expect(await call('', { out: true, bolt11 }, 'pay')).toMatchObject({ status: 520, json: { status: 'success' } });
    const large = await lever('invoice', { sats: 900_000_000 });
    const refused = await call('', { out: true, bolt11: large.bolt11 }, 'pay');
    expect(refused).toMatchObject({ status: 520, json: { status: 'failed' } });
    const { json: list } = await call('?limit=2', undefined, 'pay');
    expect(list.map((one: { amount: number }) => one.amount)).toEqual([-900_000_000_000, -1_200_000]);
  });
});
