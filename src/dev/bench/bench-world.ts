// Where the bench runs: workerd with a fresh D1 and no proxy before it, so that what is timed is the Worker. Migrated and
// seeded with merchants; their webhooks go to a receiver on this machine. Called by main.ts, many.ts, bytes.ts,
// watch.ts, watch-events.ts, batches.ts and lightning-world.ts.

import { randomBytes, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HDKey } from '@scure/bip32';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { type SeedStore, type Statement, seedStatements } from '../seed.ts';
import { root } from './build.ts';

export interface BenchWorld {
  url: URL;
  /** Runs statements one after another; the rows of the last one. */
  sql(statements: Statement[]): Promise<Record<string, unknown>[]>;
  /** What the minute cron does, once. */
  cron(): Promise<void>;
  close(): Promise<void>;
}

const TESTNET_SEGWIT = { public: 0x045f1cf6, private: 0x045f18bc };
const ENCRYPTION_KEY = randomBytes(32).toString('hex');

/** What wrangler.toml comes to, as far as it is used here; wrangler's own type leaves it open. */
interface Deployed {
  compatibilityDate: string;
  compatibilityFlags: string[];
  d1Databases: Record<string, { id: string }>;
  durableObjects: Record<string, { className: string; useSQLite?: boolean }>;
  bindings: Record<string, string>;
}

/**
 * Starts a built Worker with the configuration that a deployment has, except for `vars`, on a database of its own.
 * @param port 0 takes any free port
 * @param persist a folder that keeps the database's file; without one it goes with the world
 */
export async function openBenchWorld(
  script: string,
  vars: Record<string, string> = {},
  port = 0,
  persist?: string,
): Promise<BenchWorld> {
  const deployed = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml')).workerOptions as unknown as Deployed;
  const options = convertV4MiniflareOptions({
    modules: [{ type: 'ESModule', path: script }],
    modulesRoot: dirname(script),
    compatibilityDate: deployed.compatibilityDate,
    compatibilityFlags: deployed.compatibilityFlags,
    d1Databases: deployed.d1Databases,
    durableObjects: deployed.durableObjects,
    ratelimits: { CREATE_LIMITER: unlimited('1'), REQUEST_LIMITER: unlimited('2') },
    bindings: {
      ...deployed.bindings,
      ORIGIN: 'https://pay.example.com',
      NETWORK: 'regtest',
      // Nothing listens there: a call that should not be made fails.
      EXPLORERS: 'http://127.0.0.1:9/api',
      PLATFORM_FEE_BP: '100',
      WEBHOOK_TARGETS: 'local',
      ENCRYPTION_KEY,
      ...vars,
    },
    unsafeTriggerHandlers: true,
    // What the Worker logs is no part of the report.
    handleStructuredLogs: ({ message }) => process.stderr.write(`${message}\n`),
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    cf: false,
  });
  const miniflare = new Miniflare(persist === undefined ? options : { ...options, resourcePersistencePath: persist });
  try {
    return await prepare(miniflare);
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
}

const unlimited = (id: string) => ({ namespace_id: id, simple: { limit: 10_000_000, period: 60 as const } });

async function prepare(miniflare: Miniflare): Promise<BenchWorld> {
  const entry = await miniflare.ready;
  const database = await miniflare.getD1Database('DB');
  const place: BenchWorld = {
    url: await miniflare.unsafeGetDirectURL(),
    async sql(statements) {
      const results = await database.batch<Record<string, unknown>>(
        statements.map(({ sql, params }) => database.prepare(sql).bind(...params)),
      );
      return results.at(-1)?.results ?? [];
    },
    async cron() {
      const response = await fetch(new URL('/cdn-cgi/local/scheduled', entry));
      if (!response.ok) throw new Error(`the cron failed: ${await response.text()}`);
    },
    close: () => miniflare.dispose(),
  };
  await place.sql(await migrations());
  await place.sql([
    { sql: 'CREATE TABLE bench_rows (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL) WITHOUT ROWID', params: [] },
  ]);
  return place;
}

async function migrations(): Promise<Statement[]> {
  const dir = join(root, 'migrations');
  const files = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')));
  return texts.flatMap((text) => text.split('--> statement-breakpoint')).map((sql) => ({ sql, params: [] }));
}

export type Merchant = Pick<SeedStore, 'id' | 'apiKey'> & { walletId: string };

/** Stores, each of a merchant of its own with one endpoint, all deriving from one key. */
export async function seedMerchants(
  place: BenchWorld,
  count: number,
  pool: number,
  endpointUrl: string,
  mode: SeedStore['mode'] = 'test',
): Promise<Merchant[]> {
  const merchants: Merchant[] = [];
  for (let i = 0; i < count; i++) {
    const id = randomUUID();
    const store: SeedStore = {
      id,
      name: 'Corner Shop',
      mode,
      apiKey: `sl_${mode}_${randomBytes(24).toString('hex')}`,
      webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
      wallet: { id: `wallet-${id}`, key: accountKey, network: 'regtest', gapLimit: 1_000_000, pool },
      endpointUrl,
      color: null,
    };
    const walletId = `wallet-${id}`;
    await place.sql([
      ...(await seedStatements({ id: `account-${id}`, name: 'Merchant' }, [store], ENCRYPTION_KEY, Date.now())),
      // Outside a bench no two wallets share their addresses. Here deriving them once is what matters.
      { sql: 'UPDATE wallets SET identity = id WHERE id = ?', params: [walletId] },
    ]);
    merchants.push({ id, apiKey: store.apiKey, walletId });
  }
  return merchants;
}

/** The account that every wallet of the bench derives from. */
export const accountKey = HDKey.fromMasterSeed(randomBytes(32), TESTNET_SEGWIT).derive("m/84'/1'/0'").publicExtendedKey;
