// Batches that come while others are under way go together in the next one: a call to D1 costs more than the statements in it. One
// that comes alone does not wait. Called by creation.ts.

import type { Database } from './database.ts';

type Results = D1Result<unknown>[];

/** So many go side by side; what comes then waits until one of them is over. */
const MAX_UNDER_WAY = 2;
/** In one call: some two hundred statements. */
const MAX_TOGETHER = 25;
/** A request that ends in the middle, as one out of CPU time does, answers those that it took along no more. */
const PATIENCE_MS = 10_000;

interface Waiting {
  statements: D1PreparedStatement[];
  /** With its results; or with what it is to do itself: take along who waits, or go alone. */
  answer: (turn: Results | 'lead' | 'alone') => void;
  fail: (error: unknown) => void;
}

interface Line {
  underWay: number;
  waiting: Waiting[];
}

/** One per isolate. */
const lines = new WeakMap<Database, Line>();

/**
 * As `batch` of D1: all of the statements or none, and their failure is that of no other batch.
 * @param hold keeps the request going until the work is over, for others may wait for it
 * @throws as D1, and where the request that took the batch along does not answer: it may be written then
 */
export async function batchTogether(
  db: Database,
  statements: D1PreparedStatement[],
  hold: (work: Promise<unknown>) => void,
  patienceMs = PATIENCE_MS,
): Promise<Results> {
  const line = lines.get(db) ?? { underWay: 0, waiting: [] };
  lines.set(db, line);
  const turn = line.underWay < MAX_UNDER_WAY ? 'lead' : await turnOf(db, line, statements, patienceMs);
  if (typeof turn === 'object') return turn;
  const work = turn === 'lead' ? lead(db, line, statements) : db.$client.batch(statements);
  hold(work.catch(() => {}));
  return work;
}

async function turnOf(db: Database, line: Line, statements: D1PreparedStatement[], patienceMs: number) {
  const { promise, resolve: answer, reject: fail } = Promise.withResolvers<Results | 'lead' | 'alone'>();
  const own = { statements, answer, fail };
  line.waiting.push(own);
  const timer = setTimeout(() => {
    // Those that come from now on form a new line.
    if (lines.get(db) === line) lines.delete(db);
    const at = line.waiting.indexOf(own);
    if (at < 0) return fail(new Error('D1 gave no answer in time.'));
    line.waiting.splice(at, 1);
    answer('alone');
  }, patienceMs);
  return promise.finally(() => clearTimeout(timer));
}

async function lead(db: Database, line: Line, own: D1PreparedStatement[]): Promise<Results> {
  const others = line.waiting.splice(0, MAX_TOGETHER - 1);
  line.underWay += 1;
  try {
    const results = await db.$client.batch([own, ...others.map(({ statements }) => statements)].flat());
    const ofOwn = results.splice(0, own.length);
    for (const { statements, answer } of others) answer(results.splice(0, statements.length));
    return ofOwn;
  } catch (error) {
    // One of them breaks a constraint, and none is written. Of anything else it is not known whether they are.
    const isOfOne = others.length > 0 && String(error).includes('constraint failed');
    for (const { answer, fail } of others) isOfOne ? answer('alone') : fail(error);
    if (!isOfOne) throw error;
    return await db.$client.batch(own);
  } finally {
    line.underWay -= 1;
    line.waiting.shift()?.answer('lead');
  }
}
