// A deployment with invoices of every status: each is listed as before, and lists read the page alone.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { listInvoices, type Placed, placesOf } from '../../../src/adapters/db/invoices.ts';
import { listGroupOf } from '../../../src/adapters/db/list-groups.ts';
import { STATUSES, type Status } from '../../../src/core/invoice/invoice.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const INVOICE = {
  ...{ store_id: 'store', environment: 'live', network: 'regtest', wallet_id: 'wallet', address_index: 0 },
  ...{ address: 'bcrt1q', script: '0014', tolerance_below_sats: 0, tolerance_above_sats: 0, conf_threshold: 1 },
  ...{ fee_sats: 0, late_grace_minutes: 0, expires_at: 2, late_deadline_at: 3, metadata: '{}', payment_uri: '' },
  ...{ version: 1, marks: '[]', history: '{}', log: '[1]' },
};
/** Of a store that sells much: rare statuses come once in a thousand, and the open ones are the newest. */
const COUNT = 10_000;
const COPY = `
  WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${COUNT})
  INSERT INTO invoices (COLUMNS) SELECT VALUES_OF FROM invoices, n WHERE id = 'paid'`;

/** The newest is number COUNT, made at that time. */
function statusOf(n: number): Status {
  if (n > COUNT - 60) return n % 2 ? 'pending' : 'seen';
  return n % 1_000 < 6 ? (STATUSES[4 + (n % 1_000)] ?? 'paid') : n % 3 ? 'paid' : 'expired';
}

async function fill(): Promise<Placed[]> {
  await databaseBefore('0041_list_groups');
  const created = { created_at: 1, id: 'paid', status: 'paid' };
  await insertRows([
    ['invoices', { ...INVOICE, ...created }],
    [
      'events',
      {
        ...{ store_id: 'store', log_seq: 1, subject: 'invoice', subject_id: 'paid', seq: 1, type: 'invoice.created' },
        ...{ created_at: 1, livemode: 1, snapshot: 'x', snapshot_version: 1 },
      },
    ],
  ]);
  const made = Array.from({ length: COUNT }, (_, at) => ({
    id: `invoice-${String(at + 1).padStart(6, '0')}`,
    createdAtMs: 1_000 + at + 1,
    archivedAtMs: null,
  }));
  const columns = Object.keys({ ...INVOICE, ...created });
  const changed: Record<string, string> = {
    id: "'invoice-' || printf('%06d', n.value)",
    created_at: '1000 + n.value',
    status: "json_extract(?1, '$[' || (n.value - 1) || ']')",
  };
  const copy = COPY.replace('COLUMNS', columns.join()).replace(
    'VALUES_OF',
    columns.map((column) => changed[column] ?? column).join(),
  );
  const statuses = JSON.stringify(made.map((_, at) => statusOf(at + 1)));
  await bindings.DB.prepare(copy).bind(statuses).run();
  await bindings.DB.prepare("DELETE FROM invoices WHERE id = 'paid'").run();
  await migrate();
  return made.reverse();
}

describe('A store with ten thousand invoices', () => {
  it('lists what a Worker of before changed, which knows no groups', async () => {
    await fill();
    const changed = await bindings.DB.prepare(
      "UPDATE invoices SET status = 'late_paid' WHERE status = 'expired'",
    ).run();
    expect(changed.meta.changes).toBeGreaterThan(1_000);
    await insertRows([['invoices', { ...INVOICE, created_at: 1, id: 'deposit', status: 'paid' }]]);
    const { results } = await bindings.DB.prepare('SELECT DISTINCT status, list_group FROM invoices').all<
      Record<string, string>
    >();
    expect(results.map(({ status }) => status)).not.toContain('expired');
    for (const { status, list_group } of results) expect(list_group).toBe(listGroupOf(status as Status));
  });

  it('lists those of a status, of several and of all as before, and reads little more than the page', async () => {
    const made = await fill();
    const watched = watchD1(bindings.DB);
    const db = openDatabase(watched.d1);
    const groups = await bindings.DB.prepare('SELECT DISTINCT status, list_group FROM invoices').all<{
      status: Status;
      list_group: string;
    }>();
    expect(groups.results.length).toBe(STATUSES.length);
    for (const { status, list_group } of groups.results) expect(list_group).toBe(listGroupOf(status));

    const several: Status[] = STATUSES.filter((status) => status !== 'paid');
    const asked: (Status[] | undefined)[] = [
      undefined,
      several,
      ['pending', 'reverted'],
      ...STATUSES.map((one) => [one]),
    ];
    for (const statuses of asked) {
      const all = made.filter((_, at) => !statuses || statuses.includes(statusOf(COUNT - at)));
      for (const after of [undefined, all[Math.floor(all.length / 2)]]) {
        const page = await placesOf(db, {
          ...{ storeId: 'store', limit: 25 },
          ...(after && { after }),
          ...(statuses && { statuses }),
        });
        const from = after ? all.indexOf(after) + 1 : 0;
        expect(page, `${statuses} after ${after?.id}`).toEqual(all.slice(from, from + 25));
      }
    }
    const costs: Record<string, number> = {};
    for (const limit of [25, 100]) {
      for (const after of [undefined, made[COUNT / 2], made[COUNT - 200]]) {
        watched.rows.read = 0;
        await listInvoices(db, { storeId: 'store', limit, ...(after && { after }) }).catch(() => []);
        costs[`${limit} after ${after?.id}`] = watched.rows.read;
      }
    }
    console.info('rows read by a list:', JSON.stringify(costs));
    expect(
      Math.max(...Object.entries(costs).flatMap(([of, rows]) => (of.startsWith('25 ') ? rows : []))),
    ).toBeLessThanOrEqual(100);
    expect(Math.max(...Object.values(costs))).toBeLessThanOrEqual(320);
  });
});
