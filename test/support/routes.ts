// Every route that the app answers, by who may use it. The API's are read off its operations; what anybody may ask has to be
// put into PUBLIC: tests walk the app's own list and fail where one is missing. Called by the tests that try every route.

import { Hono } from 'hono';
import type { Role } from '../../src/adapters/db/schema.ts';
import { LAZY_ROUTES } from '../../src/app.ts';
import type { DocumentedOperation } from '../../src/http/api/openapi/operation.ts';
import { OPERATIONS } from '../../src/http/api/openapi/operations.ts';

/** Anybody may ask. The status that nobody in particular gets, with ids that exist and an empty body. */
export const PUBLIC: Record<string, number> = {
  'GET /health': 200,
  'GET /pay/invoices/:invoice': 200,
  'GET /pay/invoices/:invoice/events': 200,
  'GET /pay/invoices/:invoice/stream': 426,
  'POST /hooks/ln/:store/:secret': 404,
  'GET /i/:invoice': 200,
  'GET /i/:invoice/theme.css': 404,
  'GET /i/:invoice/receipt': 302,
  'GET /i/:invoice/status': 200,
  'GET /i/:invoice/:method': 200,
  'GET /i/:invoice/:method/status': 200,
  'GET /invoice': 404,
  'GET /invoice/status': 404,
  'GET /invoice/:invoice/status': 200,
  'GET /o/:invoice': 404,
  'GET /o/:invoice/theme.css': 404,
  'GET /o/:invoice/events': 404,
  'GET /intents/:intent': 404,
  'GET /intents/:intent/amount': 404,
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
  'GET /.well-known/lnurlp/:name': 200,
  'GET /lnurl/pay/:name/:payee?': 200,
  'GET /lnurl/verify/:invoice': 200,
  'GET /lnurl/withdraw/:id': 200,
  'GET /lnurl/withdraw/:id/callback': 200,
  'GET /claim/:id': 404,
  'POST /claim/:id': 404,
  'GET /claim/:id/theme.css': 404,
  'GET /claim/:id/:claim': 404,
  'GET /refund/:id': 404,
  'POST /refund/:id': 404,
  'GET /refund/:id/theme.css': 404,
  'GET /refund/:id/:claim': 404,
  'GET /pull-payments/:id': 404,
  'POST /pull-payments/:id': 404,
  'GET /pull-payments/:id/theme.css': 404,
  'GET /pull-payments/:id/:claim': 404,
  'GET /docs': 200,
  'GET /docs/*': 404,
};

export interface Route {
  method: DocumentedOperation['method'];
  path: string;
  /** The least role that may; an API key may what a manager may. */
  least: Role;
  /** Takes an API key and no session. */
  keyOnly?: true;
  /** A good one: some routes refuse an empty body before they look at ids. */
  body?: unknown;
}

/** What stands before an id says of what it is: `/v1/stores/:store/keys/:key`. */
const OF_ITS_OWN: Record<string, string> = {
  addresses: 'address',
  batches: 'batch',
  deliveries: 'delivery',
  mails: 'store',
  payments: 'pullPayment',
  reviews: 'invoice',
};
export const named = (path: string) =>
  path.replaceAll(/(\w+)\/\{\w+\}/g, (_, many: string) => `${many}/:${OF_ITS_OWN[many] ?? many.slice(0, -1)}`);

const routeOf = ({ method, path, who, body }: DocumentedOperation): Route => ({
  method,
  path: named(path),
  least:
    who.person && who.person !== 'any'
      ? who.person
      : /canmodify|cancreate|canmanage|canarchive|canrun/.test(who.key ?? '')
        ? 'manager'
        : 'viewer',
  ...(!who.person && { keyOnly: true }),
  ...(body && method !== 'GET' && { body: JSON.parse(JSON.stringify(body.example).replaceAll('…', 'x')) }),
});

const isPublic = ({ method, path }: DocumentedOperation) => `${method} ${named(path)}` in PUBLIC;
const isOfStores = ({ path, who }: DocumentedOperation) => who.key !== undefined || path.startsWith('/v1/stores');
const ofStores = OPERATIONS.filter((one) => isOfStores(one) && !isPublic(one)).map(routeOf);

/** Of a store: with an API key of it, most also with a session. */
export const ROUTES = ofStores.filter(({ path }) => path.includes(':'));

/** These cannot show another account's data: they name no id. */
export const WITHOUT_ID = ofStores.filter(({ path }) => !path.includes(':'));

/** Of people alone: with a session, never with a key. `anybody`: of every role, and without an account too. */
export const FOR_PEOPLE = OPERATIONS.filter((one) => !isOfStores(one) && !isPublic(one)).map((one) => ({
  ...routeOf(one),
  least: one.who.operator ? 'operator' : one.who.person === 'any' ? 'anybody' : one.who.person,
}));

/** The dashboard's pages are for people who are logged in: everything that begins so, unless it is public. */
export const DASHBOARD = /^\/(stores|team|accounts|profile|platform|api-keys|api-access-request)(\/|$)/;

/** The routes that the app loads on their first request. */
const loadedLater = (
  await Promise.all(LAZY_ROUTES.map(async ([path, load]) => new Hono().route(path, await load()).routes))
).flat();

/** Dialects have lists of their own: test/http/api/greenfield, test/http/api/elenpay, test/http/api/bitpay. */
const DIALECTS = /^\/(api\/v1|invoices|rates|tokens|currencies|refunds)(\/|$)/;

/** What the app answers, middleware and its own 404s left out: `GET /v1/stores/:id`. */
export function everyRouteOf(app: Pick<Hono, 'routes'>): string[] {
  const answering = [...app.routes, ...loadedLater].filter(({ method }) => method !== 'ALL');
  return [...new Set(answering.map(({ method, path }) => `${method} ${path}`))];
}

/** As everyRouteOf, without the dialects'. */
export function routesOf(app: Pick<Hono, 'routes'>): string[] {
  return everyRouteOf(app).filter((route) => !DIALECTS.test(route.slice(route.indexOf('/'))));
}

/** The same for all names of the parameters: `GET /v1/stores/:`. */
export function mounted(app: Pick<Hono, 'routes'>): string[] {
  return [...new Set(routesOf(app).map(shapeOf))];
}

/** A route for all names of its parameters. */
export function shapeOf(route: string): string {
  return route.replaceAll(/:\w+/g, ':');
}
