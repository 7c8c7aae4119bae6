// Every page, for the people who may see it only: what a role may not do is not offered, a store of others is not
// there, and no page lets anything in or out that its policy forbids.

import { beforeAll, describe, expect, it } from 'vitest';
import { keepConnection } from '../../../src/services/connections/connections.ts';
import { PHOENIXD } from '../../support/connections.ts';
import { openBrowser, openPerson, type TestPerson } from '../../support/person.ts';
import { colleague, expectPolicy, follow, get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

const STORE_NAME = '<script>alert(1)</script> & Söhne';

let owner: Owner;
let manager: TestPerson;
let viewer: TestPerson;
let invoiceId: string;
let endpointId: string;
let connectionId: string;

beforeAll(async () => {
  owner = await openOwner({ storeName: STORE_NAME });
  [manager, viewer] = [await colleague(owner, 'manager'), await colleague(owner, 'viewer')];
  invoiceId = await makeInvoice(owner, { order_ref: '"><img src=x onerror=alert(2)>' });
  const made = await post(owner, `${owner.home}/webhooks`, { url: 'http://127.0.0.1:9/hook', label: '<i>shop</i>' });
  const store = { id: owner.store.id, archivedAtMs: null };
  const kept = { ...PHOENIXD, name: '<i>shop</i>' };
  connectionId = (await keepConnection(owner.deps, store, kept)).id;
  endpointId = /webhooks\/([0-9a-f-]{36})/.exec(made.html)?.[1] ?? '';
});

const pagesOf = () => [
  '/stores',
  '/team',
  '/profile',
  '/accounts',
  owner.home,
  ...[
    '/invoices',
    '/invoices/export',
    `/invoices/${invoiceId}`,
    '/wallets',
    '/lightning',
    '/lightning-addresses',
    '/keys',
    '/webhooks',
    '/settings',
  ].map((path) => `${owner.home}${path}`),
  `${owner.home}/webhooks/${endpointId}`,
  `${owner.home}/lightning/${connectionId}`,
];

describe('Every page', () => {
  it('is shown to owners, managers and viewers, with one main heading and the strict policy', async () => {
    for (const person of [owner, manager, viewer]) {
      for (const path of pagesOf()) {
        const page = await get(person, path);
        expect(page.status, path).toBe(200);
        expectPolicy(page);
        expect(page.html.match(/<h1/g), path).toHaveLength(1);
        expect(page.html, path).toContain('<main id="main"');
      }
    }
  });

  it('writes the words of merchants and buyers as words', async () => {
    for (const path of pagesOf()) {
      const { html } = await get(owner, path);
      for (const markup of ['<script>alert', '<img src=x', '<i>shop']) expect(html, path).not.toContain(markup);
    }
    expect((await get(owner, owner.home)).html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne');
  });

  it('never holds a public key of a wallet, nor a secret once it was shown', async () => {
    for (const path of pagesOf()) {
      const { html } = await get(owner, path);
      expect(html, path).not.toMatch(/[tuvxyz]pub[A-Za-z0-9]{20}|whsec_|sl_(test|live)_[0-9a-f]{16}/);
    }
  });

  it('offers a viewer nothing that changes anything', async () => {
    for (const path of pagesOf().filter((page) => page.startsWith(owner.home))) {
      const { html } = await get(viewer, path);
      const forms = [...html.matchAll(/<form method="post" action="([^"]+)"/g)].map(([, action]) => action);
      expect(forms, path).toEqual(['/logout']);
    }
    const made = await post(viewer, `${owner.home}/invoices/new`, {
      amount: '1',
      currency: 'USD',
      order_ref: '',
      expires_in_minutes: '15',
    });
    expect(made.status).toBe(403);
    expect((await get(viewer, `${owner.home}/invoices/new`)).status).toBe(403);
  });

  it('keeps from a manager what decides where money goes', async () => {
    expect((await get(manager, `${owner.home}/wallets`)).html).not.toContain('Public key or export');
    for (const path of ['/wallets', '/go-live', '/archive', '/test-mode']) {
      expect((await post(manager, `${owner.home}${path}`, { text: owner.key })).status, path).toBe(403);
    }
  });

  it('is not there for another account, for every request', async () => {
    const stranger = await openPerson();
    for (const path of pagesOf().filter((page) => page.startsWith(owner.home))) {
      const page = await get(stranger, path);
      expect(page.status, path).toBe(404);
      expect(wordsOf(page.html)).not.toContain('Söhne');
      expectPolicy(page);
    }
    const actions = ['', '/cancel', '/simulate', '/resolve', '/rescan'].map(
      (action) => `/invoices/${invoiceId}${action}`,
    );
    for (const path of [
      ...actions.slice(1),
      '/keys',
      '/webhooks',
      `/webhooks/${endpointId}/rotate`,
      '/settings',
      '/archive',
    ]) {
      expect((await post(stranger, `${owner.home}${path}`, { event: 'invoice.paid' })).status, path).toBe(404);
    }
    // Nor by a store of one's own.
    const other = await openOwner();
    for (const path of [`/invoices/${invoiceId}`, `/webhooks/${endpointId}`]) {
      expect((await get(other, `${other.home}${path}`)).status, path).toBe(404);
      expect((await post(other, `${other.home}${path}/${path.includes('web') ? 'rotate' : 'cancel'}`)).status).toBe(
        404,
      );
    }
  });

  it('asks a visitor to log in, and shows unknown paths as a page', async () => {
    for (const path of [...pagesOf(), '/platform']) {
      const page = await get(openBrowser(), path);
      expect([page.status, page.location], path).toEqual([303, `/login?next=${encodeURIComponent(path)}`]);
    }
    const lost = await get(owner, `${owner.home}/nothing`);
    expect(lost.status).toBe(404);
    expect(wordsOf(lost.html)).toContain('Page not found');
    expectPolicy(lost);
  });

  it('says only words of its own after a form', async () => {
    const { html } = await get(owner, `/stores?done=${encodeURIComponent('<b>you won</b>')}`);
    expect(html).not.toContain('you won');
    expect(wordsOf((await get(owner, '/stores?done=store_created')).html)).toContain('Store created');
    expect((await get(owner, '/stores?done=toString')).html).not.toContain('class="notice"');
  });

  it('takes no form of more than 64 KiB', async () => {
    const page = await post(owner, `${owner.home}/invoices/new`, { amount: '1', order_ref: 'x'.repeat(70_000) });
    expect(page.status).toBe(400);
    expect(wordsOf(page.html)).toContain('The form is too large');
  });

  it('lets owners run their team, and keeps one owner', async () => {
    const boss = await openOwner();
    const helper = await colleague(boss, 'viewer');
    await follow(boss, `/team/${helper.id}/role`, { role: 'manager' });
    expect(wordsOf((await get(helper, '/team')).html)).toContain('Manager since');
    const last = await post(boss, `/team/${boss.id}/role`, { role: 'viewer' });
    expect([last.status, wordsOf(last.html).includes('keeps at least one owner')]).toEqual([409, true]);
    expect((await post(helper, `/team/${boss.id}/remove`)).status).toBe(403);
    expect((await follow(helper, `/team/${helper.id}/remove`)).path).toBe('/accounts');
    expect((await get(helper, boss.home)).status).not.toBe(200);
  });

  it('shows the operator all accounts, and refuses others', async () => {
    const operator = await openPerson();
    await operator.deps.db.$client.prepare('UPDATE accounts SET is_operator = 0').run();
    await operator.deps.db.$client
      .prepare('UPDATE accounts SET is_operator = 1 WHERE id = ?')
      .bind(operator.accountId)
      .run();
    const page = await get(operator, '/platform');
    expect(page.status).toBe(200);
    expectPolicy(page);
    expect((await get(owner, '/platform')).status).toBe(403);
    await follow(operator, `/platform/accounts/${owner.accountId}/suspend`);
    expect(wordsOf((await get(owner, '/stores')).html)).toContain('This account is suspended');
    expect((await get(owner, '/accounts')).status).toBe(200);
    await follow(operator, `/platform/accounts/${owner.accountId}/reinstate`);
    expect((await get(owner, '/stores')).status).toBe(200);
  });
});
