// A shop's program sends payouts to addresses: it makes a batch, gives its PSBT to the wallet, brings back what was signed, and makes
// further versions. Called by openapi.test.ts, with the shapes of the document.

import { expect } from 'vitest';
import { openBatches } from '../../support/batches.ts';
import type { Walk } from './openapi.walk.ts';

export async function walkBatches(walk: Walk): Promise<void> {
  const shop = await openBatches();
  const call = (id: string, ...rest: [string[]?, unknown?, string?]) => walk.call(id, shop.merchant.request, ...rest);
  await shop.earn(90_000);
  const [a, b] = [await shop.owe(20_000), await shop.owe(30_000)];
  const { payout_batch: made } = await call('createPayoutBatch', [], { fee_rate: 2 });
  expect(made).toMatchObject({
    ...{ kind: 'payouts', state: 'awaiting_signatures', total_sats: '50000', inputs: 1, signed_inputs: 0 },
    ...{ fee_rate: expect.closeTo(2, 0), overdue: false, downloaded_at: null },
  });
  expect(made.payouts.map(({ id, destination }: { id: string; destination: string }) => [id, destination])).toEqual(
    expect.arrayContaining([
      [a.id, a.destination],
      [b.id, b.destination],
    ]),
  );
  expect(BigInt(made.total_sats) + BigInt(made.change_sats) + BigInt(made.fee_sats)).toBe(90_000n);
  const { psbt } = await call('getPayoutBatchPsbt', [made.id]);
  const { payout_batch: sent } = await call('uploadPayoutBatchPsbt', [made.id], { psbt: shop.signPsbt(psbt) });
  expect(sent).toMatchObject({ state: 'broadcast', txid: made.txid, signed_inputs: 1, refusal: null });
  shop.merchant.clock.advanceMinutes(1);
  const { payout_batch: bump } = await call('bumpPayoutBatch', [made.id], { fee_rate: 9.5 });
  expect(bump).toMatchObject({ kind: 'fee_bump', root_id: made.id, state: 'awaiting_signatures' });
  const { payout_batch: thrown } = await call('voidPayoutBatch', [bump.id], { confirmation: bump.id });
  expect(thrown).toMatchObject({ state: 'void' });
  shop.merchant.clock.advanceMinutes(1);
  const { payout_batch: end } = await call('cancelPayoutBatch', [made.id]);
  expect(end).toMatchObject({ kind: 'cancellation', payouts: [], total_sats: '0' });
  const page = await call('listPayoutBatches', [], undefined, '?limit=2');
  expect(page.payout_batches.map(({ id }: { id: string }) => id)).toEqual([end.id, bump.id]);
  const rest = await call('listPayoutBatches', [], undefined, `?limit=2&cursor=${page.next_cursor}`);
  expect(rest).toMatchObject({ payout_batches: [{ id: made.id }], next_cursor: null });
  const some = await call('listPayoutBatches', [], undefined, '?state=void');
  expect(some.payout_batches).toHaveLength(1);
  expect((await call('getPayoutBatch', [made.id])).payout_batch).toMatchObject({ state: 'broadcast' });
}
