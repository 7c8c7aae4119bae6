// `npm run bench:blocks`: what a block costs the watcher with one payer, a hundred and a thousand, with a D1 beside it and one that is
// 10 ms away, and what the six blocks after it cost. Prints the tables of README.md beside it and ends. `-- --quick` does little of each.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChainBlock, genesisBlock } from '../chain/block.ts';
import { openBenchWorld, seedMerchants } from './bench-world.ts';
import { blocksMarkdown, type MeasuredBlock } from './blocks-table.ts';
import { build, root } from './build.ts';
import { startReceiver } from './receiver.ts';
import { openScratch } from './scratch.ts';
import { nextBlock } from './watch-block.ts';
import { startExplorer } from './watch-explorer.ts';
import { workerd } from './watch-process.ts';
import { round } from './watch-round.ts';
import { AMOUNT_SATS, seedInvoices } from './watch-seed.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, payers: { type: 'string' } },
});

const PAYERS = (options.payers?.split(',').map(Number) ?? [1, 100, 1_000]).slice(0, options.quick ? 2 : 3);
const DELAYS_MS = [0, 10];
/** After the block that pays: the confirmations that an invoice can ask for, and one more. */
const FURTHER = 6;
const OPEN = 5_000;
const USUAL_TRANSACTIONS = 2_500;
/** A block of 3.97 MB, near the most that there can be. */
const LARGE = { transactions: 5_650, payers: 2, blocks: options.quick ? 2 : 6 };

const { dir, signal, hold } = openScratch();

console.log(await bench());

async function bench(): Promise<string> {
  say('building');
  const { file } = await hold(build(join(dir, 'watching'), signal, join(root, 'src/dev/bench/worker/watch-entry.ts')));
  const paid: MeasuredBlock[] = [];
  for (const payers of PAYERS) {
    for (const d1DelayMs of DELAYS_MS) {
      const order = [payers, ...new Array<number>(FURTHER).fill(0)];
      paid.push(...(await follow(file, d1DelayMs, USUAL_TRANSACTIONS, order)));
    }
  }
  const large = await follow(file, 0, LARGE.transactions, new Array<number>(LARGE.blocks).fill(LARGE.payers));
  return blocksMarkdown(paid, large);
}

/** One block after the other, each with so many payers, on a database of its own. */
async function follow(
  file: string,
  d1DelayMs: number,
  transactions: number,
  payersOfEach: number[],
): Promise<MeasuredBlock[]> {
  say(`blocks with ${payersOfEach.join(', ')} payers, D1 ${d1DelayMs} ms away`);
  const chain: ChainBlock[] = [genesisBlock()];
  const receiver = await startReceiver();
  const explorer = await startExplorer(chain, false);
  const place = await openBenchWorld(file);
  try {
    const [merchant] = await seedMerchants(place, 1, 0, receiver.url);
    if (!merchant) throw new Error('no merchant to seed for');
    await seedInvoices(place, merchant, OPEN);
    const open = await place.sql([{ sql: 'SELECT script FROM invoices ORDER BY id', params: [] }]);
    const running = await workerd();
    const nowMs = Date.now();
    const sweep = () => round(place, explorer, { watcher: 'cron', perMinute: null, hot: null, nowMs, d1DelayMs });
    // The watcher begins its chain with an empty block, and compiles what a block of one payer takes.
    for (const payers of [0, 1]) {
      chain.push(nextBlock(chain, payoutsTo(open.splice(0, payers))));
      await sweep();
    }
    const blocks: MeasuredBlock[] = [];
    for (const [after, payers] of payersOfEach.entries()) {
      const block = nextBlock(chain, payoutsTo(open.splice(0, payers)), transactions);
      chain.push(block);
      const beforeMs = await running?.cpuMs();
      const { spent } = await sweep();
      const cpuMs = beforeMs === undefined || !running ? null : (await running.cpuMs()) - beforeMs;
      blocks.push({ payers: payersOfEach[0] ?? 0, after, d1DelayMs, bytes: block.size, spent, cpuMs });
      await receiver.quiet();
    }
    await mustBeFound(place, 1 + payersOfEach.reduce((sum, payers) => sum + payers, 0));
    return blocks;
  } finally {
    await place.close();
    await Promise.all([explorer, receiver].map((server) => server.close()));
  }
}

async function mustBeFound(place: Awaited<ReturnType<typeof openBenchWorld>>, payers: number): Promise<void> {
  const [found] = await place.sql([{ sql: 'SELECT count(*) AS n FROM payments', params: [] }]);
  if (found?.n !== payers) throw new Error(`${found?.n} payments were found, not ${payers}`);
}

function payoutsTo(invoices: Record<string, unknown>[]) {
  return invoices.map(({ script }) => ({ script: String(script), sats: AMOUNT_SATS }));
}

function say(what: string): void {
  process.stderr.write(`bench: ${what} …\n`);
}
