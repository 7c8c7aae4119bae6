// A buyer pays, the explorer shows it waiting, a block confirms it; a buyer who cheats pays twice and one payment goes.
import { p2pkh, p2sh, p2tr, p2wpkh, Transaction } from '@scure/btc-signer';
import { pubECDSA, pubSchnorr } from '@scure/btc-signer/utils.js';
import { describe, expect, it } from 'vitest';
import { REGTEST } from '../../../src/dev/chain/script.ts';
import { ask, makeWorld, merchantAddress, merchantKey, txidsOf, UNKNOWN_TXID } from './support.ts';

const SHOP = merchantAddress();

describe('a payment', () => {
  it('waits in the mempool, then is confirmed by the next block', async () => {
    const world = makeWorld();
    const { txid, vout } = world.wallet.pay({ address: SHOP, sats: 25_000, feeRate: 5 });
    const waiting = (await ask(world, `/address/${SHOP}/txs`)).json;
    expect(waiting).toHaveLength(1);
    expect(waiting[0]).toMatchObject({ txid, status: { confirmed: false } });
    expect(waiting[0].status).not.toHaveProperty('block_height');
    expect(waiting[0].vout[vout]).toMatchObject({
      scriptpubkey_address: SHOP,
      value: 25_000,
      scriptpubkey_type: 'v0_p2wpkh',
    });
    expect(waiting[0].vout[vout].scriptpubkey_asm).toMatch(/^OP_0 OP_PUSHBYTES_20 [0-9a-f]{40}$/);
    expect(waiting[0].fee / Math.ceil(waiting[0].weight / 4)).toBeCloseTo(5, 0);
    expect((await ask(world, '/mempool/txids')).json).toEqual([txid]);
    expect((await ask(world, '/mempool/recent')).json[0].txid).toBe(txid);

    const block = world.chain.mine();
    const status = { confirmed: true, block_height: 121, block_hash: block.hash, block_time: block.time };
    expect((await ask(world, `/tx/${txid}`)).json.status).toEqual(status);
    expect((await ask(world, `/tx/${txid}/status`)).json).toEqual(status);
    expect((await ask(world, `/address/${SHOP}/utxo`)).json).toEqual([{ txid, vout, status, value: 25_000 }]);
    expect((await ask(world, '/mempool/txids')).json).toEqual([]);
    expect((await ask(world, `/address/${SHOP}`)).json).toEqual({
      address: SHOP,
      chain_stats: { funded_txo_count: 1, funded_txo_sum: 25_000, spent_txo_count: 0, spent_txo_sum: 0, tx_count: 1 },
      mempool_stats: { funded_txo_count: 0, funded_txo_sum: 0, spent_txo_count: 0, spent_txo_sum: 0, tx_count: 0 },
    });
  });

  it('reaches every kind of address', async () => {
    const world = makeWorld();
    const key = new Uint8Array(32).fill(9);
    const inner = p2wpkh(pubECDSA(key), REGTEST);
    const kinds = {
      p2pkh: p2pkh(pubECDSA(key), REGTEST).address,
      p2sh: p2sh(inner, REGTEST).address,
      v0_p2wpkh: inner.address,
      v1_p2tr: p2tr(pubSchnorr(key), undefined, REGTEST).address,
    };
    for (const [type, address] of Object.entries(kinds)) {
      const { txid, vout } = world.wallet.pay({ address, sats: 1_000 });
      const output = (await ask(world, `/tx/${txid}`)).json.vout[vout];
      expect(output).toMatchObject({ scriptpubkey_type: type, scriptpubkey_address: address, value: 1_000 });
    }
  });

  it('can be made a thousand times over without one depending on another', () => {
    const world = makeWorld();
    for (let n = 0; n < 200; n++) world.wallet.pay({ address: merchantAddress(n), sats: 1_000 + n });
    const inputs = [...world.chain.frame().mempool.values()].flatMap(({ tx }) => tx.inputs.map((input) => input.txid));
    expect(inputs.every((txid) => !world.chain.frame().mempool.has(txid))).toBe(true);
    expect(world.wallet.coins().filter((coin) => coin.place !== undefined).length).toBeGreaterThan(700);
  });

  it('may have several payees', async () => {
    const world = makeWorld();
    const also = [2, 3].map((n) => ({ address: merchantAddress(n), sats: n * 1_000 }));
    const { txid } = world.wallet.pay({ address: SHOP, sats: 1_000, also });
    const { vin, vout } = (await ask(world, `/tx/${txid}`)).json;
    const paid = vout.map((output: { scriptpubkey_address: string; value: number }) => [
      output.scriptpubkey_address,
      output.value,
    ]);
    expect(paid).toHaveLength(4);
    expect(paid).toEqual(expect.arrayContaining([[SHOP, 1_000], ...also.map(({ address, sats }) => [address, sats])]));
    expect(vin).toHaveLength(1);
  });

  it('may spend the change of one that waits, and goes with it when it is replaced', async () => {
    const world = makeWorld();
    const parent = world.wallet.pay({ address: merchantAddress(2), sats: 1_000 });
    const child = world.wallet.pay({ address: SHOP, sats: 2_000, from: parent.txid });
    expect((await ask(world, `/tx/${child.txid}`)).json.vin[0].txid).toBe(parent.txid);
    expect(() => world.wallet.pay({ address: SHOP, sats: 3_000, from: parent.txid })).toThrow(/^from: /);
    expect(() => world.wallet.pay({ address: SHOP, sats: 1e9, from: child.txid })).toThrow(/^sats: /);
    world.wallet.replace({ txid: parent.txid });
    expect((await ask(world, `/address/${SHOP}/txs`)).json).toEqual([]);
  });

  it('may be larger than any single coin of the wallet', async () => {
    const world = makeWorld();
    const { txid } = world.wallet.pay({ address: SHOP, sats: 12_000_000_000 });
    expect((await ask(world, `/tx/${txid}`)).json.vin.length).toBeGreaterThan(1);
    expect(() => world.wallet.pay({ address: SHOP, sats: 1e14 })).toThrow(/^sats: the demo wallet holds only/);
  });
});

describe('a second payment of the same coins', () => {
  it('takes the first one away when it pays more', async () => {
    const world = makeWorld();
    const first = world.wallet.pay({ address: SHOP, sats: 40_000 });
    const fee = (await ask(world, `/tx/${first.txid}`)).json.fee;
    const second = world.wallet.replace({ txid: first.txid, address: SHOP, sats: 41_000 });
    expect(txidsOf(await ask(world, `/address/${SHOP}/txs`))).toEqual([second.txid]);
    expect((await ask(world, `/tx/${second.txid}`)).json.fee).toBeGreaterThan(fee);
    expect((await ask(world, `/tx/${first.txid}`)).status).toBe(404);
    expect((await ask(world, `/tx/${first.txid}/status`)).json).toEqual({ confirmed: false });
  });

  it('leaves the merchant nothing when it goes back to the buyer, and the explorer names the culprit', async () => {
    const world = makeWorld();
    const first = world.wallet.pay({ address: SHOP, sats: 40_000 });
    const [input] = (await ask(world, `/tx/${first.txid}`)).json.vin;
    const second = world.wallet.replace({ txid: first.txid });
    world.chain.mine();
    expect((await ask(world, `/address/${SHOP}/txs`)).json).toEqual([]);
    const spend = (await ask(world, `/tx/${input.txid}/outspend/${input.vout}`)).json;
    expect(spend).toMatchObject({
      spent: true,
      txid: second.txid,
      vin: 0,
      status: { confirmed: true, block_height: 121 },
    });
    expect(() => world.wallet.replace({ txid: second.txid })).toThrow('txid: already confirmed');
  });

  it('takes along what was built on the first', async () => {
    const world = makeWorld();
    const first = world.wallet.pay({ address: SHOP, sats: 40_000 });
    const child = (await ask(world, '/tx', 0, merchantSpends(first))).text;
    expect((await ask(world, '/mempool/txids')).json).toEqual([first.txid, child]);
    const { txid } = world.wallet.replace({ txid: first.txid });
    expect((await ask(world, '/mempool/txids')).json).toEqual([txid]);
  });

  it('is refused when it pays too little or spends what is spent', async () => {
    const world = makeWorld();
    const { txid } = world.wallet.pay({ address: SHOP, sats: 40_000 });
    const hex = (await ask(world, `/tx/${txid}/hex`)).text;
    expect((await ask(world, '/tx', 0, hex)).text).toBe(txid);
    const rival = world.wallet.replace({ txid }).txid;
    expect((await ask(world, '/tx', 0, hex)).text).toContain('insufficient fee, rejecting replacement');
    world.chain.mine();
    expect((await ask(world, '/tx', 0, hex)).text).toContain('bad-txns-inputs-missingorspent');
    const again = (await ask(world, `/tx/${rival}/hex`)).text;
    expect((await ask(world, '/tx', 0, again)).text).toContain('already in utxo set');
  });

  it("is refused in Bitcoin Core's words when its signature is wrong or it is no transaction", async () => {
    const world = makeWorld();
    const paid = world.wallet.pay({ address: SHOP, sats: 40_000 });
    const stranger = await ask(world, '/tx', 0, merchantSpends(paid, 40_001));
    expect(stranger).toMatchObject({ status: 400, type: 'text/plain' });
    expect(stranger.text).toMatch(
      /^sendrawtransaction RPC error: \{"code":-26,"message":"mempool-script-verify-flag-failed/,
    );
    expect((await ask(world, '/tx', 0, merchantSpends(paid))).status).toBe(200);
    expect((await ask(world, '/tx', 0, 'feed')).text).toContain('"code":-22,"message":"TX decode failed');
    expect((await ask(world, '/tx', 0, 'nonsense')).text).toBe('Invalid hex string');
  });

  it('is not possible for what the wallet never had', () => {
    const world = makeWorld();
    expect(() => world.wallet.replace({ txid: UNKNOWN_TXID })).toThrow('txid: no such transaction');
  });
});

/** The shop spends what it got. A signature commits to the amount, so that a wrong `signedSats` makes it worthless. */
function merchantSpends({ txid, vout }: { txid: string; vout: number }, signedSats = 40_000): string {
  const tx = new Transaction();
  const { script } = p2wpkh(pubECDSA(merchantKey()), REGTEST);
  tx.addInput({ txid, index: vout, witnessUtxo: { script, amount: BigInt(signedSats) } });
  tx.addOutputAddress(merchantAddress(2), 39_000n, REGTEST);
  tx.sign(merchantKey());
  tx.finalize();
  return tx.hex;
}
