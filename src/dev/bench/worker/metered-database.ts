// D1 with a meter on it. Called by metered.ts.

import type { Meter } from './meter.ts';

/** The part of D1 that drizzle uses. @param meter the one that counts now */
export function meteredDatabase(d1: D1Database, meter: () => Meter): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const one = async () => {
      const [result] = await meter().roundTrip(async () => [await statement.all<Record<string, unknown>>()]);
      if (!result) throw new Error('D1 gave no result');
      return result;
    };
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: one,
      run: one,
      first: async () => (await one()).results[0] ?? null,
      // The real one gives no meta. What this one cannot do, tell two columns of one name apart, db/ never needs.
      raw: async () => (await one()).results.map((row) => Object.values(row)),
    };
    originals.set(wrapped, statement);
    return wrapped as unknown as D1PreparedStatement;
  };
  return {
    prepare: (sql: string) => wrap(d1.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      meter().roundTrip(() => d1.batch(statements.map((statement) => originals.get(statement) ?? statement))),
  } as D1Database;
}
