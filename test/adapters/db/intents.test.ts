// A deployment with a past: intents of earlier versions go on, and have no amounts that were entered before.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { intentById, nameInvoice } from '../../../src/adapters/db/intents.ts';
import { plansOf, watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const invoice = (id: string, status: string): [string, Record<string, string | number | null>] => [
  'invoices',
  {
    ...{
      id,
      store_id: 'store',
      environment: 'live',
      network: 'regtest',
      wallet_id: 'wallet',
      address_index: 0,
      address: id,
      script: id,
      payment_uri: id,
      status,
      version: 1,
    },
    ...{ amount_sats: 1_000, tolerance_below_sats: 0, tolerance_above_sats: 0, conf_threshold: 1, fee_sats: 0 },
    ...{ late_grace_minutes: 1, created_at: 1, expires_at: 2, late_deadline_at: 3, metadata: '{}', marks: '[]' },
    ...{ history: '{}', log: '[]' },
  },
];

it('Intents from before the upgrade keep their invoices, and take other amounts', async () => {
  await databaseBefore('0028_intent_changes');
  const intents = Array.from({ length: 120 }, (_, nth): [string, Record<string, string | number | null>] => [
    'intents',
    {
      ...{ id: `intent-${nth}`, store_id: 'store', currency: 'EUR', metadata: '{"OrderId":"7"}', checkout: '{}' },
      ...{ invoice_id: nth % 2 === 0 ? null : 'pending', created_at: nth },
    },
  ]);
  await insertRows([
    ['accounts', { id: 'account', name: 'A', created_at: 1 }],
    [
      'stores',
      {
        ...{ id: 'store', account_id: 'account', name: 'Shop', test_mode: 0, default_expiry_minutes: 15 },
        ...{ late_grace_minutes: 60, callback_secret_sealed: 'x', created_at: 1 },
      },
    ],
    ...['pending', 'paid', 'next'].map((id) => invoice(id, id === 'paid' ? 'paid' : 'pending')),
    ...intents,
  ]);
  await migrate();
  const watched = watchD1(bindings.DB);
  const db = openDatabase(watched.d1);
  for (let nth = 0; nth < 120; nth++) {
    const [row] = await intentById(db, `intent-${nth}`, ['pending']);
    expect(row?.intent).toMatchObject({ earlierIds: [], invoiceId: nth % 2 === 0 ? null : 'pending' });
    expect(row?.paidEarlierId).toBeNull();
  }
  await nameInvoice(db, 'intent-1', 'paid', 'pending');
  await nameInvoice(db, 'intent-1', 'next', 'another');
  await nameInvoice(db, 'intent-1', 'next', 'paid');
  const [row] = await intentById(db, 'intent-1', ['pending']);
  expect(row).toMatchObject({
    ...{ intent: { invoiceId: 'next', earlierIds: ['pending', 'paid'] }, paidEarlierId: 'paid' },
    invoice: { status: 'pending' },
  });
  const plans = await plansOf(bindings.DB, watched.trips);
  const scans = plans.flatMap(({ steps }) => steps.filter(({ detail }) => /^SCAN (?!CONSTANT|one)/.test(detail)));
  expect(scans).toEqual([]);
});
