// Idempotency-Keys are deleted after their day, however many requests bring one.

import { beforeAll, expect, it } from 'vitest';
import { IDEMPOTENCY_MS } from '../../../src/core/invoice/policy.ts';
import { forgetKeys } from '../../../src/cron.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';

const STALE = 60_000;
const FRESH = 20_000;

async function count(where: string): Promise<number | null> {
  return bindings.DB.prepare(`SELECT count(*) AS n FROM idempotency_keys WHERE ${where}`).first('n');
}

beforeAll(async () => {
  await bindings.DB.exec('DELETE FROM idempotency_keys');
  await bindings.DB.prepare("DELETE FROM cursors WHERE name = 'idempotency_keys'").run();
});

it('60 000 past their day are gone in two minutes, and none that is younger', async () => {
  const { deps, clock } = await openMerchant();
  const cutMs = clock.ms - IDEMPOTENCY_MS;
  await bindings.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO idempotency_keys (store_id, key, request_hash, log_seq, created_at)
     SELECT 's' || i % 7, printf('%06d', i), '', 1, CASE WHEN i % 4 < 3 THEN ?2 ELSE ?2 + 1 END FROM n`,
  )
    .bind(STALE + FRESH - 1, cutMs)
    .run();
  await forgetKeys(deps);
  await forgetKeys(deps);
  expect(await count(`created_at <= ${cutMs}`)).toBe(0);
  expect(await count('true')).toBe(FRESH);
});

it('a minute without stale ones reads a part of the table and moves on', async () => {
  const { deps } = await openMerchant();
  await forgetKeys(deps);
  const cursor = () => bindings.DB.prepare("SELECT value FROM cursors WHERE name = 'idempotency_keys'").first('value');
  const before = await cursor();
  await forgetKeys(deps);
  expect(await cursor()).not.toBe(before);
  expect(await count('true')).toBe(FRESH);
});
