// `npm run bench:deliver`: how many webhooks go out in a second, first attempts and retries, and what an endpoint in health feels of
// sixty that never answer. Prints the tables of README.md beside it and ends. `-- --quick` does little, to show that the bench itself works.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchWorld, type Merchant, openBenchWorld, seedMerchants } from './bench-world.ts';
import { build, root } from './build.ts';
import { startTimedReceiver, type TimedReceiver } from './deliver-receivers.ts';
import { copyInvoices, createInvoice, OF_BATCH, seedDeliveries } from './deliver-seed.ts';
import { deliverMarkdown, type Rate, type Wait } from './deliver-table.ts';
import { openScratch } from './scratch.ts';
import { createUpkeep } from './upkeep.ts';
import { workerd } from './watch-process.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

/** Stores of one endpoint each that share the work, and deliveries to each. */
const STORES = 25;
const EACH = options.quick ? 8 : 120;
/** Of a store with one endpoint alone. */
const OF_ONE = options.quick ? 100 : 2_000;
const DEAD = 60;
const INVOICES = options.quick ? 10 : 200;
const OF_ANOTHER = 600;

/** No exchange is asked for rates. */
const QUIET = { RATES: 'fixed:USD=65000' };

const { dir, signal, hold } = openScratch();
console.log(await bench());

async function bench(): Promise<string> {
  say('building');
  const { file } = await hold(build(join(dir, 'measured'), signal, join(root, 'src/dev/bench/worker/entry.ts')));
  const rates: Rate[] = [];
  for (const answersAfterMs of [0, 50, 200]) {
    for (const state of ['pending', 'retrying'] as const)
      rates.push(await rate(file, STORES, EACH, answersAfterMs, state));
  }
  rates.push(await rate(file, 1, OF_ONE, 0, 'retrying'));
  return deliverMarkdown(rates, await waits(file));
}

/** Deliveries from the moment at which they may begin to the arrival of the last one. */
async function rate(
  file: string,
  stores: number,
  each: number,
  answersAfterMs: number,
  state: Rate['state'],
): Promise<Rate> {
  say(`sending ${stores * each} deliveries, ${state}, to receivers that take ${answersAfterMs} ms`);
  const receiver = await startTimedReceiver(answersAfterMs);
  const place = await openBenchWorld(file, QUIET);
  try {
    const merchants = await seedMerchants(place, stores, 2, receiver.url);
    await createUpkeep(place).refresh(2);
    for (const merchant of merchants) await createInvoice(place, merchant);
    await receiver.arrived(stores);
    // The first batch warms up.
    const running = await workerd();
    let startedMs = 0;
    let cpuMs = 0;
    let count = 0;
    for (const batch of [1, 2]) {
      const before = receiver.arrivedMs.length;
      await copyInvoices(place, merchants, batch, batch === 1 ? Math.ceil(each / 8) : each);
      count = await seedDeliveries(place, batch, state);
      const cpuBeforeMs = (await running?.cpuMs()) ?? 0;
      startedMs = Date.now();
      if (state === 'retrying') await place.cron();
      else startedMs = await handOver(place, batch);
      await receiver.arrived(before + count, () => place.cron());
      await written(place, batch, count);
      cpuMs = ((await running?.cpuMs()) ?? 0) - cpuBeforeMs;
    }
    const lastMs = Math.max(...receiver.arrivedMs);
    if (receiver.arrivedMs.length !== stores + count + stores * Math.ceil(each / 8)) throw new Error('some came twice');
    return {
      stores,
      count,
      answersAfterMs,
      state,
      perSecond: count / ((lastMs - startedMs) / 1_000),
      cpuMs: cpuMs / count,
    };
  } finally {
    await place.close();
    await receiver.close();
  }
}

async function handOver(place: BenchWorld, batch: number): Promise<number> {
  const response = await fetch(new URL(`/bench/hand-over?batch=${batch}`, place.url), { method: 'POST' });
  return ((await response.json()) as { startedMs: number }).startedMs;
}

/** Waits until all of a batch is written down as arrived. */
async function written(place: BenchWorld, batch: number, count: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const [row] = await place.sql([
      {
        sql: `SELECT count(*) AS count FROM deliveries WHERE ${OF_BATCH} AND state = 'succeeded'`,
        params: [batch],
      },
    ]);
    if (row?.count === count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('not everything that arrived was written down');
}

/** Delays of an endpoint in health beside dead ones of its own store, while another store's dead ones have hundreds waiting. */
async function waits(file: string): Promise<Wait> {
  say(`timing an endpoint beside ${DEAD} that never answer`);
  const [healthy, silent] = [await startTimedReceiver(0), await startTimedReceiver(Number.POSITIVE_INFINITY)];
  const place = await openBenchWorld(file, QUIET);
  try {
    const [own] = await seedMerchants(place, 1, 2, healthy.url);
    const [other] = await seedMerchants(place, 1, 2, silent.url);
    if (!own || !other) throw new Error('no merchant to time');
    const upkeep = createUpkeep(place);
    await upkeep.refresh(INVOICES + 10);
    await createInvoice(place, other);
    await createInvoice(place, own);
    await healthy.arrived(1);
    await addDead(place, own, silent);
    await addDead(place, other, silent);
    await copyInvoices(place, [other], 1, OF_ANOTHER / DEAD);
    await seedDeliveries(place, 1, 'retrying');
    await place.cron();
    const first: number[] = [];
    for (let i = 0; i < INVOICES; i++) {
      const before = healthy.arrivedMs.length;
      const startedMs = Date.now();
      await createInvoice(place, own);
      await healthy.arrived(before + 1);
      first.push((healthy.arrivedMs.at(-1) ?? 0) - startedMs);
    }
    await copyInvoices(place, [own], 2, INVOICES);
    await seedDeliveries(place, 2, 'retrying');
    const before = healthy.arrivedMs.length;
    const sweptMs = Date.now();
    await place.cron();
    await healthy.arrived(before + INVOICES);
    const retries = healthy.arrivedMs.slice(before).map((ms) => ms - sweptMs);
    return { dead: DEAD, ofAnother: OF_ANOTHER, first, retries, askedOfDead: silent.arrivedMs.length };
  } finally {
    await place.close();
    await Promise.all([healthy.close(), silent.close()]);
  }
}

/** Endpoints that never answer. */
async function addDead(place: BenchWorld, { id }: Merchant, { url }: TimedReceiver): Promise<void> {
  const response = await fetch(
    new URL(`/bench/endpoints?store=${id}&count=${DEAD}&url=${encodeURIComponent(url)}`, place.url),
    {
      method: 'POST',
    },
  );
  if (!response.ok) throw new Error(await response.text());
}

function say(what: string): void {
  process.stderr.write(`bench: ${what} …\n`);
}
