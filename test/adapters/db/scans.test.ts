// The net under the tests in workerd: what walks through a table that grows is refused, and what is found by an index is not.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { ownersOfScripts } from '../../../src/adapters/db/watch.ts';
import { plansOf, watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { scansAmong } from '../../support/scans.ts';

const found = (sql: string, by = 'keys.ts') => scansAmong(bindings.DB, [{ sql, by }]);

describe('A statement is refused', () => {
  it.each([
    ['that walks through a table', 'SELECT * FROM invoices WHERE callback_url = ?', 'SCAN invoices'],
    ['under an alias', 'SELECT 1 FROM stores s JOIN events AS e ON e.status = ? WHERE s.id = ?', 'SCAN e'],
    ['in a sub-query', 'DELETE FROM users WHERE id IN (SELECT user_id FROM members WHERE role = ?1)', 'SCAN members'],
    ['by an index that does not help', 'SELECT count(*) FROM addresses', 'SCAN addresses USING COVERING INDEX'],
    ['that sorts', 'SELECT id FROM stores WHERE account_id = ? ORDER BY random()', 'USE TEMP B-TREE'],
  ])('%s', async (_, sql, step) => {
    const [first] = await found(sql);
    expect(first).toContain(`keys.ts: ${step}`);
  });
});

describe('A statement passes', () => {
  it.each([
    ['that an index answers', 'SELECT * FROM invoices WHERE id = ?'],
    ['of a small table', 'SELECT * FROM cursors'],
    ['of a list that it brings', 'SELECT value FROM json_each(?1)'],
    ['of what waits', 'SELECT id FROM wallets WHERE coins_since IS NOT NULL'],
  ])('%s', async (_, sql) => {
    expect(await found(sql)).toEqual([]);
  });
});

it('A block asks for permanent addresses by their ids, however many there are', async () => {
  const watched = watchD1(bindings.DB);
  await ownersOfScripts(openDatabase(watched.d1), ['0014']);
  const [plan] = await plansOf(bindings.DB, watched.trips);
  const ofAddresses = plan?.steps.map(({ detail }) => detail).filter((detail) => / d\b/.test(detail));
  expect(ofAddresses).toEqual([expect.stringContaining('SEARCH d USING PRIMARY KEY (id=?)')]);
});
