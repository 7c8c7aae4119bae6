// The tables that better-auth reads and writes. Called by access/better-auth.ts, and loaded with it.

import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import type { Database } from './database.ts';
import { credentials, sessions, twoFactors, users, verifications } from './schema.ts';

/** better-auth's models by the names of our tables. */
export function authAdapter(db: Database) {
  const schema = {
    user: users,
    session: sessions,
    account: credentials,
    verification: verifications,
    twoFactor: twoFactors,
  };
  return drizzleAdapter(db, { provider: 'sqlite', schema });
}
