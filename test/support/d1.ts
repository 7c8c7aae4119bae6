// A D1 that can be watched: real underneath, it reports each round trip, waits where a test wants it to, and adds up the
// rows that D1 would bill.

export interface RoundTrip {
  /** The statements that travelled together. */
  statements: { sql: string; params: unknown[] }[];
}

export interface WatchedD1 {
  d1: D1Database;
  trips: RoundTrip[];
  rows: { read: number; written: number };
}

const NOTHING = async () => {};

/** `before` is awaited before each round trip starts, `after` before its answer is given. */
export function watchD1(
  real: D1Database,
  before: (trip: RoundTrip) => Promise<void> = NOTHING,
  after: (trip: RoundTrip) => Promise<void> = NOTHING,
): WatchedD1 {
  const trips: RoundTrip[] = [];
  const rows = { read: 0, written: 0 };
  const known = new WeakMap<object, { statement: D1PreparedStatement; sql: string; params: unknown[] }>();

  const travel = async <T>(statements: RoundTrip['statements'], ask: () => Promise<T>): Promise<T> => {
    const trip = { statements };
    trips.push(trip);
    await before(trip);
    const answer = await ask();
    await after(trip);
    return answer;
  };
  const count = <T>(result: D1Result<T>): D1Result<T> => {
    rows.read += result.meta.rows_read;
    rows.written += result.meta.rows_written;
    return result;
  };

  const wrap = (statement: D1PreparedStatement, sql: string, params: unknown[]): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values), sql, values),
      run: () => travel([{ sql, params }], async () => count(await statement.run())),
      all: () => travel([{ sql, params }], async () => count(await statement.all())),
      first: (column?: string) =>
        travel([{ sql, params }], () => (column === undefined ? statement.first() : statement.first(column))),
      // Gives no account of its rows; drizzle uses it for selects alone.
      raw: () => travel([{ sql, params }], () => statement.raw()),
    } as unknown as D1PreparedStatement;
    known.set(wrapped, { statement, sql, params });
    return wrapped;
  };

  const d1 = {
    prepare: (sql: string) => wrap(real.prepare(sql), sql, []),
    batch: async (statements: D1PreparedStatement[]) => {
      const parts = statements.map((statement) => {
        const part = known.get(statement);
        if (!part) throw new Error('a statement of another database');
        return part;
      });
      const results = await travel(
        parts.map(({ sql, params }) => ({ sql, params })),
        () => real.batch(parts.map(({ statement }) => statement)),
      );
      for (const result of results) count(result);
      return results;
    },
  } as unknown as D1Database;
  return { d1, trips, rows };
}

/** How SQLite would go about each statement of some round trips: one text per step. */
export async function plansOf(real: D1Database, trips: RoundTrip[]) {
  const plans: { sql: string; steps: { id: number; parent: number; detail: string }[] }[] = [];
  for (const { sql, params } of trips.flatMap(({ statements }) => statements)) {
    const { results } = await real
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...params)
      .all<{ id: number; parent: number; detail: string }>();
    plans.push({ sql, steps: results });
  }
  return plans;
}
