// In every sequence of steps of the chain no coin is spent twice, none is made from nothing, nothing is lost
// on the way through the file.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DemoWallet } from '../../../src/dev/chain/wallet.ts';
import { ChainWorld } from '../../../src/dev/chain/world.ts';
import { makeWorld, merchantAddress, NOW_MS } from './support.ts';

const START = JSON.stringify(makeWorld());

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pay' as const), sats: fc.integer({ min: 300, max: 3e8 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mine' as const), blocks: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), pick: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('evict' as const), pick: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reorg' as const),
      depth: fc.integer({ min: 1, max: 4 }),
      drop: fc.boolean(),
      remine: fc.boolean(),
    }),
  },
);

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function apply(world: ChainWorld, step: Operation): void {
  const waiting = [...world.chain.frame().mempool.keys()];
  switch (step.kind) {
    case 'pay':
      world.wallet.pay({ address: merchantAddress(), sats: step.sats });
      break;
    case 'mine':
      world.chain.mine(step.blocks);
      break;
    case 'replace':
      if (waiting.length > 0) world.wallet.replace({ txid: waiting[step.pick % waiting.length] ?? '' });
      break;
    case 'evict':
      if (waiting.length > 0) world.chain.evict(waiting[step.pick % waiting.length] ?? '');
      break;
    case 'reorg':
      world.chain.reorg(step);
      break;
  }
}

function checkCoins(world: ChainWorld): void {
  const frame = world.chain.frame();
  const txs = [...frame.best.flatMap((block) => block.txs), ...[...frame.mempool.values()].map(({ tx }) => tx)];
  const unspent = new Set<string>();
  for (const tx of txs) {
    for (const { txid, vout } of tx.isCoinbase ? [] : tx.inputs) expect(unspent.delete(`${txid}:${vout}`)).toBe(true);
    for (const vout of tx.outputs.keys()) unspent.add(`${tx.txid}:${vout}`);
    expect(frame.ledger.fee(tx)).toBeGreaterThanOrEqual(0);
  }
  const coins = frame.coins(world.wallet.script).map((coin) => `${coin.txid}:${coin.vout}`);
  expect(coins.every((coin) => unspent.has(coin))).toBe(true);
  frame.best.forEach((block, height) => {
    expect(block.height).toBe(height);
    if (height > 0) expect(block.previous).toBe(frame.best[height - 1]?.hash);
  });
}

describe('the simulated chain', () => {
  it('never spends a coin twice and comes back from its file as it was', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 3, maxLength: 14 }), (steps) => {
        const world = new ChainWorld({ now: () => NOW_MS, saved: JSON.parse(START) });
        for (const step of steps) apply(world, step);
        checkCoins(world);
        const saved = JSON.stringify(world);
        const restored = new ChainWorld({ now: () => NOW_MS, saved: JSON.parse(saved) });
        expect(JSON.stringify(restored)).toBe(saved);
        const fresh = new DemoWallet(world.chain, world.toJSON().walletSeed);
        expect(world.wallet.balanceSats).toBe(fresh.balanceSats);
        expect(restored.wallet.balanceSats).toBe(fresh.balanceSats);
      }),
      { numRuns: 15 },
    );
  });
});
