// What a store can pay out with: the coins of its wallet as blocks show them, against the word of any explorer.

import { describe, expect, it } from 'vitest';
import { coinsAt, isReserved, releaseCoins, reserveCoins } from '../../../src/adapters/db/coins.ts';
import { coinsOf } from '../../../src/services/wallets/coins.ts';
import { openSigner } from '../../support/signer.ts';

describe('The coins of a wallet', () => {
  it('are not followed before the store wants to pay something out', async () => {
    const shop = await openSigner();
    const { outpoint } = await shop.earn(60_000);
    expect(await coinsAt(shop.deps.db, [outpoint])).toEqual([]);
  });

  it('are its earlier payments, and what blocks bring after that', async () => {
    const shop = await openSigner();
    const earlier = await shop.earn(60_000);
    expect(await shop.watcher.followWallet(shop.walletId)).toBe(0);
    expect((await shop.spendable()).map(({ outpoint }) => outpoint)).toEqual([earlier.outpoint]);
    await shop.earn(70_000);
    // Unconfirmed money is not spent.
    const { address } = await shop.invoiceOf(80_000);
    await shop.pay(address, 80_000);
    await shop.follow();
    expect(await shop.values()).toEqual([60_000, 70_000]);
    // Following it again changes nothing.
    expect(await shop.watcher.followWallet(shop.walletId)).toBe(0);
    expect(await shop.values()).toEqual([60_000, 70_000]);
  });

  it('may be too young to spend', async () => {
    const shop = await openSigner();
    await shop.watcher.followWallet(shop.walletId);
    await shop.earn(60_000);
    const [tip] = await shop.headers();
    expect(await coinsOf(shop.deps, shop.walletId, (tip?.height ?? 0) - 1)).toEqual([]);
    expect(await coinsOf(shop.deps, shop.walletId, tip?.height ?? 0)).toHaveLength(1);
  });

  it('pay a batch that the device signs and the network accepts; its change can be paid out again', async () => {
    const shop = await openSigner();
    await shop.earn(60_000);
    await shop.watcher.followWallet(shop.walletId);
    await shop.earn(70_000);
    const first = await shop.payOut(100_000);
    await shop.mine();
    await shop.follow();
    const [change, ...more] = await shop.spendable();
    expect(more).toEqual([]);
    expect(change).toMatchObject({ chain: 1, index: 0, outpoint: expect.stringContaining(first.txid) });
    const spent = await coinsAt(
      shop.deps.db,
      first.plan.inputs.map(({ outpoint }) => outpoint),
    );
    expect(spent.map(({ spentBy }) => spentBy)).toEqual([first.txid, first.txid]);
    // No proof is held of change: an explorer gives its transaction, and the hash says that it is this one.
    const second = await shop.payOut(20_000);
    await shop.mine();
    await shop.follow();
    expect(await shop.spendable()).toMatchObject([
      { chain: 1, index: 1, outpoint: expect.stringContaining(second.txid) },
    ]);
  });

  it('come back when a reorg takes the spending out, and go again with the block that holds it', async () => {
    const shop = await openSigner();
    await shop.watcher.followWallet(shop.walletId);
    await shop.earn(60_000);
    const { txid } = await shop.payOut(20_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1, { remine: false });
    await shop.follow();
    // The coin is there again, and the change has no block.
    expect(await shop.values()).toEqual([60_000]);
    await shop.mine();
    await shop.follow();
    expect(await shop.spendable()).toMatchObject([{ chain: 1, outpoint: expect.stringContaining(txid) }]);
  });

  it('are gone when a reorg leaves their payment out', async () => {
    const shop = await openSigner();
    await shop.watcher.followWallet(shop.walletId);
    await shop.earn(60_000);
    await shop.reorg(1, { drop: true });
    await shop.follow();
    expect(await shop.spendable()).toEqual([]);
  });

  it('that were spent before are found out, by explorers', async () => {
    const shop = await openSigner();
    await shop.earn(60_000);
    await shop.earn(90_000);
    await shop.watcher.followWallet(shop.walletId);
    // A second wallet of the same keys: as if it had been followed only after the merchant had spent a coin.
    await shop.payOut(50_000);
    await shop.mine();
    await shop.deps.db.$client.batch([
      shop.deps.db.$client.prepare('DELETE FROM coins WHERE wallet_id = ?').bind(shop.walletId),
      shop.deps.db.$client.prepare('UPDATE wallets SET coins_since = NULL WHERE id = ?').bind(shop.walletId),
      shop.deps.db.$client.prepare('UPDATE chain_state SET follows_coins = 0'),
    ]);
    await shop.follow();
    expect(await shop.watcher.followWallet(shop.walletId)).toBe(0);
    // The change came before, to an address that no invoice has: it is not known.
    expect(await shop.values()).toEqual([90_000]);
  });

  it('are not hidden by one explorer that calls them spent', async () => {
    const shop = await openSigner();
    await shop.earn(60_000);
    shop.lie(0, (path) =>
      path.includes('/outspend/') ? JSON.stringify({ spent: true, txid: 'ab'.repeat(32) }) : null,
    );
    await shop.watcher.followWallet(shop.walletId);
    expect(await shop.values()).toEqual([60_000]);
  });

  it('wait until an explorer says whether they were spent', async () => {
    const shop = await openSigner();
    await shop.earn(60_000);
    for (const view of [0, 1])
      shop.lie(view, (path) => (path.includes('/outspend/') ? new Response('', { status: 500 }) : null));
    expect(await shop.watcher.followWallet(shop.walletId)).toBe(1);
    expect(await shop.values()).toEqual([]);
  });

  it('keep their batch, whichever block holds them', async () => {
    const shop = await openSigner();
    await shop.watcher.followWallet(shop.walletId);
    const { outpoint } = await shop.earn(60_000);
    await reserveCoins(shop.deps.db, 'batch_1', [outpoint]);
    await shop.reorg(1);
    await shop.follow();
    expect(await coinsAt(shop.deps.db, [outpoint])).toMatchObject([{ batchId: 'batch_1', height: expect.any(Number) }]);
    expect(await shop.spendable()).toEqual([]);
  });
});

describe('Two batches in one moment', () => {
  it('never share a coin: one has all of its coins, the other none', async () => {
    const shop = await openSigner();
    await shop.watcher.followWallet(shop.walletId);
    const [a, b, c] = [await shop.earn(60_000), await shop.earn(70_000), await shop.earn(80_000)].map(
      ({ outpoint }) => outpoint,
    );
    const wanted: [string, string[]][] = [
      ['batch_1', [a ?? '', b ?? '']],
      ['batch_2', [b ?? '', c ?? '']],
    ];
    const { db } = shop.deps;
    const held = await Promise.all(
      wanted.map(async ([batchId, outpoints]) => {
        const [, [row]] = await db.batch([
          reserveCoins(db, batchId, outpoints),
          db
            .select({ held: isReserved(batchId, outpoints) })
            .from((await import('../../../src/adapters/db/schema.ts')).chainState)
            .limit(1),
        ]);
        return row?.held;
      }),
    );
    expect(held.toSorted()).toEqual([0, 1]);
    const coins = await coinsAt(db, [a ?? '', b ?? '', c ?? '']);
    expect(new Set(coins.map(({ batchId }) => batchId)).size).toBe(2);
    expect(await shop.spendable()).toHaveLength(1);
    // Released, they are free; a batch lets go of its own alone.
    for (const [batchId, outpoints] of wanted) await releaseCoins(db, `not_${batchId}`, outpoints);
    expect(await shop.spendable()).toHaveLength(1);
    for (const [batchId, outpoints] of wanted) await releaseCoins(db, batchId, outpoints);
    expect(await shop.spendable()).toHaveLength(3);
  });
});
