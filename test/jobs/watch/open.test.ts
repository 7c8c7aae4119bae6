// Which invoices the mempool is looked at for when there are more than can be looked at.

import { expect, it } from 'vitest';
import { openPlaces } from '../../../src/adapters/db/watch.ts';
import { advance } from '../../../src/services/payments/advance.ts';
import { openMerchant } from '../../support/merchant.ts';

it('those that wait for their buyer come before those that have expired and are watched for another day', async () => {
  // Far from every other test's time: the question is asked of all stores.
  const merchant = await openMerchant({ mode: 'live', startMs: Date.parse('2001-01-01T00:00:00Z') });
  await merchant.showTip();
  const old = await merchant.createInvoice();
  merchant.clock.advanceMinutes(16);
  await merchant.showTip();
  await advance(merchant.deps, old.id, () => ({ lookedAtMs: merchant.clock.ms }));
  const waiting = await merchant.createInvoice();
  expect((await merchant.readInvoice(old.id)).status).toBe('expired');
  const ids = async (limit: number) =>
    (await openPlaces(merchant.deps.db, merchant.clock.ms, limit)).map(({ id }) => id);
  expect(await ids(1)).toEqual([waiting.id]);
  expect((await ids(2)).sort()).toEqual([waiting.id, old.id].sort());
});
