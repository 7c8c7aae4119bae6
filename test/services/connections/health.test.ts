// A merchant's node goes down and comes back: after five failures in a row the shop is notified, once, and once when it answers
// again. One failure notifies no one.

import { beforeEach, describe, expect, it } from 'vitest';
import { connectionOf } from '../../../src/adapters/db/connections.ts';
import { verifySignature } from '../../../src/adapters/webhooks/signature.ts';
import type { NodeFault } from '../../../src/core/lightning/connection.ts';
import { type Connection, chooseConnection, keepConnection } from '../../../src/services/connections/connections.ts';
import { connectionAnswered, connectionFailed } from '../../../src/services/connections/health.ts';
import { addEndpoint } from '../../../src/services/endpoints/endpoints.ts';
import { PHOENIXD } from '../../support/connections.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import { emptyOutbox } from '../../support/outbox.ts';

beforeEach(emptyOutbox);

const OF_STORE = (merchant: Merchant) => ({ id: merchant.store.id, archivedAtMs: null });

async function openShop() {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ mode: 'live' });
  const { secret } = await addEndpoint(merchant.deps, OF_STORE(merchant), { url: receiver.url });
  const connection = await keepConnection(merchant.deps, OF_STORE(merchant), PHOENIXD);
  await chooseConnection(merchant.deps, OF_STORE(merchant), connection.id);
  return { receiver, merchant, secret, connection };
}

async function fail(merchant: Merchant, connection: Connection, times: number, fault: NodeFault = 'timeout') {
  let last = connection;
  for (let i = 0; i < times; i++) last = await connectionFailed(merchant.deps, last, fault);
  return last;
}

async function typesOf(merchant: Merchant): Promise<string[]> {
  const { results } = await bindings.DB.prepare('SELECT type FROM events WHERE store_id = ? ORDER BY log_seq')
    .bind(merchant.store.id)
    .all<{ type: string }>();
  return results.map(({ type }) => type);
}

describe('A connection that stops answering', () => {
  it('is down after five failures in a row, and says so to the shop, signed', async () => {
    const { merchant, receiver, secret, connection } = await openShop();
    const fourth = await fail(merchant, connection, 4, 'credential');
    expect([fourth.failures, fourth.downSinceMs, fourth.lastFault]).toEqual([4, null, 'credential']);
    expect(await typesOf(merchant)).toEqual([]);

    const fifth = await fail(merchant, fourth, 1, 'unreachable');
    expect(fifth.downSinceMs).toBe(merchant.clock.ms);
    await merchant.settled();
    const [delivery] = await receiver.deliveries(1);
    if (!delivery) throw new Error('it did not arrive');
    const { deps, clock } = merchant;
    const nowSeconds = Math.floor(clock.ms / 1000);
    verifySignature(delivery.body, delivery.headers['x-satlane-signature'], { secrets: [secret], nowSeconds });
    expect(JSON.parse(delivery.body)).toEqual({
      event_id: `evt_${connection.id.replaceAll('-', '')}_1`,
      event_type: 'lightning.connection_down',
      created_at: '2026-05-16T11:15:00.000Z',
      livemode: true,
      data: {
        connection: {
          ...{ id: connection.id, kind: 'phoenixd', name: 'Till', host: 'node.shop.example', network: 'regtest' },
          ...{ receives: true, pays: false, status: 'down', down_since: '2026-05-16T11:15:00.000Z', node_id: null },
          ...{ last_fault: 'unreachable', last_ok_at: '2026-05-16T11:15:00.000Z', trusted: false },
          capabilities: { cancels: false, hooks: true, lists: true, description_hashes: true },
          created_at: '2026-05-16T11:15:00.000Z',
        },
      },
    });
    expect(delivery.body).not.toContain('secret');
    expect(await connectionOf(deps.db, merchant.store.id, connection.id)).toEqual(fifth);
  });

  it('is up again with the first answer; a second outage is announced anew', async () => {
    const { merchant, receiver, connection } = await openShop();
    const down = await fail(merchant, connection, 7);
    merchant.clock.advanceMinutes(3);
    const up = await connectionAnswered(merchant.deps, down);
    expect([up.downSinceMs, up.failures, up.lastFault, up.lastOkAtMs]).toEqual([null, 0, null, merchant.clock.ms]);
    await fail(merchant, up, 5);
    await merchant.settled();
    expect(await typesOf(merchant)).toEqual([
      'lightning.connection_down',
      'lightning.connection_up',
      'lightning.connection_down',
    ]);
    const ids = (await receiver.deliveries(3)).map(({ headers }) => headers['x-satlane-event-id']);
    expect(new Set(ids).size).toBe(3);
  });

  it('starts to count anew after an answer', async () => {
    const { merchant, connection } = await openShop();
    const failed = await fail(merchant, connection, 4);
    const answered = await connectionAnswered(merchant.deps, failed);
    await fail(merchant, answered, 4);
    expect(await typesOf(merchant)).toEqual([]);
  });

  it('is announced once, however many calls fail in one moment and however old what they have read is', async () => {
    const { merchant, connection } = await openShop();
    await Promise.all(Array.from({ length: 20 }, () => connectionFailed(merchant.deps, connection, 'timeout')));
    await Promise.all(Array.from({ length: 20 }, () => connectionFailed(merchant.deps, connection, 'timeout')));
    expect(await typesOf(merchant)).toEqual(['lightning.connection_down']);
    await Promise.all(Array.from({ length: 20 }, () => connectionAnswered(merchant.deps, connection)));
    merchant.clock.advanceMinutes(6);
    await Promise.all(Array.from({ length: 20 }, () => connectionAnswered(merchant.deps, connection)));
    expect(await typesOf(merchant)).toEqual(['lightning.connection_down', 'lightning.connection_up']);
  });

  it('costs no row while it answers within five minutes, and none while it stays down', async () => {
    const { merchant, connection } = await openShop();
    const rows = async () => (await connectionOf(merchant.deps.db, merchant.store.id, connection.id)) as Connection;
    merchant.clock.advanceMinutes(4);
    const answered = await connectionAnswered(merchant.deps, connection);
    expect(await rows()).toEqual(connection);
    merchant.clock.advanceMinutes(1);
    const written = await connectionAnswered(merchant.deps, answered);
    expect([written.lastOkAtMs, (await rows()).lastOkAtMs]).toEqual([merchant.clock.ms, merchant.clock.ms]);
    const down = await fail(merchant, written, 5);
    await fail(merchant, down, 100);
    expect(await rows()).toEqual(down);
  });
});

describe('Which endpoints hear of a connection', () => {
  it('those of our own dialect that ask for the event or for all; none of another dialect, none that is off', async () => {
    const merchant = await openMerchant({ mode: 'live' });
    const [all, named, other, foreign] = await Promise.all(Array.from({ length: 4 }, startReceiver));
    const add = (url: string, more: object) => addEndpoint(merchant.deps, OF_STORE(merchant), { url, ...more });
    await add(all?.url ?? '', {});
    await add(named?.url ?? '', { eventTypes: ['lightning.connection_down'] });
    await add(other?.url ?? '', { eventTypes: ['invoice.paid'] });
    await add(foreign?.url ?? '', { dialect: 'greenfield' });
    await add(other?.url ?? '', { enabled: false });
    const connection = await keepConnection(merchant.deps, OF_STORE(merchant), PHOENIXD);
    await connectionAnswered(merchant.deps, await fail(merchant, connection, 5));
    await merchant.settled();
    expect((await all?.deliveries(2))?.length).toBe(2);
    expect((await named?.deliveries(1))?.length).toBe(1);
    expect([await other?.deliveries(), await foreign?.deliveries()]).toEqual([[], []]);
  });
});
