// Column types that have one meaning everywhere.

import { integer } from 'drizzle-orm/sqlite-core';

/** Sats are exact integers below 2^53 in storage and bigint everywhere else. */
export const sats = (name: string) => integer(name, { mode: 'number' });
/** Milliseconds since 1970. */
export const ms = (name: string) => integer(name, { mode: 'number' });
