// Every route that the app answers, by who may use it. A new route has to be put into one of these lists: tests walk the
// app's own list and fail where one is missing. Called by the tests that try every route.

import { Hono } from 'hono';
import type { Role } from '../../src/adapters/db/schema.ts';
import { LAZY_ROUTES } from '../../src/app.ts';

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** The least role that may; an API key may what a manager may. */
  least: Role;
  /** Takes an API key and no session. */
  keyOnly?: true;
}

const route = (line: string, least: Role, keyOnly?: true): Route => {
  const [method, path] = line.split(' ') as [Route['method'], string];
  return { method, path, least, ...(keyOnly && { keyOnly }) };
};

export const ROUTES: Route[] = [
  route('GET /v1/stores/:store', 'viewer'),
  route('PATCH /v1/stores/:store', 'manager'),
  route('POST /v1/stores/:store/test-invoice', 'manager'),
  route('POST /v1/stores/:store/clock', 'manager'),
  route('POST /v1/stores/:store/callback-secret', 'manager'),
  route('POST /v1/stores/:store/go-live', 'owner'),
  route('POST /v1/stores/:store/test-mode', 'owner'),
  route('POST /v1/stores/:store/archive', 'owner'),
  route('POST /v1/stores/:store/restore', 'owner'),
  route('GET /v1/stores/:store/keys', 'viewer'),
  route('POST /v1/stores/:store/keys', 'manager'),
  route('GET /v1/stores/:store/keys/:key', 'viewer'),
  route('PATCH /v1/stores/:store/keys/:key', 'manager'),
  route('POST /v1/stores/:store/keys/:key/rotate', 'manager'),
  route('POST /v1/stores/:store/keys/:key/revoke', 'manager'),
  route('GET /v1/stores/:store/wallets', 'viewer'),
  route('POST /v1/stores/:store/wallets', 'owner'),
  route('GET /v1/stores/:store/wallets/:wallet', 'viewer'),
  route('PATCH /v1/stores/:store/wallets/:wallet', 'owner'),
  route('POST /v1/stores/:store/wallets/:wallet/activate', 'owner'),
  route('GET /v1/stores/:store/wallets/:wallet/gap', 'viewer'),
  route('GET /v1/stores/:store/wallets/:wallet/addresses', 'viewer'),
  route('GET /v1/stores/:store/wallets/:wallet/labels', 'viewer'),
  route('GET /v1/stores/:store/wallets/:wallet/rescue', 'viewer'),
  route('GET /v1/stores/:store/webhooks', 'viewer'),
  route('POST /v1/stores/:store/webhooks', 'manager'),
  route('GET /v1/stores/:store/webhooks/:webhook', 'viewer'),
  route('PATCH /v1/stores/:store/webhooks/:webhook', 'manager'),
  route('POST /v1/stores/:store/webhooks/:webhook/rotate', 'manager'),
  route('POST /v1/stores/:store/webhooks/:webhook/test', 'manager'),
  route('POST /v1/stores/:store/webhooks/:webhook/redeliver', 'manager'),
  route('GET /v1/stores/:store/webhooks/:webhook/deliveries', 'viewer'),
  route('GET /v1/stores/:store/webhooks/:webhook/deliveries/:delivery', 'viewer'),
  route('POST /v1/stores/:store/webhooks/:webhook/deliveries/:delivery/redeliver', 'manager'),
  route('DELETE /v1/stores/:store/webhooks/:webhook', 'manager'),
  route('GET /v1/invoices/:invoice', 'viewer', true),
  route('GET /v1/invoices/:invoice/evidence', 'viewer', true),
  route('GET /v1/invoices/:invoice/deliveries', 'viewer', true),
  route('POST /v1/invoices/:invoice/deliveries/:delivery/redeliver', 'manager', true),
  route('POST /v1/invoices/:invoice/rescan', 'manager', true),
  route('POST /v1/invoices/:invoice/cancel', 'manager', true),
  route('POST /v1/invoices/:invoice/resolve', 'manager', true),
  route('POST /v1/invoices/:invoice/simulate', 'manager', true),
];

/** Nobody can be shown anything of somebody else by these: they name no id. */
export const WITHOUT_ID: Route[] = [
  route('GET /v1/stores', 'viewer'),
  route('POST /v1/stores', 'manager'),
  route('POST /v1/wallets/recognise', 'viewer'),
  route('GET /v1/invoices', 'viewer', true),
  route('POST /v1/invoices', 'manager', true),
  route('GET /v1/chain', 'viewer', true),
  route('GET /v1/events', 'viewer', true),
];

/** Bodies where a route would refuse an empty one before it looks at the ids. */
export const BODIES: Record<string, unknown> = {
  'PATCH /v1/stores/:store/keys/:key': { label: 'Mine' },
  'POST /v1/stores/:store/webhooks/:webhook/redeliver': { since: new Date().toISOString() },
  'POST /v1/invoices/:invoice/resolve': { decision: 'accept' },
  'POST /v1/invoices/:invoice/simulate': { event_type: 'invoice.paid' },
};

/** Of people alone: with a session, never with a key. `anybody`: whatever their role, and without an account too. */
export const FOR_PEOPLE: {
  method: Route['method'];
  path: string;
  least: Role | 'anybody' | 'operator';
  body?: unknown;
}[] = [
  { method: 'GET', path: '/v1/auth/me', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/password', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/email', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/totp/enable', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/totp/disable', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/totp/recovery-codes', least: 'anybody' },
  { method: 'GET', path: '/v1/auth/sessions', least: 'anybody' },
  { method: 'DELETE', path: '/v1/auth/sessions', least: 'anybody' },
  { method: 'DELETE', path: '/v1/auth/sessions/:session', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/invitations/accept', least: 'anybody' },
  { method: 'GET', path: '/v1/auth/passkeys', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/passkeys/options', least: 'anybody' },
  { method: 'POST', path: '/v1/auth/passkeys', least: 'anybody' },
  { method: 'DELETE', path: '/v1/auth/passkeys/:passkey', least: 'anybody' },
  { method: 'POST', path: '/v1/account/switch', least: 'anybody', body: { account_id: 'another' } },
  { method: 'GET', path: '/v1/accounts', least: 'anybody' },
  { method: 'GET', path: '/v1/account/members', least: 'viewer' },
  { method: 'PATCH', path: '/v1/account/members/:member', least: 'owner', body: { role: 'viewer' } },
  { method: 'DELETE', path: '/v1/account/members/:member', least: 'owner' },
  { method: 'GET', path: '/v1/account/mails', least: 'viewer' },
  { method: 'PATCH', path: '/v1/account/mails/:store', least: 'viewer', body: { paid: false } },
  { method: 'GET', path: '/v1/account/invitations', least: 'owner' },
  { method: 'GET', path: '/v1/account/fees', least: 'viewer' },
  { method: 'POST', path: '/v1/account/invitations', least: 'owner', body: { email: 'x@example.com', role: 'viewer' } },
  { method: 'DELETE', path: '/v1/account/invitations/:invitation', least: 'owner' },
  { method: 'GET', path: '/v1/platform/accounts', least: 'operator' },
  { method: 'POST', path: '/v1/platform/accounts/:account/suspend', least: 'operator' },
  { method: 'POST', path: '/v1/platform/accounts/:account/reinstate', least: 'operator' },
  { method: 'GET', path: '/v1/platform/accounts/:account/bills', least: 'operator' },
  { method: 'POST', path: '/v1/platform/accounts/:account/bills', least: 'operator', body: { up_to: '2026-01-31' } },
  { method: 'GET', path: '/v1/platform/settings', least: 'operator' },
  { method: 'PATCH', path: '/v1/platform/settings', least: 'operator', body: { fee_bp: 1 } },
  { method: 'GET', path: '/v1/platform/fees', least: 'operator' },
  { method: 'GET', path: '/v1/platform/fees.csv', least: 'operator' },
  { method: 'GET', path: '/v1/platform/reviews', least: 'operator' },
  { method: 'POST', path: '/v1/platform/reviews/:invoice/resolve', least: 'operator', body: { decision: 'reject' } },
];

/** Anybody may ask. The status that nobody in particular gets, with ids that exist and an empty body. */
export const PUBLIC: Record<string, number> = {
  'GET /health': 200,
  'GET /pay/invoices/:invoice': 200,
  'GET /pay/invoices/:invoice/events': 200,
  'GET /pay/invoices/:invoice/stream': 426,
  'GET /i/:invoice': 200,
  'GET /i/:invoice/theme.css': 404,
  'GET /i/:invoice/receipt': 302,
  'GET /i/:invoice/status': 200,
  'GET /i/:invoice/:method': 200,
  'GET /i/:invoice/:method/status': 200,
  'GET /invoice': 404,
  'GET /invoice/status': 404,
  'GET /invoice/:invoice/status': 200,
  'GET /o/:invoice': 302,
  'GET /intents/:intent': 404,
  'GET /intents/:intent/theme.css': 404,
  'POST /intents/:intent': 404,
  'POST /v1/auth/signup': 400,
  'POST /v1/auth/verify-email': 400,
  'POST /v1/auth/email/confirm': 400,
  'POST /v1/auth/login': 400,
  'POST /v1/auth/logout': 204,
  'POST /v1/auth/password/forgot': 400,
  'POST /v1/auth/password/reset': 400,
  'POST /v1/auth/totp/verify': 400,
  'POST /v1/auth/passkeys/login/options': 200,
  'POST /v1/auth/passkeys/login': 400,
  'GET /login': 200,
  'POST /login': 400,
  'GET /login/code': 200,
  'POST /login/code': 400,
  'POST /logout': 303,
  'GET /signup': 200,
  'POST /signup': 400,
  'GET /verify-email': 200,
  'POST /verify-email': 400,
  'GET /confirm-email': 200,
  'POST /confirm-email': 400,
  'GET /unsubscribe': 410,
  'POST /unsubscribe': 410,
  'GET /invitation': 200,
  'POST /invitation': 400,
  'GET /forgot-password': 200,
  'POST /forgot-password': 400,
  'GET /reset-password': 200,
  'POST /reset-password': 400,
  'GET /': 303,
  'GET /v1/openapi.json': 200,
  'GET /misc/lang': 200,
  'GET /misc/permissions': 200,
  'GET /misc/rate-sources': 200,
  'GET /docs': 200,
  'GET /docs/*': 404,
};

/** The dashboard's pages are for people who are logged in: everything that begins so, unless it is public. */
export const DASHBOARD = /^\/(stores|team|accounts|profile|platform|api-keys|api-access-request)(\/|$)/;

/** The routes that the app loads when somebody asks for them. */
const loadedLater = (
  await Promise.all(LAZY_ROUTES.map(async ([path, load]) => new Hono().route(path, await load()).routes))
).flat();

/** Dialects have lists of their own: test/http/api/greenfield, test/http/api/elenpay, test/http/api/bitpay. */
const DIALECTS = /^\/(api\/v1|invoices|rates|tokens|currencies)(\/|$)/;

/** What the app answers, middleware and its own 404s left out: `GET /v1/stores/:id`. */
export function everyRouteOf(app: Pick<Hono, 'routes'>): string[] {
  const answering = [...app.routes, ...loadedLater].filter(({ method }) => method !== 'ALL');
  return [...new Set(answering.map(({ method, path }) => `${method} ${path}`))];
}

/** As everyRouteOf, without the dialects'. */
export function routesOf(app: Pick<Hono, 'routes'>): string[] {
  return everyRouteOf(app).filter((route) => !DIALECTS.test(route.slice(route.indexOf('/'))));
}

/** The same whatever the parameters are called: `GET /v1/stores/:`. */
export function mounted(app: Pick<Hono, 'routes'>): string[] {
  return [...new Set(routesOf(app).map(shapeOf))];
}

/** A route whatever its parameters are called. */
export function shapeOf(route: string): string {
  return route.replaceAll(/:\w+/g, ':');
}
