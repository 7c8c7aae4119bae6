// API keys that may do less than everything: chosen in sentences, shown in sentences, held to it by the API.

import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../src/services/access/permissions.ts';
import { colleague, expectPolicy, follow, get, openOwner, post, wordsOf } from './visitor.ts';

describe('A key', () => {
  it('may do what was ticked and nothing else, and the list says so', async () => {
    const owner = await openOwner();
    const page = await get(owner, `${owner.home}/keys`);
    for (const name of PERMISSIONS) expect(page.html, name).toContain(`value="${name}"`);
    const made = await post(owner, `${owner.home}/keys`, [
      ['label', 'Till'],
      ['environment', 'test'],
      ['scope', 'some'],
      ['permissions', 'btcpay.store.cancreateinvoice'],
      ['permissions', 'btcpay.store.canviewinvoices'],
    ]);
    expectPolicy(made);
    const headers = { authorization: `Bearer ${/sl_test_[0-9a-f]+/.exec(made.html)?.[0]}`, cookie: '' };
    const ask = async (method: string, path: string, body?: unknown) =>
      (await owner.request(method, path, body, headers)).status;
    expect(await ask('POST', '/v1/invoices', { amount_sats: '9000' })).toBe(201);
    expect(await ask('GET', '/v1/invoices')).toBe(200);
    expect(await ask('GET', `/v1/stores/${owner.store.id}`)).toBe(403);
    const list = await get(owner, `${owner.home}/keys`);
    expect(wordsOf(list.html)).toMatch(/limited to 2 permissions What it may do Create invoices\./);
  });

  it('that is limited keeps its limits when it is exchanged', async () => {
    const owner = await openOwner();
    const form = { label: '', environment: 'test', scope: 'some', permissions: 'btcpay.store.canviewinvoices' };
    await post(owner, `${owner.home}/keys`, form);
    const list = await get(owner, `${owner.home}/keys`);
    const id = /keys\/([0-9a-f-]{36})\/rotate/.exec(list.html)?.[1] ?? '';
    const fresh = await post(owner, `${owner.home}/keys/${id}/rotate`, { overlap: '0' });
    const headers = { authorization: `Bearer ${/sl_test_[0-9a-f]+/.exec(fresh.html)?.[0]}`, cookie: '' };
    expect((await owner.request('GET', '/v1/invoices', undefined, headers)).status).toBe(200);
    expect((await owner.request('POST', '/v1/invoices', { amount_sats: '9000' }, headers)).status).toBe(403);
  });

  it('answers as BTCPay Server 1.x where that was ticked, and says so', async () => {
    const owner = await openOwner();
    const form = { label: 'Old plugin', environment: 'test', scope: 'all', old_shapes: 'on' };
    const made = await post(owner, `${owner.home}/keys`, form);
    const headers = { authorization: `token ${/sl_test_[0-9a-f]+/.exec(made.html)?.[0]}`, cookie: '' };
    const path = `/api/v1/stores/${owner.store.id}/payment-methods`;
    expect(await (await owner.request('GET', path, undefined, headers)).json()).toMatchObject({
      BTC: { enabled: true },
    });
    expect(wordsOf((await get(owner, `${owner.home}/keys`)).html)).toContain('answers as BTCPay Server 1.x');
    const made2 = await owner.ask<{ key: { btcpay_1x: boolean }; secret: string }>('POST', `/v1${owner.home}/keys`, {
      btcpay_1x: true,
    });
    expect(made2.body.key.btcpay_1x).toBe(true);
    const byApi = { authorization: `token ${made2.body.secret}`, cookie: '' };
    expect(await (await owner.request('GET', path, undefined, byApi)).json()).toHaveProperty('BTC');
  });

  it('is not made of nothing, nor of what there is not', async () => {
    const owner = await openOwner();
    for (const permissions of ['', 'btcpay.server.canmodifyserversettings', 'toString']) {
      const form = { label: 'Kept', environment: 'test', scope: 'some', permissions };
      const page = await post(owner, `${owner.home}/keys`, form);
      expect([page.status, page.html.includes('id="permissions-error"')], permissions).toEqual([400, true]);
      expect(page.html).toContain('value="Kept"');
    }
    expect((await get(owner, `${owner.home}/keys`)).html).toContain('No key yet');
  });

  it('has all of it where nothing was limited', async () => {
    const owner = await openOwner();
    const form = { label: '', environment: 'test', scope: 'all', permissions: 'btcpay.store.canviewinvoices' };
    const made = await post(owner, `${owner.home}/keys`, form);
    const headers = { authorization: `Bearer ${/sl_test_[0-9a-f]+/.exec(made.html)?.[0]}`, cookie: '' };
    expect((await owner.request('GET', `/v1/stores/${owner.store.id}`, undefined, headers)).status).toBe(200);
    expect(wordsOf((await get(owner, `${owner.home}/keys`)).html)).toContain('may do everything');
  });
});

describe('A test key of a store that goes live', () => {
  const makeKey = (environment: string) => ({ label: `The ${environment} one`, environment, scope: 'all' });
  const MISSING = 'This store is live and has no live API key.';
  const FIRST = /class="button" href="[^"]*\/keys#new-key"/;

  it('is marked as refused, and a live key is the first thing to create', async () => {
    const owner = await openOwner();
    await post(owner, `${owner.home}/keys`, makeKey('test'));
    expect((await get(owner, `${owner.home}/keys`)).html).not.toContain('Refused');
    expect(wordsOf((await get(owner, owner.home)).html)).toContain('create a live key first');

    const live = await follow(owner, `${owner.home}/go-live`);
    for (const { html } of [live, await get(owner, owner.home), await get(owner, `${owner.home}/keys`)]) {
      const main = html.slice(html.indexOf('<main'));
      expect(wordsOf(main)).toContain(MISSING);
      expect(main).toMatch(FIRST);
      // No form comes before it.
      expect(main.slice(0, main.indexOf(MISSING))).not.toContain('<form');
    }
    const list = await get(owner, `${owner.home}/keys`);
    expect(wordsOf(list.html)).toMatch(/The test one test Refused/);
    expect(list.html).toMatch(/<option value="live" selected/);

    const viewer = await colleague(owner, 'viewer');
    const seen = await get(viewer, owner.home);
    expect(wordsOf(seen.html)).toContain(`${MISSING} Requests with a test key get error 401.`);
    expect(seen.html).not.toMatch(FIRST);
  });

  it('is no cause for alarm beside a live one, which works in both modes', async () => {
    const owner = await openOwner();
    await post(owner, `${owner.home}/keys`, makeKey('test'));
    const made = await post(owner, `${owner.home}/keys`, makeKey('live'));
    const headers = { authorization: `Bearer ${/sl_live_[0-9a-f]+/.exec(made.html)?.[0]}`, cookie: '' };
    const ask = async () => (await owner.request('GET', '/v1/invoices', undefined, headers)).status;
    expect(await ask()).toBe(200);
    await follow(owner, `${owner.home}/go-live`);
    expect(await ask()).toBe(200);
    for (const path of [owner.home, `${owner.home}/keys`]) {
      expect(wordsOf((await get(owner, path)).html)).not.toContain(MISSING);
    }
    expect(wordsOf((await get(owner, `${owner.home}/keys`)).html)).toMatch(/The test one test Refused/);
    await follow(owner, `${owner.home}/test-mode`);
    expect((await get(owner, `${owner.home}/keys`)).html).not.toContain('Refused');
  });
});
