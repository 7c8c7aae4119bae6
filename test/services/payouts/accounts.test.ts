// What a bookkeeper reads of payouts: what each was worth when it was paid, and what it cost. The parts of a transaction's fee come to
// the fee.

import { expect, it } from 'vitest';
import { createVersion } from '../../../src/services/payouts/batch-versions.ts';
import { markPayoutPaid } from '../../../src/services/payouts/payouts.ts';
import { openBatches } from '../../support/batches.ts';
import { bindings, type Merchant } from '../../support/merchant.ts';
import { ANNA, freshAddress, KEY, openPayer } from '../../support/payouts.ts';

type Line = Record<string, string | undefined>;

/** By the payout's id. No cell here holds a comma. */
async function tableOf({ request }: Pick<Merchant, 'request'>): Promise<Map<string, Line>> {
  const text = await (await request('GET', '/v1/payouts.csv')).text();
  const [names = [], ...rows] = text
    .replace('\ufeff', '')
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
  return new Map(rows.map((cells) => [cells[0] ?? '', Object.fromEntries(names.map((name, n) => [name, cells[n]]))]));
}

const feesOf = (lines: Map<string, Line>, ids: string[]) => ids.map((id) => BigInt(lines.get(id)?.fee_sats || '-1'));
const sum = (numbers: bigint[]) => numbers.reduce((total, one) => total + one, 0n);

it('each payout of a batch bears an equal part of its fee, to the last sat; before it is signed it bears none', async () => {
  const shop = await openBatches();
  for (let n = 0; n < 3; n++) await shop.earn(70_000);
  const ids = [];
  for (const sats of [50_000, 30_000, 20_000, 1_000, 1_000, 1_000, 1_000]) ids.push((await shop.owe(sats)).id);
  const batch = await shop.make(null, 2_300n);
  expect([...(await tableOf(shop.merchant)).values()].map(({ fee_sats }) => fee_sats)).toEqual(ids.map(() => ''));
  await shop.upload(batch, await shop.sign(batch));
  const fees = feesOf(await tableOf(shop.merchant), ids);
  expect(sum(fees)).toBe(batch.plan.feeSats);
  expect(Math.max(...fees.map(Number)) - Math.min(...fees.map(Number))).toBeLessThanOrEqual(1);
  expect(batch.plan.feeSats % BigInt(ids.length)).not.toBe(0n);
});

it.each(['first', 'second'])(
  'where a version with a higher fee was signed and the %s is mined, the fee is that of the mined one',
  async (mined) => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const ids = [(await shop.owe(20_000)).id, (await shop.owe(10_000)).id];
    const first = await shop.make();
    await shop.upload(first, await shop.finish(first));
    shop.merchant.clock.advanceMinutes(1);
    const bump = await createVersion(shop.deps, first, { kind: 'bump', satsPerKvb: 9_000n }, KEY);
    const text = await shop.sign(bump);
    await (mined === 'first' ? shop.offline(() => shop.upload(bump, text)) : shop.upload(bump, text));
    expect(sum(feesOf(await tableOf(shop.merchant), ids))).toBe(bump.plan.feeSats);
    await shop.grow(6);
    const lines = await tableOf(shop.merchant);
    const winner = mined === 'first' ? first : bump;
    expect(ids.map((id) => [lines.get(id)?.state, lines.get(id)?.batch_id])).toEqual(
      ids.map(() => ['settled', winner.id]),
    );
    expect(sum(feesOf(lines, ids))).toBe(winner.plan.feeSats);
  },
);

it('a payout is worth what a bitcoin was when it was paid, in the store’s currency', async () => {
  const payer = await openPayer();
  const { deps, clock, store } = payer;
  const rates = (EUR: string) =>
    bindings.DB.prepare(`UPDATE rates SET by_currency = json_set(by_currency, '$.EUR', json(?)) WHERE name = 'latest'`)
      .bind(JSON.stringify({ rate: EUR, asOfMs: clock.ms, sources: 2 }))
      .run();
  await bindings.DB.prepare(`UPDATE stores SET currency = 'EUR' WHERE id = ?`).bind(store.id).run();
  await rates('50000.005');
  const offered = await payer.offer();
  const [early, late] = [
    await payer.claim(offered.id, freshAddress(), { amount: '0.00033333' }),
    await payer.claim(offered.id, freshAddress(), { amount: '0.5' }),
  ];
  for (const payout of [early, late]) await payer.approve(payout);
  await markPayoutPaid(deps, early, null, { by: ANNA });
  await rates('70000');
  await markPayoutPaid(deps, late, null, { by: ANNA });
  clock.advanceMinutes(60);
  const unknown = await payer.claim(offered.id, freshAddress(), { amount: '0.1' });
  await payer.approve(unknown);
  await markPayoutPaid(deps, unknown, null, { by: ANNA });
  const lines = await tableOf(payer);
  const worth = ({ id }: { id: string }) => {
    const { rate_at_settlement, rate_at_settlement_currency, value_at_settlement } = lines.get(id) ?? {};
    return [rate_at_settlement, rate_at_settlement_currency, value_at_settlement];
  };
  expect([worth(early), worth(late), worth(unknown)]).toEqual([
    ['50000.005', 'EUR', '16.67'],
    ['70000', 'EUR', '35000.00'],
    ['', '', ''],
  ]);
});
