// Stores from before buyers could ask for refunds take no requests until their owners say so.

import { expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

it('A store of before keeps what it has, and takes no requests', async () => {
  await databaseBefore('0035_refund_requests');
  await insertRows([
    ['accounts', { id: 'a', name: 'A', created_at: 1 }],
    ...['s', 't'].map((id): [string, Record<string, string | number>] => [
      'stores',
      {
        ...{
          id,
          account_id: 'a',
          name: `Shop ${id}`,

          default_expiry_minutes: 15,
          late_grace_minutes: 60,
        },
        ...{ callback_secret_sealed: 'sealed', recycle_addresses: 1, created_at: 1 },
      },
    ]),
  ]);
  await migrate();
  const kept = await bindings.DB.prepare(
    'SELECT id, name, recycle_addresses, takes_refund_requests FROM stores ORDER BY id',
  ).raw();
  expect(kept).toEqual([
    ['s', 'Shop s', 1, 0],
    ['t', 'Shop t', 1, 0],
  ]);
});
