// Sessions of people: from a request's cookie to the person who acts. The cookie is checked here rather than by
// better-auth: one round trip instead of three for every request of the dashboard.

import {
  deleteOtherSessions,
  deleteSession,
  prolongSession,
  type SessionRow,
  sessionByToken,
  sessionsOfUser,
} from '../../adapters/db/people.ts';
import type { Role } from '../../adapters/db/schema.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { authSecret, cookiesOf } from './auth.ts';
import { SESSION_SECONDS } from './auth-terms.ts';

export type Visitor = SessionRow;

export interface Person {
  userId: string;
  email: string;
  name: string;
  sessionId: string;
  /** The account that the person acts in. */
  account: { id: string; name: string; isOperator: boolean };
  role: Role;
}

const RENEWED_AFTER_SECONDS = 86_400;

/**
 * The person that a request's session cookie belongs to.
 * @throws ApiError auth_required, auth_totp_required, auth_email_not_verified, auth_account_suspended, and
 *   auth_origin_refused for a change that another site's page has sent
 */
export async function personOf(deps: Deps, request: Request): Promise<Person> {
  return personFrom(await visitorOf(deps, request));
}

/** Puts the end of a session that is in use off again; a browser learns it by the Set-Cookie lines. */
export async function renewed(deps: Deps, request: Request, visitor: Visitor): Promise<string[]> {
  if (visitor.expiresAtMs - deps.now() > (SESSION_SECONDS - RENEWED_AFTER_SECONDS) * 1_000) return [];
  const expiresAtMs = deps.now() + SESSION_SECONDS * 1_000;
  if (!(await prolongSession(deps.db, visitor.sessionId, deps.now(), expiresAtMs))) return [];
  return [cookieLine(deps, cookieOf(request, cookiesOf(deps.config).session) ?? '')];
}

/** The Set-Cookie line of a session that we began ourselves. */
export async function sessionCookie(deps: Deps, token: string): Promise<string> {
  const signature = await crypto.subtle.sign('HMAC', await signingKey(deps), new TextEncoder().encode(token));
  return cookieLine(deps, `${token}.${btoa(String.fromCharCode(...new Uint8Array(signature)))}`);
}

function cookieLine(deps: Deps, value: string): string {
  const { session, prefix } = cookiesOf(deps.config);
  const secure = prefix.startsWith('__Host-') ? '; Secure' : '';
  return `${session}=${encodeURIComponent(value)}; Max-Age=${SESSION_SECONDS}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}

/** As personOf, but also for a person without an account or with a suspended one. */
export async function visitorOf(deps: Deps, request: Request): Promise<Visitor> {
  refuseForeign(deps, request);
  const cookies = cookiesOf(deps.config);
  const session = await visitorOfCookie(deps, cookieOf(request, cookies.session));
  if (!session) {
    throw new ApiError(cookieOf(request, cookies.pending) === null ? 'auth_required' : 'auth_totp_required');
  }
  if (!session.emailVerified) throw new ApiError('auth_email_not_verified');
  return session;
}

/** As visitorOf, null without a log-in. @throws ApiError auth_origin_refused */
export async function visitorIfAny(deps: Deps, request: Request): Promise<Visitor | null> {
  return visitorOf(deps, request).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  });
}

/** Whose session a cookie's value is; null where it is none of ours or has ended. */
export async function visitorOfCookie(deps: Deps, cookie: string | null): Promise<Visitor | null> {
  const token = await opened(deps, cookie);
  const session = token === null ? null : await sessionByToken(deps.db, token);
  return session && session.expiresAtMs > deps.now() ? session : null;
}

export type OpenSession = Awaited<ReturnType<typeof sessionsOfUser>>[number];

/** Where the visitor is logged in, here included. */
export function listSessions(deps: Deps, { userId }: Visitor): Promise<OpenSession[]> {
  return sessionsOfUser(deps.db, userId, deps.now());
}

/** @throws ApiError not_found for a session of another person */
export async function endSession(deps: Deps, { userId }: Visitor, id: string): Promise<void> {
  if (!(await deleteSession(deps.db, userId, id))) throw new ApiError('not_found');
}

/** All but the visitor's own. Returns how many there were. */
export function endOtherSessions(deps: Deps, { userId, sessionId }: Visitor): Promise<number> {
  return deleteOtherSessions(deps.db, userId, sessionId);
}

/** @throws ApiError auth_account_suspended, forbidden for a person without an account */
export function personFrom({ membership, ...visitor }: Visitor): Person {
  if (!membership) throw new ApiError('forbidden', 'You are in no account. Ask an owner for an invitation.');
  const { role, account } = membership;
  if (account.suspendedAtMs !== null) throw new ApiError('auth_account_suspended');
  return {
    userId: visitor.userId,
    email: visitor.email,
    name: visitor.name,
    sessionId: visitor.sessionId,
    account: { id: account.id, name: account.name, isOperator: account.isOperator },
    role,
  };
}

/**
 * Keeps other sites' pages from changing anything in a visitor's name. An origin or a fetch site that is named has to be
 * ours. Programs name neither (Node's fetch sends Sec-Fetch-Mode alone); a browser too old to name them can still send a
 * form, so that with one of our cookies such a request must not have the shape of a form.
 * @throws ApiError auth_origin_refused
 */
export function refuseForeign(deps: Deps, request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  const isOurs = origin === null ? site === 'same-origin' : origin === deps.config.ORIGIN;
  if (isOurs) return;
  const cookies = cookiesOf(deps.config);
  const isAnonymous = cookieOf(request, cookies.session) === null && cookieOf(request, cookies.pending) === null;
  if (origin === null && site === null && (isAnonymous || !couldBeForm(request))) return;
  const wanted = `Send the header "Origin: ${deps.config.ORIGIN}"`;
  if (origin !== null || site !== null) {
    throw new ApiError('auth_origin_refused', `This request comes from another site. ${wanted}.`);
  }
  throw new ApiError('auth_origin_refused', `${wanted}, or send JSON with "Content-Type: application/json".`);
}

/** Forms POST one of three content types, none of them JSON. Any other method or type takes a script, which names its origin. */
function couldBeForm(request: Request): boolean {
  if (request.method !== 'POST') return false;
  const type = request.headers.get('content-type');
  return type === null ? request.body !== null : !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type);
}

/** The value of a cookie, as it was signed. */
export function cookieOf(request: Request, name: string): string | null {
  for (const pair of request.headers.get('cookie')?.split(';') ?? []) {
    const [key, ...value] = pair.split('=');
    if (key?.trim() === name) return decoded(value.join('=').trim());
  }
  return null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The token of a signed cookie, `TOKEN.SIGNATURE` as better-auth writes it; null where the signature is not ours. */
async function opened(deps: Deps, cookie: string | null): Promise<string | null> {
  const dot = cookie?.lastIndexOf('.') ?? -1;
  if (cookie === null || dot < 1) return null;
  const token = cookie.slice(0, dot);
  const signature = bytesOf(cookie.slice(dot + 1));
  return signature &&
    (await crypto.subtle.verify('HMAC', await signingKey(deps), signature, new TextEncoder().encode(token)))
    ? token
    : null;
}

async function signingKey(deps: Deps): Promise<CryptoKey> {
  const secret = new TextEncoder().encode(await authSecret(deps));
  return crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
