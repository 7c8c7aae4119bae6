// A longer branch wins: what was confirmed is confirmed elsewhere, or waits again, or is gone for good.
import { describe, expect, it } from 'vitest';
import { ask, makeWorld, merchantAddress, txidsOf, UNKNOWN_TXID } from './support.ts';

const SHOP = merchantAddress();

async function paidAndMined() {
  const world = makeWorld();
  const { txid } = world.wallet.pay({ address: SHOP, sats: 30_000 });
  const stale = world.chain.mine();
  return { world, txid, stale };
}

describe('a reorg', () => {
  it('puts the payment into another block of the same height by default', async () => {
    const { world, txid, stale } = await paidAndMined();
    const tip = world.chain.reorg({ depth: 1 });
    expect(tip.height).toBe(122);
    const { status } = (await ask(world, `/tx/${txid}`)).json;
    expect(status).toMatchObject({ confirmed: true, block_height: 121 });
    expect(status.block_hash).not.toBe(stale.hash);
    expect((await ask(world, '/block-height/121')).text).toBe(status.block_hash);
    expect(world.chain.stale.map((block) => block.hash)).toEqual([stale.hash]);
  });

  it('sends the payment back to the mempool when it is not mined again', async () => {
    const { world, txid } = await paidAndMined();
    world.chain.reorg({ depth: 1, remine: false });
    expect((await ask(world, `/address/${SHOP}/txs`)).json[0].status).toEqual({ confirmed: false });
    expect((await ask(world, '/mempool/txids')).json).toEqual([txid]);
    world.chain.mine();
    expect((await ask(world, `/tx/${txid}/status`)).json.block_height).toBe(123);
  });

  it('loses the payment when it is dropped, though /tx still remembers it, as explorers do', async () => {
    const { world, txid } = await paidAndMined();
    world.chain.reorg({ depth: 1, drop: true });
    expect((await ask(world, `/address/${SHOP}/txs`)).json).toEqual([]);
    expect((await ask(world, `/address/${SHOP}`)).json.chain_stats.tx_count).toBe(0);
    const remembered = await ask(world, `/tx/${txid}`);
    expect(remembered.status).toBe(200);
    expect(remembered.json.status).toEqual({ confirmed: false });
    expect((await ask(world, '/mempool/txids')).json).toEqual([]);
  });

  it('lets the buyer spend the dropped coins elsewhere', async () => {
    const { world, txid } = await paidAndMined();
    world.chain.reorg({ depth: 1, drop: [txid] });
    const rival = world.wallet.replace({ txid }).txid;
    world.chain.mine();
    expect((await ask(world, `/tx/${rival}/status`)).json.confirmed).toBe(true);
    const { vin } = (await ask(world, `/tx/${txid}`)).json;
    expect((await ask(world, `/tx/${vin[0].txid}/outspend/${vin[0].vout}`)).json.txid).toBe(rival);
  });

  it('drops only what is named', async () => {
    const world = makeWorld();
    const [kept, dropped] = [1, 2].map((n) => world.wallet.pay({ address: SHOP, sats: n * 1_000 }).txid);
    world.chain.mine();
    const waiting = world.wallet.pay({ address: SHOP, sats: 3_000 }).txid;
    world.chain.reorg({ depth: 1, drop: [dropped ?? ''] });
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs`))).toEqual([waiting, kept]);
  });

  it('goes deep, and leaves stale blocks with nothing but their txids', async () => {
    const world = makeWorld();
    world.wallet.pay({ address: SHOP, sats: 30_000 });
    const before = world.chain.tip.height;
    const stale = world.chain.mine(6);
    world.chain.reorg({ depth: 6 });
    expect(world.chain.tip.height).toBe(before + 7);
    expect((await ask(world, `/block/${stale.hash}`)).status).toBe(404);
    expect((await ask(world, `/block/${stale.hash}/header`)).status).toBe(404);
    expect((await ask(world, `/block/${stale.hash}/raw`)).text).toBe('Block not found');
    expect((await ask(world, `/block/${stale.hash}/txids`)).json).toHaveLength(1);
    expect((await ask(world, `/block/${stale.hash}/status`)).json).toEqual({ in_best_chain: false });
    const tipStatus = (await ask(world, `/block/${world.chain.tip.hash}/status`)).json;
    expect(tipStatus).toEqual({ in_best_chain: true, height: before + 7 });
  });

  it('refuses a depth below the genesis block and a txid that is not there', () => {
    const world = makeWorld();
    expect(() => world.chain.reorg({ depth: 121 })).toThrow('depth: expected 1 to 120');
    expect(() => world.chain.reorg({ depth: 1, drop: [UNKNOWN_TXID] })).toThrow(/^drop:/);
    expect(world.chain.tip.height).toBe(120);
  });
});
