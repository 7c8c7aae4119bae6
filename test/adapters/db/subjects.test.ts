// A deployment with a past: each event and each delivery is there after the upgrade under the id that receivers know, what waited
// is sent, the log goes on without a gap, and what is counted from it comes to the same.

import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { insertResent } from '../../../src/adapters/db/deliveries.ts';
import { deliveriesOf, deliveryLog, deliveryOf } from '../../../src/adapters/db/delivery-log.ts';
import { claimDue } from '../../../src/adapters/db/due-deliveries.ts';
import { appendEvent, eventsAfter, logAfter } from '../../../src/adapters/db/events.ts';
import { countLogOf } from '../../../src/adapters/db/log-counts.ts';
import { reviewOf } from '../../../src/adapters/db/platform-reviews.ts';
import { dialectOf } from '../../../src/core/dialects/table.ts';
import { arrivedStates } from '../../../src/core/invoice/methods.ts';
import { deliveryId, deliveryNameOf } from '../../../src/services/endpoints/names.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = [table: string, row: Record<string, string | number | null>];

const INVOICES = 120;
const db = openDatabase(bindings.DB);
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const TEST = `test-${uuid(900)}`;
const GREENFIELD_TEST = `test-${uuid(901)}`;
const ORPHAN = `test-${uuid(902)}`;
const IN_REVIEW = uuid(INVOICES - 1);

const snapshot = (id: string, status: string, sats: number, reason: string | null) =>
  JSON.stringify({
    ...{ id, environment: 'live', status, amount_sats: '5000', amount_paid_sats: String(sats) },
    ...{ amount_confirmed_sats: String(sats), amount_due_sats: String(5000 - sats), review_reason: reason },
  });

const delivery = (key: [number, string, number, number], row: Record<string, string | number | null>): Row => {
  const [created_at, invoice_id, seq, target] = key;
  const usual = {
    url: 'https://shop.example/hook',
    dialect: 'native',
    state: 'succeeded',
    attempts: 1,
    attempt_log: '[]',
  };
  return ['deliveries', { created_at, invoice_id, seq, target, ...usual, ...row }];
};

/** Created, then paid or, of the last one, in review; with a delivery of each event to the endpoint. */
function invoice(nth: number): Row[] {
  const id = uuid(nth);
  const log = [2 * nth + 1, 2 * nth + 2];
  const [status, reason] = id === IN_REVIEW ? ['requires_review', 'payment_after_deadline'] : ['paid', null];
  const event = (seq: number, type: string, text: string): Row => [
    'events',
    {
      store_id: 'store',
      log_seq: log[seq - 1] ?? 0,
      invoice_id: id,
      seq,
      type,
      created_at: 1000 + seq,
      snapshot: text,
    },
  ];
  return [
    [
      'invoices',
      {
        ...{ id, store_id: 'store', environment: 'live', network: 'regtest', wallet_id: 'wallet', address_index: nth },
        ...{ address: id, script: id, amount_sats: 5000, tolerance_below_sats: 0, tolerance_above_sats: 0 },
        ...{
          conf_threshold: 1,
          fee_sats: 50,
          late_grace_minutes: 1,
          created_at: 1001,
          expires_at: 1,
          late_deadline_at: 1,
        },
        ...{
          metadata: '{}',
          payment_uri: '',
          status,
          version: 2,
          marks: '[]',
          history: '{}',
          log: JSON.stringify(log),
        },
      },
    ],
    event(1, 'invoice.created', snapshot(id, 'pending', 0, null)),
    event(2, `invoice.${status}`, snapshot(id, status, 5000, reason)),
    delivery([1001, id, 1, 0], { endpoint_id: 'endpoint' }),
    delivery([1002, id, 2, 0], { endpoint_id: 'endpoint', state: 'retrying', next_attempt_at: 2000 }),
    delivery([1002, id, 2, 1], {
      ...{ dialect: 'bitpay', line: 'store/0/https://shop.example', endpoint_id: null },
      body: `{"id":"${id}","status":"confirmed"}`,
    }),
  ];
}

const endpoint = (id: string, dialect: string): Row => [
  'endpoints',
  { id, store_id: 'store', url: 'https://shop.example/hook', dialect, secret_sealed: '', created_at: 1 },
];
const nativeTest = (id: string) =>
  JSON.stringify({
    event_id: `evt_${id.replaceAll('-', '')}_1`,
    event_type: 'invoice.overpaid',
    data: { invoice: {} },
  });

beforeAll(async () => {
  await databaseBefore('0019_subjects');
  await insertRows([
    ['accounts', { id: 'account', name: 'A', created_at: 1 }],
    [
      'stores',
      {
        ...{ id: 'store', account_id: 'account', name: 'S', test_mode: 0, default_expiry_minutes: 15 },
        ...{ late_grace_minutes: 60, callback_secret_sealed: '', created_at: 1 },
      },
    ],
    [
      'wallets',
      {
        ...{ id: 'wallet', account_id: 'account', network: 'regtest', script_type: 'p2wpkh', descriptor_sealed: '' },
        ...{ gap_limit: 20, identity: 'w', created_at: 1 },
      },
    ],
    endpoint('endpoint', 'native'),
    endpoint('webhook', 'greenfield'),
    ...Array.from({ length: INVOICES }, (_, nth) => invoice(nth)).flat(),
    // Asked for again by a BitPay client, in the moment of the event itself and later.
    delivery([1002, uuid(0), 2, 999], { dialect: 'bitpay', line: 'store/0/https://shop.example', body: '{"again":1}' }),
    delivery([5000, uuid(0), 2, 999], { dialect: 'bitpay', line: 'store/0/https://shop.example', body: '{"again":2}' }),
    delivery([3000, TEST, 1, 0], { endpoint_id: 'endpoint', body: nativeTest(TEST) }),
    delivery([3000, GREENFIELD_TEST, 1, 0], {
      endpoint_id: 'webhook',
      dialect: 'greenfield',
      body: '{"type":"InvoiceSettled"}',
    }),
    delivery([3001, ORPHAN, 1, 0], { endpoint_id: 'removed', body: nativeTest(ORPHAN), state: 'failed' }),
  ]);
  await migrate();
});

const count = async (from: string) =>
  (await bindings.DB.prepare(`SELECT count(*) AS n FROM ${from}`).first<{ n: number }>())?.n;

describe('After the upgrade', () => {
  it('no event and no delivery is missing', async () => {
    expect(await count("events WHERE subject = 'invoice' AND livemode = 1")).toBe(2 * INVOICES);
    expect(await count("events WHERE subject = 'endpoint' AND type = 'endpoint.tested'")).toBe(3);
    expect(await count('deliveries')).toBe(3 * INVOICES + 5);
    expect(await count('deliveries WHERE target = 999')).toBe(0);
    expect(await count('deliveries WHERE resent = 1')).toBe(2);
  });

  it('an invoice has its events, with figures in columns, and its deliveries under their old ids', async () => {
    const events = await eventsAfter(db, IN_REVIEW, 0);
    expect(events.map(({ seq, type, figures }) => [seq, type, figures])).toEqual([
      [1, 'invoice.created', { status: 'pending', seenSats: 0, confirmedSats: 0, reviewReason: null }],
      [
        ...[2, 'invoice.requires_review'],
        { status: 'requires_review', seenSats: 5000, confirmedSats: 5000, reviewReason: 'payment_after_deadline' },
      ],
    ]);
    const ids = [`1001_${uuid(0)}_1_0`, `1002_${uuid(0)}_2_0`, `1002_${uuid(0)}_2_1`];
    expect((await deliveriesOf(db, uuid(0))).map(deliveryId)).toEqual(ids);
    for (const id of ids) {
      const name = deliveryNameOf(id);
      expect(name && (await deliveryOf(db, 'store', name))).toMatchObject(name ?? {});
      expect(name && (await deliveryOf(db, 'another', name))).toBeUndefined();
    }
    expect((await reviewOf(db, arrivedStates(), IN_REVIEW))?.reason).toBe('payment_after_deadline');
  });

  it('tests of endpoints are found by their old ids, and named to receivers as they were', async () => {
    const found = async (id: string) =>
      deliveryOf(db, 'store', deliveryNameOf(id) ?? { createdAtMs: 0, subjectId: '', seq: 0, target: 0 });
    expect(await found(`3000_${TEST}_1_0`)).toMatchObject({
      ...{
        subject: 'endpoint',
        isTest: true,
        endpointId: 'endpoint',
        eventType: 'invoice.overpaid',
        state: 'succeeded',
      },
    });
    expect(await found(`3000_${GREENFIELD_TEST}_1_0`)).toMatchObject({ isTest: true, eventType: 'InvoiceSettled' });
    const { deliveries } = await deliveryLog(
      db,
      { storeId: 'store', endpointId: 'webhook' },
      { before: null, sinceMs: 0, limit: 10 },
    );
    expect(deliveries.map(deliveryId)).toEqual([`3000_${GREENFIELD_TEST}_1_0`]);
  });

  it('an endpoint has its record, newest first, page by page', async () => {
    const seen: string[] = [];
    let before = null;
    do {
      const page: Awaited<ReturnType<typeof deliveryLog>> = await deliveryLog(
        db,
        { storeId: 'store', endpointId: 'endpoint' },
        {
          before,
          sinceMs: 0,
          limit: 50,
        },
      );
      seen.push(...page.deliveries.map(deliveryId));
      before = page.next;
    } while (before !== null);
    expect(seen[0]).toBe(`3000_${TEST}_1_0`);
    expect(new Set(seen).size).toBe(2 * INVOICES + 1);
    expect(seen).toHaveLength(2 * INVOICES + 1);
  });

  it('what waited is due, and says what it would have said', async () => {
    const { due } = await claimDue(db, [{ name: 'endpoint', limit: 1000 }], 2000, 60_000);
    expect(due).toHaveLength(INVOICES);
    const [first] = due;
    if (!first) throw new Error('nothing is due');
    expect(first).toMatchObject({ subject: 'invoice', subjectId: uuid(0), seq: 2, storeId: 'store', livemode: true });
    const attempted = { delivery: first, attempt: 2, secrets: ['s'], sign: () => ({}) };
    const { body, headers } = dialectOf(first.dialect).message(attempted);
    expect(headers['x-satlane-event-id']).toBe(`evt_${uuid(0).replaceAll('-', '')}_2`);
    expect(body).toBe(
      `{"event_id":"evt_${uuid(0).replaceAll('-', '')}_2","event_type":"invoice.paid","created_at":"1970-01-01T00:00:01.002Z","livemode":true,"data":{"invoice":${snapshot(uuid(0), 'paid', 5000, null)}}}`,
    );
  });

  it('fees come to what the paid invoices bring', async () => {
    expect(await countLogOf(db, 'store', 10_000)).toBe(true);
    const days = await bindings.DB.prepare('SELECT settled, volume_sats, fee_sats FROM fee_days').all();
    expect(days.results).toEqual([
      { settled: INVOICES - 1, volume_sats: 5000 * (INVOICES - 1), fee_sats: 50 * (INVOICES - 1) },
    ]);
  });

  it('the log goes on behind all of it', async () => {
    const log = await logAfter(db, 'store', 0, 1000);
    expect(log.map(({ logSeq }) => logSeq)).toEqual(Array.from({ length: 2 * INVOICES + 2 }, (_, index) => index + 1));
    const event = {
      storeId: 'store',
      subject: 'endpoint' as const,
      subjectId: 'c',
      seq: null,
      type: 'x',
      createdAtMs: 9000,
    };
    const [appended] = await bindings.DB.batch<{ logSeq: number }>([
      appendEvent(db, { ...event, livemode: true, figures: null, snapshotVersion: 1, snapshot: '{}' }),
    ]);
    expect(appended?.results).toEqual([{ logSeq: 2 * INVOICES + 3 }]);
  });

  it('a client that asks for a notification again gets one, beside the event’s own and once in one moment', async () => {
    const receiver = {
      endpointId: null,
      line: 'store/0/https://shop.example',
      url: 'https://shop.example',
      dialect: 'bitpay',
      body: '{}',
    };
    const ask = (nowMs: number) => insertResent(db, uuid(1), receiver, nowMs);
    expect(await ask(1002)).toEqual({ createdAtMs: 1002, storeId: 'store', logSeq: 4, target: 0, resent: 1 });
    expect(await ask(1002)).toBeUndefined();
    expect(await ask(1003)).toMatchObject({ createdAtMs: 1003, logSeq: 4 });
    expect(await deliveriesOf(db, uuid(1))).toHaveLength(3);
  });
});
