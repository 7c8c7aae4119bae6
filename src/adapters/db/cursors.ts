// Where the sweeps have got to.

import { eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { cursors } from './schema.ts';

export async function readCursor(db: Database, name: string): Promise<string | null> {
  const rows = await db.select().from(cursors).where(eq(cursors.name, name));
  return rows[0]?.value ?? null;
}

export async function moveCursor(db: Database, name: string, value: string): Promise<void> {
  await db.insert(cursors).values({ name, value }).onConflictDoUpdate({ target: cursors.name, set: { value } });
}
