// What happens between a page's first question and its first answer is not lost, and not sent twice.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { advance } from '../../../src/services/payments/advance.ts';
import { watchD1 } from '../../support/d1.ts';
import { namedEvents, openStream, payloadOf } from '../../support/live.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

const STORY: [event: string, amountSats: string | null][] = [
  ['payment_seen', '10000'],
  ['underpaid', '20000'],
  ['underpaid', '10000'],
  ['underpaid', '5000'],
  ['paid', null],
];

async function tell(merchant: Merchant, id: string, steps: typeof STORY): Promise<void> {
  for (const [event, amount_sats] of steps) {
    const body = { event_type: `invoice.${event}`, amount_sats };
    const response = await merchant.request('POST', `/v1/invoices/${id}/simulate`, body);
    if (response.status !== 200) throw new Error(`${event}: ${await response.text()}`);
  }
}

/** A number below `limit` from a seed: the same races again when one is to be repeated. */
function randomOf(seed: number) {
  let state = seed;
  return (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** The events after `seq`, as the story has them. */
function expectedAfter(seq: number): string[] {
  return STORY.map(([event], index) => `${index + 2} invoice.${event}`).slice(Math.max(0, seq - 1));
}

describe('An event that happens', () => {
  it.each([0, 1, 2, 3, 4, 5])('before a page has joined (%i of them) is in its snapshot', async (count) => {
    let id = '';
    const merchant = await openMerchant();
    const real = merchant.deps.rooms;
    const racing = await openMerchant({
      overrides: {
        rooms: {
          ...real,
          join: async (invoiceId, expiresAtMs) => {
            await tell(merchant, id, STORY.slice(0, count));
            return real.join(invoiceId, expiresAtMs);
          },
        },
      },
    });
    id = (await merchant.createInvoice()).id;
    const stream = await openStream(racing, id);
    expect(stream.snapshot.id).toBe(String(count + 1));
    await tell(merchant, id, STORY.slice(count));
    expect(namedEvents(await stream.rest())).toEqual(expectedAfter(count + 1));
  });

  const gaps: [when: string, read: string][] = [
    ['after a page has joined and before it has read the state', '"chain_state"'],
    ['after it has read the state and before it has read what it missed', 'place.key >= '],
  ];
  it.each(gaps)('%s is sent once, however many there are', async (_, read) => {
    for (const count of [2, 3, 4, 5]) {
      const merchant = await openMerchant();
      const { id } = await merchant.createInvoice();
      let joined = false;
      let announced = false;
      const database = watchD1(bindings.DB, async ({ statements }) => {
        if (!joined || announced || !statements.some(({ sql }) => sql.includes(read))) return;
        announced = true;
        await tell(merchant, id, STORY.slice(1, count));
        await merchant.settled();
      });
      const real = merchant.deps.rooms;
      const join: typeof real.join = async (invoiceId, expiresAtMs) => {
        const socket = await real.join(invoiceId, expiresAtMs);
        joined = true;
        return socket;
      };
      const racing = await openMerchant({ overrides: { db: openDatabase(database.d1), rooms: { ...real, join } } });
      // One is missed already: a page that has missed nothing reads nothing.
      await tell(merchant, id, STORY.slice(0, 1));
      const stream = await openStream(racing, id, '1');
      expect(announced).toBe(true);
      await tell(merchant, id, STORY.slice(count));
      expect(namedEvents(await stream.rest())).toEqual(expectedAfter(1));
    }
  });

  it('at any moment while pages open, in forty races (seed 7)', async () => {
    const random = randomOf(7);
    const merchant = await openMerchant();
    for (let race = 0; race < 40; race++) {
      const { id } = await merchant.createInvoice();
      const later = async (): Promise<void> => {
        for (let turn = random(8); turn > 0; turn--) await merchant.deps.rooms.listeners(id);
      };
      const view = async (lastEventId?: string) => {
        await later();
        return openStream(merchant, id, lastEventId);
      };
      const [first, second, resumed] = await Promise.all([
        view(),
        view(),
        view('1'),
        later().then(() => tell(merchant, id, STORY)),
      ]);
      for (const stream of [first, second]) {
        expect(namedEvents(await stream.rest())).toEqual(expectedAfter(Number(stream.snapshot.id)));
      }
      expect(namedEvents(await resumed.rest())).toEqual(expectedAfter(1));
    }
  });

  it('while the room cannot be reached is sent with the next one', async () => {
    const merchant = await openMerchant();
    const real = merchant.deps.rooms;
    const mute = await openMerchant({ overrides: { rooms: { ...real, publish: async () => {} } } });
    const { id } = await merchant.createInvoice();
    const stream = await openStream(merchant, id);
    // A step of a Worker that dies before it notifies the room.
    await advance(mute.deps, id, () => ({ announce: 'invoice.underpaid' }));
    await tell(merchant, id, [['paid', null]]);
    expect(namedEvents(await stream.rest())).toEqual(['2 invoice.underpaid', '3 invoice.paid']);
  });

  it('in no database (one restored to an earlier moment) does not make the stream ask forever', async () => {
    const database = watchD1(bindings.DB);
    const merchant = await openMerchant({ overrides: { db: openDatabase(database.d1) } });
    const { id } = await merchant.createInvoice();
    const stream = await openStream(merchant, id);
    const { event_id: _, ...snapshot } = payloadOf(stream.snapshot);
    const before = database.trips.length;
    await merchant.deps.rooms.publish(id, [{ ...snapshot, seq: 9, event_id: 'evt_9', event_type: 'invoice.updated' }]);
    for (let turn = 0; turn < 50; turn++) await merchant.deps.rooms.listeners(id);
    const asked = database.trips.length - before;
    await stream.cancel();
    expect(asked).toBeLessThanOrEqual(3);
  });
});
