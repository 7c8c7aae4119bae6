// How SQLite carries out the statements that adapters/db/ prepares while tests run. refuse-scans.ts holds it under every file in workerd;
// test/adapters/db/scans.test.ts shows what it refuses.

import { SHORT_INDEXES, SMALL_TABLES, SORTS } from './scans-allowed.ts';

interface Recorded {
  sql: string;
  /** Where it was prepared, in a file of adapters/db/. */
  by: string;
}

/** A text may be prepared by a test first and by our code later. */
const TRIES = 3;
const FRAMES = 40;

/** Watches what is prepared from now on. @returns what takes the statements of our code that have come together */
export function recordStatements(db: D1Database): () => Recorded[] {
  const proto = Object.getPrototypeOf(db) as D1Database;
  const { prepare } = proto;
  const tries = new Map<string, number>();
  let recorded: Recorded[] = [];
  proto.prepare = function (this: D1Database, sql: string) {
    const tried = tries.get(sql) ?? 0;
    if (tried < TRIES) {
      const by = preparedBy();
      tries.set(sql, by ? TRIES : tried + 1);
      if (by) recorded.push({ sql, by });
    }
    return prepare.call(this, sql);
  };
  return () => {
    const taken = recorded;
    recorded = [];
    return taken;
  };
}

/** The file of adapters/db/ that asked; undefined where a test did. */
function preparedBy(): string | undefined {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = before;
  const frame = stack
    .split('\n')
    .find((line) => /\/(src|test)\//.test(line) && !/node_modules|support\/(scans|d1)\.ts/.test(line));
  return frame?.match(/src\/adapters\/db\/([\w/-]+\.ts)/)?.[1];
}

/** What is wrong with the plans of these statements: one line each, nothing where all is found by an index. */
export async function scansAmong(db: D1Database, statements: Recorded[]): Promise<string[]> {
  const { results } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>();
  const tables = results.map(({ name }) => name).filter((name) => !SMALL_TABLES.includes(name));
  const wrong: string[] = [];
  for (const { sql, by } of statements) {
    const names = namesOf(tables, sql);
    for (const detail of await planOf(db, sql)) {
      const [, walked = '', index = ''] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(detail) ?? [];
      const isScan = names.has(walked) && !(index in SHORT_INDEXES);
      const isSort = detail.startsWith('USE TEMP B-TREE') && !(by in SORTS);
      if (isScan || isSort) wrong.push(`${by}: ${detail} in: ${sql.replace(/\s+/g, ' ').slice(0, 1000)}`);
    }
  }
  return wrong;
}

/** By which names these tables go in a statement: their own, and their aliases. */
function namesOf(tables: string[], sql: string): Set<string> {
  const names = new Set<string>();
  for (const table of tables) {
    for (const [, alias] of sql.matchAll(new RegExp(`\\b${table}"?(?:\\s+(?:as\\s+)?"?(\\w+))?`, 'gi'))) {
      names.add(table);
      if (alias) names.add(alias);
    }
  }
  return names;
}

async function planOf(db: D1Database, sql: string): Promise<string[]> {
  const bare = sql.replace(/'[^']*'/g, "''");
  const numbered = [...bare.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));
  const params = Math.max(0, ...numbered) + [...bare.matchAll(/\?(?!\d)/g)].length;
  try {
    const { results } = await db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...Array.from({ length: params }, () => null))
      .all<{ detail: string }>();
    return results.map(({ detail }) => detail);
  } catch (error) {
    // A file of a migration's test leaves a database of another time behind.
    if (/no such (table|column|index)/.test(String(error))) return [];
    throw error;
  }
}
