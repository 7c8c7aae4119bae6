// What every page of the dashboard shares: who asks and for which store, answers, redirects, and what becomes of errors.

import type { Child } from 'hono/jsx';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf, toApiError } from '../../errors.ts';
import { log } from '../../log.ts';
import { mustBe, type Role } from '../../services/access/people.ts';
import { type Person, personFrom, renewed, type Visitor, visitorOf } from '../../services/access/sessions.ts';
import { listStores, type StoreRow } from '../../services/accounts/stores.ts';
import { wantsPage } from '../api/accept.ts';
import type { Ctx } from '../api/http.ts';
import { errorResponse } from '../api/native/errors.ts';
import { setCookies } from '../api/native/person.ts';
import { documentOf } from '../ui/document.tsx';
import { DASHBOARD_HEADERS } from './headers.ts';
import { ErrorPage } from './layout.tsx';
import { type NoticeCode, type NoticeOf, noticeOf } from './notices.ts';

/** What a page is drawn in: who looks at it, and which stores there are to go to. */
export interface PageContext {
  deps: Deps;
  visitor: Visitor;
  person: Person;
  stores: StoreRow[];
  notice: NoticeOf | null;
}

export interface StorePageContext extends PageContext {
  store: StoreRow;
}

/** @throws ApiError as visitorOf and personFrom; forbidden */
export async function pageContext(c: Ctx, least: Role = 'viewer'): Promise<PageContext> {
  const deps = c.get('deps');
  const visitor = await visitorOf(deps, c.req.raw);
  const person = personFrom(visitor);
  mustBe(person, least);
  c.set('userId', person.userId);
  const stores = await listStores(deps, person.account.id, true);
  if (c.req.method === 'GET') setCookies(c, await renewed(deps, c.req.raw, visitor));
  return { deps, visitor, person, stores, notice: noticeOf(c.req.query('done')) };
}

/** @throws ApiError as pageContext; not_found for a store of others */
export async function storePageContext(c: Ctx, least: Role = 'viewer'): Promise<StorePageContext> {
  const frame = await pageContext(c);
  const store = frame.stores.find(({ id }) => id === c.req.param('id'));
  if (!store) throw new ApiError('not_found');
  mustBe(frame.person, least);
  return { ...frame, store };
}

/** Does this role include that one? Pages do not offer what a person may not do. */
export function may(person: Person, least: Role): boolean {
  const order: Role[] = ['viewer', 'manager', 'owner'];
  return order.indexOf(person.role) >= order.indexOf(least);
}

export function page(c: Ctx, page: Child, status = 200): Response {
  return c.html(documentOf(page), status as 200, DASHBOARD_HEADERS);
}

/** After a form: to a page of ours, with a word about what was done. */
export function redirectAfter(c: Ctx, path: string, code?: NoticeCode): Response {
  const [page = '', anchor] = path.split('#');
  const query = code === undefined ? '' : `${page.includes('?') ? '&' : '?'}done=${code}`;
  for (const [name, value] of Object.entries(DASHBOARD_HEADERS)) c.header(name, value);
  return c.redirect(`${page}${query}${anchor === undefined ? '' : `#${anchor}`}`, 303);
}

/** A path of this dashboard, from outside: anything else becomes the first page. */
export function localPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) ? path : '/stores';
}

/**
 * The response to every thrown value: a page to browsers, which takes people without a log-in to
 * the log-in page; the API's JSON to other clients.
 */
export function errorPage(thrown: unknown, c: Ctx): Response {
  c.header('vary', 'accept', { append: true });
  if (!wantsPage(c.req.header('accept'))) {
    const refusal = errorResponse(thrown, c.get('requestId') ?? crypto.randomUUID(), log);
    return c.newResponse(refusal.body, refusal);
  }
  const error = toApiError(thrown);
  const { pathname, search } = new URL(c.req.url);
  const next = c.req.method === 'GET' ? `?next=${encodeURIComponent(pathname + search)}` : '';
  if (error.code === 'auth_required') return redirectAfter(c, `/login${next}`);
  if (error.code === 'auth_totp_required') return redirectAfter(c, `/login/code${next}`);
  const requestId = c.get('requestId') ?? crypto.randomUUID();
  if (error.status >= 500) {
    const detail = messagesOf(thrown).slice(0, 500);
    log('request.failed', { requestId, code: error.code, detail });
  }
  if (error.retryAfterSeconds !== undefined) c.header('retry-after', String(error.retryAfterSeconds));
  c.header('x-request-id', requestId);
  const again = c.req.method === 'GET' ? pathname + search : null;
  return page(c, <ErrorPage error={error} requestId={requestId} again={again} />, error.status);
}
