// A deployment that has thousands of overdue deliveries from before lines were written down sends them all after the upgrade, those
// to an invoice's own callback_url too.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { claimDue, linesWaiting } from '../../../src/adapters/db/due-deliveries.ts';
import { senderOf } from '../../../src/adapters/webhooks/lines.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, migrate } from '../../support/past.ts';

const OVERDUE = 3_000;

it('Old deliveries wait in the line of their endpoint, or of their store and host', async () => {
  await databaseBefore('0014_delivery_lines');
  const { results } = await bindings.DB.prepare(
    'SELECT name, type, dflt_value AS value, "notnull" AS needed FROM pragma_table_info(\'invoices\')',
  ).all<{
    name: string;
    type: string;
    value: string | null;
    needed: number;
  }>();
  const needed = results.filter(
    ({ name, value, needed }) => needed === 1 && value === null && !['id', 'store_id'].includes(name),
  );
  const columns = needed.map(({ name }) => name);
  await bindings.DB.batch([
    bindings.DB.prepare('PRAGMA defer_foreign_keys = on'),
    bindings.DB.prepare("INSERT INTO accounts (id, name, created_at) VALUES ('account', 'A', 1)"),
    bindings.DB.prepare(
      `INSERT INTO stores (id, account_id, name, default_expiry_minutes, late_grace_minutes, callback_secret_sealed, created_at)
       VALUES ('store', 'account', 'S', 15, 60, 'sealed', 1)`,
    ),
    bindings.DB.prepare("INSERT INTO cursors (name, value) VALUES ('deliveries', '500')"),
    bindings.DB.prepare(
      `INSERT INTO wallets (id, account_id, network, script_type, descriptor_sealed, gap_limit, created_at)
       VALUES ('1', 'account', 'regtest', 'p2wpkh', 'sealed', 20, 1)`,
    ),
    bindings.DB.prepare(
      `INSERT INTO invoices (id, store_id, ${columns.join(', ')})
       VALUES ('i', 'store', ${needed.map(({ type }) => (type === 'text' || type === 'TEXT' ? "'1'" : '1')).join(', ')})`,
    ),
    bindings.DB.prepare("UPDATE invoices SET log = '[1]', status = 'expired'"),
    bindings.DB.prepare(
      "INSERT INTO events (store_id, log_seq, invoice_id, seq, type, created_at, snapshot) VALUES ('store', 1, 'i', 1, 'invoice.created', 1, '{}')",
    ),
    bindings.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${OVERDUE})
       INSERT INTO deliveries (created_at, invoice_id, seq, target, endpoint_id, url, dialect, state, attempts, next_attempt_at, attempt_log)
       SELECT 1, 'i', 1, i, iif(i % 3 = 0, NULL, 'e' || (i % 3)), iif(i % 2, 'https://a.example:8443/hook?x=/', 'http://b'), 'native',
         'retrying', 1, 1, '[]' FROM n`,
    ),
    bindings.DB.prepare(
      `INSERT INTO deliveries (created_at, invoice_id, seq, target, url, dialect, state, attempts, attempt_log)
       VALUES (1000, 'i', 1, 0, 'https://c.example/', 'native', 'pending', 0, '[]')`,
    ),
  ]);
  await migrate();

  const db = openDatabase(bindings.DB);
  const lines = await linesWaiting(db, { from: '', to: '\u{10ffff}' }, 2, 100);
  expect(lines.map(({ name }) => name)).toEqual(['e1', 'e2', 'store/0/http://b', 'store/0/https://a.example:8443']);
  expect(lines.map(({ name }) => senderOf(name))).toEqual(['e1', 'e2', 'store/0', 'store/0']);
  const pending = await bindings.DB.prepare("SELECT line FROM deliveries WHERE state = 'pending'").first('line');
  expect(pending).toBe('store/0/https://c.example');
  const { due, exhausted } = await claimDue(
    db,
    lines.map(({ name }) => ({ name, limit: 10_000 })),
    2,
    60_000,
  );
  expect([due.length, exhausted.length]).toEqual([OVERDUE, 4]);
});
