// The one handle on D1. Every module of db/ takes it as its first argument.

import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';

/** drizzle, with D1 itself as `$client`. */
export type Database = DrizzleD1Database & { $client: D1Database };

const opened = new WeakMap<D1Database, Database>();

/** One handle per binding: building it is work that a request need not do again. */
export function openDatabase(d1: D1Database): Database {
  const known = opened.get(d1) ?? drizzle(d1);
  opened.set(d1, known);
  return known;
}

/** A statement that drizzle wrote, for a batch of D1's own. */
export function prepared(db: Database, query: { toSQL(): { sql: string; params: unknown[] } }): D1PreparedStatement {
  const { sql, params } = query.toSQL();
  return db.$client.prepare(sql).bind(...params);
}
