// A person at the dashboard's pages, with a browser without scripts: follows links, sends forms.

import { expect } from 'vitest';
import type { Role } from '../../../src/adapters/db/schema.ts';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { keepRates } from '../../../src/cron.ts';
import { createStore } from '../../../src/services/accounts/stores.ts';
import { registerWallet } from '../../../src/services/wallets/wallets.ts';
import { freshKey } from '../../support/keys.ts';
import { bindings } from '../../support/merchant.ts';
import { type Browser, openPerson, PASSWORD, type PersonOptions, type TestPerson } from '../../support/person.ts';

export interface Shown {
  status: number;
  headers: Headers;
  html: string;
  /** Of a redirect. */
  location: string | null;
}

type Fields = Record<string, string> | [string, string][] | string;

/** Sends a form as a browser does where it takes a file. */
export async function postFile(browser: Browser, path: string, fields: Record<string, string | Blob>): Promise<Shown> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, 'file.psbt');
  }
  const request = new Request('https://pay.test/', { method: 'POST', body: form });
  const headers = { 'content-type': request.headers.get('content-type') ?? '' };
  return shown(browser, await browser.request('POST', path, await request.arrayBuffer(), headers));
}

export async function get(browser: Browser, path: string): Promise<Shown> {
  return shown(browser, await browser.request('GET', path));
}

export async function post(
  browser: Browser,
  path: string,
  fields: Fields = {},
  headers: Record<string, string> = {},
): Promise<Shown> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
  const response = await browser.request('POST', path, body, { ...type, ...headers });
  return shown(browser, response);
}

/** Sends a form that has to work, and shows the page that it leads to. */
export async function follow(browser: Browser, path: string, fields: Fields = {}): Promise<Shown & { path: string }> {
  const sent = await post(browser, path, fields);
  if (sent.status !== 303) throw new Error(`${path} answered ${sent.status}: ${wordsOf(sent.html)}`);
  const target = sent.location ?? '';
  return { ...(await get(browser, target)), path: target };
}

async function shown(browser: Browser, response: Response): Promise<Shown> {
  const html = await response.text();
  await browser.settled();
  return { status: response.status, headers: response.headers, html, location: response.headers.get('location') };
}

/** What a page says, without its markup. */
export function wordsOf(html: string): string {
  return html
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}

/** The owner of a store in test mode, with a wallet, rates, and colleagues on demand. */
export async function openOwner(options: PersonOptions & { storeName?: string } = {}) {
  const owner = await openPerson(options);
  await keepRates(owner.deps);
  const made = await createStore(owner.deps, owner.accountId, { name: options.storeName ?? 'Corner Shop' });
  const key = freshKey();
  const wish = { text: key, scriptType: 'p2wpkh', gapLimit: 100, label: 'Cold wallet', startIndex: 0 } as const;
  await registerWallet(owner.deps, made.store, wish);
  const store = await storeById(owner.deps.db, made.store.id);
  if (!store) throw new Error('no store');
  return { ...owner, store, key, home: `/stores/${store.id}` };
}

export type Owner = Awaited<ReturnType<typeof openOwner>>;

/** Another member of the owner's account, in a role. */
export async function colleague(
  owner: Pick<TestPerson, 'accountId' | 'clock'>,
  role: Role,
  overrides: PersonOptions['overrides'] = {},
): Promise<TestPerson> {
  const person = await openPerson({ name: `The ${role}`, overrides });
  await bindings.DB.prepare('DELETE FROM members WHERE user_id = ?').bind(person.id).run();
  await bindings.DB.prepare('INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, ?, ?)')
    .bind(owner.accountId, person.id, role, owner.clock.ms)
    .run();
  return person;
}

/** An invoice of the store, made by its form; its id. */
export async function makeInvoice(owner: Owner, fields: Record<string, string> = {}): Promise<string> {
  const form = { amount: '4.99', currency: 'USD', order_ref: 'ORDER-1', expires_in_minutes: '15', ...fields };
  const made = await post(owner, `${owner.home}/invoices/new`, form);
  const id = /invoices\/([0-9a-f-]{36})\?done=/.exec(made.location ?? '')?.[1];
  if (!id) throw new Error(`answered ${made.status}: ${wordsOf(made.html)}`);
  return id;
}

export function expectPolicy(page: Shown): void {
  const policy = page.headers.get('content-security-policy') ?? '';
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'"]) {
    expect(policy).toContain(rule);
  }
  expect(policy).not.toContain('unsafe');
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('referrer-policy')).toBe('same-origin');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.html).not.toMatch(/<[^>]* style=|<script(?! type="module" src="\/dashboard\.js")|<[^>]* on[a-z]+=/i);
}

export { PASSWORD };
