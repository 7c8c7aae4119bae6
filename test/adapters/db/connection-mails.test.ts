// A deployment with a past: members who chose mails about failing endpoints get those about Lightning connections too, those who
// chose decisions get those about payouts, others not.

import { expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = [table: string, row: Record<string, string | number | null>];

it('Choices of mails keep their meaning', async () => {
  await databaseBefore('0025_connection_mails');
  const people: Row[] = Array.from({ length: 16 }, (_, kinds) => [
    'users',
    { id: `user-${kinds}`, name: '', email: `${kinds}@example.com`, created_at: 1, updated_at: 1 },
  ]);
  const choices: Row[] = Array.from({ length: 16 }, (_, kinds) => [
    'mail_choices',
    { store_id: 'store', user_id: `user-${kinds}`, kinds },
  ]);
  await insertRows([
    ['accounts', { id: 'account', name: '', created_at: 1 }],
    [
      'stores',
      {
        ...{ id: 'store', account_id: 'account', name: '', default_expiry_minutes: 15, late_grace_minutes: 60 },
        ...{ callback_secret_sealed: '', created_at: 1 },
      },
    ],
    ...people,
    ...choices,
  ]);
  await migrate();
  const { results } = await bindings.DB.prepare('SELECT user_id, kinds FROM mail_choices').all<{
    user_id: string;
    kinds: number;
  }>();
  const after = Object.fromEntries(results.map(({ user_id, kinds }) => [user_id, kinds]));
  const afterwards = (kinds: number) => kinds + (kinds & 8 ? 16 : 0) + (kinds & 2 ? 32 : 0);
  expect(after).toEqual(Object.fromEntries(people.map((_, kinds) => [`user-${kinds}`, afterwards(kinds)])));
});
