// Two places to run in: what the Worker does runs in workerd with a real D1 and real Durable Objects; pure modules, the
// local world and the browser run in Node. Each has its long tests, `*.long.test.ts`, in a project of its own: `npm run test:long`.

import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const LONG = '**/*.long.test.ts';

process.env.TMPDIR = temporaryFolder();

const inWorkerd = [
  'test/{services,jobs/watch,jobs/pay,jobs/poll,bcoin,security}/**/*.test.ts',
  'test/adapters/{db,rooms}/**/*.test.ts',
  'test/adapters/nodes/workerd.test.ts',
  'test/http/{api,lnurl}/**/*.test.ts',
  'test/http/claim/!(browser*).test.ts',
  'test/http/dashboard/!(browser*).test.ts',
  'test/jobs/deliver/dispatch*.test.ts',
];
const inNode = [
  'test/*.test.ts',
  'test/{core,dev,soak,cli,world}/**/*.test.ts',
  'test/adapters/{explorers,rates,webhooks}/**/*.test.ts',
  'test/adapters/nodes/!(workerd).test.ts',
  'test/http/{checkout,docs,ui}/**/*.test.{ts,tsx}',
  'test/http/{claim,dashboard}/browser*.test.ts',
  'test/jobs/deliver/health.test.ts',
];

const long = (include: string[]) => include.map((glob) => glob.replace('.test.', '.long.test.'));

export default defineConfig(async () => {
  const migrations = await readD1Migrations(`${root}migrations`);
  const workerd = () =>
    cloudflareTest({
      wrangler: { configPath: `${root}wrangler.toml` },
      miniflare: {
        bindings: {
          ORIGIN: 'https://pay.test',
          NETWORK: 'regtest',
          EXPLORERS: 'http://127.0.0.1:9/api',
          RATES: 'fixed:USD=50000,EUR=40000',
          PLATFORM_FEE_BP: '100',
          WEBHOOK_TARGETS: 'local',
          LOOKS_PER_MINUTE: '1000',
          ENCRYPTION_KEY: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
          TEST_MIGRATIONS: migrations,
        },
      },
    });
  // Files wait for browsers, worlds and silent servers, so that two cores have room for two projects with two files each.
  // In CI a test that failed on a busy machine gets a second try.
  const shared = { isolate: false, maxWorkers: 2, retry: Number(process.env.TEST_RETRIES ?? 0) };
  const workers = {
    ...shared,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/apply-migrations.ts', 'test/support/refuse-scans.ts'],
    testTimeout: 60_000,
  };
  const node = { ...shared, testTimeout: 60_000 };
  return {
    root,
    test: {
      silent: 'passed-only' as const,
      projects: [
        project('workers', { ...workers, include: inWorkerd, exclude: [LONG] }, [workerd()]),
        project('workers-long', { ...workers, include: long(inWorkerd) }, [workerd()]),
        project('node', { ...node, include: inNode, exclude: [LONG] }),
        project('node-long', { ...node, include: long(inNode) }),
        // Clients of `npm run dev` over sockets: one world for all, one after the other, because they share its blocks.
        project('clients', {
          ...shared,
          maxWorkers: 1,
          // Vitest wants a group of its own for those with another number of workers.
          sequence: { groupOrder: 1 },
          include: ['test/clients/**/*.test.ts'],
          globalSetup: ['test/clients/global-setup.ts'],
          // Only a test that hangs takes so long: each waits for what it expects, however busy the machine is.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        }),
      ],
    },
  };
});

type Project = TestProjectInlineConfiguration;

/** Projects run one after the other: what runs beside what is for run.mjs to say. */
function project(
  name: string,
  test: NonNullable<Project['test']>,
  plugins: NonNullable<Project['plugins']> = [],
): Project {
  return { root, plugins, test: { name, ...test } };
}

/**
 * What commits to a database waits for the disk that holds it, and the tests commit thousands of times a minute: their files are
 * in memory where Linux has room for them.
 */
function temporaryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 2 ** 32 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}
