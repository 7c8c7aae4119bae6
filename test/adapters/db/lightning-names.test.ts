// Lightning addresses in the database: a migration that leaves all that was there, and questions that follow an index.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { claimName, namesOf, ownName, saveName } from '../../../src/adapters/db/lightning-names.ts';
import { plansOf, watchD1 } from '../../support/d1.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const terms = { minSats: 1, maxSats: 2, commentLength: 0, successMessage: null, enabled: true, removedAtMs: null };

it('come beside the stores and connections that were there', async () => {
  await databaseBefore('0024_lightning_names');
  await insertRows([
    ['accounts', { id: 'account', name: 'A', created_at: 1 }],
    [
      'stores',
      {
        ...{ id: 'store', account_id: 'account', name: 'Shop', test_mode: 0, default_expiry_minutes: 15 },
        ...{ late_grace_minutes: 60, callback_secret_sealed: 'x', created_at: 1 },
      },
    ],
    [
      'connections',
      {
        ...{ store_id: 'store', id: 'node', kind: 'phoenixd', name: 'Till', host: 'node.example', receive: 'sealed' },
        ...{ capabilities: '{}', network: 'regtest', created_at: 1 },
      },
    ],
  ]);
  const before = await bindings.DB.prepare('SELECT * FROM stores JOIN connections').all();
  await migrate();
  // Later migrations add columns of their own.
  const { results } = await bindings.DB.prepare('SELECT * FROM stores JOIN connections').all();
  expect(results).toMatchObject(before.results);
  const db = openDatabase(bindings.DB);
  const row = { ...terms, name: 'shop', storeId: 'store', createdAtMs: 5 };
  expect(await claimName(db, row, 1)).toEqual(row);
  expect(await claimName(db, { ...row, name: 'second' }, 1)).toBeUndefined();
  expect(await namesOf(db, 'store')).toEqual([row]);
});

it('are found without reading the table', async () => {
  const { store } = await openMerchant();
  const watched = watchD1(bindings.DB);
  const db = openDatabase(watched.d1);
  const key = { storeId: store.id, name: 'shop' };
  await claimName(db, { ...terms, ...key, createdAtMs: 1 }, 50);
  await namesOf(db, store.id);
  await ownName(db, key);
  await saveName(db, key, { enabled: false });
  const plans = await plansOf(bindings.DB, watched.trips);
  expect(plans).toHaveLength(4);
  const scans = plans.flatMap(({ steps }) => steps.filter(({ detail }) => /^SCAN (?!CONSTANT)/.test(detail)));
  expect(scans).toEqual([]);
});
