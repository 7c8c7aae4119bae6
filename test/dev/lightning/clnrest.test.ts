// A shop's server asks a Core Lightning for a BOLT11, a customer pays it, and the merchant pays one of the customer's.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lightningWorld } from './support.ts';

const { lever, server } = lightningWorld();

function credential(right: 'receive' | 'pay') {
  const { connection, payConnection } = server('clnrest');
  const text = right === 'pay' ? payConnection : connection;
  const [, url = '', rune = ''] = /^type=clnrest;server=(.+)\/;rune=(.+)$/.exec(text ?? '') ?? [];
  return { url, rune };
}

async function call(method: string, parameters: unknown, right: 'receive' | 'pay' = 'receive') {
  const { url, rune } = credential(right);
  const response = await fetch(`${url}/v1/${method}`, {
    method: 'POST',
    headers: { rune },
    body: JSON.stringify(parameters),
  });
  return { status: response.status, json: await response.json() };
}

let labels = 0;
const invoice = async (more: Record<string, unknown> = {}) =>
  (
    await call('invoice', {
      amount_msat: 2_500_000,
      label: `order ${++labels}`,
      description: 'Coffee',
      expiry: 900,
      ...more,
    })
  ).json;
const lookup = async (hash: string) => (await call('listinvoices', { payment_hash: hash })).json.invoices[0];
const sha256 = (bytes: string) => createHash('sha256').update(Buffer.from(bytes, 'hex')).digest('hex');

describe('a Core Lightning', () => {
  it('mints a BOLT11, is paid, and shows the preimage only then', async () => {
    const minted = await invoice();
    expect(minted.bolt11).toMatch(/^lnbcrt25u1/);
    expect(minted.expires_at).toBeGreaterThan(Date.now() / 1000 + 800);
    const unpaid = await lookup(minted.payment_hash);
    expect(unpaid).toMatchObject({ status: 'unpaid', amount_msat: 2_500_000, description: 'Coffee' });
    expect(unpaid).not.toHaveProperty('payment_preimage');
    await lever('pay', { bolt11: minted.bolt11 });
    const paid = await lookup(minted.payment_hash);
    expect(paid).toMatchObject({ status: 'paid', amount_received_msat: 2_500_000, pay_index: expect.any(Number) });
    expect(sha256(paid.payment_preimage)).toBe(minted.payment_hash);
  });

  it('refuses a label twice, and finds the BOLT11 by it', async () => {
    const minted = await invoice({ label: 'twice' });
    const again = await call('invoice', { amount_msat: 1000, label: 'twice', description: 'Tea' });
    expect(again).toEqual({ status: 500, json: { code: 900, message: "Duplicate label 'twice'" } });
    const { invoices } = (await call('listinvoices', { label: 'twice' })).json;
    expect(invoices).toMatchObject([{ bolt11: minted.bolt11 }]);
  });

  it('mints over the hash of a long description, and answers what it does not know with an empty list', async () => {
    const description = JSON.stringify([['text/plain', 'x'.repeat(900)]]);
    expect((await invoice({ description })).code).toBe(-32602);
    const minted = await invoice({ description, deschashonly: true });
    expect((await lookup(minted.payment_hash)).description).toBe(description);
    expect((await call('listinvoices', { payment_hash: 'ab'.repeat(32) })).json).toEqual({ invoices: [] });
  });

  it('takes forms, and any amount where it is asked to', async () => {
    const { url, rune } = credential('receive');
    const body = new URLSearchParams({ amount_msat: 'any', label: 'tip', description: 'Tip' });
    const response = await fetch(`${url}/v1/invoice`, { method: 'POST', headers: { rune }, body });
    expect(response.status).toBe(201);
    const { bolt11, payment_hash } = await response.json();
    await lever('pay', { bolt11, sats: 77 });
    expect(await lookup(payment_hash)).toMatchObject({ status: 'paid', amount_received_msat: 77_000 });
  });

  it('lists from an index', async () => {
    const [, second, third] = [await invoice(), await invoice(), await invoice()];
    const { invoices } = (await call('listinvoices', { index: 'created', start: second.created_index, limit: 2 })).json;
    expect(invoices.map((one: { bolt11: string }) => one.bolt11)).toEqual([second.bolt11, third.bolt11]);
  });

  it('refuses without a rune, with a wrong one, and what a rune does not permit', async () => {
    const { url } = credential('receive');
    const refusal = async (headers: Record<string, string>) => {
      const response = await fetch(`${url}/v1/listinvoices`, { method: 'POST', headers });
      return [response.status, (await response.json()).code];
    };
    expect(await refusal({})).toEqual([403, 1501]);
    expect(await refusal({ rune: 'wrong' })).toEqual([401, 1501]);
    expect(await call('getinfo', {})).toMatchObject({ status: 401, json: { code: 1502 } });
    expect(await call('unknown', {})).toMatchObject({ status: 404, json: { code: -32601 } });
  });

  it('pays with the right rune, once, and says why it cannot', async () => {
    const { bolt11, paymentHash } = await lever('invoice', { sats: 1200 });
    expect((await call('xpay', { invstring: bolt11 })).status).toBe(401);
    const paid = await call('xpay', { invstring: bolt11, maxfee: 1000 }, 'pay');
    expect(paid).toMatchObject({ status: 201, json: { amount_msat: 1_200_000, successful_parts: 1 } });
    expect(sha256(paid.json.payment_preimage)).toBe(paymentHash);
    expect((await call('xpay', { invstring: bolt11 }, 'pay')).json.code).toBe(219);
    expect((await call('listpays', { payment_hash: paymentHash }, 'pay')).json.pays).toMatchObject([
      { status: 'complete' },
    ]);
    expect((await call('listpays', { payment_hash: 'ab'.repeat(32) }, 'pay')).json).toEqual({ pays: [] });
    const large = await lever('invoice', { sats: 900_000_000 });
    expect(await call('xpay', { invstring: large.bolt11 }, 'pay')).toMatchObject({ status: 500, json: { code: 205 } });
  });
});
