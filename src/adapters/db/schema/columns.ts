// Column types that have one meaning everywhere.

import { customType, integer } from 'drizzle-orm/sqlite-core';
import { parseWritten } from '../../../core/text/json.ts';

/** Sats are exact integers below 2^53 in storage and bigint everywhere else. */
export const sats = (name: string) => integer(name, { mode: 'number' });
/** Milliseconds since 1970. */
export const ms = (name: string) => integer(name, { mode: 'number' });
/**
 * JSON objects that clients wrote, with every digit of their numbers: see json.ts. SQLite's JSON functions must not read into
 * them, since they make floats of numbers. What we write ourselves is text({ mode: 'json' }).
 */
export const written = customType<{ data: Record<string, unknown>; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (text) => parseWritten(text) as Record<string, unknown>,
});
