// As many payouts as one transaction may carry go out as one step: each D1 batch holds all of them or none.

import { expect, it } from 'vitest';
import { readBatch } from '../../../src/services/payouts/batches.ts';
import { openBatches } from '../../support/batches.ts';

it('a hundred payouts are batched, signed, and settled together', async () => {
  const shop = await openBatches();
  for (let n = 0; n < 3; n++) await shop.earn(400_000);
  const owed = [];
  for (let n = 0; n < 120; n++) owed.push(await shop.owe(10_000 + n));
  const batch = await shop.make();
  // The eldest first; the others wait.
  const ids = batch.plan.outputs.flatMap(({ payoutId }) => payoutId ?? []);
  expect(ids).toHaveLength(100);
  const waiting = await shop.payouts(owed.map(({ id }) => id).filter((id) => !ids.includes(id)));
  expect(waiting).toMatchObject(waiting.map(() => ({ state: 'queued', batchId: null })));
  await shop.upload(batch, await shop.sign(batch));
  await shop.grow(6);
  const settled = await shop.payouts(ids);
  expect(settled).toMatchObject(ids.map(() => ({ state: 'settled', txid: batch.txid })));
  expect(new Set(settled.map(({ vout }) => vout)).size).toBe(100);
  expect((await readBatch(shop.deps, batch)).state).toBe('confirmed');
}, 120_000);
