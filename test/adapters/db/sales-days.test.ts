// A deployment that has sold for months begins to count its sales by day: the counts are what a walk through all invoices finds,
// however the log goes on and however many count it in one moment.

import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { countLogOf, salesByDay } from '../../../src/adapters/db/log-counts.ts';
import { STATUSES, type Status } from '../../../src/core/invoice/invoice.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const STORES = ['ann', 'bob', 'new', 'idle'];
const CURRENCIES = ['EUR', 'USD', 'JPY'];
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 3, 1);

const INVOICE = {
  ...{ network: 'regtest', wallet_id: 'wallet', address_index: 0, address: 'bcrt1q', script: '0014' },
  ...{ tolerance_below_sats: 0, tolerance_above_sats: 0, conf_threshold: 1, fee_sats: 7, late_grace_minutes: 0 },
  ...{ expires_at: 2, late_deadline_at: 3, metadata: '{}', payment_uri: '', marks: '[]', history: '{}' },
};

/** Always the same numbers below `end`. */
function randomFrom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * end);
  };
}

const STORE = {
  ...{ account_id: 'account', name: 'Store', callback_secret_sealed: 'sealed', created_at: 1 },
  ...{ default_expiry_minutes: 15, late_grace_minutes: 0 },
};

interface Written {
  id: string;
  storeId: string;
  environment: 'test' | 'live';
  status: Status;
  sats: number;
  log: number[];
}

const random = randomFrom(14);
const pick = <T>(some: readonly T[]): T => some[random(some.length)] as T;
const invoices: Written[] = [];
const lastSeq = new Map<string, number>();

async function makeInvoice(storeId: string): Promise<void> {
  const id = `i${String(invoices.length).padStart(4, '0')}`;
  const environment = random(4) === 0 ? 'test' : 'live';
  const hasPrice = random(5) > 0;
  const hasUsd = random(6) > 0;
  invoices.push({ id, storeId, environment, status: 'pending', sats: 0, log: [] });
  const rates = { fiat_rate: hasPrice ? `${40_000 + random(9_000_000)}.${random(99)}` : null };
  const usd = { usd_rate: hasUsd ? `${60_000 + random(9_000)}.5` : null };
  const priced = { fiat_currency: hasPrice ? pick(CURRENCIES) : null, ...rates, ...usd };
  const created = { created_at: START_MS + random(40) * DAY_MS + random(DAY_MS), status: 'pending' };
  await insertRows([
    ['invoices', { ...INVOICE, id, store_id: storeId, environment, ...priced, ...created, version: 1, log: '[]' }],
  ]);
  await changeInvoice(invoices.length - 1);
}

/** Any status may follow any other, with any amount. */
async function changeInvoice(at: number): Promise<void> {
  const invoice = invoices[at] as Written;
  const { id, storeId, log } = invoice;
  const logSeq = (lastSeq.get(storeId) ?? 0) + 1;
  lastSeq.set(storeId, logSeq);
  if (log.length > 0) {
    invoice.status = pick(STATUSES);
    invoice.sats = random(1_000_000_000);
  }
  log.push(logSeq);
  const { status, sats } = invoice;
  const event = {
    ...{ store_id: storeId, log_seq: logSeq, subject: 'invoice', subject_id: id, seq: log.length, type: 'x' },
    ...{ created_at: START_MS + logSeq, livemode: invoice.environment === 'live' ? 1 : 0, status, seen_sats: sats },
    ...{ confirmed_sats: sats, snapshot_version: 1, snapshot: '{}' },
  };
  await insertRows([['events', event]]);
  await bindings.DB.prepare('UPDATE invoices SET status = ?, confirmed_sats = ?, log = ?, version = ? WHERE id = ?')
    .bind(status, sats, JSON.stringify(log), log.length, id)
    .run();
}

async function somethingElse(storeId: string): Promise<void> {
  const logSeq = (lastSeq.get(storeId) ?? 0) + 1;
  lastSeq.set(storeId, logSeq);
  const event = { subject: 'payout', subject_id: `p${logSeq}`, seq: 1, type: 'payout.sent', created_at: START_MS };
  const bytes = { snapshot_version: 1, snapshot: '{}', livemode: 1 };
  await insertRows([['events', { store_id: storeId, log_seq: logSeq, ...event, ...bytes }]]);
}

async function happen(many: number): Promise<void> {
  for (let i = 0; i < many; i++) {
    const what = random(10);
    if (what === 0) await somethingElse(pick(STORES.slice(0, 3)));
    else if (what < 4 || invoices.length === 0) await makeInvoice(pick(STORES.slice(0, 3)));
    else await changeInvoice(random(invoices.length));
  }
}

/** As the overview did it before there were counts. */
async function walk(storeId: string, environment: string, currency: string) {
  const rate = "CASE WHEN fiat_currency = ?3 THEN fiat_rate WHEN ?3 = 'USD' THEN usd_rate END";
  const { results } = await bindings.DB.prepare(
    `SELECT date(created_at / 1000, 'unixepoch') AS day, count(*) AS invoices, sum(confirmed_sats) AS sats,
       coalesce(sum(confirmed_sats * CAST(${rate} AS REAL) / 1e8), 0) AS fiat, count(*) FILTER (WHERE ${rate} IS NULL) AS unpriced
     FROM invoices WHERE store_id = ?1 AND environment = ?2 AND status IN ('paid', 'late_paid', 'overpaid')
     GROUP BY day ORDER BY day`,
  )
    .bind(storeId, environment, currency)
    .all<{ day: string; invoices: number; sats: number; fiat: number; unpriced: number }>();
  return results;
}

async function expectSame(db: ReturnType<typeof openDatabase>): Promise<void> {
  for (const storeId of STORES) {
    while (await countLogOf(db, storeId, 100));
    for (const environment of ['test', 'live'] as const) {
      for (const currency of [...CURRENCIES, 'CHF']) {
        const asked = { storeId, environment, currency, from: '2026-04-01' };
        const { days, isAll } = await salesByDay(db, asked);
        const walked = await walk(storeId, environment, currency);
        expect(isAll).toBe(true);
        expect(days.map(({ fiat, ...day }) => day)).toEqual(walked.map(({ fiat, ...day }) => day));
        // Each invoice is rounded to a ten-thousandth.
        for (const [at, { fiat }] of walked.entries())
          expect(Math.abs((days[at]?.fiat ?? 0) - fiat)).toBeLessThan(0.005);
      }
    }
  }
}

const db = openDatabase(bindings.DB);

beforeAll(async () => {
  await databaseBefore('0043_sales_days');
  await insertRows([
    ['accounts', { id: 'account', name: 'Account', created_at: 1 }],
    ...STORES.map((id): Parameters<typeof insertRows>[0][number] => ['stores', { ...STORE, id }]),
  ]);
  await happen(300);
  // Fees of two stores are counted to somewhere; of the new one nothing is.
  await insertRows(
    ['ann', 'bob'].map((store_id, at) => {
      const none = {
        settled: 0,
        volume_sats: 0,
        fee_sats: 0,
        counted_seq: Math.floor((lastSeq.get(store_id) ?? 0) / (at + 2)),
      };
      return ['fee_days', { store_id, day: '2026-04-01', ...none }];
    }),
  );
  await migrate();
});

describe('Sales by day', () => {
  it('are counted to where the fees are, and from there on to what a walk finds', async () => {
    const counted = await bindings.DB.prepare('SELECT * FROM counted_logs ORDER BY store_id').all();
    expect(counted.results).toEqual(
      ['ann', 'bob'].map((store_id, at) => ({
        store_id,
        log_seq: Math.floor((lastSeq.get(store_id) ?? 0) / (at + 2)),
      })),
    );
    expect((await bindings.DB.prepare("SELECT count(*) AS n FROM sales_days WHERE store_id = 'new'").first())?.n).toBe(
      0,
    );
    await expectSame(db);
  });

  it('are the same however the log goes on, counted in parts and by several in one moment', async () => {
    for (let round = 0; round < 6; round++) {
      await happen(60);
      const parts = Array.from({ length: 5 }, () => countLogOf(db, pick(STORES), 1 + random(20)));
      await Promise.all(parts);
      await expectSame(db);
    }
  });

  it('write no row where nothing was sold', async () => {
    await somethingElse('idle');
    expect(await countLogOf(db, 'idle', 500)).toBe(true);
    expect(await countLogOf(db, 'idle', 500)).toBe(false);
    expect((await bindings.DB.prepare("SELECT count(*) AS n FROM sales_days WHERE store_id = 'idle'").first())?.n).toBe(
      0,
    );
  });

  it('say when a part of the log is left', async () => {
    await happen(60);
    const asked = { storeId: 'ann', environment: 'live', currency: 'EUR', from: '2026-04-01' } as const;
    await countLogOf(db, 'ann', 2);
    expect((await salesByDay(db, asked)).isAll).toBe(false);
    await countLogOf(db, 'ann', 500);
    expect((await salesByDay(db, asked)).isAll).toBe(true);
  });
});
