// After each file: no statement of ours that ran in it walks through a table that grows.

import { env } from 'cloudflare:workers';
import { afterAll, expect } from 'vitest';
import { recordStatements, scansAmong } from './scans.ts';

const db = (env as unknown as { DB: D1Database }).DB;
// Files share the classes that this changes: it is done once.
const shared = globalThis as { takeStatements?: ReturnType<typeof recordStatements> };
shared.takeStatements ??= recordStatements(db);

afterAll(async () => {
  expect(await scansAmong(db, shared.takeStatements?.() ?? [])).toEqual([]);
});
