// Rows that make a person who can log in: confirmed, and owner of an account, which runs the deployment unless another one
// does. For the local world alone; everywhere else people sign up.

import { hashPassword } from 'better-auth/crypto';
import { insert, type Statement } from './seed.ts';

export interface SeedPerson {
  id: string;
  email: string;
  password: string;
  name: string;
}

/** Running the statements again changes nothing, and resets no password that a person has changed. */
export async function personStatements(person: SeedPerson, accountId: string, nowMs: number): Promise<Statement[]> {
  const { id, email, name } = person;
  const times = { created_at: nowMs, updated_at: nowMs };
  return [
    insert('users', { id, name, email, email_verified: 1, two_factor_enabled: 0, ...times }),
    insert('credentials', {
      id: `${id}-password`,
      user_id: id,
      account_id: id,
      provider_id: 'credential',
      password: await hashPassword(person.password),
      ...times,
    }),
    insert('members', { account_id: accountId, user_id: id, role: 'owner', created_at: nowMs }),
    {
      sql: 'UPDATE accounts SET is_operator = 1 WHERE id = ? AND NOT EXISTS (SELECT 1 FROM accounts WHERE is_operator)',
      params: [accountId],
    },
  ];
}
