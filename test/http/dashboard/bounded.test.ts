// A store with a million invoices opens its dashboard as fast as one with ten: no question walks through a table, and each
// stops after a number of rows that does not depend on the store.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { retriesOf } from '../../../src/adapters/db/deliveries.ts';
import { deliveriesOf } from '../../../src/adapters/db/delivery-log.ts';
import { countLogOf, salesByDay, storesToCount } from '../../../src/adapters/db/log-counts.ts';
import { listBatches, versionsOf } from '../../../src/adapters/db/payout-batches.ts';
import { historyOf, listPayouts, queuedOnchain } from '../../../src/adapters/db/payouts.ts';
import { dueUpTo, feesOfAccount, feesOfAccounts } from '../../../src/adapters/db/platform-fees.ts';
import { reviewOf, reviewsOfAll } from '../../../src/adapters/db/platform-reviews.ts';
import { claimedPullPayment, listPullPayments, refundedSatsOf } from '../../../src/adapters/db/pull-payments.ts';
import { storeSetup } from '../../../src/adapters/db/read/overview.ts';
import { countMade, invoicesByScript, invoicesByTxid } from '../../../src/adapters/db/read/search.ts';
import { STATUSES } from '../../../src/core/invoice/invoice.ts';
import { arrivedStates } from '../../../src/core/invoice/methods.ts';
import { bindings } from '../../support/merchant.ts';

/** A database that writes down how each statement is going to be carried out. */
function explaining() {
  const plans: string[] = [];
  const d1 = new Proxy(bindings.DB, {
    get(target, name) {
      if (name === 'batch')
        return (some: D1PreparedStatement[]) => Promise.all(some.map((statement) => statement.all()));
      if (name !== 'prepare') return Reflect.get(target, name);
      return (sql: string) => ({
        bind(...params: unknown[]) {
          const statement = target.prepare(sql).bind(...params);
          const explain = async () => {
            const plan = await target
              .prepare(`EXPLAIN QUERY PLAN ${sql}`)
              .bind(...params)
              .all<{ detail: string }>();
            plans.push(...plan.results.map(({ detail }) => detail));
          };
          return { all: () => explain().then(() => statement.all()), raw: () => explain().then(() => statement.raw()) };
        },
      });
    },
  });
  return { db: openDatabase(d1), plans };
}

describe('What the dashboard asks the database', () => {
  const range = { fromMs: 0, beforeMs: Date.now() };
  const days = { from: '2026-05-01', to: '2026-05-31' };
  const questions: Record<string, (db: ReturnType<typeof openDatabase>) => Promise<unknown>> = {
    'sales per day': (db) => salesByDay(db, { storeId: 's', environment: 'live', currency: 'USD', from: '2026-05-01' }),
    'the next part of a store’s log': (db) => countLogOf(db, 's', 500),
    'what waits and what is set up': (db) => storeSetup(db, 's'),
    'an address': (db) => invoicesByScript(db, 's', '0014'),
    'a transaction': (db) => invoicesByTxid(db, 's', 'ab'.repeat(32)),
    'the size of an export': (db) => countMade(db, 's', range, STATUSES, 50_001),
    'open reviews of all stores': (db) =>
      reviewsOfAll(db, arrivedStates(), { environment: 'live', after: null, limit: 50 }),
    'the open reviews after them': (db) =>
      reviewsOfAll(db, arrivedStates(), { environment: 'live', after: { createdAtMs: 1, id: 'i' }, limit: 50 }),
    'one review': (db) => reviewOf(db, arrivedStates(), 'i'),
    'fees of a page of accounts': (db) => feesOfAccounts(db, days, { after: null, limit: 50 }),
    'fees of one account': (db) => feesOfAccount(db, 'a', days),
    'what a bill would ask for': (db) => dueUpTo(db, 'a', '2026-05-31'),
    'where fees are to be counted': (db) => storesToCount(db, '', 200),
    'what was sent of an invoice': (db) => deliveriesOf(db, 'i'),
    ...Object.fromEntries(
      (['invoice', 'payout', 'pull_payment'] as const).map((subject) => [
        `what an endpoint is still to be sent of one: ${subject}`,
        (db: ReturnType<typeof openDatabase>) => retriesOf(db, { storeId: 's', subject, subjectId: 'i' }, 'e'),
      ]),
    ),
    'payouts of a store': (db) => listPayouts(db, { storeId: 's', after: 'p', limit: 26 }),
    'payouts in a state': (db) => listPayouts(db, { storeId: 's', states: ['unknown'], after: 'p', limit: 26 }),
    'payouts that wait for a batch': (db) => queuedOnchain(db, 's', 101),
    'batches of a store': (db) => listBatches(db, { storeId: 's', after: 'b', limit: 26 }),
    'versions of a batch': (db) => versionsOf(db, { storeId: 's', rootId: 'b' }),
    'claims of a pull payment': (db) => listPayouts(db, { storeId: 's', pullPaymentId: 'p', limit: 50 }),
    'what happened to a payout': (db) => historyOf(db, { storeId: 's', id: 'p' }),
    'pull payments of a store': (db) => listPullPayments(db, { storeId: 's', archived: false, after: 'p', limit: 26 }),
    'refunds of an invoice': (db) => listPullPayments(db, { storeId: 's', archived: true, invoiceId: 'i', limit: 20 }),
    'what was refunded of an invoice': (db) => refundedSatsOf(db, 'i', 1),
    'the page of a claim': (db) => claimedPullPayment(db, 'p'),
  };
  for (const [name, ask] of Object.entries(questions)) {
    it(`is answered from an index: ${name}`, async () => {
      const { db, plans } = explaining();
      await ask(db);
      expect(plans.length).toBeGreaterThan(0);
      const walks = plans.filter((detail) =>
        // All events of a store are as bad as a whole table.
        /^SCAN (i|p|invoices|payments|addresses|events|e|deliveries|former_holders|d|fee_days|payouts|pull_payments|c|r)\b|^SEARCH e .*\(store_id=\?\)$/.test(
          detail,
        ),
      );
      expect(walks).toEqual([]);
    });
  }
});
