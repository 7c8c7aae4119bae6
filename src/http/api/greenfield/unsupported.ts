// What BTCPay Server can do and SatLane does not: answered under its own path, so that a merchant reads why and a client that
// only lists goes on. Called by routes.ts.

import type { Permission } from '../../../services/access/permissions.ts';
import { ANYBODY, type Line } from '../operation.ts';
import { GreenfieldError, missing } from './errors.ts';
import { administratorOnly, keyThatMay, operation } from './operation.ts';

const VIEW_SETTINGS = 'btcpay.store.canviewstoresettings';
const MODIFY_SETTINGS = 'btcpay.store.canmodifystoresettings';

/** Lists of what there never is any of. */
const EMPTY: [path: `/${string}`, needed: Permission][] = [
  ['/stores/{storeId}/payment-requests', 'btcpay.store.canviewpaymentrequests'],
  ['/stores/{storeId}/apps', MODIFY_SETTINGS],
  ['/stores/{storeId}/offerings', VIEW_SETTINGS],
  ['/apps', MODIFY_SETTINGS],
];

/** None of these can be there. */
const NOT_THERE: [path: `/${string}`, what: string][] = [
  ['/pull-payments/{id}/boltcards', 'pullpayment'],
  ['/stores/{storeId}/payment-requests/{id}', 'payment-request'],
  ['/payment-requests/{id}', 'payment-request'],
  ['/payment-requests/{id}/pay', 'payment-request'],
  ['/apps/{id}', 'app'],
  ['/apps/{id}/{part}', 'app'],
  ['/apps/{id}/{part}/{file}', 'app'],
  ['/users/me/notifications/{id}', 'notification'],
  ['/stores/{storeId}/payment-methods/{kind}/{code}', 'paymentmethod'],
  ['/stores/{storeId}/payout-processors/{processor}', 'payout-processor'],
  ['/stores/{storeId}/payout-processors/{processor}/{method}', 'payout-processor'],
  ['/stores/{storeId}/offerings/{id}', 'offering'],
  ['/stores/{storeId}/offerings/{id}/*', 'offering'],
  ['/plan-checkout/{id}', 'plan-checkout'],
  ['/subscriber-portal/{id}', 'portal-session'],
];

/** Of the server's administrator, which no API key is. */
const OF_ADMINISTRATOR: [line: Line, permission: string][] = [
  ['ALL /server/roles', 'btcpay.server.canmodifyserversettings'],
  ['ALL /server/email', 'btcpay.server.canmodifyserversettings'],
  ['ALL /server/lightning/*', 'btcpay.server.canuseinternallightningnode'],
  ['ALL /files', 'btcpay.server.canmodifyserversettings'],
  ['ALL /files/{id}', 'btcpay.server.canmodifyserversettings'],
  ['DELETE /users/me', 'btcpay.user.candeleteuser'],
  ['ALL /users/me', 'btcpay.user.canmodifyprofile'],
  ['ALL /users/me/picture', 'btcpay.user.canmodifyprofile'],
  ['ALL /users/me/notification-settings', 'btcpay.user.canmanagenotificationsforuser'],
  ['POST /users', 'btcpay.server.cancreateuser'],
  ['ALL /users', 'btcpay.server.canviewusers'],
  ['DELETE /users/{person}', 'btcpay.server.canmodifyserversettings'],
  ['ALL /users/{person}', 'btcpay.server.canviewusers'],
  ['ALL /users/{person}/lock', 'btcpay.server.canmodifyserversettings'],
  ['ALL /users/{person}/approve', 'btcpay.server.canmodifyserversettings'],
  ['ALL /users/{person}/{action}', 'btcpay.server.canmanageusers'],
  ['ALL /users/{person}/api-keys/{key}', 'btcpay.server.canmanageusers'],
];

/** As BTCPay Server says it of a wallet that it cannot reach. */
const WALLET = [
  'not-available',
  'A wallet is looked at and spent from in your own wallet program: no API key may see or move what is in it.',
  503,
] as const;
const PEOPLE = ['settings-not-supported', "People are invited and changed in SatLane's dashboard."] as const;
const EMAIL = ['email-not-supported', "SatLane sends no mail in a store's name."] as const;
const APPS = ['apps-not-supported', 'Apps are not supported: create invoices.'] as const;
const SUBSCRIPTIONS = ['subscriptions-not-supported', 'Subscriptions are not supported: create invoices.'] as const;
const REQUESTS = ['payment-requests-not-supported', 'Payment requests are not supported: create an invoice.'] as const;
/** As BTCPay Server answers at the limit of stores. */
const ANOTHER_STORE = [
  'store-limit-reached',
  "An API key belongs to one store and cannot make another: make it in SatLane's dashboard.",
  403,
] as const;
const SETTINGS = ['settings-not-supported', "Stores and their settings are changed in SatLane's dashboard."] as const;

type Why = readonly [code: string, message: string, status?: number];

const REFUSED: [line: Line, needed: Permission, why: Why][] = [
  ['POST /stores/{storeId}/payment-requests', 'btcpay.store.canmodifypaymentrequests', REQUESTS],
  ['ALL /stores/{storeId}/payment-methods/{method}/wallet', MODIFY_SETTINGS, WALLET],
  ['ALL /stores/{storeId}/payment-methods/{method}/wallet/*', MODIFY_SETTINGS, WALLET],
  // As version 1.x had them.
  ['ALL /stores/{storeId}/payment-methods/{kind}/{code}/{part}/*', MODIFY_SETTINGS, WALLET],
  ['POST /stores/{storeId}/users', MODIFY_SETTINGS, PEOPLE],
  ['PUT /stores/{storeId}/users/{person}', MODIFY_SETTINGS, PEOPLE],
  ['DELETE /stores/{storeId}/users/{person}', MODIFY_SETTINGS, PEOPLE],
  ['ALL /stores/{storeId}/email', MODIFY_SETTINGS, EMAIL],
  ['POST /stores/{storeId}/email/send', MODIFY_SETTINGS, EMAIL],
  ['POST /stores/{storeId}/apps/{kind}', MODIFY_SETTINGS, APPS],
  ['POST /stores/{storeId}/offerings', MODIFY_SETTINGS, SUBSCRIPTIONS],
  ['POST /plan-checkout', MODIFY_SETTINGS, SUBSCRIPTIONS],
  ['POST /subscriber-portal', MODIFY_SETTINGS, SUBSCRIPTIONS],
  ['ALL /stores/{storeId}/logo', MODIFY_SETTINGS, SETTINGS],
  ['POST /stores', MODIFY_SETTINGS, ANOTHER_STORE],
  ['DELETE /stores/{storeId}', MODIFY_SETTINGS, SETTINGS],
  ['PUT /stores/{storeId}/payment-methods/{method}', MODIFY_SETTINGS, SETTINGS],
  ['DELETE /stores/{storeId}/payment-methods/{method}', MODIFY_SETTINGS, SETTINGS],
];

export const unsupportedApi = [
  ...EMPTY.map(([path, needed]) => operation(`GET ${path}`, needed, async () => [])),

  ...REFUSED.map(([line, needed, [code, message, status = 400]]) =>
    operation(line, needed, async () => {
      throw new GreenfieldError(status, { code, message });
    }),
  ),

  ...OF_ADMINISTRATOR.map(([line, permission]) => operation(line, administratorOnly(permission), async () => null)),

  // In a store only its own keys see even that; a resource with an id alone is public.
  ...NOT_THERE.map(([path, what]) =>
    operation<Line, unknown>(`ALL ${path}`, path.startsWith('/stores/') ? keyThatMay('any') : ANYBODY, async () => {
      throw missing(what);
    }),
  ),
];
