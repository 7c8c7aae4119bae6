// "Who am I", as a client asks it: the person behind a key, the people of a store; and the public lists to choose from.

import { beforeAll, describe, expect, it } from 'vitest';
import { bindings } from '../../../support/merchant.ts';
import { openPerson } from '../../../support/person.ts';
import { openPlugin, type Plugin, token } from './plugin.ts';

let shop: Plugin;
let email: string;
beforeAll(async () => {
  shop = await openPlugin();
  email = `ada-${crypto.randomUUID()}@example.com`;
  const owner = await openPerson({ name: 'Ada', email });
  // The merchant's account is the one that this person has signed up with.
  await bindings.DB.prepare(
    'UPDATE stores SET account_id = (SELECT account_id FROM members m JOIN users u ON u.id = m.user_id WHERE u.email = ?) WHERE id = ?',
  )
    .bind(owner.email, shop.store.id)
    .run();
});

const USER = {
  id: expect.any(String),
  name: 'Ada',
  imageUrl: null,
  invitationUrl: null,
  emailConfirmed: true,
  requiresEmailConfirmation: true,
  approved: true,
  requiresApproval: false,
  storeQuota: null,
  created: expect.any(Number),
  disabled: false,
  roles: [],
};

describe('The person behind a key', () => {
  it('is the account’s owner', async () => {
    expect(await shop.ask('GET', '/users/me')).toMatchObject({ status: 200, body: { ...USER, email } });
    expect((await shop.ask('GET', '/users/me/notifications/?seen=false&take=5')).body).toEqual([]);
    expect((await shop.ask('GET', '/users/me/notification-settings')).body).toEqual({ notifications: [] });
  });

  it('is shown to no key that was made for a shop’s plugin', async () => {
    const plugin = await shop.keyWith(['btcpay.store.canmodifyinvoices', 'btcpay.store.canviewstoresettings']);
    for (const path of ['/users/me', '/users/me/notifications', shop.inStore('/users')]) {
      const { status, text } = await shop.ask('GET', path, undefined, token(plugin));
      expect([path, status, text.includes(email)]).toEqual([path, 403, false]);
    }
    const asking = await shop.keyWith(['btcpay.user.canviewprofile']);
    expect((await shop.ask('GET', '/users/me', undefined, token(asking))).status).toBe(200);
    const { body } = await shop.ask('GET', '/api-keys/current', undefined, token(asking));
    expect(body.permissions).toEqual(['btcpay.user.canviewprofile']);
  });

  it('no person before the first sign-up', async () => {
    const seeded = await openPlugin();
    expect(await seeded.ask('GET', '/users/me')).toMatchObject({ status: 404, body: { code: 'user-not-found' } });
  });

  it('and the people of the store, each with a role', async () => {
    const { body } = await shop.ask<{ userId: string; id: string }[]>('GET', shop.inStore('/users'));
    expect(body).toMatchObject([{ ...USER, email, role: 'Owner', storeRole: 'Owner' }]);
    expect(body[0]?.userId).toBe(body[0]?.id);
    const roles = (await shop.ask<{ id: string; role: string; permissions: string[] }[]>('GET', shop.inStore('/roles')))
      .body;
    expect(roles.map(({ role }) => role)).toEqual(['Owner', 'Manager', 'Guest']);
    expect(roles.every(({ id, role, permissions }) => id === role && permissions.length > 0)).toBe(true);
  });
});

describe('The public lists', () => {
  const get = async (path: string) => {
    const response = await shop.app.fetch(new Request(`https://pay.test${path}`), bindings, {
      waitUntil() {},
      passThroughOnException() {},
      props: {},
    } as unknown as ExecutionContext);
    return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
  };

  it('languages, permissions, sources of rates', async () => {
    expect((await get('/misc/lang')).body).toEqual([{ code: 'en', currentLanguage: 'English' }]);
    const permissions = (await get('/misc/permissions')).body as { name: string; included: string[] }[];
    const included = new Map(permissions.map(({ name, included }) => [name, included]));
    expect(included.get('btcpay.store.canmodifyinvoices')).toEqual([
      'btcpay.store.cancreateinvoice',
      'btcpay.store.cancreatelightninginvoice',
      'btcpay.store.canviewinvoices',
    ]);
    expect(included.get('unrestricted')).toHaveLength(permissions.length - 1);
    const sources = (await get('/misc/rate-sources')).body as { id: string; name: string }[];
    const { body } = await shop.ask('GET', shop.inStore('/rates/configuration'));
    expect(sources.map(({ id }) => id)).toContain(body.preferredSource);
  });

  it.each(['/api', '/api/', '/api/v1', '/api/v1/nothing', '/api/v2/stores', '/misc', '/misc/nothing', '/misc/lang/x'])(
    'what is nowhere is a 404 in JSON: %s',
    async (path) => {
      expect(await get(path)).toEqual({
        status: 404,
        type: 'application/json',
        body: { code: 'not-found', message: expect.any(String) },
      });
    },
  );
});
