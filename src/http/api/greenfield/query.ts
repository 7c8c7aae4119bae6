// Queries as Greenfield's clients write them: names in any case, repeated or with []. What is wrong is named as the query names
// it, and the whole list.

import { type FieldProblem, invalid } from './errors.ts';

const LARGEST = 2 ** 31 - 1;

/** A query that is read field by field; `check` throws what was wrong with any of them. */
export class Query {
  readonly #entries: (readonly [name: string, value: string])[];
  readonly #problems: FieldProblem[] = [];

  constructor(url: string) {
    this.#entries = [...new URL(url).searchParams].map(
      ([name, value]) => [name.toLowerCase().replace(/\[\d*\]$/, ''), value] as const,
    );
  }

  /** The values of `name` and `name[]` together, empty ones left out. */
  all(name: string): string[] {
    return this.#entries.flatMap(([key, value]) => (key === name.toLowerCase() && value !== '' ? [value] : []));
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.all(name).at(-1)?.toLowerCase();
    if (value === undefined) return otherwise;
    // PHP's http_build_query writes 1 and 0.
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    this.wrong(name, 'has to be true or false');
    return otherwise;
  }

  whole(name: string, most = LARGEST): number | undefined {
    const text = this.all(name).at(-1);
    if (text === undefined) return undefined;
    if (/^\d{1,15}$/.test(text) && Number(text) <= most) return Number(text);
    this.wrong(name, `has to be a whole number from 0 to ${most}`);
    return undefined;
  }

  wrong(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  /** @throws GreenfieldError 422 that names every wrong field */
  check(): void {
    if (this.#problems.length > 0) throw invalid(...this.#problems);
  }
}

/** The one flag that a request is asked for. @throws GreenfieldError 422 */
export function flagOf(url: string, name: string, otherwise: boolean): boolean {
  const query = new Query(url);
  const value = query.flag(name, otherwise);
  query.check();
  return value;
}
