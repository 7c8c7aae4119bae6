// A person may have begun two second factors concurrently before the database refused that. The one by which their codes were
// checked stays.

import { expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

it('Of two second factors of a person the one that is in use stays', async () => {
  await databaseBefore('0011_one_second_factor');
  await insertRows([
    ...['ada', 'bob'].map((id): [string, Record<string, string | number>] => [
      'users',
      { id, name: id, email: `${id}@example.com`, created_at: 1, updated_at: 1 },
    ]),
    ...[
      ['b', 'ada', 'begun later'],
      ['a', 'ada', 'in use'],
      ['c', 'bob', 'his only one'],
    ].map(([id = '', user_id = '', secret = '']): [string, Record<string, string | number>] => [
      'two_factors',
      { id, user_id, secret, backup_codes: '' },
    ]),
  ]);
  const inUse = "SELECT secret FROM two_factors WHERE user_id = 'ada' LIMIT 1";
  expect(await bindings.DB.prepare(inUse).first('secret')).toBe('in use');
  await migrate();
  const left = await bindings.DB.prepare('SELECT user_id, secret FROM two_factors ORDER BY 1').raw();
  expect(left).toEqual([
    ['ada', 'in use'],
    ['bob', 'his only one'],
  ]);
});
