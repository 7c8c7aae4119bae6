// Who stands behind a key, as Greenfield's clients ask: the account's owner, the people of a store, and their roles. People
// are invited and changed in the dashboard alone.

import type { Deps } from '../../../deps.ts';
import type { Role } from '../../../services/access/people.ts';
import { readStore } from '../../../services/accounts/stores.ts';
import { listMembers, type Member } from '../../../services/accounts/team.ts';
import { missing } from './errors.ts';
import { operation } from './operation.ts';

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

export const peopleApi = [
  operation('GET /users/me', PROFILE, async ({ deps, caller: { store } }) => {
    const owner = (await peopleOf(deps, store.id)).find(({ role }) => role === 'owner');
    if (!owner) throw missing('user');
    return userBody(owner);
  }),

  // SatLane tells people by mail and shops by webhook: there is no list of what they have not read yet.
  operation('GET /users/me/notifications', VIEW_NOTIFICATIONS, async () => []),
  operation('GET /users/me/notification-settings', MANAGE_NOTIFICATIONS, async () => ({ notifications: [] })),

  operation('GET /stores/{storeId}/users', PEOPLE, async ({ deps, caller: { store } }) =>
    (await peopleOf(deps, store.id)).map((person) => {
      const { role } = ROLES[person.role];
      return { ...userBody(person), userId: person.userId, role, storeRole: role };
    }),
  ),

  operation('GET /stores/{storeId}/roles', SETTINGS, async () =>
    Object.values(ROLES).map((role) => ({ id: role.role, ...role, isServerRole: true })),
  ),
];

async function peopleOf(deps: Deps, storeId: string): Promise<Member[]> {
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
