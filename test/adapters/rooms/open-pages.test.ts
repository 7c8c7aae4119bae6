// What it costs to know which pages are open: rows of objects, and requests to them.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { OpenPages } from '../../../src/adapters/rooms/open-pages.ts';
import type { Deps } from '../../../src/deps.ts';
import { pageClosed } from '../../../src/services/payments/pages.ts';
import { browse, openStream } from '../../support/live.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';

const MINUTE = 60_000;
const SECOND = 1_000;

type Rows = Pick<DurableObjectStorage, 'list' | 'put' | 'delete'>;

/** Rows in memory, and what was written. */
function keepRows() {
  const rows = new Map<string, unknown>();
  const written: string[] = [];
  const kept = {
    list: async () => new Map(rows),
    async put(key: string, value: unknown) {
      written.push(`put ${key}`);
      rows.set(key, value);
    },
    async delete(key: string) {
      written.push(`delete ${key}`);
      return rows.delete(key);
    },
  } as unknown as Rows;
  return { kept, written };
}

function openPages() {
  const { kept, written } = keepRows();
  const asked: string[] = [];
  const listeners = new Set<string>();
  let meanwhile = async () => {};
  const rooms = {
    async listeners(room: string) {
      asked.push(room);
      const count = listeners.has(room) ? 1 : 0;
      await meanwhile();
      return count;
    },
  };
  let pages = new OpenPages(kept);
  return {
    asked,
    written,
    listeners,
    requested: (minute: number) => pages.requested('a', minute * MINUTE),
    opened: (minute: number) => pages.opened('a', minute * MINUTE),
    closed: (minute: number) => pages.closed('a', minute * MINUTE),
    open: (minute: number) => pages.open(rooms, minute * MINUTE),
    restart: () => {
      pages = new OpenPages(kept);
    },
    /** While a room is asked. */
    whileAsked: (work: () => Promise<unknown>) => {
      meanwhile = async () => void (await work());
    },
  };
}

describe('Open pages', () => {
  it('a request counts for a minute; after it the room is asked once', async () => {
    const { requested, open, asked, written } = openPages();
    expect([await requested(0), await requested(0.5)]).toEqual([true, false]);
    expect(await open(1.4)).toEqual(['a']);
    expect(await open(1.5)).toEqual([]);
    expect(await open(2)).toEqual([]);
    expect([asked, written]).toEqual([['a'], []]);
  });

  it('a stream is known after a restart, by its row and its room', async () => {
    const { opened, open, closed, restart, listeners, asked, written } = openPages();
    await opened(0);
    listeners.add('a');
    restart();
    for (const minute of [5, 6, 30]) expect(await open(minute)).toEqual(['a']);
    await closed(31);
    expect(await open(31)).toEqual([]);
    expect([asked, written]).toEqual([['a'], ['put hot:a', 'delete hot:a']]);
  });

  it('a stream that was closed while the object was down is forgotten', async () => {
    const { opened, open, restart, written } = openPages();
    await opened(0);
    restart();
    expect(await open(5)).toEqual([]);
    expect(written).toEqual(['put hot:a', 'delete hot:a']);
  });

  it('one that opens in the moment in which the last one is closed stays open, in either order', async () => {
    const { opened, open, closed, listeners } = openPages();
    await opened(0);
    await opened(5);
    listeners.add('a');
    await closed(5);
    for (const minute of [5, 6, 30]) expect(await open(minute)).toEqual(['a']);
    await closed(31);
    await opened(31);
    expect(await open(32)).toEqual(['a']);
  });

  it('one that opens while its room is asked stays open', async () => {
    const { requested, opened, open, whileAsked } = openPages();
    await requested(0);
    whileAsked(() => opened(2));
    await open(2);
    expect(await open(2)).toEqual(['a']);
  });

  it('one whose end was never said is asked about after the longest stream', async () => {
    const { opened, open, asked } = openPages();
    await opened(0);
    expect(await open(34)).toEqual(['a']);
    expect(await open(35)).toEqual([]);
    expect(asked).toEqual(['a']);
  });
});

/** A shop whose page is followed by pages of the watcher's kind, by the merchant's clock; all requests to objects are written down. */
async function openShop(mode: 'live' | 'test' = 'live') {
  const merchant = await openMerchant({ mode });
  await merchant.showTip();
  const { id } = await merchant.createInvoice();
  const { kept, written } = keepRows();
  const pages = new OpenPages(kept);
  const requests: string[] = [];
  const { rooms } = merchant.deps;
  const now = () => merchant.clock.ms;
  const counted =
    <A extends unknown[], R>(name: string, work: (...args: A) => R) =>
    (...args: A): R => {
      requests.push(name);
      return work(...args);
    };
  const watcher: Partial<Deps['watcher']> = {
    hot: counted('hot', async (room) => void (await pages.requested(room, now()))),
    opened: counted('opened', async (room) => void (await pages.opened(room, now()))),
    closed: counted('closed', (room) => pages.closed(room, now())),
  };
  Object.assign(merchant.deps, {
    watcher: { ...merchant.deps.watcher, ...watcher },
    rooms: {
      ...rooms,
      join: counted('join', rooms.join),
      listeners: counted('listeners', rooms.listeners),
    },
  });
  const stub = bindings.ROOM.getByName(id);
  const wire = () =>
    runInDurableObject(stub, (room) => {
      Object.assign(room, { onEmpty: (note: string) => pageClosed(merchant.deps, note) });
    });
  await wire();
  const ask = async (headers: Record<string, string>, path = `/i/${id}`) => {
    expect((await browse(merchant, path, headers)).status).toBe(200);
    await merchant.settled();
  };
  const openNow = () => pages.open(merchant.deps.rooms, now());
  return { merchant, id, stub, wire, requests, written, ask, openNow };
}

describe('The page of an invoice', () => {
  it('that is open for ten minutes costs two rows and three requests, the room’s among them', async () => {
    const shop = await openShop();
    const { merchant, id, requests, written } = shop;
    await shop.ask({ 'sec-fetch-dest': 'document' });
    const stream = await openStream(merchant, id);
    await merchant.settled();
    for (let second = 0; second < 600; second += 5) {
      merchant.clock.ms += 5 * SECOND;
      expect(await shop.openNow()).toEqual([id]);
      if (second % 60 === 0) await shop.ask({ 'x-stream': 'open' });
    }
    await stream.cancel();
    // A client that is gone is noticed when something is written to it.
    await merchant.deps.rooms.publish(id, [{ seq: 9, invoice: { id } }]);
    await expect.poll(() => requests).toContain('closed');
    await merchant.settled();
    expect(await shop.openNow()).toEqual([]);
    expect(requests).toEqual(['opened', 'join', 'closed']);
    expect(written).toEqual([`put hot:${id}`, `delete hot:${id}`]);
    const [used, unused] = await Promise.all(
      [shop.stub, bindings.ROOM.getByName(`unused-${id}`)].map((stub) =>
        runInDurableObject(stub, async (_, { storage }) => [storage.sql.databaseSize, await storage.getAlarm()]),
      ),
    );
    expect(used).toEqual(unused);
  });

  it('says that it is closed when its last stream is, though its room was thrown out of memory', async () => {
    const { merchant, id, stub, wire, requests } = await openShop();
    const streams = [await openStream(merchant, id), await openStream(merchant, id)];
    await streams[0]?.cancel();
    await merchant.deps.rooms.publish(id, [{ seq: 9, invoice: { id } }]);
    await expect.poll(() => merchant.deps.rooms.listeners(id)).toBe(1);
    expect(requests).not.toContain('closed');
    await evictDurableObject(stub);
    await wire();
    await streams[1]?.cancel();
    await merchant.deps.rooms.publish(id, [{ seq: 9, invoice: { id } }]);
    await expect.poll(() => requests.filter((one) => one === 'closed')).toEqual(['closed']);
  });

  it('without a stream says that it is open each time that it is asked for', async () => {
    const { ask, id, requests, openNow, merchant } = await openShop();
    for (let time = 0; time < 3; time++) {
      await ask({});
      await ask({ 'sec-fetch-dest': 'document' }, `/i/${id}?look`);
      merchant.clock.ms += 15 * SECOND;
      expect(await openNow()).toEqual([id]);
    }
    expect(requests).toEqual(Array(6).fill('hot'));
  });

  it('in test mode costs the request to its room alone', async () => {
    const { requests, merchant, id, ask } = await openShop('test');
    await ask({});
    const stream = await openStream(merchant, id);
    await stream.cancel();
    await merchant.deps.rooms.publish(id, [{ seq: 9, invoice: { id } }]);
    await expect.poll(async () => merchant.deps.rooms.listeners(id)).toBe(0);
    expect(requests.filter((one) => one !== 'listeners')).toEqual(['join']);
  });
});
