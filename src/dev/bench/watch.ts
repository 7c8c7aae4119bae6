// `npm run bench:watch`: what watching costs for ten open invoices, and what for a million. Prints tables for the README
// and ends. `-- --quick` stops at a thousand, to show that the bench itself works.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { esplora } from '../../chain/esplora.ts';
import { readBlock, verifyMerkleRoot } from '../../proof/block.ts';
import { type Block, blockBytes, genesisBlock } from '../chain/block.ts';
import { build, root } from './build.ts';
import { median } from './load.ts';
import { openPlace, type Place, seedMerchants } from './place.ts';
import { startReceiver } from './receiver.ts';
import { openScratch } from './scratch.ts';
import { nextBlock } from './watch-block.ts';
import { type CountingExplorer, type Question, startExplorer } from './watch-explorer.ts';
import { workerdBytes } from './watch-memory.ts';
import { AMOUNT_SATS, seedInvoices } from './watch-seed.ts';
import { type BlockFigures, type Measured, watchMarkdown } from './watch-table.ts';
import type { Swept } from './worker/watch-costs.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const COUNTS = options.quick ? [10, 1_000] : [10, 1_000, 100_000, 1_000_000];
const BLOCKS = options.quick ? 1 : 3;
const READINGS = options.quick ? 3 : 20;
/** Invoices that each block pays. */
const PAYING = 3;
/** Above this the per-address poll is computed: it is one request each. */
const POLLED_AT_MOST = 1_000;
const MINUTE_MS = 60_000;

const { dir, signal, hold } = openScratch();

console.log(await bench());

async function bench(): Promise<string> {
  say('building');
  const { file } = await hold(build(join(dir, 'watching'), signal, join(root, 'src/dev/bench/worker/watch-entry.ts')));
  const measured: Measured[] = [];
  for (const invoices of COUNTS) measured.push(await measure(file, invoices));
  say('reading a block');
  return watchMarkdown({ measured, block: readingOf(nextBlock([genesisBlock()], samplePayouts())) });
}

/** Everything for one number of open invoices, on a database of its own. */
async function measure(file: string, invoices: number): Promise<Measured> {
  const receiver = await startReceiver();
  const explorer = await startExplorer([genesisBlock()]);
  const place = await openPlace(file);
  try {
    say(`seeding ${invoices} invoices`);
    const [merchant] = await seedMerchants(place, 1, 0, receiver.url);
    if (!merchant) throw new Error('nobody to seed for');
    await seedInvoices(place, merchant, invoices);
    say(`watching ${invoices} invoices`);
    return await watch(place, explorer, invoices);
  } finally {
    await place.close();
    await explorer.close();
    await receiver.close();
  }
}

async function watch(place: Place, explorer: CountingExplorer, invoices: number): Promise<Measured> {
  const open = await place.sql([
    { sql: 'SELECT script, address FROM invoices ORDER BY id LIMIT ?', params: [POLLED_AT_MOST] },
  ]);
  explorer.chain.push(nextBlock(explorer.chain, []));
  const beginMs = Date.now();
  // The watcher begins its chain here, and spends its first minute's looks.
  await sweep(place, explorer, beginMs);
  const minute = await sweep(place, explorer, beginMs + MINUTE_MS);
  const blocks: Measured['blocks'] = [];
  for (let i = 0; i < BLOCKS; i++) {
    const paid = open.slice(i * PAYING, (i + 1) * PAYING);
    const payouts = paid.map(({ script }) => ({ script: String(script), sats: AMOUNT_SATS }));
    explorer.chain.push(nextBlock(explorer.chain, payouts));
    // In the same moment as before: no look is due, and all that is asked is the block's.
    blocks.push(await sweep(place, explorer, beginMs + MINUTE_MS));
  }
  const [recorded] = await place.sql([{ sql: 'SELECT count(*) AS n FROM payments', params: [] }]);
  if (recorded?.n !== BLOCKS * PAYING) throw new Error(`${recorded?.n} payments were found, not ${BLOCKS * PAYING}`);
  const memoryBytes = await workerdBytes();
  const isMeasured = invoices <= POLLED_AT_MOST;
  const requests = isMeasured
    ? await poll(
        explorer,
        open.map(({ address }) => String(address)),
      )
    : invoices;
  return { invoices, blocks, minute, poll: { requests, isMeasured }, memoryBytes };
}

/** The cron's sweep by the product's own watcher, and what the explorer was asked meanwhile. */
async function sweep(
  place: Place,
  explorer: CountingExplorer,
  nowMs: number,
): Promise<{ swept: Swept; requests: Record<Question, number> }> {
  explorer.counted();
  const response = await fetch(new URL('/bench/sweep', place.url), {
    method: 'POST',
    body: JSON.stringify({ explorer: explorer.url, nowMs }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the sweep failed: ${text}`);
  return { swept: JSON.parse(text) as Swept, requests: explorer.counted() };
}

/** What the watcher spares: one look at every address. The requests it took. */
async function poll(explorer: CountingExplorer, addresses: string[]): Promise<number> {
  explorer.counted();
  const client = esplora({ url: explorer.url, fetch });
  for (const address of addresses) await client.history(address);
  return explorer.counted().address;
}

function readingOf(block: Block): BlockFigures {
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
