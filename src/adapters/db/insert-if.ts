// A row that is inserted only while a condition holds. In one statement: of two concurrent ones the second sees the first.

import { getTableColumns, is, SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Database } from './database.ts';

/** @returns the row as it was made; undefined where the condition does not hold */
export async function insertIf<T extends SQLiteTable>(
  db: Database,
  table: T,
  row: T['$inferInsert'],
  condition: SQL,
): Promise<T['$inferSelect'] | undefined> {
  const rows = await insertingIf(db, table, row, condition);
  return (rows as T['$inferSelect'][])[0];
}

/** The statement alone, for a batch. @param row its values may be SQL */
export function insertingIf<T extends SQLiteTable>(db: Database, table: T, row: T['$inferInsert'], condition: SQL) {
  const given = row as Record<string, unknown>;
  const values = Object.entries(getTableColumns(table)).map(([name, column]) => {
    const value = given[name] ?? column.default ?? null;
    return is(value, SQL) ? value : sql.param(value, column);
  });
  return db
    .insert(table)
    .select(sql`SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`)
    .returning();
}
