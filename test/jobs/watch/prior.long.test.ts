// A wallet that was in use before it came to SatLane: no payment from that time pays an invoice, by any road,
// and an address with a history is not given to a buyer in the first place.

import { describe, expect, it } from 'vitest';
import { openWallet, parseWallet } from '../../../src/core/wallet/wallet.ts';
import { depsFor } from '../../../src/wiring.ts';
import { openElenpay } from '../../http/api/elenpay/support.ts';
import { bindings } from '../../support/merchant.ts';
import { openShop, type ShopOptions } from '../../support/shop.ts';

const SATS = 50_000;

/** Without the block scan: for a deployment with little CPU. */
function poor(): ShopOptions {
  const { config } = depsFor(bindings, { waitUntil() {} });
  return { overrides: { config: { ...config, BLOCK_SCAN: 'off' } } };
}

/** The wallet's first address was paid three blocks ago, and nothing has noticed. */
async function openUsedWallet(options: ShopOptions = {}) {
  const shop = await openShop(options);
  const first = await addressAt(shop.merchant.store.id, 0);
  await shop.pay(first, SATS);
  const { tip } = await shop.mine(3);
  await shop.follow();
  expect((await shop.headers())[0]).toEqual(tip);
  await forgetUse(shop.merchant.store.id);
  shop.merchant.clock.ms += 1_000;
  return { ...shop, first };
}

const addressAt = async (storeId: string, index: number) =>
  (await bindings.DB.prepare('SELECT address FROM addresses WHERE wallet_id = ? AND idx = ?')
    .bind(`wallet-${storeId}`, index)
    .first<string>('address')) ?? '';

/** An address of the store's wallet, whether it is in the pool yet or not. */
function derivedAt({ wallet }: { wallet: { key: string } | null }, index: number): string {
  const { descriptor } = parseWallet(wallet?.key ?? '', { network: 'regtest' });
  return openWallet(descriptor, 'regtest')(index).address;
}

/** As if the address had been derived after its block was read. */
const forgetUse = (storeId: string) =>
  bindings.DB.batch([
    bindings.DB.prepare('UPDATE addresses SET used_at = NULL WHERE wallet_id = ?').bind(`wallet-${storeId}`),
    bindings.DB.prepare('UPDATE wallets SET pool_floor = 0 WHERE id = ?').bind(`wallet-${storeId}`),
  ]);

const zeroConf = (storeId: string) =>
  bindings.DB.prepare('UPDATE stores SET zero_conf_cap_sats = 1000000 WHERE id = ?').bind(storeId).run();

async function keepBlocks(shop: Awaited<ReturnType<typeof openShop>>) {
  const kept = new Map<string, ArrayBuffer>();
  for (const { hash } of await shop.headers()) {
    const raw = await fetch(`${shop.chain.explorers[0]}/block/${hash}/raw`);
    kept.set(`/block/${hash}/raw`, await raw.arrayBuffer());
  }
  for (const view of [0, 1]) shop.lie(view, (path) => (kept.has(path) ? new Response(kept.get(path)) : null));
}

describe('Money that is older than the invoice does not pay it', () => {
  const roads: [string, ShopOptions, boolean][] = [
    ['in the usual store', {}, false],
    ['in a store that accepts unconfirmed payments', {}, true],
    ['without the block scan', poor(), false],
    ['without the block scan, where unconfirmed payments are accepted', poor(), true],
  ];

  it.each(roads)('%s, with the page open: it expires as usual', async (_, options, acceptsUnconfirmed) => {
    const shop = await openUsedWallet(options);
    if (acceptsUnconfirmed) await zeroConf(shop.merchant.store.id);
    const { id, address } = await shop.invoiceOf(SATS);
    expect(address).toBe(shop.first);
    for (let minute = 0; minute < 3; minute++) {
      shop.merchant.clock.advanceMinutes(1);
      expect(await shop.look(id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
      await shop.follow();
    }
    expect(await shop.read(id)).toMatchObject({ payments: [{ status: 'prior', amount_sats: String(SATS) }] });
    shop.merchant.clock.advanceMinutes(30);
    await shop.mine();
    await shop.follow();
    await shop.look(id);
    expect((await shop.read(id)).status).toBe('expired');
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.expired']);
  });

  it.each(roads)('%s, when the invoice is read again on demand', async (_, options, acceptsUnconfirmed) => {
    const shop = await openUsedWallet(options);
    if (acceptsUnconfirmed) await zeroConf(shop.merchant.store.id);
    const { id } = await shop.invoiceOf(SATS);
    await shop.watcher.rescan(id);
    await shop.watcher.rescan(id);
    expect(await shop.read(id)).toMatchObject({ status: 'pending', payments: [{ status: 'prior' }] });
  });

  it.each(roads)('%s, and the real payment pays it', async (_, options, acceptsUnconfirmed) => {
    const shop = await openUsedWallet(options);
    if (acceptsUnconfirmed) await zeroConf(shop.merchant.store.id);
    const { id, address } = await shop.invoiceOf(SATS);
    await shop.look(id);
    await shop.chain.setClock(shop.merchant.clock.ms);
    await shop.pay(address, SATS);
    await shop.mine();
    shop.merchant.clock.advanceMinutes(1);
    await shop.follow();
    await shop.look(id);
    expect(await shop.read(id)).toMatchObject({ status: 'paid', amount_paid_sats: String(SATS) });
  });

  it('in a block that is read only after the creation', async () => {
    const shop = await openShop();
    await shop.pay(await addressAt(shop.merchant.store.id, 0), SATS);
    await shop.mine();
    shop.merchant.clock.ms += 2_000;
    const { id, address } = await shop.invoiceOf(SATS);
    expect(address).toBe(await addressAt(shop.merchant.store.id, 0));
    await shop.follow();
    await shop.look(id);
    expect(await shop.read(id)).toMatchObject({ status: 'pending', payments: [{ status: 'prior' }] });
  });

  it.each<[string, { isForgotten?: boolean; isUnread?: boolean }]>([
    ['that was looked at before', {}],
    ['without a look, and no explorer has the old block any more', { isForgotten: true }],
    ['without a look, from a block that was not read whole', { isForgotten: true, isUnread: true }],
  ])('in a younger block after a reorg, of an invoice %s', async (_, { isForgotten, isUnread }) => {
    const shop = await openUsedWallet();
    const { id } = await shop.invoiceOf(SATS);
    if (!isForgotten) await shop.look(id);
    if (isUnread) {
      await bindings.DB.prepare('UPDATE headers SET txids = NULL').run();
      // Explorers that keep the blocks of a branch that was left, as those built on a node's own database do.
      await keepBlocks(shop);
    }
    await shop.chain.setClock(shop.merchant.clock.ms + 60_000);
    await shop.reorg(4);
    await shop.mine(2);
    shop.merchant.clock.ms += 1_000;
    await shop.follow();
    await shop.look(id);
    expect(await shop.read(id)).toMatchObject({ status: 'pending', payments: [{ status: 'prior' }] });
    expect(await shop.events(id)).toEqual(['invoice.created']);
  });

  it.each([false, true])(
    'that a reorg puts back into the mempool, where it waits for a new block (zero-conf: %s)',
    async (acceptsUnconfirmed) => {
      const shop = await openUsedWallet();
      if (acceptsUnconfirmed) await zeroConf(shop.merchant.store.id);
      const { id } = await shop.invoiceOf(SATS);
      await shop.chain.setClock(shop.merchant.clock.ms + 60_000);
      await shop.reorg(4, { remine: false });
      await shop.mine(2);
      shop.merchant.clock.advanceMinutes(2);
      await shop.follow();
      expect(await shop.look(id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
      await shop.mine();
      shop.merchant.clock.advanceMinutes(1);
      await shop.follow();
      expect(await shop.look(id)).toMatchObject({ status: 'pending', payments: [{ status: 'prior' }] });
      expect(await shop.events(id)).toEqual(['invoice.created']);
    },
  );

  it('when another shop asks to read a block again that holds both', async () => {
    const shop = await openShop();
    const paid = await shop.invoiceOf(SATS);
    const second = await addressAt(shop.merchant.store.id, 1);
    await shop.chain.control('pay', { address: paid.address, sats: SATS, also: [{ address: second, sats: SATS }] });
    await shop.mine();
    await shop.follow();
    await forgetUse(shop.merchant.store.id);
    shop.merchant.clock.ms += 1_000;
    const younger = await shop.invoiceOf(SATS);
    expect(younger.address).toBe(second);
    await shop.watcher.rescan(paid.id);
    expect((await shop.read(paid.id)).status).toBe('paid');
    expect(await shop.read(younger.id)).toMatchObject({ status: 'pending', payments: [] });
    expect(await shop.events(younger.id)).toEqual(['invoice.created']);
  });

  it('and is forgotten again where an index that is behind has shown it as waiting', async () => {
    const shop = await openUsedWallet();
    const { id } = await shop.invoiceOf(SATS);
    const asWaiting = (text: string) =>
      text.replaceAll(/"status":\{"confirmed":true[^}]*\}/g, '"status":{"confirmed":false}');
    for (const view of [0, 1]) {
      shop.lie(view, (path, honest) =>
        /\/address\/.*\/txs|^\/tx\/[0-9a-f]+$/.test(path) ? asWaiting(new TextDecoder().decode(honest)) : null,
      );
    }
    expect((await shop.look(id)).status).toBe('seen');
    for (const view of [0, 1]) shop.lie(view, null);
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(id)).toMatchObject({ status: 'pending', payments: [{ status: 'prior' }] });
  });
});

describe('Every dialect says the same of it', () => {
  it.each([
    ['with a price', { amount: '0.0005', currency: 'BTC' }],
    ['of any amount', { currency: 'USD' }],
  ])('Greenfield: an invoice %s stays New', async (_, order) => {
    const shop = await openUsedWallet();
    const { request, store } = shop.merchant;
    const path = `/api/v1/stores/${store.id}/invoices`;
    const headers = { authorization: `token ${store.apiKey}` };
    const made = (await (await request('POST', path, order, headers)).json()) as { id: string };
    await shop.look(made.id);
    await shop.watcher.rescan(made.id);
    const invoice = await (await request('GET', `${path}/${made.id}`, undefined, headers)).json();
    expect(invoice).toMatchObject({ status: 'New', additionalStatus: 'None' });
    const methods = await (await request('GET', `${path}/${made.id}/payment-methods`, undefined, headers)).json();
    expect(methods).toMatchObject([{ destination: shop.first, payments: [] }]);
    expect(await shop.events(made.id)).toEqual(['invoice.created']);
  });

  it('ElenPAY: a permanent address has no deposits, and none is announced', async () => {
    const shop = await openElenpay();
    const first = await addressAt(shop.merchant.store.id, 0);
    await shop.pay(first, SATS);
    await shop.mine(3);
    await shop.follow();
    await forgetUse(shop.merchant.store.id);
    shop.merchant.clock.ms += 1_000;
    const { id, address } = await shop.put('customer-1');
    expect(address).toBe(first);
    await shop.look(id);
    await shop.watcher.rescan(id);
    expect(await shop.announced()).toEqual([]);
    await shop.chain.setClock(shop.merchant.clock.ms);
    await shop.pay(address, 12_345);
    await shop.look(id);
    expect((await shop.announced()).map(({ type, tx }) => [type, tx.sats])).toEqual([
      ['OnchainDepositProcessing', 12_345],
    ]);
  });
});

describe('An address with a history is not issued', () => {
  it('when a block pays it before an invoice has it, and the owner hears of it', async () => {
    const shop = await openShop();
    const { store } = shop.merchant;
    await shop.pay(await addressAt(store.id, 0), SATS);
    await shop.pay(await addressAt(store.id, 2), SATS);
    await shop.mine();
    await shop.follow();
    const issued = [await shop.invoiceOf(SATS), await shop.invoiceOf(SATS)].map(({ address }) => address);
    expect(issued).toEqual([await addressAt(store.id, 1), await addressAt(store.id, 3)]);
    const wallet = await bindings.DB.prepare('SELECT funded_index, reused_at FROM wallets WHERE id = ?')
      .bind(`wallet-${store.id}`)
      .first();
    expect(wallet).toEqual({ funded_index: 2, reused_at: shop.merchant.clock.ms });
  });

  it('when it was paid before it was derived: what the pool grows by is looked up before it is issued', async () => {
    const shop = await openShop();
    const { store, deps } = shop.merchant;
    deps.watcher = { ...deps.watcher, checkWallet: shop.watcher.checkWallet };
    // Of the wallet's 25 first addresses none is used; these two come after them.
    const [later, much] = [derivedAt(store, 30), derivedAt(store, 70)];
    for (const address of [later, much]) await shop.pay(address, SATS);
    await shop.mine(3);
    await shop.follow();
    const issued = [];
    for (let i = 0; i < 80; i++) {
      issued.push((await shop.invoiceOf(SATS)).address);
      await shop.merchant.settled();
    }
    expect(issued).toContain(derivedAt(store, 31));
    expect(issued).toContain(derivedAt(store, 71));
    expect(issued).not.toContain(later);
    expect(issued).not.toContain(much);
  });

  it('when no explorer answered as the pool grew: the look-up is made up for at the next chance', async () => {
    const shop = await openShop();
    const { store, deps } = shop.merchant;
    deps.watcher = { ...deps.watcher, checkWallet: shop.watcher.checkWallet };
    const later = derivedAt(store, 44);
    await shop.pay(later, SATS);
    await shop.mine();
    await shop.follow();
    const issue = async (count: number) => {
      const issued = [];
      for (let i = 0; i < count; i++) {
        issued.push((await shop.invoiceOf(SATS)).address);
        await shop.merchant.settled();
      }
      return issued;
    };
    for (const view of [0, 1]) shop.lie(view, (path) => (/^\/address\//.test(path) ? 'gone fishing' : null));
    await issue(11);
    for (const view of [0, 1]) shop.lie(view, null);
    shop.merchant.clock.advanceMinutes(20);
    await shop.follow();
    expect(await issue(40)).not.toContain(later);
  });

  it('when a look-up at registration finds that it was used; used ones do not take up the gap', async () => {
    const shop = await openShop();
    const walletId = `wallet-${shop.merchant.store.id}`;
    for (const index of [0, 1, 4]) await shop.pay(await addressAt(shop.merchant.store.id, index), SATS);
    await bindings.DB.prepare('UPDATE wallets SET history_checked_at = NULL, checked_below = 0 WHERE id = ?')
      .bind(walletId)
      .run();
    await shop.watcher.checkWallet(walletId);
    const wallet = await bindings.DB.prepare(
      'SELECT pool_floor, funded_index, used_before, checked_below, history_checked_at IS NOT NULL AS done FROM wallets WHERE id = ?',
    )
      .bind(walletId)
      .first();
    expect(wallet).toEqual({ pool_floor: 2, funded_index: 4, used_before: 3, checked_below: 25, done: 1 });
    const issued = [];
    for (let i = 0; i < 3; i++) issued.push((await shop.invoiceOf(SATS)).address);
    const expected = [];
    for (const index of [2, 3, 5]) expected.push(await addressAt(shop.merchant.store.id, index));
    expect(issued).toEqual(expected);
  });

  it('when its payments stand in blocks that are read only after the registration: that is no other sender', async () => {
    const shop = await openShop();
    const walletId = `wallet-${shop.merchant.store.id}`;
    for (const index of [0, 1, 4]) await shop.pay(await addressAt(shop.merchant.store.id, index), SATS);
    await shop.mine(3);
    await bindings.DB.prepare('UPDATE wallets SET history_checked_at = NULL, checked_below = 0 WHERE id = ?')
      .bind(walletId)
      .run();
    await shop.watcher.checkWallet(walletId);
    const wallet = await bindings.DB.prepare(
      'SELECT pool_floor, funded_index, used_before, reused_at FROM wallets WHERE id = ?',
    )
      .bind(walletId)
      .first();
    expect(wallet).toEqual({ pool_floor: 2, funded_index: 4, used_before: 3, reused_at: null });
  });

  it('when the wallet has a long history: the look-up derives what it needs and goes on in sweeps', async () => {
    const shop = await openShop();
    const { store, clock } = shop.merchant;
    const walletId = `wallet-${store.id}`;
    for (let index = 0; index < 25; index++) await shop.pay(await addressAt(store.id, index), SATS);
    await shop.mine();
    await bindings.DB.prepare('UPDATE wallets SET history_checked_at = NULL, checked_below = 0 WHERE id = ?')
      .bind(walletId)
      .run();
    for (let minute = 0; minute < 10; minute++) {
      clock.advanceMinutes(1);
      await shop.watcher.sweep();
    }
    const wallet = await bindings.DB.prepare(
      'SELECT pool_floor, funded_index, history_checked_at IS NOT NULL AS done FROM wallets WHERE id = ?',
    )
      .bind(walletId)
      .first();
    expect(wallet).toEqual({ pool_floor: 25, funded_index: 24, done: 1 });
    expect((await shop.invoiceOf(SATS)).address).toBe(await addressAt(store.id, 25));
  });

  it('even if no explorer answers the look-up of another wallet', async () => {
    const shop = await openShop();
    const { store, account, clock } = shop.merchant;
    const walletId = `wallet-${store.id}`;
    await shop.pay(await addressAt(store.id, 0), SATS);
    // Three younger wallets, with addresses that explorers refuse to answer for or none at all.
    for (let i = 0; i < 3; i++) {
      const id = `stuck-${i}-${store.id}`;
      await bindings.DB.batch([
        bindings.DB.prepare(
          `INSERT INTO wallets (id, account_id, network, script_type, descriptor_sealed, identity, gap_limit, created_at)
            VALUES (?1, ?2, 'regtest', 'p2wpkh', 'sealed', ?1, 100, ?3)`,
        ).bind(id, account.id, clock.ms + 1_000 + i),
        // The last one has none, and cannot be opened to derive any.
        bindings.DB.prepare('INSERT INTO addresses (wallet_id, idx, address, script) VALUES (?1, ?2, ?3, ?4)').bind(
          id,
          i === 2 ? -1 : 0,
          `bcrt1qstuck${i}`,
          `0014${String(i).repeat(40)}`,
        ),
      ]);
    }
    await bindings.DB.prepare('UPDATE wallets SET history_checked_at = NULL, checked_below = 0 WHERE id = ?')
      .bind(walletId)
      .run();
    const read = () =>
      bindings.DB.prepare('SELECT pool_floor, history_checked_at IS NOT NULL AS done FROM wallets WHERE id = ?')
        .bind(walletId)
        .first();
    let wallet = await read();
    // Explorers that refuse to answer for the others are left alone for some minutes, by chance more or fewer.
    for (let minute = 0; minute < 120 && !wallet?.done; minute++) {
      clock.advanceMinutes(1);
      await shop.watcher.sweep();
      wallet = await read();
    }
    expect(wallet).toEqual({ pool_floor: 1, done: 1 });
    await bindings.DB.exec("DELETE FROM wallets WHERE id LIKE 'stuck-%'");
  });

  it('a lie of one explorer of two pushes no wallet past the gap', async () => {
    const shop = await openShop();
    const walletId = `wallet-${shop.merchant.store.id}`;
    shop.lie(0, (path) =>
      /^\/address\/[^/]+$/.test(path) ? '{"chain_stats":{"tx_count":7},"mempool_stats":{"tx_count":0}}' : null,
    );
    await bindings.DB.prepare('UPDATE wallets SET history_checked_at = NULL, checked_below = 0 WHERE id = ?')
      .bind(walletId)
      .run();
    await shop.watcher.checkWallet(walletId);
    const wallet = await bindings.DB.prepare('SELECT pool_floor, funded_index, used_before FROM wallets WHERE id = ?')
      .bind(walletId)
      .first();
    expect(wallet).toEqual({ pool_floor: 0, funded_index: -1, used_before: 0 });
  });

  it('while no explorer answers the wallet is used all the same, and looked up later', async () => {
    const shop = await openShop();
    const walletId = `wallet-${shop.merchant.store.id}`;
    await shop.pay(await addressAt(shop.merchant.store.id, 0), SATS);
    await shop.fault(0, { down: true });
    await shop.fault(1, { down: true });
    await bindings.DB.prepare('UPDATE wallets SET history_checked_at = NULL, checked_below = 0 WHERE id = ?')
      .bind(walletId)
      .run();
    shop.merchant.clock.advanceMinutes(1);
    await shop.watcher.checkWallet(walletId);
    const read = () =>
      bindings.DB.prepare('SELECT history_checked_at AS at, pool_floor AS floor FROM wallets WHERE id = ?')
        .bind(walletId)
        .first();
    expect(await read()).toEqual({ at: null, floor: 0 });
    await shop.fault(0);
    await shop.fault(1);
    for (let minute = 0; minute < 4; minute++) {
      shop.merchant.clock.advanceMinutes(20);
      await shop.watcher.sweep();
    }
    expect(await read()).toEqual({ at: expect.any(Number), floor: 1 });
  });
});
