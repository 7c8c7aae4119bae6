// A merchant finds what was sent to an endpoint, however much others send and however long ago it was.

import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { deliveryLog, type Place } from '../../../src/adapters/db/delivery-log.ts';
import { plansOf, watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';

const { DB } = bindings;
const BUSY = 30_000;
const QUIET = 60;
/** The quiet store's events come first: all others are newer. */
const BUSY_SINCE_MS = 1_000_000;

/** Events of a store, a delivery to `endpointId` for every `each`-th of them, and one of all to another endpoint. */
async function seed(storeId: string, count: number, { sinceMs, each }: { sinceMs: number; each: number }) {
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)';
  await DB.batch([
    DB.prepare(
      `INSERT INTO events (store_id, log_seq, subject, subject_id, seq, type, created_at, livemode, snapshot_version, snapshot)
       ${numbers} SELECT ?1, i, 'invoice', printf('i-%d', i), 1, 'invoice.created', ?3 + i, 1, 1, '{}' FROM n`,
    ).bind(storeId, count, sinceMs),
    // Some dialects send an event as two: the endpoint itself gets each twice.
    ...['others', 'own', 'own'].map((endpoint, target) =>
      DB.prepare(
        `INSERT INTO deliveries (created_at, store_id, log_seq, target, resent, endpoint_id, url, dialect, state, attempts, attempt_log)
         ${numbers} SELECT ?3 + i, ?1, i, ?4, 0, ?5, 'u', 'native', 'succeeded', 1, '[]' FROM n WHERE i % ?6 = 0`,
      ).bind(storeId, count, sinceMs, target, `${storeId}-${endpoint}`, endpoint === 'own' ? each : 1),
    ),
  ]);
}

async function page(storeId: string, before: Place | null, sinceMs = 0) {
  const watched = watchD1(DB);
  const endpoint = { storeId, endpointId: `${storeId}-own` };
  const found = await deliveryLog(openDatabase(watched.d1), endpoint, { before, sinceMs, limit: 25 });
  const plans = await plansOf(DB, watched.trips);
  return { ...found, rows: watched.rows.read, plans: plans.flatMap(({ steps }) => steps.map(({ detail }) => detail)) };
}

beforeAll(async () => {
  await seed('quiet', QUIET, { sinceMs: 0, each: 1 });
  await seed('busy', BUSY, { sinceMs: BUSY_SINCE_MS, each: 3_000 });
});

describe('The deliveries of an endpoint', () => {
  it('come at the first question, though others sent 60 000 since', async () => {
    const first = await page('quiet', null);
    const pages = [first];
    for (let next = first.next; next; next = pages.at(-1)?.next ?? null) pages.push(await page('quiet', next));
    const shown = pages.map(({ deliveries }) => deliveries.map(({ logSeq, target }) => `${logSeq} ${target}`));
    // 25 is odd: a page ends between the two of one event.
    expect(shown.map((one) => one.length)).toEqual([25, 25, 25, 25, 20]);
    expect(shown.flat()).toEqual(Array.from({ length: 2 * QUIET }, (_, n) => `${QUIET - (n >> 1)} ${2 - (n % 2)}`));
  });

  it('are read without those of others, and without a sort', async () => {
    const read = await page('quiet', null);
    expect(read.plans.filter((step) => /SCAN [ed]|TEMP B-TREE/.test(step))).toEqual([]);
    expect(read.rows).toBeLessThan(200);
  });

  it('that are rare come page by page, each of which reads a bounded number of rows', async () => {
    const found: number[] = [];
    let pages = 0;
    for (let before: Place | null = null; pages === 0 || before; pages++) {
      const read = await page('busy', before);
      found.push(...read.deliveries.map(({ logSeq }) => logSeq));
      expect(read.rows).toBeLessThan(8_100);
      before = read.next;
    }
    expect(found).toEqual(Array.from({ length: 20 }, (_, n) => BUSY - (n >> 1) * 3_000));
    expect(pages).toBe(16);
  });

  it('end where the endpoint was made', async () => {
    const read = await page('busy', null, BUSY_SINCE_MS + BUSY - 1_000);
    expect(read.deliveries.map(({ logSeq }) => logSeq)).toEqual([BUSY, BUSY]);
    expect(read.next).toBeNull();
  });
});
