// A deployment with a past: every invoice keeps its address, and is paid there as before.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { statesOf } from '../../../src/adapters/db/invoices.ts';
import { onchainPromptOf } from '../../../src/core/onchain/prompt.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const KINDS = ['pending', 'paid', 'expired', 'requires_review'];

const invoice = (nth: number): [string, Record<string, string | number | null>] => [
  'invoices',
  {
    ...{ id: `invoice-${nth}`, store_id: 'store', environment: nth % 2 === 0 ? 'live' : 'test', network: 'regtest' },
    ...{
      wallet_id: `wallet-${nth % 3}`,
      address_index: nth,
      address: `address-${nth}`,
      script: `0014${String(nth).padStart(40, '0')}`,
    },
    ...{ amount_sats: 1_000 + nth, tolerance_below_sats: 0, tolerance_above_sats: 0, conf_threshold: 1, fee_sats: 0 },
    ...{ late_grace_minutes: 1, created_at: nth, expires_at: nth + 1, late_deadline_at: nth + 2, metadata: '{}' },
    ...{ payment_uri: `bitcoin:address-${nth}?amount=0.0000${1_000 + nth}&label=Shop`, status: KINDS[nth % 4] ?? '' },
    ...{ version: 1, marks: '[]', history: '{}', log: '[]', watch_until: nth % 5 === 0 ? null : nth },
  },
];

it('After the upgrade each invoice has one prompt, its address', async () => {
  await databaseBefore('0017_prompts');
  await insertRows(Array.from({ length: 120 }, (_, nth) => invoice(nth)));
  await migrate();
  const ids = Array.from({ length: 120 }, (_, nth) => `invoice-${nth}`);
  const states = await statesOf(openDatabase(bindings.DB), ids);
  expect(states).toHaveLength(120);
  for (const { invoice } of states) {
    const nth = Number(invoice.id.slice('invoice-'.length));
    expect(invoice.prompts).toHaveLength(1);
    expect(onchainPromptOf(invoice)).toEqual({
      ...{
        method: 'onchain',
        minSats: 294n,
        address: `address-${nth}`,
        script: `0014${String(nth).padStart(40, '0')}`,
      },
      ...{
        walletId: `wallet-${nth % 3}`,
        index: nth,
        uri: `bitcoin:address-${nth}?amount=0.0000${1_000 + nth}&label=Shop`,
      },
    });
  }
});
