// Who stands behind a key, as Greenfield's clients ask: the account's owner, the people of a store, and their roles. People
// are invited and changed in the dashboard alone.

import { Hono } from 'hono';
import type { Role } from '../../../services/access/people.ts';
import { readStore } from '../../../services/accounts/stores.ts';
import { listMembers, type Member } from '../../../services/accounts/team.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { keyHolder } from './auth.ts';
import { missing } from './errors.ts';

const PROFILE = 'btcpay.user.canviewprofile';
const VIEW_NOTIFICATIONS = 'btcpay.user.canviewnotificationsforuser';
const MANAGE_NOTIFICATIONS = 'btcpay.user.canmanagenotificationsforuser';
/** As BTCPay Server documents it: permission to read settings does not show people's addresses. */
const PEOPLE = 'btcpay.store.canmodifystoresettings';
const SETTINGS = 'btcpay.store.canviewstoresettings';

/** BTCPay Server's names for what each of our roles may. */
const ROLES: Record<Role, { role: string; permissions: string[] }> = {
  owner: { role: 'Owner', permissions: ['btcpay.store.canmodifystoresettings'] },
  manager: {
    role: 'Manager',
    permissions: [
      'btcpay.store.canviewstoresettings',
      'btcpay.store.canmodifyinvoices',
      'btcpay.store.webhooks.canmodifywebhooks',
    ],
  },
  viewer: { role: 'Guest', permissions: ['btcpay.store.canviewstoresettings'] },
};

export function peopleRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/users/me', async (c) => {
    const { store } = await keyHolder(c, undefined, PROFILE);
    const owner = (await peopleOf(c, store.id)).find(({ role }) => role === 'owner');
    if (!owner) throw missing('user');
    return c.json(userBody(owner));
  });

  // SatLane tells people by mail and shops by webhook: there is no list of what they have not read yet.
  app.get('/users/me/notifications', async (c) => {
    await keyHolder(c, undefined, VIEW_NOTIFICATIONS);
    return c.json([]);
  });
  app.get('/users/me/notification-settings', async (c) => {
    await keyHolder(c, undefined, MANAGE_NOTIFICATIONS);
    return c.json({ notifications: [] });
  });

  app.get('/stores/:storeId/users', async (c) => {
    const { store } = await keyHolder(c, c.req.param('storeId'), PEOPLE);
    return c.json(
      (await peopleOf(c, store.id)).map((person) => {
        const { role } = ROLES[person.role];
        return { ...userBody(person), userId: person.userId, role, storeRole: role };
      }),
    );
  });

  app.get('/stores/:storeId/roles', async (c) => {
    await keyHolder(c, c.req.param('storeId'), SETTINGS);
    return c.json(Object.values(ROLES).map((role) => ({ id: role.role, ...role, isServerRole: true })));
  });

  return app;
}

async function peopleOf(c: Ctx, storeId: string): Promise<Member[]> {
  const deps = c.get('deps');
  return listMembers(deps, (await readStore(deps, storeId)).accountId);
}

function userBody({ userId, email, name, emailConfirmed, signedUpAt }: Member) {
  return {
    id: userId,
    email,
    name,
    imageUrl: null,
    invitationUrl: null,
    emailConfirmed,
    requiresEmailConfirmation: true,
    approved: true,
    requiresApproval: false,
    storeQuota: null,
    created: Math.floor(signedUpAt.getTime() / 1000),
    disabled: false,
    roles: [],
  };
}
