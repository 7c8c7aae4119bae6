// A deployment that has taken claims already gets the table of batches: its payouts and its limits stay as they are.

import { expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const PAYOUTS = 150;

it('keeps every payout', async () => {
  await databaseBefore('0034_payout_batches');
  const rows = Array.from({ length: PAYOUTS }, (_, n): Parameters<typeof insertRows>[0][number] => [
    'payouts',
    {
      ...{ store_id: 'store', id: `payout-${n}`, environment: 'live', state: 'queued', method: 'onchain' },
      ...{ destination: `bcrt1q${n}`, amount: 1000 + n, currency: 'BTC', amount_sats: 1000 + n, attempts: '[]' },
      ...{
        approvals: '[]',
        revision: 0,
        metadata: '{"n":1.50}',
        created_at: 1,
        created_by: '{}',
        version: 2,
        log: '[1,2]',
      },
    },
  ]);
  await insertRows(rows);
  const read = async () => (await bindings.DB.prepare('SELECT * FROM payouts ORDER BY id').all()).results;
  const before = await read();
  await migrate();
  expect(await read()).toMatchObject(before);
  expect(before).toHaveLength(PAYOUTS);
  const { results } = await bindings.DB.prepare('SELECT * FROM payout_batches').all();
  expect(results).toEqual([]);
});
