// A database as an earlier version left it, to try a migration on data with a past. The test file's own database is
// emptied for it: such tests stand in a file of their own.

import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { emptyDatabase } from './database.ts';

const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };

/** Empties the database and builds it up to the migration before this one (`0009_wallet_identity`). */
export async function databaseBefore(migration: string): Promise<void> {
  await emptyDatabase();
  const earlier = TEST_MIGRATIONS.filter(({ name }) => name < migration);
  if (earlier.length === TEST_MIGRATIONS.length) throw new Error(`no migration is called ${migration}`);
  await applyD1Migrations(DB, earlier);
}

/** Applies what is left of the migrations, as `npm run db:migrate` does. */
export function migrate(): Promise<void> {
  return applyD1Migrations(DB, TEST_MIGRATIONS);
}

/** Writes rows as they are, one after the other. */
export async function insertRows(rows: [table: string, row: Record<string, string | number | null>][]): Promise<void> {
  await DB.batch(
    rows.map(([table, row]) => {
      const columns = Object.keys(row);
      const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
      return DB.prepare(sql).bind(...Object.values(row));
    }),
  );
}
