// A shop's server asks an LND for a BOLT11, a customer pays it, and the merchant pays one of the customer's.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lightningWorld } from './support.ts';

const { lever, server, post } = lightningWorld();

function credential(right: 'receive' | 'pay') {
  const { connection, payConnection } = server('lnd');
  const text = right === 'pay' ? payConnection : connection;
  const [, url = '', macaroon = ''] = /^type=lnd-rest;server=(.+)\/;macaroon=(.+)$/.exec(text ?? '') ?? [];
  return { url, headers: { 'grpc-metadata-macaroon': macaroon } };
}

async function call(path: string, body?: unknown, right: 'receive' | 'pay' = 'receive') {
  const { url, headers } = credential(right);
  const of = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(url + path, { headers, ...of });
  const lines = (await response.text()).trim().split('\n');
  return {
    status: response.status,
    json: JSON.parse(lines.at(-1) ?? ''),
    lines: lines.map((line) => JSON.parse(line)),
  };
}

const create = async (more: Record<string, unknown> = {}) =>
  (await call('/v1/invoices', { value_msat: '2500000', memo: 'Coffee', expiry: '900', ...more })).json;
const hexOf = (base64: string) => Buffer.from(base64, 'base64').toString('hex');
const lookup = async (hash: string) => (await call(`/v1/invoice/${hexOf(hash)}`)).json;
const sha256 = (bytes: string) => createHash('sha256').update(Buffer.from(bytes, 'hex')).digest('hex');

describe('an LND', () => {
  it('mints a BOLT11, is paid, and settles it', async () => {
    const minted = await create();
    expect(minted.payment_request).toMatch(/^lnbcrt25u1/);
    expect(hexOf(minted.r_hash)).toHaveLength(64);
    expect(hexOf(minted.payment_addr)).toHaveLength(64);
    const open = await lookup(minted.r_hash);
    expect(open).toMatchObject({
      state: 'OPEN',
      value_msat: '2500000',
      memo: 'Coffee',
      expiry: '900',
      settle_date: '0',
    });
    await lever('pay', { bolt11: minted.payment_request });
    const settled = await lookup(minted.r_hash);
    expect(settled).toMatchObject({ state: 'SETTLED', settled: true, amt_paid_msat: '2500000', amt_paid_sat: '2500' });
    expect(Number(settled.settle_date)).toBeGreaterThanOrEqual(Number(settled.creation_date));
    expect(sha256(hexOf(settled.r_preimage))).toBe(hexOf(minted.r_hash));
  });

  it('mints over the hash of a description', async () => {
    const hash = createHash('sha256').update('[["text/plain","x"]]').digest('base64');
    const { r_hash } = await create({ memo: undefined, description_hash: hash });
    expect(await lookup(r_hash)).toMatchObject({ description_hash: hash, memo: '' });
  });

  it('cancels what is not paid, and takes no payment for it afterwards', async () => {
    const minted = await create();
    expect(await call('/v2/invoices/cancel', { payment_hash: minted.r_hash })).toMatchObject({ status: 200, json: {} });
    expect((await lookup(minted.r_hash)).state).toBe('CANCELED');
    expect((await post('pay', { bolt11: minted.payment_request })).status).toBe(400);
    const paid = await create();
    await lever('pay', { bolt11: paid.payment_request });
    const late = await call('/v2/invoices/cancel', { payment_hash: paid.r_hash });
    expect(late.json).toMatchObject({ message: 'invoice already settled' });
  });

  it('cancels a BOLT11 that ran out by itself', async () => {
    const { r_hash } = await create({ expiry: '1' });
    await expect.poll(async () => (await lookup(r_hash)).state, { timeout: 10_000 }).toBe('CANCELED');
  });

  it('answers errors as its gateway does: what is wrong with a macaroon is a 500', async () => {
    expect(await call(`/v1/invoice/${'ab'.repeat(32)}`)).toMatchObject({
      status: 404,
      json: { code: 5, message: 'unable to locate invoice', details: [] },
    });
    const { url, headers } = credential('receive');
    const refusal = async (path: string, of: Record<string, string>) => {
      const response = await fetch(url + path, { headers: of });
      return [response.status, (await response.json()).message];
    };
    expect(await refusal('/v1/invoices', {})).toEqual([500, 'expected 1 macaroon, got 0']);
    expect(await refusal('/v1/invoices', { 'grpc-metadata-macaroon': '00' })).toEqual([
      500,
      'verification failed: signature mismatch after caveat verification',
    ]);
    expect(await refusal('/v1/getinfo', headers)).toEqual([500, 'permission denied']);
  });

  it('lists in pages from either end, and what waits to be paid alone', async () => {
    const [first, second, third] = [await create(), await create(), await create()];
    await lever('pay', { bolt11: second.payment_request });
    const indexes = async (query: string) =>
      (await call(`/v1/invoices?${query}`)).json.invoices.map((one: { add_index: string }) => one.add_index);
    expect(await indexes('reversed=true&num_max_invoices=2')).toEqual([second.add_index, third.add_index]);
    expect(await indexes(`reversed=true&index_offset=${second.add_index}&num_max_invoices=1`)).toEqual([
      first.add_index,
    ]);
    expect(await indexes(`index_offset=${first.add_index}&num_max_invoices=1`)).toEqual([second.add_index]);
    expect(await indexes(`index_offset=${first.add_index}&pending_only=true`)).toEqual([third.add_index]);
  });

  it('pays with the right macaroon, once, and tracks what it paid', async () => {
    const { bolt11, paymentHash } = await lever('invoice', { sats: 1200 });
    const send = (right: 'receive' | 'pay' = 'pay') =>
      call(
        '/v2/router/send',
        { payment_request: bolt11, timeout_seconds: 30, fee_limit_msat: '1000', no_inflight_updates: true },
        right,
      );
    const track = () => {
      const hash = Buffer.from(String(paymentHash), 'hex').toString('base64url');
      return call(`/v2/router/track/${hash}?no_inflight_updates=true`, undefined, 'pay');
    };
    expect((await send('receive')).json).toMatchObject({ message: 'permission denied' });
    expect(await track()).toMatchObject({
      status: 404,
      json: { error: { code: 5, message: "payment isn't initiated" } },
    });
    const { lines } = await send();
    expect(lines).toHaveLength(1);
    expect(lines[0].result).toMatchObject({
      status: 'SUCCEEDED',
      value_sat: '1200',
      fee_msat: '0',
      payment_hash: paymentHash,
    });
    expect(sha256(lines[0].result.payment_preimage)).toBe(paymentHash);
    expect((await track()).json.result.status).toBe('SUCCEEDED');
    expect(await send()).toMatchObject({
      status: 409,
      json: { error: { code: 6, message: 'invoice is already paid' } },
    });
    const { payments } = (
      await call('/v1/payments?include_incomplete=true&reversed=true&max_payments=1', undefined, 'pay')
    ).json;
    expect(payments).toMatchObject([{ payment_hash: paymentHash, status: 'SUCCEEDED' }]);
  });

  it('says why a payment failed', async () => {
    const { bolt11 } = await lever('invoice', { sats: 900_000_000 });
    const body = { payment_request: bolt11, timeout_seconds: 30, fee_limit_msat: '1000' };
    const { lines } = await call('/v2/router/send', body, 'pay');
    expect(lines.at(-1).result).toMatchObject({
      status: 'FAILED',
      failure_reason: 'FAILURE_REASON_INSUFFICIENT_BALANCE',
    });
  });
});
