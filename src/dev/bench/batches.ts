// `npm run bench:batches`: how long it takes from the claims of 1, 10 and 100 people to a PSBT that a merchant can sign, and what a block
// costs whose coins go to a wallet that has thousands. Prints the table of README.md beside it and ends. `-- --quick` does little of each.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bech32 } from '@scure/base';
import { openWallet, parseWallet } from '../../core/wallet/wallet.ts';
import { type ChainBlock, genesisBlock } from '../chain/block.ts';
import { batchesMarkdown, type TimedBatch, type TimedBlock } from './batches-table.ts';
import { accountKey, type BenchWorld, type Merchant, openBenchWorld, seedMerchants } from './bench-world.ts';
import { build, root } from './build.ts';
import { openScratch } from './scratch.ts';
import { nextBlock } from './watch-block.ts';
import { startExplorer } from './watch-explorer.ts';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const [COIN_BLOCKS, USUAL_BLOCKS, REPEATS] = options.quick ? [1, 1, 1] : [4, 3, 7];
const CLAIMS = [1, 10, 100];
/** Each transaction of a block pays the wallet, in blocks of the usual size. */
const COINS_PER_BLOCK = 2_500;
const ADDRESSES = 500;
const COIN_SATS = 60_000;
const CLAIM_SATS = 20_000;
/** Claims that are under way together. */
const LANES = 8;
const DEADLINE_MS = 120_000;

const derive = openWallet(parseWallet(accountKey, { network: 'regtest' }).descriptor, 'regtest');
const scripts = Array.from({ length: ADDRESSES }, (_, index) => derive(index).script);

const { dir, signal, hold } = openScratch();
console.log(await bench());

async function bench(): Promise<string> {
  say('building');
  const { file } = await hold(build(join(dir, 'measured'), signal, join(root, 'src/dev/bench/worker/entry.ts')));
  const chain: ChainBlock[] = [genesisBlock()];
  const explorer = await startExplorer(chain, false);
  const place = await openBenchWorld(file, { EXPLORERS: explorer.url, RATES: 'fixed:EUR=60000' });
  try {
    const [merchant] = await seedMerchants(place, 1, ADDRESSES, 'http://127.0.0.1:9/', 'live');
    if (!merchant) throw new Error('no merchant to seed for');
    // The wallet is new: no explorer is asked for the history of its addresses.
    await place.sql([
      { sql: 'DELETE FROM endpoints', params: [] },
      { sql: 'UPDATE wallets SET checked_below = 1000000', params: [] },
    ]);
    const grow = async (block: ChainBlock, coins: number) => timedScan(place, chain, block, coins);
    await grow(nextBlock(chain, []), 0);
    // The first try to pay out begins the following of the wallet.
    await ask(place, merchant, 'POST', '/v1/payout-batches', { fee_rate: 2 }, 409);
    say('scanning');
    const usual = new Array<number>(USUAL_BLOCKS).fill(1);
    const blocks: TimedBlock[] = [];
    for (const coins of [...usual, ...new Array<number>(COIN_BLOCKS).fill(COINS_PER_BLOCK), ...usual])
      blocks.push(await grow(nextBlock(chain, coinsOf(coins)), coins));
    const batches: TimedBatch[] = [];
    for (const claims of CLAIMS) {
      say(`${claims} claims`);
      for (let n = 0; n < REPEATS; n++) batches.push(await timedBatch(place, merchant, claims));
    }
    return batchesMarkdown(blocks, batches);
  } finally {
    await place.close();
    await explorer.close();
  }
}

/** Until the block is the tip and its coins are known. */
async function timedScan(
  place: BenchWorld,
  chain: ChainBlock[],
  block: ChainBlock,
  brings: number,
): Promise<TimedBlock> {
  const count = async () => Number((await place.sql([{ sql: 'SELECT count(*) AS n FROM coins', params: [] }]))[0]?.n);
  const before = await count();
  chain.push(block);
  const startMs = performance.now();
  await place.cron();
  const tip = async () =>
    (await place.sql([{ sql: 'SELECT tip_hash AS hash FROM chain_state', params: [] }]))[0]?.hash === block.hash;
  while (!(await tip()) || (await count()) < before + brings) {
    if (performance.now() - startMs > DEADLINE_MS) throw new Error('the block was not followed');
    await pause(20);
  }
  return { before, brings, bytes: block.size, tookMs: performance.now() - startMs };
}

async function timedBatch(place: BenchWorld, merchant: Merchant, claims: number): Promise<TimedBatch> {
  const amount_sats = String(claims * CLAIM_SATS);
  const offer = { amount_sats, payment_methods: ['onchain'], auto_approve: true };
  const { pull_payment } = await ask<{ pull_payment: { id: string } }>(
    place,
    merchant,
    'POST',
    '/v1/pull-payments',
    offer,
  );
  const startMs = performance.now();
  let open = claims;
  const lane = async () => {
    while (open-- > 0) {
      const claim = { destination: freshAddress(), amount: (CLAIM_SATS / 1e8).toFixed(8) };
      await ask(place, merchant, 'POST', `/v1/pull-payments/${pull_payment.id}/claims`, claim);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, claims) }, lane));
  const claimedMs = performance.now();
  const made = await ask<{ payout_batch: { id: string; inputs: number } }>(
    place,
    merchant,
    'POST',
    '/v1/payout-batches',
    { fee_rate: 2 },
  );
  const plannedMs = performance.now();
  const { id, inputs } = made.payout_batch;
  const { psbt } = await ask<{ psbt: string }>(place, merchant, 'GET', `/v1/payout-batches/${id}/psbt`);
  const endMs = performance.now();
  const bytes = Buffer.from(psbt, 'base64').length;
  return {
    claims,
    inputs,
    bytes,
    claimsMs: claimedMs - startMs,
    batchMs: plannedMs - claimedMs,
    psbtMs: endMs - plannedMs,
  };
}

async function ask<T>(
  place: BenchWorld,
  { apiKey }: Merchant,
  method: string,
  path: string,
  body?: object,
  status?: number,
): Promise<T> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(new URL(path, place.url), { method, headers, body: body ? JSON.stringify(body) : null });
  const text = await response.text();
  if (status === undefined ? !response.ok : response.status !== status)
    throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

function coinsOf(count: number) {
  return Array.from({ length: count }, (_, n) => ({ script: scripts[n % ADDRESSES] ?? '', sats: COIN_SATS }));
}

function freshAddress(): string {
  return bech32.encode('bcrt', [0, ...bech32.toWords(randomBytes(20))]);
}

function say(what: string): void {
  process.stderr.write(`bench: ${what} …\n`);
}
