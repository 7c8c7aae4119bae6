// What the schema costs: tables without a second copy of their key, queries that follow an index, and a page of a list
// that reads no more in a large store than in a small one.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { deliveriesOf } from '../../../src/adapters/db/delivery-log.ts';
import { depositAddressOf, depositsOf } from '../../../src/adapters/db/deposit-addresses.ts';
import { claimDue, linesWaiting, reviveLostDeliveries } from '../../../src/adapters/db/due-deliveries.ts';
import { factsOfAll } from '../../../src/adapters/db/facts.ts';
import { dueOffChain, type ListQuery, listInvoices } from '../../../src/adapters/db/invoices.ts';
import { listGroupOf } from '../../../src/adapters/db/list-groups.ts';
import { claimFactsOf, payoutFactsOf } from '../../../src/adapters/db/payout-facts.ts';
import { historyOf, listPayouts, unclaimedSince } from '../../../src/adapters/db/payouts.ts';
import { listPullPayments, refundedSatsOf } from '../../../src/adapters/db/pull-payments.ts';
import { duePlaces, openPlaces, watchedAmong } from '../../../src/adapters/db/watch.ts';
import { STATUSES } from '../../../src/core/invoice/invoice.ts';
import { readInvoice, readPublic } from '../../../src/services/payments/read.ts';
import { plansOf, watchD1 } from '../../support/d1.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';

const NOW = Date.parse('2026-05-16T11:15:00.000Z');

describe('Every table', () => {
  it('is WITHOUT ROWID: an insert is billed as one row', async () => {
    const { results } = await bindings.DB.prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'",
    ).all<{ name: string; sql: string }>();
    const own = results.filter(({ name }) => name !== 'd1_migrations');
    expect(own.length).toBeGreaterThanOrEqual(13);
    expect(own.filter(({ sql }) => !/\)\s*WITHOUT ROWID\s*$/.test(sql)).map(({ name }) => name)).toEqual([]);
  });
});

type Question = (db: ReturnType<typeof openDatabase>) => PromiseLike<unknown>;

const page: ListQuery = { storeId: 'store', limit: 26 };
const after = { createdAtMs: NOW, id: 'x' };
const refunds = { storeId: 'store', archived: true, limit: 26 };
const QUESTIONS: [what: string, ask: Question][] = [
  ['a page of a store’s invoices', (db) => listInvoices(db, page)],
  ['the page after it', (db) => listInvoices(db, { ...page, after })],
  ['a page of those that are paid', (db) => listInvoices(db, { ...page, status: 'paid', after })],
  ['a page of those of one week', (db) => listInvoices(db, { ...page, createdFromMs: 1, createdBeforeMs: 2 })],
  ['the invoices of an order', (db) => listInvoices(db, { ...page, orderRef: 'A' })],
  ['the paid invoices of an order', (db) => listInvoices(db, { ...page, orderRef: 'A', status: 'paid', after })],
  ['what the watcher has to watch', (db) => openPlaces(db, NOW, 1000)],
  ['what has to be decided again', (db) => duePlaces(db, NOW, 100)],
  ['the invoices of open pages', (db) => watchedAmong(db, ['a', 'b'])],
  ['test invoices whose time is up', (db) => dueOffChain(db, NOW, 200)],
  ['lines in which webhooks are due', (db) => linesWaiting(db, { from: 'a', to: 'b' }, NOW, 10)],
  ['webhooks that are due', (db) => claimDue(db, [{ name: 'a', limit: 60 }], NOW, 60_000)],
  ['webhooks that were lost', (db) => reviveLostDeliveries(db, NOW, NOW + 1)],
  ['the webhooks of an invoice', (db) => deliveriesOf(db, 'a')],
  ['an output to a permanent address', (db) => factsOfAll(db, ['b'], ['a'])],
  ['the deposits of an address', (db) => depositsOf(db, 'a', { skip: 0, take: 25 })],
  ['the address of a customer', (db) => depositAddressOf(db, 'store', 'live', 'ann')],
  ['a page of a store’s payouts', (db) => listPayouts(db, { storeId: 'store', after: 'x', limit: 26 })],
  [
    'those that wait for approval',
    (db) => listPayouts(db, { storeId: 'store', states: ['awaiting_approval'], limit: 26 }),
  ],
  ['the claims of a pull payment', (db) => listPayouts(db, { storeId: 'store', pullPaymentId: 'a', limit: 26 })],
  ['a page of a store’s pull payments', (db) => listPullPayments(db, { storeId: 'store', archived: false, limit: 26 })],
  ['the refunds of an invoice', (db) => listPullPayments(db, { ...refunds, invoiceId: 'a' })],
  ['what was given back of an invoice', (db) => refundedSatsOf(db, 'a', NOW)],
  ['what a payout is decided upon', (db) => payoutFactsOf(db, { storeId: 'store', id: 'a' }, NOW)],
  ['what a claim is decided upon', (db) => claimFactsOf(db, 'a', { destination: 'b', script: 'c', payee: null }, NOW)],
  ['links whose time is over', (db) => unclaimedSince(db, NOW, 100)],
  ['the history of a payout', (db) => historyOf(db, { storeId: 'store', id: 'a' })],
];

/** Steps that read a whole table of ours; parts of the query itself, JSON arguments and the few networks may be read through. */
function scansOf(steps: { detail: string }[]): string[] {
  const made = steps.flatMap(({ detail }) => /^(?:CO-ROUTINE|MATERIALIZE) (.+)$/.exec(detail)?.[1] ?? []);
  return steps
    .map(({ detail }) => detail)
    .filter(
      (detail) => detail.startsWith('SCAN ') && !/VIRTUAL TABLE|CONSTANT ROW|^SCAN (\(|chain_state$)/.test(detail),
    )
    .filter((detail) => !made.some((name) => detail === `SCAN ${name}`));
}

describe('No query reads a whole table', () => {
  it.each(QUESTIONS)('%s', async (_, ask) => {
    const watched = watchD1(bindings.DB);
    await ask(openDatabase(watched.d1));
    const plans = await plansOf(bindings.DB, watched.trips);
    expect(plans.length).toBeGreaterThan(0);
    expect(plans.flatMap(({ sql, steps }) => scansOf(steps).map((scan) => `${scan} in ${sql}`))).toEqual([]);
  });

  it.each(QUESTIONS.slice(0, 6))('and no range of an index is sorted: %s', async (_, ask) => {
    const watched = watchD1(bindings.DB);
    await ask(openDatabase(watched.d1));
    const [plan] = await plansOf(bindings.DB, watched.trips);
    const steps = plan?.steps ?? [];
    const ranges = steps.filter(({ detail }) => /^SEARCH invoices USING .*INDEX invoices_by_/.test(detail));
    expect(ranges.length).toBeGreaterThan(0);
    for (const { parent } of ranges) {
      const beside = steps.filter((step) => step.parent === parent && step.detail.includes('TEMP B-TREE'));
      expect(beside).toEqual([]);
    }
  });
});

describe('A page of a list', () => {
  /** Multiplies an invoice: `count` more of its store, of all statuses, a second apart. */
  async function multiply(invoiceId: string, first: number, count: number) {
    const copy = async (table: string, replaced: Record<string, string>) => {
      const { results } = await bindings.DB.prepare(`SELECT name FROM pragma_table_info('${table}')`).all<{
        name: string;
      }>();
      const names = results.map(({ name }) => name);
      const key = table === 'events' ? 'subject_id' : 'id';
      await bindings.DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1 + ?2)
         INSERT INTO ${table} (${names.join(', ')})
         SELECT ${names.map((name) => replaced[name] ?? name).join(', ')} FROM n, ${table} WHERE ${key} = ?3`,
      )
        .bind(first, count, invoiceId)
        .run();
    };
    const statuses = JSON.stringify(STATUSES);
    const groups = JSON.stringify(STATUSES.map(listGroupOf));
    await copy('invoices', {
      id: "id || '-' || i",
      created_at: 'created_at + 1000 * i',
      status: `json_extract('${statuses}', '$[' || (i % 10) || ']')`,
      list_group: `json_extract('${groups}', '$[' || (i % 10) || ']')`,
      log: 'json_array((log ->> 0) + i)',
    });
    await copy('events', { subject_id: "subject_id || '-' || i", log_seq: 'log_seq + i' });
  }

  it('reads no more among two thousand invoices than among two hundred', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice({ amount_sats: '1000', order_ref: 'the same for all' });
    const watched = watchD1(bindings.DB);
    const db = openDatabase(watched.d1);
    const cost = async (query: Partial<ListQuery>) => {
      const before = watched.rows.read;
      const rows = await listInvoices(db, { storeId: merchant.store.id, limit: 11, ...query });
      expect(rows).toHaveLength(11);
      const times = rows.map((row) => row.createdAtMs);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      return watched.rows.read - before;
    };
    const queries: Partial<ListQuery>[] = [
      {},
      { status: 'paid' },
      { orderRef: 'the same for all' },
      { after: { createdAtMs: NOW + 150_000, id: '' } },
    ];
    const costs = async () => {
      const all: number[] = [];
      for (const query of queries) all.push(await cost(query));
      return all;
    };
    await multiply(id, 1, 200);
    const few = await costs();
    await multiply(id, 201, 1_800);
    const many = await costs();
    console.info(`rows read for 11 invoices (any, by status, by order, second page): ${many.join(', ')}`);
    expect(many).toEqual(few);
    expect(Math.max(...many)).toBeLessThanOrEqual(40);
  });

  it('and one invoice, private or public, is one round trip', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    const watched = watchD1(bindings.DB);
    const deps = { ...merchant.deps, db: openDatabase(watched.d1) };
    await readInvoice(deps, merchant.store.id, id);
    await readPublic(deps, id);
    expect(watched.trips).toHaveLength(2);
    expect((await plansOf(bindings.DB, watched.trips)).flatMap(({ steps }) => scansOf(steps))).toEqual([]);
  });
});
