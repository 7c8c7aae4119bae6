// What a key with a list of permissions may do. The names and what includes what are Greenfield's, so that one list serves
// both dialects, but for those that begin with `satlane.`; a key without a list is a native one and may do everything in its store.

import { ApiError } from '../../errors.ts';

/** Each with what it includes. */
const INCLUDES = {
  unrestricted: [
    'btcpay.store.canmodifystoresettings',
    'btcpay.user.canviewprofile',
    'btcpay.user.canmanagenotificationsforuser',
  ],
  'btcpay.user.canviewprofile': [],
  'btcpay.user.canmanagenotificationsforuser': ['btcpay.user.canviewnotificationsforuser'],
  'btcpay.user.canviewnotificationsforuser': [],
  'btcpay.store.canmodifystoresettings': [
    'btcpay.store.canviewstoresettings',
    'btcpay.store.canmodifyinvoices',
    'btcpay.store.canviewlightninginvoice',
    'btcpay.store.webhooks.canmodifywebhooks',
    'btcpay.store.canmanagepullpayments',
    'btcpay.store.canmanagepayouts',
    'btcpay.store.canmodifypaymentrequests',
  ],
  'btcpay.store.canviewstoresettings': [
    'btcpay.store.canviewinvoices',
    'btcpay.store.canviewpaymentrequests',
    'btcpay.store.canviewreports',
    'btcpay.store.canviewpullpayments',
    'btcpay.store.canviewpayouts',
  ],
  'btcpay.store.canmodifyinvoices': [
    'btcpay.store.canviewinvoices',
    'btcpay.store.cancreateinvoice',
    'btcpay.store.cancreatelightninginvoice',
  ],
  'btcpay.store.canviewinvoices': [],
  'btcpay.store.cancreateinvoice': [],
  'btcpay.store.cancreatelightninginvoice': [],
  'btcpay.store.canviewlightninginvoice': [],
  'btcpay.store.webhooks.canmodifywebhooks': [],
  'btcpay.store.canmodifypaymentrequests': ['btcpay.store.canviewpaymentrequests'],
  'btcpay.store.canviewpaymentrequests': [],
  'btcpay.store.canviewreports': [],
  'btcpay.store.canmanagepullpayments': ['btcpay.store.canarchivepullpayments', 'btcpay.store.cancreatepullpayments'],
  'btcpay.store.canarchivepullpayments': [],
  'btcpay.store.cancreatepullpayments': ['btcpay.store.cancreatenonapprovedpullpayments'],
  'btcpay.store.cancreatenonapprovedpullpayments': ['btcpay.store.canviewpullpayments'],
  'btcpay.store.canviewpullpayments': [],
  'btcpay.store.canmanagepayouts': ['btcpay.store.canviewpayouts', 'satlane.store.canrunpayoutagent'],
  'btcpay.store.canviewpayouts': [],
  // Ours: a merchant's agent gets approved payouts and says what became of them. It reads no list and decides nothing.
  'satlane.store.canrunpayoutagent': [],
} as const satisfies Record<string, readonly string[]>;

export type Permission = keyof typeof INCLUDES;

export const PERMISSIONS = Object.keys(INCLUDES) as Permission[];

/** @param held names, with or without `:STORE` behind them; null for everything */
export function holds(held: readonly string[] | null, needed: Permission): boolean {
  if (held === null) return true;
  const names = held.map((name) => name.split(':')[0]);
  return PERMISSIONS.some((name) => names.includes(name) && includes(name, needed));
}

/** Everything that a permission includes, at any depth. */
export function includedIn(name: Permission): Permission[] {
  return PERMISSIONS.filter((other) => other !== name && includes(name, other));
}

/** @throws ApiError forbidden */
export function mustHold(held: readonly string[] | null, needed: Permission): void {
  if (!holds(held, needed)) throw new ApiError('forbidden', `This API key lacks the permission ${needed}.`);
}

function includes(name: Permission, needed: Permission): boolean {
  return name === needed || INCLUDES[name].some((part) => includes(part, needed));
}
