// Migrates and seeds the local D1 before the API starts on it. Called by main.ts; running it again changes nothing.

import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getPlatformProxy, unstable_splitSqlQuery as splitSql } from 'wrangler';
import type { Network } from '../core/wallet/network.ts';
import type { Identity } from './identity.ts';
import { seedStatements } from './seed.ts';
import { personStatements } from './seed-person.ts';

/** The demo merchant's wallet looks at this many unused addresses in a row. */
const GAP_LIMIT = 1_000;
const POOL = 40;

interface LocalDatabase {
  prepare(sql: string): BoundStatement & { bind(...params: unknown[]): BoundStatement };
  batch(statements: BoundStatement[]): Promise<unknown>;
}
interface BoundStatement {
  all<T>(): Promise<{ results: T[] }>;
}

/** For one process at a time: close it before the API starts. */
export async function openLocalDatabase(
  stateDir: string,
): Promise<{ database: LocalDatabase; close: () => Promise<void> }> {
  await mkdir(stateDir, { recursive: true });
  const proxy = await getPlatformProxy<{ DB: LocalDatabase }>({
    configPath: await databaseOnlyConfig(stateDir),
    persist: { path: join(stateDir, 'v3') },
    envFiles: [],
  });
  return { database: proxy.env.DB, close: proxy.dispose };
}

/**
 * Applies the migrations that the database does not have. As `wrangler d1 migrations apply` does and in its table, but within
 * one process: that starts a workerd for each.
 */
export async function migrateDatabase(database: LocalDatabase, folder = 'migrations'): Promise<void> {
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .all();
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  for (const name of globSync('*.sql', { cwd: folder }).sort()) {
    if (applied.has(name)) continue;
    const queries = splitSql(await readFile(join(folder, name), 'utf8'));
    const isApplied = database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name);
    await database.batch([...queries.map((sql) => database.prepare(sql)), isApplied]).catch((cause: Error) => {
      throw new Error(`migration ${name} failed: ${cause.message}`, { cause });
    });
  }
}

export async function seedDatabase(
  database: LocalDatabase,
  identity: Identity,
  network: Network,
  endpointUrl: string,
): Promise<void> {
  const wallet = (mode: 'live' | 'test') => ({
    id: `${mode}-wallet`,
    key: identity.stores[mode].xpub,
    network,
    gapLimit: GAP_LIMIT,
    pool: POOL,
  });
  const nowMs = Date.now();
  const statements = await seedStatements(
    { id: identity.accountId, name: 'Demo merchant' },
    [
      {
        ...identity.stores.live,
        name: 'Sat & Bean',
        mode: 'live',
        wallet: wallet('live'),
        endpointUrl,
        color: '#c2410c',
      },
      {
        ...identity.stores.test,
        name: 'Sat & Bean (test)',
        mode: 'test',
        wallet: wallet('test'),
        endpointUrl: null,
        color: '#1d4ed8',
      },
    ],
    identity.encryptionKey,
    nowMs,
  );
  statements.push(...(await personStatements(identity.person, identity.accountId, nowMs)));
  await database.batch(statements.map(({ sql, params }) => database.prepare(sql).bind(...params)));
}

/** The project's configuration with nothing but its database: a proxy cannot run our Durable Objects, and says so. */
async function databaseOnlyConfig(stateDir: string): Promise<string> {
  const config = await readFile('wrangler.toml', 'utf8');
  const setting = (name: string) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(config)?.[1];
  const path = join(stateDir, 'seed.json');
  const database = { binding: 'DB', database_name: setting('database_name'), database_id: setting('database_id') };
  const compatibilityDate = setting('compatibility_date');
  await writeFile(
    path,
    JSON.stringify({ name: 'seed', compatibility_date: compatibilityDate, d1_databases: [database] }),
  );
  return path;
}
