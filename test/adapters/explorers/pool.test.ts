// Several explorers as one: who is asked, how often, and what becomes of one that fails. The explorers are views of the
// simulated chain, spoken to as over HTTP.

import { describe, expect, it } from 'vitest';
import { Budget, usualBudget } from '../../../src/adapters/explorers/budget.ts';
import { esplora } from '../../../src/adapters/explorers/esplora.ts';
import { ExplorerError, ExplorerRefusal } from '../../../src/adapters/explorers/explorer.ts';
import { ExplorerPool } from '../../../src/adapters/explorers/pool.ts';
import type { Flavour } from '../../../src/dev/chain/shapes.ts';
import { ChainWorld } from '../../../src/dev/chain/world.ts';

const saved = new ChainWorld().toJSON();
const ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

function openPool({ flavours = ['esplora', 'esplora'] as Flavour[], perMinute = Number.POSITIVE_INFINITY } = {}) {
  const clock = { ms: 1_800_000_000_000 };
  const now = () => clock.ms;
  const world = new ChainWorld({ saved, flavours, now });
  const answers: (Response | null)[] = world.views.map(() => null);
  const requests: { url: string; headers: Headers }[] = [];
  const explorers = world.views.map((view, i) => {
    const ask = async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = new Request(input, init);
      requests.push({ url: request.url, headers: request.headers });
      return answers[i]?.clone() ?? view.fetch(request);
    };
    return esplora({
      url: `http://${view.name}.test/api`,
      fetch: ask as typeof fetch,
      budget: new Budget(perMinute, now),
    });
  });
  const pool = new ExplorerPool(explorers, now);
  return {
    clock,
    world,
    pool,
    requests,
    /** What an explorer answers to everything; null for the truth. */
    answer: (view: number, response: Response | null) => {
      answers[view] = response;
    },
    asked: async (work: () => Promise<unknown>) => {
      const before = requests.length;
      await work().catch(() => {});
      return requests.slice(before).map(({ url }) => new URL(url).host + new URL(url).pathname.slice(4));
    },
    ask: (urgency: 'block' | 'hot' | 'sweep' = 'hot') => pool.ask(0, urgency, (explorer) => explorer.history(ADDRESS)),
  };
}

describe('A budget', () => {
  it('fills with time, up to half a minute’s worth', () => {
    const clock = { ms: 0 };
    const budget = new Budget(60, () => clock.ms);
    expect(budget.left()).toBe(30);
    for (let i = 0; i < 40; i++) budget.spend();
    expect(budget.left()).toBe(-10);
    clock.ms += 15_000;
    expect(budget.left()).toBe(5);
    clock.ms += 3_600_000;
    expect(budget.left()).toBe(30);
  });

  it('is what the operators of public explorers are known to bear, and large for one’s own', () => {
    expect(usualBudget('https://mempool.space/api')).toBe(30);
    expect(usualBudget('https://blockstream.info/api')).toBe(10);
    expect(usualBudget('http://10.0.0.7:3000')).toBe(600);
  });

  it('is spent on tips to a quarter only', async () => {
    const { pool, clock, requests } = openPool({ perMinute: 40 });
    for (let second = 0; second < 600; second++) {
      await pool.tips();
      clock.ms += 1_000;
    }
    const hashes = requests.filter(({ url }) => url.startsWith('http://a.') && url.endsWith('/blocks/tip/hash'));
    expect(hashes.length).toBeLessThanOrEqual(101);
    expect(hashes.length).toBeGreaterThan(90);
  });

  it('leaves a quarter for blocks when a page is open, and half when none is; blocks are read in any case', async () => {
    const { pool, ask, asked } = openPool({ perMinute: 40 });
    await pool.tips();
    const countUntilRefused = async (urgency: 'hot' | 'sweep') => {
      for (let count = 0; ; count++) {
        try {
          await ask(urgency);
        } catch (error) {
          expect(error).toBeInstanceOf(ExplorerError);
          return count;
        }
      }
    };
    // Two explorers with a bucket of 20 each, of which their tips took two.
    expect(await countUntilRefused('sweep')).toBe(2 * 8);
    expect(await countUntilRefused('hot')).toBe(2 * 5);
    expect(await asked(() => ask('hot'))).toEqual([]);
    for (let i = 0; i < 30; i++) await ask('block');
  });
});

describe('An explorer that fails', () => {
  const FAILURE = new Response('<html>', { status: 429 });

  it('is left alone, twice as long each time; then its tip alone is asked, and an answer clears its record', async () => {
    const { pool, clock, answer, ask, asked } = openPool({ flavours: ['esplora'] });
    await pool.tips();
    answer(0, FAILURE);
    const pauses: number[] = [];
    for (let failure = 0; failure < 4; failure++) {
      await asked(() => (failure === 0 ? ask() : pool.tips()));
      const until = pool.health()[0]?.pausedUntilMs ?? 0;
      pauses.push(until - clock.ms);
      // While it is paused it gets no request.
      clock.ms = until - 1;
      expect(await asked(() => pool.tips())).toEqual([]);
      expect(await asked(() => ask())).toEqual([]);
      clock.ms = until;
      expect(await asked(() => ask())).toEqual([]);
    }
    for (const [i, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(5_000 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(6_000 * 2 ** i);
    }
    answer(0, null);
    expect(await asked(() => pool.tips())).toContain('a.test/blocks/tip/hash');
    expect(pool.health()).toMatchObject([{ failures: 0, pausedUntilMs: null, tipHeight: 120 }]);
    expect(await asked(() => ask())).toHaveLength(1);
  });

  it('is left alone for as long as it says, a quarter of an hour at most', async () => {
    const { pool, clock, answer, ask, asked } = openPool({ flavours: ['esplora'] });
    await pool.tips();
    answer(0, new Response('', { status: 503, headers: { 'retry-after': '77' } }));
    await asked(() => ask());
    expect(pool.health()[0]?.pausedUntilMs).toBe(clock.ms + 77_000);
    clock.ms += 77_000;
    answer(0, new Response('', { status: 503, headers: { 'retry-after': '86400' } }));
    await pool.tips();
    expect(pool.health()[0]?.pausedUntilMs).toBe(clock.ms + 15 * 60_000);
  });

  it('is passed by for the next one', async () => {
    const { pool, answer, ask, asked } = openPool();
    await pool.tips();
    answer(0, FAILURE);
    expect(await asked(() => ask())).toEqual([`a.test/address/${ADDRESS}/txs`, `b.test/address/${ADDRESS}/txs`]);
    expect(await asked(() => ask())).toEqual([`b.test/address/${ADDRESS}/txs`]);
  });
});

describe('An explorer that refuses a question', () => {
  it('is not taken for ill: an address that strangers fill must not silence it', async () => {
    const { pool, answer, ask } = openPool();
    await pool.tips();
    const tooMany = new Response('Too many history entries', { status: 400 });
    for (const view of [0, 1]) answer(view, tooMany);
    await expect(ask()).rejects.toBeInstanceOf(ExplorerRefusal);
    expect(pool.health().map(({ failures, pausedUntilMs }) => [failures, pausedUntilMs])).toEqual([
      [0, null],
      [0, null],
    ]);
    answer(1, null);
    expect(await ask()).toEqual([]);
  });
});

describe('Many addresses', () => {
  const coins = (world: ChainWorld, count: number) =>
    Array.from({ length: count }, () => world.wallet.pay({ address: ADDRESS, sats: 1_000 }).txid);

  it('are asked about in one request where the explorer offers it', async () => {
    const { pool, world, asked } = openPool({ flavours: ['esplora', 'mempool'] });
    const [txid] = coins(world, 1);
    await pool.tips();
    const find = () => pool.histories(0, 'hot', [ADDRESS, world.wallet.address]);
    expect((await find())?.some((tx) => tx.txid === txid)).toBe(true);
    // The one that does not offer it was asked once, and is no more.
    expect(await asked(find)).toEqual(expect.arrayContaining(['b.test/addresses/txs']));
    expect((await asked(find)).filter((path) => path.startsWith('a.'))).toEqual([]);
  });

  it('of which one is busy are read page by page, and one by one when there is too much', async () => {
    const { pool, world } = openPool({ flavours: ['mempool'] });
    const few = coins(world, 120);
    await pool.tips();
    const list = await pool.histories(0, 'hot', [ADDRESS]);
    expect(new Set(list?.map(({ txid }) => txid))).toEqual(new Set(few));
  });

  it('are not asked where no explorer offers it', async () => {
    const { pool } = openPool();
    await pool.tips();
    expect(await pool.histories(0, 'hot', [ADDRESS])).toBeNull();
    expect(pool.health().every(({ failures }) => failures === 0)).toBe(true);
  });
});

describe('Credentials in an explorer’s URL', () => {
  it.each([
    ['https://token-1@explorer.test/api', 'Bearer token-1'],
    ['https://user:p%40ss@explorer.test/api/', `Basic ${btoa('user:p@ss')}`],
    ['https://explorer.test/api', null],
  ])('of %s are sent as a header and never shown', async (url, header) => {
    const seen: Request[] = [];
    const ask = async (input: RequestInfo | URL, init?: RequestInit) => {
      seen.push(new Request(input, init));
      return new Response('0'.repeat(64));
    };
    const explorer = esplora({ url, fetch: ask as typeof fetch });
    await explorer.blockHash(5);
    expect(explorer.name).toBe('https://explorer.test');
    expect(seen.map((request) => request.url)).toEqual(['https://explorer.test/api/block-height/5']);
    expect(seen[0]?.headers.get('authorization')).toBe(header);
  });
});
