// `npm run bench`: what the API adds to one bare D1 insert, what an invoice costs, how fast a store with a million of them
// is, and how large the Worker is. Prints the tables of README.md beside it and ends. `-- --quick` does little of everything, to show that the bench itself works.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchWorld, type Merchant, openBenchWorld, seedMerchants } from './bench-world.ts';
import { build, root, startupCpuMs } from './build.ts';
import { countSteps, ORDER } from './counts.ts';
import { type Many, measureMany } from './large-store.ts';
import { type Call, median } from './load.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type RoundOptions, race, type Side, type Timed } from './rounds.ts';
import { openScratch } from './scratch.ts';
import { markdown } from './table.ts';
import { createUpkeep } from './upkeep.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = options.quick ? 2 : 6;
const roundMs = options.quick ? 250 : 2_000;
const startups = options.quick ? 1 : 5;

/** As in production many merchants share the work, each with a few dozen addresses at hand. */
const MERCHANTS = options.quick ? 5 : 25;
/** Free addresses of each before a round: more than a round can use. */
const FREE = options.quick ? 80 : 160;

/** Of the store that is looked at, a power of ten. */
const MANY = options.quick ? 1_000 : 1_000_000;

/** Long enough for a webhook to be sent, answered and recorded. */
const PAUSE_MS = 25;

const { dir, signal, hold } = openScratch();

const closers: (() => Promise<unknown>)[] = [];
try {
  console.log(await bench());
} finally {
  for (const close of closers.reverse()) await close();
}

async function bench(): Promise<string> {
  const { product, measured, startupMs } = await hold(buildAll());

  const receiver = await startReceiver();
  closers.push(receiver.close);
  const place = await openBenchWorld(measured.file);
  closers.push(place.close);
  const [counted] = await seedMerchants(place, 1, 1, receiver.url);
  const merchants = await seedMerchants(place, MERCHANTS, 0, receiver.url);
  const upkeep = createUpkeep(place);
  await upkeep.refresh(1);
  if (!counted) throw new Error('no merchant to count for');
  say('counting');
  const steps = await countSteps(place, counted);
  const timed = await timeAll(place, receiver, merchants, () => upkeep.refresh(FREE));
  const many = await lookAtMany(place, merchants, receiver.url);
  return markdown({
    timed,
    many,
    steps,
    bundle: product,
    startups: { median: median(startupMs), runs: startups },
    rounds,
    roundMs,
  });
}

async function buildAll() {
  say('building');
  const [product, measured] = await Promise.all([
    build(join(dir, 'product'), signal),
    build(join(dir, 'measured'), signal, join(root, 'src/dev/bench/worker/entry.ts')),
  ]);
  const startupMs: number[] = [];
  for (let i = 0; i < startups; i++) {
    say(`start-up ${i + 1} of ${startups}`);
    startupMs.push(await startupCpuMs(dir, signal));
  }
  return { product, measured, startupMs };
}

async function timeAll(place: BenchWorld, receiver: Receiver, merchants: Merchant[], refresh: () => Promise<void>) {
  const common = { url: place.url, rounds, roundMs, pauseMs: 0 };
  const creating = (connections: number, pauseMs: number): RoundOptions => ({
    ...common,
    connections,
    pauseMs,
    async prepare() {
      await receiver.quiet();
      await refresh();
    },
  });
  const insert: Side = {
    name: 'one bare D1 insert',
    next: () => ({ method: 'POST', path: '/bench/insert', status: 201 }),
  };
  const nothing: Side = { name: 'an empty answer', next: () => get('/bench/nothing', 204) };
  const create: Side = { name: '`POST /v1/invoices`', next: creator(merchants) };
  say('timing creation, one request at a time');
  const alone = await race([insert, create, nothing], creating(1, PAUSE_MS));
  say('timing creation, one connection');
  const busy = await race([insert, create], creating(1, 0));
  const crowded: Timed[][] = [];
  for (const connections of [16, 64]) {
    say(`timing creation, ${connections} connections`);
    crowded.push(await race([insert, create], creating(connections, 0)));
  }
  say('timing reads');
  const reads = await race(await readers(place, merchants), { ...common, connections: 1, prepare: async () => {} });
  return [alone, busy, ...crowded, reads];
}

async function lookAtMany(place: BenchWorld, merchants: Merchant[], endpointUrl: string): Promise<Many> {
  const [many] = await seedMerchants(place, 1, 10, endpointUrl);
  const [few] = merchants;
  if (!many || !few) throw new Error('no store to look at');
  say(`making ${MANY} invoices and looking at them`);
  return measureMany(place, [many, few], {
    invoices: MANY,
    rounds,
    roundMs: roundMs / 2,
    readings: options.quick ? 1 : 9,
  });
}

function creator(merchants: Merchant[]): () => Call {
  let turn = 0;
  const body = JSON.stringify(ORDER);
  return () => ({
    method: 'POST',
    path: '/v1/invoices',
    status: 201,
    headers: {
      authorization: `Bearer ${merchants[turn++ % merchants.length]?.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body,
  });
}

async function readers(place: BenchWorld, [merchant]: Merchant[]): Promise<Side[]> {
  const [row] = await place.sql([{ sql: 'SELECT id FROM bench_rows LIMIT 1', params: [] }]);
  const [invoice] = await place.sql([
    { sql: 'SELECT id FROM invoices WHERE store_id = ? LIMIT 1', params: [merchant?.id ?? ''] },
  ]);
  const authorization = `Bearer ${merchant?.apiKey}`;
  return [
    { name: 'one bare D1 read', next: () => get(`/bench/read?id=${row?.id}`) },
    { name: '`GET /v1/invoices/:id`', next: () => get(`/v1/invoices/${invoice?.id}`, 200, { authorization }) },
    { name: '`GET /v1/invoices` (25)', next: () => get('/v1/invoices', 200, { authorization }) },
    { name: '`GET /pay/invoices/:id`', next: () => get(`/pay/invoices/${invoice?.id}`) },
    { name: '`GET /health`', next: () => get('/health') },
  ];
}

function get(path: string, status = 200, headers: Record<string, string> = {}): Call {
  return { method: 'GET', path, status, headers };
}

function say(what: string): void {
  process.stderr.write(`bench: ${what} …\n`);
}
