// API keys that may do less than everything: chosen in sentences, shown in sentences, held to it by the API.

import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/accounts/permissions.ts';
import { expectPolicy, get, openOwner, post, wordsOf } from './visitor.ts';

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
    expect(wordsOf(list.html)).toMatch(/limited to 2 permissions What it may do Make invoices\./);
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
