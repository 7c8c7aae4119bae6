// A D1 in this process, over Node's own SQLite: as much of D1's surface as src/adapters/db uses, with its rules (a batch is one
// transaction, foreign keys are on, no bigint and no undefined may be bound). It is here for speed: the histories need
// thousands of databases a minute. What D1 itself does is tested in workerd, by test/adapters/db, test/services/payments and test/jobs/watch.
// Called by world.ts.

import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

type Row = Record<string, unknown>;

/** When to fail: at this many calls from now, before or after doing what was asked; and then at each call. */
interface Failure {
  inCalls: number;
  isDone: boolean;
}

export class LocalD1 {
  readonly #sqlite = new DatabaseSync(':memory:');
  readonly #prepared = new Map<string, StatementSync>();
  #failure: Failure | null = null;

  /** Migrated, and nothing more. */
  constructor(migrationsDir: string) {
    const files = readdirSync(migrationsDir).filter((name) => name.endsWith('.sql'));
    for (const file of files.sort()) this.#sqlite.exec(readFileSync(`${migrationsDir}/${file}`, 'utf8'));
  }

  /** As src/adapters/db knows it. */
  get binding(): D1Database {
    return this as unknown as D1Database;
  }

  /** What is there now is what `reset` comes back to. */
  keep(): void {
    this.#sqlite.exec('SAVEPOINT kept');
  }

  reset(): void {
    this.#failure = null;
    this.#sqlite.exec('ROLLBACK TO kept');
  }

  failAt(failure: Failure | null): void {
    this.#failure = failure;
  }

  get isFailing(): boolean {
    return this.#failure !== null && this.#failure.inCalls <= 0;
  }

  /** For the oracle: reads past everything that can fail. */
  rows<T>(sql: string, ...params: SQLInputValue[]): T[] {
    return this.#statement(sql).all(...params) as T[];
  }

  prepare(sql: string): LocalStatement {
    return new LocalStatement(this, sql, []);
  }

  async batch(statements: LocalStatement[]): Promise<unknown[]> {
    return this.#call(() => {
      this.#sqlite.exec('SAVEPOINT batch');
      try {
        const results = statements.map((statement) => this.resultOf(statement));
        this.#sqlite.exec('RELEASE batch');
        return results;
      } catch (error) {
        this.#sqlite.exec('ROLLBACK TO batch');
        this.#sqlite.exec('RELEASE batch');
        throw error;
      }
    });
  }

  async exec(sql: string): Promise<void> {
    await this.#call(() => this.#sqlite.exec(sql));
  }

  /** One call on its own. */
  one(statement: LocalStatement): Promise<{ results: Row[] }> {
    return this.#call(() => this.resultOf(statement));
  }

  resultOf({ sql, params }: LocalStatement): { results: Row[]; success: true; meta: Row } {
    const results = this.#statement(sql).all(...params.map(bound)) as Row[];
    return { results, success: true, meta: { duration: 0 } };
  }

  async #call<T>(work: () => T): Promise<T> {
    // A round trip: concurrent steps may come between.
    await null;
    await null;
    const failure = this.#failure;
    const isLost = failure !== null && --failure.inCalls <= 0;
    if (isLost && !(failure.isDone && failure.inCalls === 0)) throw new Error('D1_ERROR: Network connection lost.');
    try {
      const result = work();
      await null;
      if (isLost) throw new Error('D1_ERROR: Network connection lost.');
      return result;
    } catch (error) {
      if (error instanceof Error && !error.message.startsWith('D1_')) error.message = `D1_ERROR: ${error.message}`;
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    const statement = this.#prepared.get(sql) ?? this.#sqlite.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

class LocalStatement {
  readonly #d1: LocalD1;
  readonly sql: string;
  readonly params: unknown[];

  constructor(d1: LocalD1, sql: string, params: unknown[]) {
    this.#d1 = d1;
    this.sql = sql;
    this.params = params;
  }

  bind(...params: unknown[]): LocalStatement {
    return new LocalStatement(this.#d1, this.sql, params);
  }

  all() {
    return this.#d1.one(this);
  }

  run() {
    return this.#d1.one(this);
  }

  async raw(): Promise<unknown[][]> {
    const { results } = await this.#d1.one(this);
    return results.map((row) => Object.values(row));
  }

  async first(column?: string): Promise<unknown> {
    const { results } = await this.#d1.one(this);
    const row = results[0] ?? null;
    return column === undefined || row === null ? row : row[column];
  }
}

function bound(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return value;
  throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${String(value)}'`);
}
