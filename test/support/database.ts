// The database of a test file, empty and with the schema of migrations/. The migrations are applied once a run; each later file gets
// a copy of what they made, in one round trip.

import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };

const OURS = "name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'";

type Value = string | number | null;

let made: { sql: string; params: Value[] }[] | undefined;

/** Builds an empty database up as `npm run db:migrate` does. */
export async function buildDatabase(): Promise<void> {
  if (made) {
    await DB.batch(made.map(({ sql, params }) => DB.prepare(sql).bind(...params)));
    return;
  }
  await applyD1Migrations(DB, TEST_MIGRATIONS);
  made = await statementsOfDatabase();
}

/** Drops each table. `reset` does not: it leaves the database as it is where a request is still under way. */
export async function emptyDatabase(): Promise<void> {
  const tables = await tablesOfDatabase();
  if (tables.length === 0) return;
  await DB.batch([
    DB.prepare('PRAGMA defer_foreign_keys = on'),
    // The newest first: rows that follow others away must not point at a table that is gone.
    ...tables.toReversed().map((table) => DB.prepare(`DROP TABLE "${table}"`)),
  ]);
}

async function tablesOfDatabase(): Promise<string[]> {
  const { results } = await DB.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND ${OURS}`).all<{
    name: string;
  }>();
  return results.map(({ name }) => name);
}

/** What makes another database with this schema and these rows. */
async function statementsOfDatabase(): Promise<{ sql: string; params: Value[] }[]> {
  const schema = await DB.prepare(
    `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND ${OURS} ORDER BY rowid`,
  ).all<{
    sql: string;
  }>();
  const rows = [];
  for (const table of await tablesOfDatabase()) {
    const { results } = await DB.prepare(`SELECT * FROM "${table}"`).all<Record<string, Value>>();
    for (const row of results) {
      const columns = Object.keys(row);
      const sql = `INSERT INTO "${table}" (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
      rows.push({ sql, params: Object.values(row) });
    }
  }
  return [...schema.results.map(({ sql }) => ({ sql, params: [] })), ...rows];
}
