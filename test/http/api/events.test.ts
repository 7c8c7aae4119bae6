// A merchant's server that asks for the log of its store sees everything that happened there, once, in order, whatever is
// written meanwhile, and no event of another store (GET /v1/events).

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { appendEvent, isVersionTaken, type NewEvent } from '../../../src/adapters/db/events.ts';
import { EVENT_TYPES } from '../../../src/core/invoice/invoice.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { messagesOf } from '../../../src/errors.ts';
import { observe } from '../../../src/services/payments/observe.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';

interface Entry {
  id: string;
  sequence: number;
  type: string;
  created_at: string;
  livemode: boolean;
  data: { invoice: InvoiceSnapshot };
}

interface Page {
  events: Entry[];
  next_after: string;
  has_more: boolean;
}

async function ask(merchant: Merchant, query = '', headers: Record<string, string> = {}) {
  const response = await merchant.request('GET', `/v1/events${query && `?${query}`}`, undefined, headers);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Page & { error?: Record<string, string> } };
}

const pageOf = async (merchant: Merchant, query = ''): Promise<Page> => {
  const { status, text, body } = await ask(merchant, query);
  if (status !== 200) throw new Error(`${query}: ${status} ${text}`);
  return body;
};

/** Follows the log from its start until it ends. */
async function readAll(merchant: Merchant, query = 'limit=100'): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let after = '0'; ; ) {
    const page = await pageOf(merchant, `${query}&after=${after}`);
    entries.push(...page.events);
    if (!page.has_more) return entries;
    after = page.next_after;
  }
}

const simulate = async (merchant: Merchant, id: string, event_type: string) => {
  const response = await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type });
  expect(response.status).toBe(200);
};

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sequencesOf = (entries: Entry[]) => entries.map(({ sequence }) => sequence);
const typesOf = (entries: Entry[]) => entries.map(({ type }) => type);

/** A look at the mempool that shows a payment of its own to the invoice. */
async function pay(merchant: Merchant, invoice: InvoiceSnapshot, number: number, sats: number) {
  const row = await bindings.DB.prepare('SELECT script FROM invoices WHERE id = ?')
    .bind(invoice.id)
    .first<{ script: string }>();
  const id = (prefix: string) => `${prefix}${number}`.padEnd(64, '0');
  const outputs = [{ vout: 0, script: row?.script ?? '', valueSats: BigInt(sats) }];
  return observe(merchant.deps, invoice.id, {
    atMs: merchant.clock.ms,
    tipHeight: 120,
    transactions: [{ txid: id('a'), inputs: [`${id('b')}:0`], outputs, block: null }],
    lostBlocks: new Set<string>(),
    unknownTxids: new Set<string>(),
  });
}

async function openLiveMerchant() {
  const merchant = await openMerchant({ mode: 'live' });
  await merchant.showTip(120);
  return merchant;
}

describe('What is read', () => {
  it('is what a webhook tells, under the same id and with the same bytes of the invoice', async () => {
    const receiver = await startReceiver();
    const merchant = await openMerchant({ endpointUrl: receiver.url });
    const order = {
      amount: 49.99,
      currency: 'USD',
      order_ref: 'ORD-1 “ünï” 東京',
      metadata: { b: '1', a: '2', 7: 'x' },
    };
    const { id } = await merchant.createInvoice(order);
    await merchant.settled();
    merchant.clock.advanceMinutes(1);
    await simulate(merchant, id, 'invoice.paid');
    await merchant.settled();
    const deliveries = await receiver.deliveries(2);
    const { text, body } = await ask(merchant);

    expect(body.events.map(({ data, ...head }) => head)).toEqual([
      {
        id: `evt_${id.replaceAll('-', '')}_1`,
        sequence: 1,
        type: 'invoice.created',
        created_at: '2026-05-16T11:15:00.000Z',
        livemode: false,
      },
      {
        id: `evt_${id.replaceAll('-', '')}_2`,
        sequence: 2,
        type: 'invoice.paid',
        created_at: '2026-05-16T11:16:00.000Z',
        livemode: false,
      },
    ]);
    expect(deliveries).toHaveLength(2);
    for (const [index, { headers, body: sent }] of deliveries.entries()) {
      expect(text).toContain(sent.slice(sent.indexOf('"data":')));
      // What `satlane listen` makes of an entry: the webhook, to the byte.
      const { id: event_id, type: event_type, created_at, livemode, data } = body.events[index] as Entry;
      expect(JSON.stringify({ event_id, event_type, created_at, livemode, data })).toBe(sent);
      expect(headers['x-satlane-event-id']).toBe(event_id);
    }
  });

  it('says livemode: true of a live store', async () => {
    const merchant = await openLiveMerchant();
    await merchant.createInvoice();
    expect((await pageOf(merchant)).events).toMatchObject([{ livemode: true }]);
  });

  it('is nothing while nothing has happened', async () => {
    const merchant = await openMerchant();
    const nothing = { events: [], next_after: '0', has_more: false };
    expect(await pageOf(merchant)).toEqual(nothing);
    expect(await pageOf(merchant, 'after=end')).toEqual(nothing);
  });
});

describe('Paging', () => {
  it.each([1, 2, 3, 7, 8, 100])(
    'by %i shows each event once, in order, to the end and on from there',
    async (limit) => {
      const merchant = await openMerchant();
      for (const _ of upTo(7)) await merchant.createInvoice();
      const pages: Page[] = [];
      for (let after = '0'; pages.at(-1)?.has_more !== false; after = pages.at(-1)?.next_after ?? '') {
        pages.push(await pageOf(merchant, `limit=${limit}&after=${after}`));
      }
      expect(pages).toHaveLength(Math.ceil(7 / limit));
      expect(sequencesOf(pages.flatMap(({ events }) => events))).toEqual(upTo(7));
      const end = pages.at(-1)?.next_after;
      expect(end).toBe('7');
      expect(await pageOf(merchant, `after=${end}`)).toEqual({ events: [], next_after: '7', has_more: false });
      expect(await pageOf(merchant, 'after=end')).toEqual({ events: [], next_after: '7', has_more: false });
      await merchant.createInvoice();
      expect(sequencesOf((await pageOf(merchant, `after=${end}`)).events)).toEqual([8]);
    },
  );

  it('is by 25 where nothing else is said, and starts anywhere', async () => {
    const merchant = await openMerchant({ wallet: { pool: 40 } });
    for (const _ of upTo(30)) await merchant.createInvoice();
    expect(sequencesOf((await pageOf(merchant)).events)).toEqual(upTo(25));
    expect(sequencesOf((await pageOf(merchant, 'after=27')).events)).toEqual([28, 29, 30]);
  });

  it('past the end shows nothing and keeps its place', async () => {
    const merchant = await openMerchant();
    await merchant.createInvoice();
    expect(await pageOf(merchant, 'after=9')).toEqual({ events: [], next_after: '9', has_more: false });
  });
});

describe('A filter', () => {
  async function openStory() {
    const merchant = await openMerchant();
    const [first, second] = [await merchant.createInvoice(), await merchant.createInvoice()];
    await simulate(merchant, first.id, 'invoice.payment_seen');
    await simulate(merchant, first.id, 'invoice.paid');
    await simulate(merchant, second.id, 'invoice.expired');
    return merchant;
  }

  it.each([
    ['invoice.paid', [4]],
    ['invoice.created', [1, 2]],
    ['invoice.paid,invoice.expired', [4, 5]],
    ['invoice.cancelled', []],
    [EVENT_TYPES.join(','), [1, 2, 3, 4, 5]],
  ])('for %s leaves the others out, their numbers stay and the cursor passes over them', async (type, sequences) => {
    const merchant = await openStory();
    const page = await pageOf(merchant, `type=${type}`);
    expect(sequencesOf(page.events)).toEqual(sequences);
    expect(page).toMatchObject({ next_after: '5', has_more: false });
    expect(sequencesOf(await readAll(merchant, `type=${type}&limit=1`))).toEqual(sequences);
    expect(await pageOf(merchant, `type=${type}&limit=3`)).toMatchObject({ next_after: '3', has_more: true });
  });

  it('is not needed to leave invoice.updated out: it is no event of a webhook, and is shown to whom asks for it', async () => {
    const merchant = await openLiveMerchant();
    const invoice = await merchant.createInvoice({ amount_sats: '9000' });
    for (const number of upTo(3)) await pay(merchant, invoice, number, 3_000);
    expect(await merchant.eventTypes(invoice.id)).toEqual([
      'invoice.created',
      'invoice.payment_seen',
      'invoice.updated',
      'invoice.updated',
    ]);
    const plain = await pageOf(merchant);
    expect(typesOf(plain.events)).toEqual(['invoice.created', 'invoice.payment_seen']);
    expect(plain.next_after).toBe('4');
    expect(sequencesOf((await pageOf(merchant, 'include=updated')).events)).toEqual([1, 2, 3, 4]);
    const paid = await pageOf(merchant, 'include=updated&type=invoice.paid');
    expect(typesOf(paid.events)).toEqual(['invoice.updated', 'invoice.updated']);
    expect(paid.events[1]?.data.invoice.amount_paid_sats).toBe('9000');
  });
});

describe('Stores', () => {
  it('each have numbers of their own, and no key shows another store’s log', async () => {
    const [one, other, third] = [await openMerchant(), await openMerchant(), await openMerchant()];
    const invoices = await Promise.all([one, other, one, other, one].map((merchant) => merchant.createInvoice()));
    const ofOne = await readAll(one);
    const ofOther = await readAll(other);
    expect(sequencesOf(ofOne)).toEqual([1, 2, 3]);
    expect(sequencesOf(ofOther)).toEqual([1, 2]);
    const ids = [...ofOne, ...ofOther].map(({ data }) => data.invoice.id);
    expect(ids.sort()).toEqual(invoices.map(({ id }) => id).sort());
    for (const { data } of ofOne) expect(data.invoice.store_id).toBe(one.store.id);
    expect(await readAll(third)).toEqual([]);
  });

  it('are shown to a key that may see invoices, and to no other', async () => {
    const merchant = await openMerchant();
    const permit = (permissions: string[]) =>
      bindings.DB.prepare('UPDATE api_keys SET permissions = ? WHERE store_id = ?')
        .bind(JSON.stringify(permissions), merchant.store.id)
        .run();
    expect(await ask(merchant, '', { authorization: 'Bearer nonsense' })).toMatchObject({ status: 401 });
    await permit(['btcpay.store.canviewinvoices']);
    expect(await ask(merchant)).toMatchObject({ status: 200 });
    await permit(['btcpay.store.cancreateinvoice']);
    expect(await ask(merchant)).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
  });
});

describe('A parameter', () => {
  it.each([
    'limit=0',
    'limit=101',
    'limit=many',
    'after=-1',
    'after=abc',
    'after=',
    'after=1&after=2',
    'type=invoice.unknown',
    'type=invoice.updated',
    'type=',
    'type=invoice.paid,',
    'include=everything',
    'wait=26',
    'wait=-1',
    'wait=1.5',
    'store_id=another',
    'cursor=1',
  ])('that makes no sense is refused and named: %s', async (query) => {
    const merchant = await openMerchant();
    const { status, body } = await ask(merchant, query);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'validation_error' });
    expect(body.error?.message).toMatch(new RegExp(`^${query.split('=')[0]}: `));
  });
});

describe('Many concurrent writers', () => {
  it('number the log without a gap or a double: twenty creations, then twenty payments', async () => {
    const merchant = await openLiveMerchant();
    const invoices = await Promise.all(upTo(20).map(() => merchant.createInvoice()));
    await Promise.all(invoices.map((invoice, index) => pay(merchant, invoice, index, 100_000)));
    const log = await readAll(merchant);
    expect(sequencesOf(log)).toEqual(upTo(40));
    expect(new Set(log.map(({ id }) => id)).size).toBe(40);
    for (const { id } of invoices) {
      const own = log.filter(({ data }) => data.invoice.id === id);
      expect(typesOf(own)).toEqual(['invoice.created', 'invoice.payment_seen']);
    }
    await merchant.settled();
  });

  it('creations, payments and cancellations mixed, of two stores', async () => {
    const merchants = [await openLiveMerchant(), await openLiveMerchant()];
    await Promise.all(
      merchants.flatMap((merchant) =>
        upTo(20).map(async (number) => {
          const invoice = await merchant.createInvoice();
          const cancel = () => merchant.request('POST', `/v1/invoices/${invoice.id}/cancel`);
          const steps = number % 2 === 0 ? [() => pay(merchant, invoice, number, 100_000), cancel] : [cancel, cancel];
          await Promise.all(steps.map((step) => step()));
        }),
      ),
    );
    for (const merchant of merchants) {
      const log = await readAll(merchant, 'include=updated&limit=7');
      expect(log.length).toBeGreaterThanOrEqual(40);
      expect(sequencesOf(log)).toEqual(upTo(log.length));
      await merchant.settled();
    }
  });

  it('a reader that follows while they write misses nothing and gets no event twice', async () => {
    const merchant = await openLiveMerchant();
    let writing = true;
    const writers = Promise.all(
      upTo(20).map(async (number) => {
        const invoice = await merchant.createInvoice();
        await pay(merchant, invoice, number, 100_000);
      }),
    ).finally(() => {
      writing = false;
    });
    const followers = [1, 3, 100].map(async (limit) => {
      const entries: Entry[] = [];
      let pages = 0;
      for (let after = '0', more = true; more; pages++) {
        const wasWriting = writing;
        const page = await pageOf(merchant, `limit=${limit}&after=${after}`);
        entries.push(...page.events);
        after = page.next_after;
        more = wasWriting || page.has_more;
      }
      return { sequences: sequencesOf(entries), pages };
    });
    await writers;
    for (const { sequences, pages } of await Promise.all(followers)) {
      expect(sequences).toEqual(upTo(40));
      expect(pages).toBeGreaterThan(1);
    }
    await merchant.settled();
  });
});

describe('Two writers of one version', () => {
  const eventOf = ({ store }: Merchant, subjectId: string, seq: number, note: string): NewEvent => ({
    ...{
      storeId: store.id,
      subject: 'invoice',
      subjectId,
      seq,
      type: 'invoice.updated',
      createdAtMs: 1,
      livemode: false,
    },
    ...{ figures: null, snapshotVersion: 1, snapshot: JSON.stringify({ note }) },
  });

  /** Event 2 and the version that comes of it, in one batch, as a commit writes them. */
  async function step(merchant: Merchant, id: string, note: string) {
    await bindings.DB.batch([
      appendEvent(merchant.deps.db, eventOf(merchant, id, 2, note)),
      bindings.DB.prepare('UPDATE invoices SET version = 2 WHERE id = ?').bind(id),
    ]);
  }

  it('one of them fails as a whole and takes no number of the log', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    const attempts = await Promise.allSettled(['a', 'b', 'c'].map((note) => step(merchant, id, note)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(isVersionTaken(messagesOf(attempt.reason))).toBe(true);
    }
    await merchant.createInvoice();
    expect(sequencesOf(await readAll(merchant, 'include=updated'))).toEqual([1, 2, 3]);
  });

  it.each([1, 3, 9])('what follows version %i − 1 is refused where the invoice has version 1', async (seq) => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    const { db } = merchant.deps;
    const error = await bindings.DB.batch([appendEvent(db, eventOf(merchant, id, seq, 'x'))]).then(
      () => null,
      (reason: unknown) => messagesOf(reason),
    );
    expect(error && isVersionTaken(error)).toBe(true);
    expect(await readAll(merchant, 'include=updated')).toHaveLength(1);
  });

  it('of eight that each see another payment all are heard in the end, one after the other', async () => {
    const merchant = await openLiveMerchant();
    const invoice = await merchant.createInvoice({ amount_sats: '8000' });
    await Promise.all(upTo(8).map((number) => pay(merchant, invoice, number, 1_000)));
    const log = await readAll(merchant, 'include=updated');
    expect(sequencesOf(log)).toEqual(upTo(log.length));
    expect(log.at(-1)?.data.invoice).toMatchObject({ amount_paid_sats: '8000', amount_due_sats: '0' });
    expect(log.map(({ id }) => Number(id.split('_')[2]))).toEqual(upTo(log.length));
  });
});

describe('A reader that waits', () => {
  it('is answered as soon as something happens', async () => {
    const merchant = await openMerchant();
    await merchant.createInvoice();
    const answer = pageOf(merchant, 'after=1&wait=25');
    await merchant.createInvoice();
    expect(sequencesOf((await answer).events)).toEqual([2]);
  });

  it('for one type sleeps on while others happen, and its cursor has passed them', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    const answer = pageOf(merchant, 'type=invoice.paid&wait=25');
    await simulate(merchant, id, 'invoice.payment_seen');
    await simulate(merchant, id, 'invoice.paid');
    expect(await answer).toMatchObject({ events: [{ sequence: 3 }], next_after: '3' });
  });

  it('is answered immediately where there is an event already, and with nothing when its time is over', async () => {
    const merchant = await openMerchant();
    await merchant.createInvoice();
    expect(sequencesOf((await pageOf(merchant, 'wait=25')).events)).toEqual([1]);
    const startedMs = performance.now();
    expect(await pageOf(merchant, 'after=1&wait=1')).toEqual({ events: [], next_after: '1', has_more: false });
    expect(performance.now() - startedMs).toBeGreaterThan(900);
  });

  it('asks the database once a second and reads next to nothing there', async () => {
    const { d1, trips, rows } = watchD1(bindings.DB);
    const merchant = await openMerchant({ overrides: { db: openDatabase(d1) } });
    await merchant.createInvoice();
    await merchant.settled();
    const read = rows.read;
    const looks = () => trips.filter(({ statements }) => statements[0]?.sql.includes('e.log_seq >')).length;
    await pageOf(merchant, 'after=1&wait=2');
    expect(looks()).toBe(3);
    await merchant.settled();
    expect(rows.read - read).toBeLessThan(10);
  });
});
