// Explorers show a page at a time and say no in their own way; a busy address must not surprise the watcher.
import { describe, expect, it } from 'vitest';
import { scripthash } from '../../../src/dev/chain/script.ts';
import { ask, makeWorld, merchantAddress, txidsOf, UNKNOWN_TXID } from './support.ts';

const SHOP = merchantAddress();

/** 60 confirmed payments over three blocks, then 55 waiting. */
function busyShop() {
  const world = makeWorld({ flavours: ['esplora', 'mempool'] });
  const pay = () => world.wallet.pay({ address: SHOP, sats: 1_000 }).txid;
  const confirmed: string[][] = [];
  for (let block = 0; block < 3; block++) {
    confirmed.push(Array.from({ length: 20 }, pay));
    world.chain.mine();
  }
  const waiting = Array.from({ length: 55 }, pay);
  const newestFirst = confirmed.flat().reverse();
  return { world, waiting, newestFirst };
}

describe('a busy address', () => {
  const { world, waiting, newestFirst } = busyShop();

  it('shows 50 waiting and 25 confirmed payments together; the 51st waiting one is invisible', async () => {
    const first = txidsOf(await ask(world, `/address/${SHOP}/txs`));
    expect(first).toEqual([...waiting.slice(0, 50), ...newestFirst.slice(0, 25)]);
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs/mempool`))).toEqual(waiting.slice(0, 50));
  });

  it('pages back through the confirmed ones, 25 at a time', async () => {
    const pages: string[] = txidsOf(await ask(world, `/address/${SHOP}/txs/chain`));
    for (let page = 0; page < 3; page++) {
      pages.push(...txidsOf(await ask(world, `/address/${SHOP}/txs/chain/${pages.at(-1)}`)));
    }
    expect(pages).toEqual(newestFirst);
    expect((await ask(world, `/address/${SHOP}/txs/chain/${UNKNOWN_TXID}`)).json).toEqual([]);
  });

  it('counts differently where mempool runs: 50 in all, more if asked, paged by the last one seen', async () => {
    const all = [...waiting, ...newestFirst];
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs`, 'b'))).toEqual(all.slice(0, 50));
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs?max_txs=200`, 'b'))).toEqual(all);
    const rest = txidsOf(await ask(world, `/address/${SHOP}/txs?after_txid=${all[49]}`, 'b'));
    expect(rest).toEqual(all.slice(50, 100));
    expect((await ask(world, `/address/${SHOP}/txs?after_txid=${UNKNOWN_TXID}`, 'b')).status).toBe(422);
  });

  it('has a script hash that answers the same', async () => {
    const { script } = {
      script: world.chain.known(newestFirst[0] ?? '')?.outputs.find((o) => o.sats === 1_000)?.script ?? '',
    };
    const hash = scripthash(script);
    expect(txidsOf(await ask(world, `/scripthash/${hash}/txs/chain`))).toEqual(newestFirst.slice(0, 25));
    expect((await ask(world, `/scripthash/${hash}`)).json).toMatchObject({
      scripthash: hash,
      chain_stats: { tx_count: 60 },
    });
    expect((await ask(world, `/scripthash/${'0'.repeat(64)}/txs`)).json).toEqual([]);
    expect((await ask(world, '/scripthash/zz/txs')).status).toBe(400);
  });

  it('can be asked for together with others, and then hides them', async () => {
    const quiet = merchantAddress(2);
    const { txid } = world.wallet.pay({ address: quiet, sats: 2_000 });
    const body = JSON.stringify([SHOP, quiet, 'not an address']);
    expect((await ask(world, '/addresses/txs', 'b', body)).json).toHaveLength(50);
    expect(txidsOf(await ask(world, '/addresses/txs?max_txs=500', 'b', body))).toContain(txid);
    expect((await ask(world, '/addresses/txs', 'b', JSON.stringify(new Array(301).fill(SHOP)))).status).toBe(422);
    expect((await ask(world, '/addresses/txs', 'b', '{}')).status).toBe(400);
    expect((await ask(world, '/addresses/txs', 'a', body)).status).toBe(404);
  });

  it('refuses to list more than 500 coins', async () => {
    expect((await ask(world, `/address/${world.wallet.address}/utxo`)).status).toBe(400);
    expect((await ask(world, `/address/${world.wallet.address}/utxo`)).text).toContain('(>500)');
    expect((await ask(world, `/address/${SHOP}/utxo`)).json).toHaveLength(115);
  });
});

describe('an explorer', () => {
  it('lists ten blocks downwards and the transactions of a block 25 at a time', async () => {
    const world = makeWorld();
    const heights = (answer: { json: { height: number }[] }) => answer.json.map((block) => block.height);
    expect(heights(await ask(world, '/blocks'))).toEqual([120, 119, 118, 117, 116, 115, 114, 113, 112, 111]);
    expect(heights(await ask(world, '/blocks/3'))).toEqual([3, 2, 1, 0]);
    for (let n = 0; n < 29; n++) world.wallet.pay({ address: SHOP, sats: 1_000 });
    const { hash } = world.chain.mine();
    const txids = (await ask(world, `/block/${hash}/txids`)).json;
    expect(txidsOf(await ask(world, `/block/${hash}/txs`))).toEqual(txids.slice(0, 25));
    expect(txidsOf(await ask(world, `/block/${hash}/txs/25`))).toEqual(txids.slice(25));
    expect((await ask(world, `/block/${hash}/txs/7`)).status).toBe(400);
    expect((await ask(world, `/block/${hash}/txs`)).json[0].vin[0]).toMatchObject({ is_coinbase: true, prevout: null });
  });

  it('says no in plain text', async () => {
    const world = makeWorld();
    const refusals: [string, number, string][] = [
      ['/block-height/999', 404, 'Block not found'],
      ['/block-height/x', 400, 'Invalid number'],
      [`/block/${UNKNOWN_TXID}`, 404, 'Block not found'],
      ['/block/xyz', 400, 'Invalid hex string'],
      [`/tx/${UNKNOWN_TXID}`, 404, 'Transaction not found'],
      [`/tx/${UNKNOWN_TXID}/merkle-proof`, 404, 'Transaction not found or is unconfirmed'],
      ['/address/bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq/txs', 400, 'Address on invalid network'],
      ['/nonsense', 404, 'endpoint does not exist'],
    ];
    for (const [path, status, text] of refusals) {
      expect(await ask(world, path)).toMatchObject({ status, text, type: 'text/plain' });
    }
    expect((await ask(world, `/tx/${UNKNOWN_TXID}/status`)).json).toEqual({ confirmed: false });
  });

  it('counts what it was asked, by path', async () => {
    const world = makeWorld();
    await ask(world, '/blocks/tip/hash');
    await ask(world, `/address/${SHOP}/txs`);
    await ask(world, `/address/${merchantAddress(2)}/txs`);
    expect(world.view(0)?.requestCounts()).toEqual({
      total: 3,
      byPath: { 'GET /address/:address/txs': 2, 'GET /blocks/tip/hash': 1 },
    });
  });
});
