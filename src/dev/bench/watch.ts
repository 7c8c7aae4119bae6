// `npm run bench:watch`: what watching costs for ten open invoices, and what for a million. Prints the tables of README.md beside it
// and ends. `-- --quick` stops at a thousand, to show that the bench itself works.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { esplora } from '../../adapters/explorers/esplora.ts';
import { readBlock, verifyMerkleRoot } from '../../core/proof/block.ts';
import { blockBytes, type ChainBlock, genesisBlock } from '../chain/block.ts';
import { type BenchWorld, openBenchWorld, seedMerchants } from './bench-world.ts';
import { build, root } from './build.ts';
import { median } from './load.ts';
import { startReceiver } from './receiver.ts';
import { openScratch } from './scratch.ts';
import { nextBlock } from './watch-block.ts';
import { timesToEvent } from './watch-events.ts';
import { type CountingExplorer, startExplorer } from './watch-explorer.ts';
import { looked } from './watch-looks.ts';
import { type Process, workerd } from './watch-process.ts';
import { round } from './watch-round.ts';
import { AMOUNT_SATS, seedInvoices } from './watch-seed.ts';
import { type BlockFigures, type Measured, type MeasuredRound, watchMarkdown } from './watch-table.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

/** How many invoices are open, and how many of them have an open page. */
const COUNTS = [
  { invoices: 10, hot: 2 },
  { invoices: 1_000, hot: 20 },
  { invoices: 100_000, hot: 1_000 },
  { invoices: 1_000_000, hot: 5_000 },
].slice(0, options.quick ? 2 : 4);
const BLOCKS = options.quick ? 2 : 4;
const TICKS = options.quick ? 2 : 6;
const READINGS = options.quick ? 3 : 20;
/** Invoices that each block pays. Of the ten some are left that can be looked at. */
const PAYING = 2;
/** Above this the per-address poll is computed: it is one request each. */
const POLLED_AT_MOST = 1_000;
const MINUTE_MS = 60_000;

const { dir, signal, hold } = openScratch();

console.log(await bench());

async function bench(): Promise<string> {
  say('building');
  const watching = await hold(build(join(dir, 'watching'), signal, join(root, 'src/dev/bench/worker/watch-entry.ts')));
  const product = await hold(build(join(dir, 'product'), signal));
  const measured: Measured[] = [];
  for (const count of COUNTS) measured.push(await measure(watching.file, count));
  say('reading a block');
  const block = readingOf(nextBlock([genesisBlock()], samplePayouts()));
  say('waiting for events');
  return watchMarkdown({ measured, block, events: await timesToEvent(product.file, { quick: options.quick }) });
}

/** Everything for one number of open invoices, on a database of its own. */
async function measure(file: string, { invoices, hot }: { invoices: number; hot: number }): Promise<Measured> {
  const chain = [genesisBlock()];
  const receiver = await startReceiver();
  const [plain, batching] = [await startExplorer(chain, false), await startExplorer(chain, true)];
  const place = await openBenchWorld(file);
  try {
    say(`seeding ${invoices} invoices`);
    const [merchant] = await seedMerchants(place, 1, 0, receiver.url);
    if (!merchant) throw new Error('no merchant to seed for');
    await seedInvoices(place, merchant, invoices);
    say(`watching ${invoices} invoices`);
    const watched = await watch(place, plain, chain);
    say(`looking at ${hot} of them`);
    const ids = await place.sql([{ sql: 'SELECT id FROM invoices ORDER BY id DESC LIMIT ?', params: [hot] }]);
    const looks = await looked(
      place,
      { plain, batching },
      ids.map(({ id }) => String(id)),
      watched.endMs,
    );
    return { invoices, ...watched, looks };
  } finally {
    await place.close();
    await Promise.all([plain, batching, receiver].map((server) => server.close()));
  }
}

async function watch(place: BenchWorld, explorer: CountingExplorer, chain: ChainBlock[]) {
  const open = await place.sql([
    { sql: 'SELECT script, address FROM invoices ORDER BY id LIMIT ?', params: [POLLED_AT_MOST] },
  ]);
  const running = await workerd();
  let nowMs = Date.now();
  const sweep = () => sweepOnce(place, explorer, running, nowMs);
  chain.push(nextBlock(chain, []));
  // The watcher begins its chain here, and spends its first minute's looks.
  await sweep();
  const ticks: MeasuredRound[] = [];
  for (let i = 0; i < TICKS; i++) {
    nowMs += MINUTE_MS;
    ticks.push(await sweep());
  }
  const blocks: MeasuredRound[] = [];
  for (let i = 0; i < BLOCKS; i++) {
    const paid = open.slice(i * PAYING, (i + 1) * PAYING);
    chain.push(
      nextBlock(
        chain,
        paid.map(({ script }) => ({ script: String(script), sats: AMOUNT_SATS })),
      ),
    );
    // In the same moment as before: no look is due, and every request is the block's.
    blocks.push(await sweep());
  }
  const [recorded] = await place.sql([{ sql: 'SELECT count(*) AS n FROM payments', params: [] }]);
  if (recorded?.n !== BLOCKS * PAYING) throw new Error(`${recorded?.n} payments were found, not ${BLOCKS * PAYING}`);
  const memoryBytes = (await running?.bytes()) ?? null;
  const polled = await poll(
    explorer,
    open.map(({ address }) => String(address)),
  );
  return { blocks, ticks, polled, memoryBytes, endMs: nowMs + MINUTE_MS };
}

/** The cron's sweep by the product's own watcher, with what workerd spent of the CPU meanwhile. */
async function sweepOnce(
  place: BenchWorld,
  explorer: CountingExplorer,
  running: Process | null,
  nowMs: number,
): Promise<MeasuredRound> {
  const beforeMs = await running?.cpuMs();
  const swept = await round(place, explorer, { watcher: 'cron', perMinute: null, hot: null, nowMs });
  const afterMs = await running?.cpuMs();
  return { ...swept, cpuMs: beforeMs === undefined || afterMs === undefined ? null : afterMs - beforeMs };
}

/** What the watcher spares: one look at every address. The requests it took. */
async function poll(explorer: CountingExplorer, addresses: string[]): Promise<number> {
  explorer.counted();
  const client = esplora({ url: explorer.url, fetch });
  for (const address of addresses) await client.history(address);
  return explorer.counted().requests.address;
}

function readingOf(block: ChainBlock): BlockFigures {
  const raw = blockBytes(block);
  const times = Array.from({ length: READINGS }, () => {
    const startMs = performance.now();
    const read = readBlock(raw);
    const parsedMs = performance.now();
    verifyMerkleRoot(read);
    return { parse: parsedMs - startMs, merkle: performance.now() - parsedMs };
  });
  return {
    bytes: raw.length,
    transactions: block.txs.length,
    outputs: block.txs.reduce((sum, { outputs }) => sum + outputs.length, 0),
    paying: PAYING,
    parseMs: median(times.map(({ parse }) => parse)),
    merkleMs: median(times.map(({ merkle }) => merkle)),
  };
}

function samplePayouts() {
  return Array.from({ length: PAYING }, (_, i) => ({ script: `0014${`a${i}`.repeat(20)}`, sats: AMOUNT_SATS }));
}

function say(what: string): void {
  process.stderr.write(`bench: ${what} …\n`);
}
