// Migrates and seeds the local D1 before the API starts on it. Called by main.ts; running it again changes nothing.

import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getPlatformProxy } from 'wrangler';
import type { Network } from '../wallet/network.ts';
import type { Identity } from './identity.ts';
import { seedStatements } from './seed.ts';
import { personStatements } from './seed-person.ts';

/** The demo merchant's wallet looks at this many unused addresses in a row. */
const GAP_LIMIT = 1_000;
const POOL = 40;

export async function migrateDatabase(stateDir: string): Promise<void> {
  await run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', stateDir]);
}

export async function seedDatabase(
  stateDir: string,
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
  const configPath = await databaseOnlyConfig(stateDir);
  const proxy = await getPlatformProxy<{ DB: D1Like }>({
    configPath,
    persist: { path: join(stateDir, 'v3') },
    envFiles: [],
  });
  try {
    await proxy.env.DB.batch(statements.map(({ sql, params }) => proxy.env.DB.prepare(sql).bind(...params)));
  } finally {
    await proxy.dispose();
  }
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

interface D1Like {
  prepare(sql: string): { bind(...params: unknown[]): unknown };
  batch(statements: unknown[]): Promise<unknown>;
}

/** Runs a command of ours to its end; what it printed is shown only if it failed. */
function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CI: 'true' } });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')}\n${output}`))));
  });
}
