// A deployment with a past: BitPay's invoices with full notifications still get the one about completion.

import { expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const invoice = (
  id: string,
  ipn: object | null,
  watchUntil: number | null,
): [string, Record<string, string | number | null>] => [
  'invoices',
  {
    ...{
      id,
      store_id: 'store',
      environment: 'live',
      network: 'regtest',
      wallet_id: 'wallet',
      address_index: 0,
      address: '',
    },
    ...{ script: id, tolerance_below_sats: 0, tolerance_above_sats: 0, conf_threshold: 1, fee_sats: 0 },
    ...{ late_grace_minutes: 1, created_at: 1, expires_at: 1, late_deadline_at: 1, metadata: '{}', payment_uri: '' },
    ...{ status: 'paid', version: 1, marks: '[]', history: '{}', log: '[]', watch_until: watchUntil },
    checkout: JSON.stringify({ dialect: 'bitpay', ...(ipn && { ipn: { url: 'https://shop.example/ipn', ...ipn } }) }),
  },
];

it('After the upgrade an open invoice tells its completion where its shop had asked for it', async () => {
  await databaseBefore('0016_completion');
  await insertRows([
    invoice('full', { isFull: true, isExtended: false }, 2),
    invoice('extended', { isFull: false, isExtended: true }, 2),
    invoice('plain', { isFull: false, isExtended: false }, 2),
    invoice('none', null, 2),
    invoice('over', { isFull: true, isExtended: true }, null),
  ]);
  await migrate();
  const { results } = await bindings.DB.prepare(
    "SELECT id, checkout FROM invoices WHERE json_type(checkout, '$.tellsCompletion') IS NOT NULL ORDER BY id",
  ).all<{ id: string; checkout: string }>();
  expect(results.map(({ id }) => id)).toEqual(['extended', 'full']);
  for (const { checkout } of results) {
    expect(JSON.parse(checkout)).toMatchObject({ tellsCompletion: true, ipn: { url: 'https://shop.example/ipn' } });
  }
});
