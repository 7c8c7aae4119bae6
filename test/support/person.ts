// A person at the dashboard: a browser with cookies, an origin and a mailbox, and a person who has signed up
// with it. What the person does goes through the API; the clock starts at the machine's, which better-auth looks at.

import { hashPassword } from 'better-auth/crypto';
import { insertSession } from '../../src/adapters/db/passkeys.ts';
import { becomeOperator, openAccount, sessionByToken } from '../../src/adapters/db/people.ts';
import { credentials, users } from '../../src/adapters/db/schema.ts';
import type { Mail } from '../../src/adapters/mail/mailer.ts';
import { createApp } from '../../src/app.ts';
import type { Deps } from '../../src/deps.ts';
import { deliverBy } from '../../src/jobs/deliver/dispatch.ts';
import { SESSION_SECONDS } from '../../src/services/access/auth-terms.ts';
import { sessionCookie } from '../../src/services/access/sessions.ts';
import { depsFor } from '../../src/wiring.ts';
import { answerOf } from './answer-of.ts';
import { bindings, Clock } from './merchant.ts';
import { sendersHere } from './senders.ts';

export const PASSWORD = 'correct horse battery';

export interface PersonOptions {
  name?: string;
  email?: string;
  accountName?: string;
  overrides?: Partial<Deps>;
}

export interface Answer<T = Record<string, never>> {
  status: number;
  headers: Headers;
  body: T;
}

export interface ErrorBody {
  error: { code: string; message: string; request_id: string };
}

export type Browser = ReturnType<typeof openBrowser>;
export type TestPerson = Awaited<ReturnType<typeof openPerson>>;

/** A browser without a log-in. */
export function openBrowser({ overrides }: Pick<PersonOptions, 'overrides'> = {}) {
  const clock = new Clock();
  clock.ms = Date.now();
  const jar = new Map<string, string>();
  const mails: Mail[] = [];
  const background: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => background.push(work) };
  const base = depsFor(bindings, ctx, { now: clock.now });
  const deps: Deps = {
    ...base,
    deliver: deliverBy(() => deps.dispatcher),
    dispatcher: { ...base.dispatcher, senders: sendersHere() },
    now: clock.now,
    mailer: { send: async (mail) => void mails.push(mail) },
    allowAuth: async () => true,
    allowCreate: async () => true,
    ...overrides,
  };
  const app = createApp(deps);
  const settled = async () => {
    while (background.length > 0) await Promise.all(background.splice(0));
  };

  /** Sends what a page of ours would send; a header that is '' is left out. */
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const all = new Headers({ origin: deps.config.ORIGIN, 'user-agent': 'A browser', accept: 'text/html,*/*;q=0.8' });
    if (jar.size > 0) all.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    for (const [name, value] of Object.entries(headers)) value === '' ? all.delete(name) : all.set(name, value);
    const init: RequestInit = { method, headers: all };
    if (body !== undefined)
      init.body = typeof body === 'string' || body instanceof ArrayBuffer ? body : JSON.stringify(body);
    const response = await answerOf(app, new Request(new URL(path, 'https://pay.test'), init), ctx);
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };

  return {
    clock,
    deps,
    app,
    settled,
    /** Cookies by name, as the server set them. */
    jar,
    mails,
    /** As a page of ours: with cookies and origin. */
    request: send,
    /** As `request`, with the JSON of the answer; waits for what is left running. */
    async ask<T = Record<string, never>>(
      method: string,
      path: string,
      body?: unknown,
      headers?: Record<string, string>,
    ): Promise<Answer<T>> {
      const response = await send(method, path, body, headers);
      const text = await response.text();
      await settled();
      return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as T };
    },
    /** The token in the newest mail's link. */
    mailedToken(): string {
      const token = /#token=(\S+)/.exec(mails.at(-1)?.text ?? '')?.[1];
      if (!token) throw new Error('no mail with a link');
      return token;
    },
  };
}

/** Made once a run: a hash takes longer than all the rest. */
let passwordHash: Promise<string> | undefined;

/** A person who has signed up, confirmed the address and logged in; owner of an account of their own. Seeded as those steps leave it. */
export async function openPerson(options: PersonOptions = {}) {
  const browser = openBrowser(options);
  const { deps, clock, jar } = browser;
  const email = options.email ?? `${crypto.randomUUID()}@example.com`;
  const name = options.name ?? 'Ada Owner';
  const id = crypto.randomUUID();
  const at = { createdAt: new Date(clock.ms), updatedAt: new Date(clock.ms) };
  passwordHash ??= hashPassword(PASSWORD);
  const credential = { accountId: id, providerId: 'credential', password: await passwordHash };
  await deps.db.batch([
    deps.db.insert(users).values({ id, name, email, emailVerified: true, ...at }),
    deps.db.insert(credentials).values({ id: crypto.randomUUID(), userId: id, ...credential, ...at }),
  ]);
  const accountId = crypto.randomUUID();
  const accountName = options.accountName ?? 'Ada’s shops';
  await openAccount(deps.db, { userId: id, accountId, name: accountName, nowMs: clock.ms });
  await becomeOperator(deps.db, id);
  const session = { id: crypto.randomUUID(), userId: id, token: crypto.randomUUID(), userAgent: 'A browser', ...at };
  await insertSession(deps.db, { ...session, expiresAt: new Date(clock.ms + SESSION_SECONDS * 1_000) });
  const [, cookie = '', value = ''] = /^([^=]+)=([^;]*)/.exec(await sessionCookie(deps, session.token)) ?? [];
  jar.set(cookie, value);
  const isOperator = (await sessionByToken(deps.db, session.token))?.membership?.account.isOperator === true;
  return { ...browser, email, name, password: PASSWORD, id, accountId, isOperator };
}

export async function expectStatus<T>(status: number, asked: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await asked;
  if (answer.status !== status) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
}
