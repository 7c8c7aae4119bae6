// A merchant's connections to Lightning nodes: kept under seal, chosen by name, and removed without losing a payment that is on
// its way.

import { describe, expect, it } from 'vitest';
import { connectionOf, saveConnection } from '../../../src/adapters/db/connections.ts';
import { storeById } from '../../../src/adapters/db/stores.ts';
import {
  chooseConnection,
  keepConnection,
  listConnections,
  readConnection,
  removeFromStore,
} from '../../../src/services/connections/connections.ts';
import { receiveCredential } from '../../../src/services/connections/sealed.ts';
import { PHOENIXD } from '../../support/connections.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

const OF_STORE = (merchant: Merchant) => ({ id: merchant.store.id, archivedAtMs: null });
const chosen = async ({ deps, store }: Merchant) => (await storeById(deps.db, store.id))?.connectionId;

async function openShop() {
  const merchant = await openMerchant();
  const connection = await keepConnection(merchant.deps, OF_STORE(merchant), PHOENIXD);
  return { merchant, connection, store: OF_STORE(merchant), deps: merchant.deps };
}

/** A BOLT11 that was minted by the connection. */
async function minted({ store }: Merchant, connectionId: string, watchUntilMs: number | null) {
  await bindings.DB.prepare(
    `INSERT INTO bolt11_invoices (store_id, payment_hash, connection_id, bolt11, amount_sats, created_at, expires_at, watch_until)
     VALUES (?, ?, ?, 'lnbcrt1', 1, 0, 0, ?)`,
  )
    .bind(store.id, crypto.randomUUID(), connectionId, watchUntilMs)
    .run();
}

describe('A connection that is kept', () => {
  it('has its credentials under seal, each opened by its own purpose alone', async () => {
    const { merchant, deps } = await openShop();
    const pay = { ...PHOENIXD.receive, password: 'one that pays' };
    const connection = await keepConnection(deps, OF_STORE(merchant), { ...PHOENIXD, pay });
    const { results } = await bindings.DB.prepare('SELECT * FROM connections').all();
    expect(JSON.stringify(results)).not.toMatch(/secret word|one that pays/);
    expect(await receiveCredential(deps, connection)).toEqual(PHOENIXD.receive);
    const swapped = { ...connection, receive: connection.pay ?? '' };
    await expect(receiveCredential(deps, swapped)).rejects.toThrow();
    const moved = { ...connection, id: crypto.randomUUID() };
    await expect(receiveCredential(deps, moved)).rejects.toThrow();
  });

  it('is found by its own store alone', async () => {
    const { connection } = await openShop();
    const other = await openShop();
    for (const asked of [
      readConnection(other.deps, other.store, connection.id),
      chooseConnection(other.deps, other.store, connection.id),
      removeFromStore(other.deps, other.store, connection.id),
    ])
      await expect(asked).rejects.toMatchObject({ code: 'not_found' });
    expect(await chosen(other.merchant)).toBeNull();
    expect((await listConnections(other.deps, other.store)).map(({ id }) => id)).toEqual([other.connection.id]);
  });

  it('is chosen, and another takes its place', async () => {
    const { merchant, deps, store, connection } = await openShop();
    const second = await keepConnection(deps, store, PHOENIXD);
    await chooseConnection(deps, store, connection.id);
    expect(await chosen(merchant)).toBe(connection.id);
    await chooseConnection(deps, store, second.id);
    expect(await chosen(merchant)).toBe(second.id);
    await chooseConnection(deps, store, null);
    expect(await chosen(merchant)).toBeNull();
  });

  it('is one of twenty at most, also where thirty are added in one moment', async () => {
    const merchant = await openMerchant();
    const adding = Array.from({ length: 30 }, () => keepConnection(merchant.deps, OF_STORE(merchant), PHOENIXD));
    const answers = await Promise.allSettled(adding);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(await listConnections(merchant.deps, OF_STORE(merchant))).toHaveLength(20);
  });
});

describe('A connection that is removed', () => {
  it('is gone with its credentials, and receives no more', async () => {
    const { merchant, deps, store, connection } = await openShop();
    await chooseConnection(deps, store, connection.id);
    await minted(merchant, connection.id, null);
    await removeFromStore(deps, store, connection.id);
    expect(await chosen(merchant)).toBeNull();
    expect(await connectionOf(deps.db, store.id, connection.id)).toBeUndefined();
    await expect(removeFromStore(deps, store, connection.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('still looks up what was minted there, and is forgotten with the next removal after that has ended', async () => {
    const { merchant, deps, store } = await openShop();
    const pay = { ...PHOENIXD.receive, password: 'one that pays' };
    const connection = await keepConnection(deps, store, { ...PHOENIXD, pay });
    await minted(merchant, connection.id, 5);
    await removeFromStore(deps, store, connection.id);
    const kept = await connectionOf(deps.db, store.id, connection.id);
    if (!kept) throw new Error('it is gone');
    expect([kept.removedAtMs, kept.pay]).toEqual([merchant.clock.ms, null]);
    expect(await receiveCredential(deps, kept)).toEqual(PHOENIXD.receive);
    expect((await listConnections(deps, store)).map(({ id }) => id)).not.toContain(connection.id);
    await expect(readConnection(deps, store, connection.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(chooseConnection(deps, store, connection.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await saveConnection(deps.db, kept, { name: 'Back' })).toBeUndefined();

    await bindings.DB.prepare('UPDATE bolt11_invoices SET watch_until = NULL').run();
    const another = await keepConnection(deps, store, PHOENIXD);
    await removeFromStore(deps, store, another.id);
    expect(await connectionOf(deps.db, store.id, connection.id)).toBeUndefined();
  });
});
