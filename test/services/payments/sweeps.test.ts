// What the minute cron does for invoices and wallets without an open page; one that is broken holds up no other.

import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { expireOffChain } from '../../../src/services/payments/expire.ts';
import { refillPools } from '../../../src/services/payments/pool.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

beforeEach(async () => {
  await bindings.DB.prepare('UPDATE invoices SET watch_until = NULL').run();
  await bindings.DB.prepare('UPDATE stores SET archived_at = 1').run();
});

async function freeAddresses(merchant: Merchant): Promise<number> {
  const row = await bindings.DB.prepare(
    'SELECT count(*) AS n FROM addresses WHERE wallet_id = ? AND invoice_id IS NULL',
  )
    .bind(merchant.store.wallet?.id)
    .first<{ n: number }>();
  return row?.n ?? 0;
}

describe('The cron expires test invoices', () => {
  it('on time, not before, and once', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    merchant.clock.advanceMinutes(15);
    merchant.clock.ms -= 1;
    await expireOffChain(merchant.deps);
    expect((await merchant.readInvoice(id)).status).toBe('pending');
    merchant.clock.ms += 1;
    await Promise.all([expireOffChain(merchant.deps), expireOffChain(merchant.deps)]);
    await expireOffChain(merchant.deps);
    expect(await merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('a hundred in one minute by few round trips, each once', async () => {
    const database = watchD1(bindings.DB);
    const merchant = await openMerchant({ overrides: { db: openDatabase(database.d1) } });
    for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 20 }, () => merchant.createInvoice()));
    merchant.clock.advanceMinutes(15);
    await merchant.settled();
    database.trips.length = 0;
    await expireOffChain(merchant.deps);
    // Which are due; of each fifty their facts and the commit.
    expect(database.trips).toHaveLength(5);
    const { results } = await bindings.DB.prepare(
      'SELECT type, count(*) AS n FROM events WHERE store_id = ? GROUP BY type',
    )
      .bind(merchant.store.id)
      .all();
    expect(results).toEqual([
      { type: 'invoice.created', n: 100 },
      { type: 'invoice.expired', n: 100 },
    ]);
  });

  it('and lets live ones wait for a look at the chain', async () => {
    const merchant = await openMerchant({ mode: 'live' });
    await merchant.showTip();
    const { id } = await merchant.createInvoice();
    merchant.clock.advanceMinutes(60);
    await expireOffChain(merchant.deps);
    expect((await merchant.readInvoice(id)).status).toBe('pending');
  });

  it('and forgets them a day after their late deadline, in every status', async () => {
    const merchant = await openMerchant();
    for (const event_type of ['invoice.expired', 'invoice.paid', 'invoice.cancelled', 'invoice.payment_reverted']) {
      const { id } = await merchant.createInvoice();
      await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type });
    }
    merchant.clock.advanceMinutes(15 + 60 + 24 * 60);
    await expireOffChain(merchant.deps);
    const left = await bindings.DB.prepare(
      'SELECT count(*) AS n FROM invoices WHERE store_id = ? AND watch_until IS NOT NULL',
    )
      .bind(merchant.store.id)
      .first();
    expect(left).toEqual({ n: 0 });
  });

  it('even when one of them cannot be', async () => {
    const merchant = await openMerchant();
    const broken = await merchant.createInvoice();
    merchant.clock.ms += 1_000;
    const healthy = await merchant.createInvoice();
    await bindings.DB.prepare("UPDATE invoices SET marks = 'damaged' WHERE id = ?").bind(broken.id).run();
    merchant.clock.advanceMinutes(16);
    await expireOffChain(merchant.deps).catch(() => {});
    expect((await merchant.readInvoice(healthy.id)).status).toBe('expired');
  });
});

describe('The cron refills the pools of addresses', () => {
  it('that are low', async () => {
    const merchant = await openMerchant({ wallet: { pool: 3 } });
    await refillPools(merchant.deps);
    expect(await freeAddresses(merchant)).toBe(43);
    await refillPools(merchant.deps);
    expect(await freeAddresses(merchant)).toBe(43);
  });

  it('concurrent refills derive the same addresses', async () => {
    const merchant = await openMerchant({ wallet: { pool: 3 } });
    await Promise.all([refillPools(merchant.deps), refillPools(merchant.deps), refillPools(merchant.deps)]);
    const free = await freeAddresses(merchant);
    expect([43, 83]).toContain(free);
    const { results } = await bindings.DB.prepare('SELECT DISTINCT address FROM addresses WHERE wallet_id = ?')
      .bind(merchant.store.wallet?.id)
      .all();
    expect(results).toHaveLength(free);
  });

  it('even when one wallet cannot be read', async () => {
    const ids = [crypto.randomUUID(), crypto.randomUUID()].sort();
    const [broken, healthy] = [
      await openMerchant({ wallet: { id: `wallet-${ids[0]}`, pool: 3 } }),
      await openMerchant({ wallet: { id: `wallet-${ids[1]}`, pool: 3 } }),
    ];
    await bindings.DB.prepare("UPDATE wallets SET descriptor_sealed = 'damaged' WHERE id = ?")
      .bind(broken.store.wallet?.id)
      .run();
    await refillPools(healthy.deps).catch(() => {});
    expect(await freeAddresses(healthy)).toBe(43);
  });
});

describe('Among many wallets', () => {
  const MANY = 1_000;

  it('a minute asks about some, in turn, and reads as much as with few', async () => {
    await bindings.DB.prepare("DELETE FROM cursors WHERE name = 'pools'").run();
    const database = watchD1(bindings.DB);
    const merchant = await openMerchant({
      wallet: { id: 'z-last', pool: 3 },
      overrides: { db: openDatabase(database.d1) },
    });
    await bindings.DB.prepare(
      `INSERT INTO wallets (id, account_id, network, script_type, descriptor_sealed, gap_limit, created_at)
       SELECT printf('many-%04d', key), ?1, 'regtest', 'p2wpkh', '', 20, 1 FROM json_each(?2)`,
    )
      .bind(merchant.account.id, JSON.stringify(Array(MANY).fill(0)))
      .run();
    let minutes = 0;
    for (; (await freeAddresses(merchant)) < 20; minutes++) {
      expect(minutes).toBeLessThan(10);
      database.rows.read = 0;
      await refillPools(merchant.deps);
      expect(database.rows.read).toBeLessThan(2_000);
    }
    expect(minutes).toBeGreaterThan(2);
    await bindings.DB.prepare("DELETE FROM wallets WHERE id GLOB 'many-*'").run();
  });
});
