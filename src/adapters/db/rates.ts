// Exchange rates as the cron last agreed on them.

import { eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { rates, type StoredRate } from './schema.ts';

const LATEST = 'latest';

export async function allRates(db: Database): Promise<Record<string, StoredRate>> {
  const rows = await db.select().from(rates).where(eq(rates.name, LATEST));
  return rows[0]?.byCurrency ?? {};
}

/** Adds and replaces; a currency without a new rate keeps its old one, which grows stale. */
export async function saveRates(db: Database, fresh: Record<string, StoredRate>): Promise<void> {
  await db
    .insert(rates)
    .values({ name: LATEST, byCurrency: fresh })
    .onConflictDoUpdate({
      target: rates.name,
      set: { byCurrency: sql`json_patch(by_currency, ${JSON.stringify(fresh)})` },
    });
}
