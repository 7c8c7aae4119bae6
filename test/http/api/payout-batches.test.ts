// Who asks for a batch of payouts gets one batch, or is shown which field is wrong. What becomes of it: payout-batches.walk.ts.

import { describe, expect, it } from 'vitest';
import { openBatches } from '../../support/batches.ts';
import { openMerchant } from '../../support/merchant.ts';

async function openShop() {
  const shop = await openBatches();
  const { request } = shop.merchant;
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await request(method, path, body, headers);
    const read = (await response.json()) as { payout_batch: { id: string }; error: { code: string; message: string } };
    return { status: response.status, replayed: response.headers.get('idempotency-replayed'), ...read };
  };
  return { ...shop, ask };
}

describe('A batch over the API', () => {
  it('is made once for each key', async () => {
    const shop = await openShop();
    for (const sats of [60_000, 61_000]) await shop.earn(sats);
    const [a, b] = [await shop.owe(20_000), await shop.owe(20_000)];
    const headers = { 'idempotency-key': 'batch-1' };
    const body = { payout_ids: [a.id], fee_rate: 2 };
    const answers = await Promise.all([1, 2, 3].map(() => shop.ask('POST', '/v1/payout-batches', body, headers)));
    expect(new Set(answers.map(({ payout_batch }) => payout_batch.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => replayed === 'true')).toHaveLength(2);
    const other = await shop.ask('POST', '/v1/payout-batches', { payout_ids: [b.id], fee_rate: 2 }, headers);
    expect(other.error.code).toBe('idempotency_conflict');
  });

  it.each([
    [{ fee_rate: 0.5 }, 'fee_rate: must be sats per virtual byte, from 1 to 500'],
    [{ fee_rate: 501 }, 'fee_rate: must be sats per virtual byte, from 1 to 500'],
    [{ fee_rate: '2' }, 'fee_rate: must be sats per virtual byte, from 1 to 500'],
    [{ payout_ids: [] }, 'payout_ids: names no payout'],
    [{ payouts: [] }, 'payouts'],
  ])('of %j names the field', async (body, problem) => {
    const shop = await openShop();
    const { status, error } = await shop.ask('POST', '/v1/payout-batches', body);
    expect([status, error.code]).toEqual([400, 'validation_error']);
    expect(error.message).toContain(problem);
  });

  it('of a store in test mode is refused', async () => {
    const { request } = await openMerchant();
    const response = await request('POST', '/v1/payout-batches', { fee_rate: 2 });
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('test mode');
  });
});
