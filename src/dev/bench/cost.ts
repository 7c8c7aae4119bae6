// `npm run bench:cost`: what a deployment pays Cloudflare each month with a thousand invoices and with a million. It has a chain pay live
// invoices whose pages are open, counts all that is charged, and prints the tables of README.md beside it. `-- --quick` does little of it.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChainBlock, genesisBlock } from '../chain/block.ts';
import type { Tx } from '../chain/transaction.ts';
import { openBenchWorld, seedMerchants } from './bench-world.ts';
import { build, root } from './build.ts';
import { bytesOfRooms, kept } from './bytes-kept.ts';
import { CostCounter } from './cost-counter.ts';
import { type CostWorld, payInvoices } from './cost-invoices.ts';
import { type CountedCosts, share } from './cost-model.ts';
import { costMarkdown, type StepCosts } from './cost-table.ts';
import { startReceiver } from './receiver.ts';
import { openScratch } from './scratch.ts';
import { startExplorer } from './watch-explorer.ts';
import { workerd } from './watch-process.ts';
import { NO_USAGE, plus, scaled, type Usage } from './worker/usage.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const INVOICES = options.quick ? 6 : 300;
/** Before them, so that what is counted has been compiled. */
const WARM_UP = options.quick ? 2 : 60;
const PAGE_MINUTES = options.quick ? 0 : 10;
/** How often something is counted that is the same each time. */
const TIMES = options.quick ? 2 : 10;

const { dir, signal, hold } = openScratch();
console.log(await bench(join(dir, 'world')));

async function bench(persist: string): Promise<string> {
  say('building');
  const { file } = await hold(build(join(dir, 'counted'), signal, join(root, 'src/dev/bench/worker/cost-entry.ts')));
  const chain: ChainBlock[] = [genesisBlock()];
  const paying = new Map<string, Tx>();
  const [receiver, explorer] = [await startReceiver(), await startExplorer(chain, true, paying)];
  const vars = { RATES: 'fixed:USD=65000,EUR=60000', EXPLORERS: `${explorer.url} 100000` };
  const place = await openBenchWorld(file, vars, 0, persist);
  const { steps, ...counted } = await (async () => {
    try {
      const [merchant] = await seedMerchants(place, 1, 20, receiver.url, 'live');
      if (!merchant) throw new Error('no merchant');
      const counter = new CostCounter(place, chain, await workerd());
      return await count({ counter, place, merchant, receiver, paying });
    } finally {
      await place.close();
      await Promise.all([explorer, receiver].map((server) => server.close()));
    }
  })();
  const paid = INVOICES + WARM_UP;
  const d1 = kept(persist, paid).reduce((sum, table) => sum + table.bytes, 0);
  return costMarkdown({ ...counted, bytes: { d1, objects: bytesOfRooms(persist) / paid } }, steps, INVOICES);
}

/** What is charged for anyway is taken off the invoices: minutes, blocks, and the looks that all open pages share. */
async function count(world: CostWorld): Promise<Omit<CountedCosts, 'bytes'> & { steps: StepCosts[] }> {
  const { counter } = world;
  say('some invoices, so that all is compiled');
  await counter.block([]);
  await payInvoices(world, WARM_UP, 0);
  say('minutes and blocks without payments');
  const minute = scaled(await counter.usageOf(() => repeat(() => counter.minute())), 1 / TIMES);
  const blocks = await counter.usageOf(() => repeat(() => counter.block([])));
  const block = plus(scaled(blocks, 1 / TIMES), minute, -1);
  const burial = await counter.usageOf(() => counter.bury());
  say(`${INVOICES} invoices with pages that are open for ${PAGE_MINUTES} minutes`);
  const look: Usage = { ...NO_USAGE, objectRequests: 1, objectRowsWritten: 1, logEntries: 1 };
  const steps = (await payInvoices(world, INVOICES, PAGE_MINUTES)).map(({ name, usage, ...times }) => {
    const anyway = [
      scaled(minute, times.minutes),
      scaled(block, times.blocks),
      scaled(burial, times.burials),
      scaled(look, times.looks),
    ];
    return {
      name,
      usage: share(
        usage,
        anyway.reduce((sum, part) => plus(sum, part)),
        INVOICES,
      ),
    };
  });
  const invoice = steps.reduce((sum, { usage }) => plus(sum, usage), NO_USAGE as Usage);
  return { invoice, minute, block, look, pageMinutes: PAGE_MINUTES, steps };
}

async function repeat(work: () => Promise<void>): Promise<void> {
  for (let i = 0; i < TIMES; i++) await work();
}

function say(what: string): void {
  process.stderr.write(`bench: ${what} …\n`);
}
