// Explorers fail and lie in every way a watcher must survive, one switch each, and are honest again afterwards.
import { describe, expect, it } from 'vitest';
import { ask, makeWorld, merchantAddress, txidsOf, UNKNOWN_TXID } from './support.ts';

const SHOP = merchantAddress();

function twoExplorers() {
  return makeWorld({ flavours: ['esplora', 'mempool'] });
}

describe('an explorer that does not answer well', () => {
  it('is down: the connection breaks, while the other explorer goes on', async () => {
    const world = twoExplorers();
    world.view('a')?.setFault({ down: true });
    await expect(ask(world, '/blocks/tip/height')).rejects.toThrow('fetch failed');
    expect((await ask(world, '/blocks/tip/height', 'b')).text).toBe('120');
    world.view(0)?.setFault(null);
    expect((await ask(world, '/blocks/tip/height')).text).toBe('120');
  });

  it('hangs until it is switched off', async () => {
    const world = makeWorld();
    world.view(0)?.setFault({ hang: true });
    let isAnswered = false;
    const answer = ask(world, '/blocks/tip/height').then((value) => {
      isAnswered = true;
      return value;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    world.view(0)?.setFault({});
    expect((await answer).text).toBe('120');
  });

  it('answers an error page, or an HTML page that claims to be fine', async () => {
    const world = makeWorld();
    world.view(0)?.setFault({ status: 429 });
    const limited = await ask(world, `/address/${SHOP}/txs`);
    expect(limited).toMatchObject({ status: 429, type: 'text/html' });
    expect(limited.text).toContain('<html>');
    world.view(0)?.setFault({ html: true });
    expect(await ask(world, `/address/${SHOP}/txs`)).toMatchObject({ status: 200, type: 'text/html' });
  });

  it('cuts its JSON off in the middle', async () => {
    const world = makeWorld();
    world.view(0)?.setFault({ garbage: true });
    const answer = await ask(world, '/blocks');
    expect(answer).toMatchObject({ status: 200, type: 'application/json', json: undefined });
    expect(answer.text).toMatch(/^\[\{"id":/);
  });

  it('is slow', async () => {
    const slept: number[] = [];
    const world = makeWorld({ sleep: async (ms) => void slept.push(ms) });
    world.view(0)?.setFault({ delayMs: 2_500 });
    expect((await ask(world, '/blocks/tip/height')).text).toBe('120');
    expect(slept).toEqual([2_500]);
  });
});

describe('an explorer that lives in the past', () => {
  it('lags: its tip is old and the confirmed payment still waits there', async () => {
    const world = makeWorld();
    const { txid } = world.wallet.pay({ address: SHOP, sats: 5_000 });
    world.chain.mine(2);
    world.view(0)?.setFault({ lagBlocks: 2 });
    expect((await ask(world, '/blocks/tip/height')).text).toBe('120');
    expect((await ask(world, '/block-height/121')).status).toBe(404);
    expect((await ask(world, `/block/${world.chain.tip.hash}/raw`)).status).toBe(404);
    expect((await ask(world, `/address/${SHOP}/txs`)).json[0]).toMatchObject({ txid, status: { confirmed: false } });
    expect((await ask(world, '/mempool/txids')).json).toEqual([txid]);
    world.view(0)?.setFault({ lagBlocks: 1 });
    expect((await ask(world, `/tx/${txid}/status`)).json.block_height).toBe(121);
  });

  it('froze: nothing that happened since is there, not even after a reorg', async () => {
    const world = makeWorld();
    const before = world.wallet.pay({ address: SHOP, sats: 5_000 }).txid;
    const tip = world.chain.tip.hash;
    world.view(0)?.setFault({ freeze: true });
    const after = world.wallet.pay({ address: SHOP, sats: 6_000 }).txid;
    world.chain.mine(3);
    world.chain.reorg({ depth: 2, drop: true });
    world.view(0)?.setFault({ freeze: true, duplicates: false });
    expect((await ask(world, '/blocks/tip/hash')).text).toBe(tip);
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs`))).toEqual([before]);
    expect((await ask(world, `/tx/${before}/status`)).json).toEqual({ confirmed: false });
    expect((await ask(world, `/tx/${after}`)).status).toBe(404);
    world.view(0)?.setFault({});
    expect((await ask(world, '/blocks/tip/height')).text).toBe('124');
    expect((await ask(world, `/tx/${before}/status`)).json.confirmed).toBe(true);
  });

  it('indexes slowly: the tip is new, the address history one block old', async () => {
    const world = makeWorld();
    const { txid } = world.wallet.pay({ address: SHOP, sats: 5_000 });
    world.chain.mine();
    world.view(0)?.setFault({ slowIndex: true });
    const tip = (await ask(world, '/blocks/tip/hash')).text;
    expect(tip).toBe(world.chain.tip.hash);
    expect((await ask(world, `/block/${tip}/txids`)).json).toContain(txid);
    expect((await ask(world, `/address/${SHOP}/txs`)).json[0].status.confirmed).toBe(false);
    world.chain.mine();
    expect((await ask(world, `/address/${SHOP}/txs`)).json[0].status.confirmed).toBe(true);
  });
});

describe('an explorer that lies', () => {
  it('hides unconfirmed payments: all of them, or those named', async () => {
    const world = makeWorld();
    const [one, two] = [1_000, 2_000].map((sats) => world.wallet.pay({ address: SHOP, sats }).txid);
    world.view(0)?.setFault({ hideMempool: true });
    expect((await ask(world, `/address/${SHOP}/txs`)).json).toEqual([]);
    expect((await ask(world, `/tx/${one}`)).status).toBe(404);
    world.view(0)?.setFault({ hideMempool: [one ?? ''] });
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs`))).toEqual([two]);
    expect((await ask(world, '/mempool/recent')).json.map((tx: { txid: string }) => tx.txid)).not.toContain(one);
    world.chain.mine();
    expect((await ask(world, `/address/${SHOP}/txs`)).json).toHaveLength(2);
  });

  it('claims a confirmed payment that no block holds', async () => {
    const world = makeWorld();
    world.view(0)?.setFault({ forge: { txid: UNKNOWN_TXID, address: SHOP, sats: 99_000 } });
    const [claimed] = (await ask(world, `/address/${SHOP}/txs`)).json;
    expect(claimed).toMatchObject({ txid: UNKNOWN_TXID, status: { confirmed: true, block_height: 120 } });
    expect(claimed.vout[0].value).toBe(99_000);
    expect((await ask(world, `/tx/${UNKNOWN_TXID}/status`)).json.confirmed).toBe(true);
    expect((await ask(world, `/address/${SHOP}/utxo`)).json[0].txid).toBe(UNKNOWN_TXID);
    const tip = world.chain.tip.hash;
    expect((await ask(world, `/block/${tip}/txids`)).json).toContain(UNKNOWN_TXID);
    expect((await ask(world, `/block/${tip}`)).json.tx_count).toBe(world.chain.tip.txs.length);
    world.view(0)?.setFault({ forge: { address: SHOP, sats: 99_000 } });
    const [consistent] = (await ask(world, `/address/${SHOP}/txs`)).json;
    expect((await ask(world, `/tx/${consistent.txid}/hex`)).status).toBe(200);
  });

  it('reports other amounts than the raw bytes hold', async () => {
    const world = makeWorld();
    const { txid, vout } = world.wallet.pay({ address: SHOP, sats: 5_000 });
    const raw = (await ask(world, `/tx/${txid}/hex`)).text;
    world.view(0)?.setFault({ alterSats: 1_000 });
    expect((await ask(world, `/tx/${txid}`)).json.vout[vout].value).toBe(6_000);
    expect((await ask(world, `/address/${SHOP}/utxo`)).json[0].value).toBe(6_000);
    expect((await ask(world, `/tx/${txid}/hex`)).text).toBe(raw);
  });

  it('names every transaction twice', async () => {
    const world = makeWorld();
    const { txid } = world.wallet.pay({ address: SHOP, sats: 5_000 });
    world.view(0)?.setFault({ duplicates: true });
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs`))).toEqual([txid, txid]);
  });
});
