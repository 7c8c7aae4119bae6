// Migrations meet databases that have data: each one is applied to what the ones before left, with a merchant in it.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HDKey } from '@scure/bip32';
import { expect, it } from 'vitest';
import { seedStatements } from '../../src/dev/seed.ts';

const DIR = join(import.meta.dirname, '../../migrations');
/** Columns that later migrations drop, with a value for the first version's. */
const DROPPED: Record<string, Record<string, string>> = {
  wallets: { descriptor_hash: 'ab' },
  payments: { txid: '', vout: '', block_hash: '', inputs: '', missing_since: '' },
};
const files = globSync('*.sql', { cwd: DIR }).sort();

const TESTNET = { public: 0x045f1cf6, private: 0x045f18bc };
const KEY = HDKey.fromMasterSeed(new Uint8Array(32).fill(7), TESTNET).derive("m/84'/1'/0'").publicExtendedKey;

it('keep an invoice and its payment through every later migration', async () => {
  const [first, ...rest] = files;
  const db = new DatabaseSync(':memory:');
  db.exec(read(first ?? ''));
  const had = (table: string) =>
    new Set(
      db
        .prepare(`SELECT name FROM pragma_table_info('${table}')`)
        .all()
        .map((row) => row.name),
    );
  const store = {
    id: 'store',
    name: 'Corner Shop',
    mode: 'live' as const,
    apiKey: 'sl_live_0123456789abcdef',
    webhookSecret: 'whsec_c2VjcmV0',
    wallet: { id: 'wallet', key: KEY, network: 'regtest' as const, gapLimit: 20, pool: 1 },
    endpointUrl: 'https://shop.example/hook',
    color: null,
  };
  for (const { sql, params } of await seedStatements({ id: 'account', name: 'M' }, [store], 'ab'.repeat(32), 1)) {
    const [, table = '', columns = ''] = /INTO (\w+) \(([^)]+)\) VALUES/.exec(sql) ?? [];
    const names = columns.split(', ');
    if (names.length !== params.length) {
      db.prepare(sql).run(...params);
      continue;
    }
    // Today's seed knows columns that the first version had not.
    const kept = names.filter((name) => had(table).has(name));
    const dropped = Object.entries(DROPPED[table] ?? {});
    const row = [...kept.map((name) => [name, params[names.indexOf(name)] ?? null] as const), ...dropped];
    db.prepare(
      `INSERT INTO ${table} (${row.map(([name]) => name).join(', ')}) VALUES (${row.map(() => '?').join(', ')})`,
    ).run(...row.map(([, value]) => value));
  }
  db.exec(`
    INSERT INTO invoices (id, store_id, environment, network, wallet_id, address_index, address, script, amount_sats,
      tolerance_below_sats, tolerance_above_sats, conf_threshold, fee_sats, late_grace_minutes, created_at, expires_at,
      late_deadline_at, metadata, payment_uri, status, version, marks, history)
    VALUES ('invoice', 'store', 'live', 'regtest', 'wallet', 0, 'bcrt1q', '0014', 1000, 10, 10, 1, 0, 60, 1, 2, 3, '{}',
      'bitcoin:', 'seen', 2, '[]', '{}');
    INSERT INTO events (invoice_id, seq, type, created_at, snapshot)
    VALUES ('invoice', 1, 'invoice.created', 1, '{"n":1}'), ('invoice', 2, 'invoice.payment_seen', 2, '{"n":2}');
    INSERT INTO payments (invoice_id, txid, vout, value_sats, method, state, first_seen_at, inputs)
    VALUES ('invoice', 'aa', 0, 1000, 'onchain', 'mempool', 1, '[]');`);
  const before = rowsOf(db);

  for (const file of rest) db.exec(read(file));
  for (const [table, rows] of Object.entries(before)) {
    // A later column may be added; what was there is there.
    expect(rowsOf(db)[table], table).toMatchObject(rows);
  }
  expect(rowsOf(db).payments).toMatchObject([
    { id: 'aa:0', details: '{"blockHeight":null,"blockHash":null,"inputs":[]}' },
  ]);
  const log = db.prepare(`SELECT e.seq, e.log_seq, e.store_id, e.snapshot FROM invoices i, json_each(i.log) AS place
    JOIN events e ON e.store_id = i.store_id AND e.log_seq = place.value ORDER BY place.key`);
  expect(log.all()).toMatchObject([
    { seq: 1, log_seq: 1, store_id: 'store', snapshot: '{"n":1}' },
    { seq: 2, log_seq: 2, store_id: 'store', snapshot: '{"n":2}' },
  ]);
});

function read(file: string): string {
  return readFileSync(join(DIR, file), 'utf8').replaceAll('--> statement-breakpoint', '');
}

function rowsOf(db: DatabaseSync): Record<string, object[]> {
  const tables = ['accounts', 'stores', 'api_keys', 'wallets', 'addresses', 'endpoints', 'invoices', 'payments'];
  return Object.fromEntries(
    tables.map((table) => [
      table,
      db
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .map((row) => ({ ...row }))
        .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !(name in (DROPPED[table] ?? {}))))),
    ]),
  );
}
