// D1 with a journal: which question read and wrote how many rows, and how long its answer took. Called by watch-entry.ts,
// printed by ../watch-table.ts.

import type { Asked } from './watch-costs.ts';

/**
 * The part of D1 that drizzle uses.
 * @param waiting runs one call to D1, of one statement or a batch
 */
export function journaled(
  d1: D1Database,
  journal: (asked: Asked) => void,
  waiting: <T>(ask: () => Promise<T>) => Promise<T>,
): D1Database {
  const originals = new WeakMap<object, { statement: D1PreparedStatement; sql: string }>();
  const timed = async (sql: string[], ask: () => Promise<D1Result<Record<string, unknown>>[]>) => {
    const startMs = performance.now();
    const results = await waiting(ask);
    const tookMs = (performance.now() - startMs) / results.length;
    for (const [i, { meta }] of results.entries()) {
      journal({ sql: sql[i] ?? '', rowsRead: meta.rows_read, rowsWritten: meta.rows_written, tookMs });
    }
    return results;
  };
  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const one = async () => {
      const [result] = await timed([sql], async () => [await statement.all<Record<string, unknown>>()]);
      if (!result) throw new Error('D1 gave no result');
      return result;
    };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), sql),
      all: one,
      run: one,
      // The real one gives no meta; see metered-database.ts.
      raw: async () => (await one()).results.map((row) => Object.values(row)),
    };
    originals.set(wrapped, { statement, sql });
    return wrapped as unknown as D1PreparedStatement;
  };
  return {
    prepare: (sql: string) => wrap(d1.prepare(sql), sql),
    batch: (statements: D1PreparedStatement[]) => {
      const known = statements.map((wrapped) => originals.get(wrapped) ?? { statement: wrapped, sql: '' });
      return timed(
        known.map(({ sql }) => sql),
        () => d1.batch(known.map(({ statement }) => statement)),
      );
    },
  } as D1Database;
}
