// What D1's file holds of the invoices in it, table by table, by SQLite's `dbstat`; and what the rooms take. Called
// by bytes.ts and cost.ts.

import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What one invoice takes of a table or an index, in bytes. */
export interface Kept {
  name: string;
  bytes: number;
  /** Without the room that is free in its pages. */
  payload: number;
  /** In pages of their own, because the row was too long for its page. */
  overflow: number;
}

/**
 * The largest first, of what has a row for each invoice.
 * @param persist the folder of the bench's world
 * @throws Error where another number of invoices is paid
 */
export function kept(persist: string, invoices: number): Kept[] {
  const databases = filesIn(persist).map((file) => new DatabaseSync(file));
  const database = databases.find((one) => one.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get());
  if (!database) throw new Error('the database has no file');
  const { count } = database.prepare("SELECT count(*) AS count FROM invoices WHERE status = 'paid'").get() as {
    count: number;
  };
  if (count !== invoices) throw new Error(`${count} of ${invoices} invoices are paid`);
  const rows = database
    .prepare(
      `SELECT name, sum(pgsize) AS bytes, sum(payload) AS payload, sum(iif(pagetype = 'overflow', pgsize, 0)) AS overflow
       FROM dbstat WHERE name <> 'sqlite_schema' GROUP BY name HAVING sum(ncell) >= ? ORDER BY bytes DESC`,
    )
    .all(invoices) as unknown as Kept[];
  return rows.map(({ name, bytes, payload, overflow }) => ({
    ...{ name, bytes: bytes / invoices, payload: payload / invoices, overflow: overflow / invoices },
  }));
}

/** What the rooms' own databases take on the disk, in bytes: the only objects of which there is one for each invoice. */
export function bytesOfRooms(persist: string): number {
  const rooms = filesIn(persist).filter(
    (file) => basename(dirname(file)) === '-Room' && basename(file) !== 'metadata.sqlite',
  );
  return rooms.reduce((sum, file) => sum + statSync(file).size, 0);
}

function filesIn(persist: string): string[] {
  const names = readdirSync(persist, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.sqlite')).map((name) => join(persist, name));
}
