// `npm run dev`: the whole product on this machine, with a simulated chain and a demo shop, and nothing but loopback.
// Starts the parts in the order in which they need each other, says where they are, and stops them together.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startApi } from './api.ts';
import { startChain } from './chain/server.ts';
import { migrateDatabase, openLocalDatabase, seedDatabase } from './database.ts';
import { type Identity, openIdentity } from './identity.ts';
import { startLightning } from './lightning/server.ts';
import { startMailbox } from './mailbox.ts';
import { startShop } from './shop/server.ts';
import { step } from './step.mjs';
import { startTicker } from './ticker.ts';

const RATES = 'fixed:USD=65000,EUR=60000,GBP=52000,CHF=58000,CAD=90000,AUD=99000,JPY=9800000';
const HOST = '127.0.0.1';

const { values: options } = parseArgs({
  options: {
    reset: { type: 'boolean', default: false },
    explorers: { type: 'string' },
    network: { type: 'string', default: 'regtest' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help) {
  console.log(`npm run dev -- [--reset] [--explorers URL,URL] [--network regtest|signet|testnet]
  --reset      forget everything and start afresh
  --explorers  use these Esplora explorers instead of the simulated chain
  PORT         port of the API (8787); the other parts take the numbers after it
  WORLD        where to write the world file (.dev/world.json); the world's data lies beside it`);
  process.exit(0);
}

const NETWORK = options.network as 'regtest' | 'signet' | 'testnet';

const closers: (() => Promise<void>)[] = [];
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

try {
  await start();
} catch (error) {
  console.error(`\nThe local world did not start: ${reasonOf(error)}`);
  await stop(1);
}

async function start(): Promise<void> {
  const port = Number(process.env.PORT ?? 8787);
  const worldFile = resolve(process.env.WORLD ?? '.dev/world.json');
  const dir = dirname(worldFile);
  await makeRoom(dir, worldFile);
  const own = options.explorers?.split(',').map((url) => url.trim());
  const identity = await openIdentity(join(dir, 'identity.json'));
  const chain = own ? null : await startOwnChain(port, dir, identity);
  const explorers = own ?? chain?.explorers ?? [];
  const mailbox = await startMailbox({ port: port + 6, host: HOST, file: join(dir, 'mailbox.json') });
  closers.push(() => mailbox.close());
  const lightning = own ? null : await startNodes(port, dir, identity);
  await prepareDatabase(join(dir, 'state'), identity, `http://${HOST}:${port + 1}`);
  const api = await startWorker(port, dir, {
    NETWORK,
    EXPLORERS: explorers.join(','),
    ENCRYPTION_KEY: identity.encryptionKey,
    MAIL_URL: `${mailbox.url}/mails`,
    ...(chain?.sockets[0] ? { EXPLORER_SOCKET: chain.sockets[0] } : {}),
  });
  const ticker = await step('Reading the chain and the exchange rates', () =>
    startTicker(api.url, { waitForChain: own === undefined }),
  );
  closers.push(ticker.close);
  const control = chain?.control;
  const { apiKey, webhookSecret } = identity.stores.live;
  const shop = await step('Starting the demo shop', () =>
    startShop({
      ...{ port: port + 1, host: HOST, file: join(dir, 'shop.json') },
      ...{ api: api.url, apiKey, webhookSecret, control, lightning: lightning?.control },
    }),
  );
  closers.push(() => shop.close());
  const { email, password } = identity.person;
  const world = {
    api: api.url,
    shop: shop.url,
    // By the name that links are built with: a session's cookie belongs to it.
    dashboard: `http://localhost:${port}/`,
    login: { email, password },
    mailbox: mailbox.url,
    explorers,
    control: control ?? null,
    lightning,
    stores: (['live', 'test'] as const).map((mode) => {
      const { id, apiKey, webhookSecret } = identity.stores[mode];
      return { id, mode, apiKey, webhookSecret };
    }),
  };
  // Its presence says that the world is up.
  await writeFile(worldFile, `${JSON.stringify(world, null, 2)}\n`);
  closers.push(() => rm(worldFile, { force: true }));
  announce(world, worldFile);
}

async function makeRoom(dir: string, worldFile: string): Promise<void> {
  if (options.reset) {
    for (const name of [
      'state',
      'chain.json',
      'shop.json',
      'mailbox.json',
      'identity.json',
      'lightning.json',
      'api.log',
    ]) {
      await rm(join(dir, name), { recursive: true, force: true });
    }
  }
  await rm(worldFile, { force: true });
  await mkdir(dir, { recursive: true });
}

async function startOwnChain(port: number, dir: string, { stores }: Identity) {
  const file = join(dir, 'chain.json');
  const chain = await step('Starting the simulated chain', () =>
    startChain({
      ...{ controlPort: port + 2, viewPorts: [port + 3, port + 4], file, host: HOST },
      merchantSeed: stores.live.seed,
    }),
  );
  closers.push(() => chain.close());
  return chain;
}

/** Listens; the nodes start with the first request. */
async function startNodes(port: number, dir: string, { encryptionKey }: Identity) {
  const { control, servers, close } = await startLightning({
    ...{ controlPort: port + 7, serverPorts: [8, 9, 10, 11, 12, 13].map((after) => port + after), host: HOST },
    ...{ seed: encryptionKey, file: join(dir, 'lightning.json') },
  });
  closers.push(close);
  return {
    control,
    servers: servers.map(({ name, url, connection, payConnection, webhookSecret }) => {
      return { name, url, connection, payConnection, webhookSecret };
    }),
  };
}

async function prepareDatabase(stateDir: string, identity: Identity, shopUrl: string): Promise<void> {
  const { database, close } = await step('Opening the database', () => openLocalDatabase(stateDir));
  try {
    await step('Migrating the database', () => migrateDatabase(database));
    await step('Seeding the demo stores', () =>
      seedDatabase(database, identity, NETWORK, `${shopUrl}/webhooks/satlane`),
    );
  } finally {
    await close();
  }
}

async function startWorker(port: number, dir: string, vars: Record<string, string>) {
  const logFile = join(dir, 'api.log');
  const usual = {
    ORIGIN: `http://localhost:${port}`,
    RATES,
    PLATFORM_FEE_BP: '100',
    WEBHOOK_TARGETS: 'local',
    HOT_POLL_SECONDS: '1',
    LOOKS_PER_MINUTE: '600',
    MAILER: 'local',
  };
  const onExit = () => {
    if (stopping) return;
    console.error(`\nThe API stopped by itself; its log is ${logFile}`);
    void stop(1);
  };
  const api = await step('Starting the API', () =>
    startApi({ port, host: HOST, stateDir: join(dir, 'state'), logFile, vars: { ...usual, ...vars }, onExit }),
  );
  closers.push(api.close);
  return api;
}

interface Announced {
  api: string;
  shop: string;
  dashboard: string;
  login: { email: string; password: string };
  mailbox: string;
  explorers: string[];
  control: string | null;
  lightning: { control: string } | null;
}

function announce(world: Announced, worldFile: string): void {
  const { email, password } = world.login;
  console.log(`
  SatLane runs on this machine.

    Demo shop    ${world.shop}      buy something, pay it, watch the order
    Dashboard    ${world.dashboard}      the shop's stores: ${email}, ${password}
                 or sign up; the mail lies in the mailbox
    API          ${world.api}
    Mailbox      ${world.mailbox}      what SatLane writes to people
    Explorers    ${world.explorers.join('  ')}
    Chain desk   ${world.control ? `${world.control}/control` : 'your own chain'}
    Lightning    ${world.lightning ? `${world.lightning.control}/control` : 'your own node'}
    Keys         ${worldFile}

  Ctrl-C stops everything; the next start goes on where this one ended (--reset starts afresh).
`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port } = error as { code?: string; port?: number };
  if (code !== 'EADDRINUSE') return error.message;
  return `port ${port} is in use. Stop the program that uses it, or set PORT to another number (the API's; the other parts take the numbers after it).`;
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const close of closers.reverse()) await close().catch(() => {});
  process.exit(code);
}
