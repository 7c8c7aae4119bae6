// What the deployment's operator has set: one row. creation-context.ts reads it too, within its own question.

import { eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { type PlatformSettings, platformSettings } from './schema.ts';

const CURRENT = 'current';

/** {} where nothing was ever set. */
export async function readPlatformSettings(db: Database): Promise<PlatformSettings> {
  const rows = await db.select().from(platformSettings).where(eq(platformSettings.name, CURRENT));
  return rows[0]?.settings ?? {};
}

/** Adds and replaces; `null` resets a setting. Concurrent changes are both kept. Returns the resulting settings. */
export async function changePlatformSettings(
  db: Database,
  change: { [K in keyof PlatformSettings]: PlatformSettings[K] | null },
): Promise<PlatformSettings> {
  const { results } = await db.$client
    .prepare(
      `INSERT INTO platform_settings (name, settings) VALUES (?1, json_patch('{}', ?2))
       ON CONFLICT (name) DO UPDATE SET settings = json_patch(settings, ?2) RETURNING settings`,
    )
    .bind(CURRENT, JSON.stringify(change))
    .all<{ settings: string }>();
  return JSON.parse(results[0]?.settings ?? '{}') as PlatformSettings;
}
