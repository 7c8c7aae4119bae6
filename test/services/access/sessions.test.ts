// Whose request it is: asked for every click in the dashboard, so it costs one round trip that follows indexes.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { personOf } from '../../../src/services/access/sessions.ts';
import { plansOf, watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { openPerson } from '../../support/person.ts';

it('a person is found in one round trip, without reading through a table', async () => {
  const ada = await openPerson();
  const watched = watchD1(bindings.DB);
  const deps = { ...ada.deps, db: openDatabase(watched.d1) };
  const cookie = `__Host-satlane=${ada.jar.get('__Host-satlane')}`;
  const person = await personOf(deps, new Request('https://pay.test/', { headers: { cookie } }));
  expect(person).toEqual({
    userId: ada.id,
    email: ada.email,
    name: ada.name,
    sessionId: expect.any(String),
    account: { id: ada.accountId, name: 'Ada’s shops', isOperator: true },
    role: 'owner',
  });
  expect(watched.trips).toHaveLength(1);
  const plans = await plansOf(bindings.DB, watched.trips);
  expect(plans.flatMap(({ steps }) => steps).filter(({ detail }) => detail.startsWith('SCAN'))).toEqual([]);
});

it('a forged cookie costs none', async () => {
  const ada = await openPerson();
  const watched = watchD1(bindings.DB);
  const deps = { ...ada.deps, db: openDatabase(watched.d1) };
  const cookie = `__Host-satlane=${'x'.repeat(32)}.${btoa('y'.repeat(32))}`;
  const asked = personOf(deps, new Request('https://pay.test/', { headers: { cookie } }));
  await expect(asked).rejects.toMatchObject({ code: 'auth_required' });
  expect(watched.trips).toEqual([]);
});
