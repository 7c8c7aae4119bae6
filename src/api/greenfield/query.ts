// Queries as Greenfield's clients write them: names in any case, repeated or with [].

import { pascalPath } from './body.ts';
import { invalid } from './errors.ts';

/** A query's values by lower-case name, those of `name` and `name[]` together, empty ones left out. */
export function valuesOf(url: string): (name: string) => string[] {
  const entries = [...new URL(url).searchParams].map(
    ([name, value]) => [name.toLowerCase().replace(/\[\d*\]$/, ''), value] as const,
  );
  return (name) => entries.flatMap(([key, value]) => (key === name.toLowerCase() && value !== '' ? [value] : []));
}

/** @throws GreenfieldError 422 for what is neither true nor false */
export function flagOf(values: (name: string) => string[], name: string, otherwise: boolean): boolean {
  const value = values(name).at(-1)?.toLowerCase();
  if (value === undefined) return otherwise;
  if (value !== 'true' && value !== 'false')
    throw invalid({ path: pascalPath([name]), message: 'has to be true or false' });
  return value === 'true';
}
