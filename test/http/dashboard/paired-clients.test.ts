// Shop software made for BitPay, paired by people: with a code that they give it, or by letting it in when it asks.

import { describe, expect, it } from 'vitest';
import { openBrowser, openPerson } from '../../support/person.ts';
import { openClient } from '../api/bitpay/client.ts';
import { colleague, expectPolicy, follow, get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

const page = (owner: Owner) => `${owner.home}/clients`;

/** The client asks without access; the code that approves it. */
async function asking(owner: Owner, label: string, facade = 'merchant') {
  const client = openClient(owner);
  const { body } = await client.ask('POST', '/tokens', { id: client.sin, label, facade });
  client.token = body.data[0].token;
  return { client, code: body.data[0].pairingCode as string };
}

describe('A code', () => {
  it('is shown once, pairs one client, and the list names it until it is removed', async () => {
    const owner = await openOwner();
    expect((await get(owner, `${owner.home}/keys`)).html).toContain(`href="${page(owner)}"`);
    const made = await post(owner, page(owner), { label: 'Web shop', role: 'merchant' });
    expectPolicy(made);
    const pairingCode = /id="secret"[^>]*>\s*([A-Za-z0-9]{7})\s*</.exec(made.html)?.[1] ?? '';
    expect(made.html).toContain('https://pay.test/');
    expect(wordsOf((await get(owner, page(owner))).html)).toMatch(/Unused codes Web shop merchant not paired yet/);
    const client = openClient(owner);
    const paired = await client.ask('POST', '/tokens', { id: client.sin, pairingCode });
    client.token = paired.body.data[0].token;
    const list = await get(owner, page(owner));
    expectPolicy(list);
    expect(list.html).not.toContain(pairingCode);
    expect(wordsOf(list.html)).toContain(`Web shop merchant ${client.sin} · never used`);
    expect((await client.post('/invoices', { price: 4, currency: 'USD' })).status).toBe(200);
    expect(wordsOf((await get(owner, page(owner))).html)).toContain('last used');
    const gone = await follow(owner, `${page(owner)}/remove`, { token: client.token });
    expect(wordsOf(gone.html)).toContain('No client yet');
    expect((await client.get('/invoices')).status).toBe(401);
    expect((await post(owner, `${page(owner)}/remove`, { token: client.token })).status).toBe(404);
  });

  it('is not needed by a POS token, which is shown once and works without a signature until it is removed', async () => {
    const owner = await openOwner();
    expect((await get(owner, page(owner))).html).toContain('value="pos-unsigned"');
    const made = await post(owner, page(owner), { label: 'WooCommerce', role: 'pos-unsigned' });
    expectPolicy(made);
    const token = /id="secret"[^>]*>\s*([0-9a-f]{64})\s*</.exec(made.html)?.[1] ?? '';
    const order = () =>
      openClient(owner).ask('POST', '/invoices', { price: 4, currency: 'USD', orderId: 'W-1', token });
    expect(await order()).toMatchObject({ status: 200, body: { data: { orderId: 'W-1' } } });
    const { html } = await get(owner, page(owner));
    expect(html).not.toContain(token);
    expect(wordsOf(html)).toMatch(/WooCommerce pos POS token, works without a signature · last used/);
    const key = /name="token" value="([0-9a-f]{64})"/.exec(html)?.[1] ?? '';
    await follow(owner, `${page(owner)}/remove`, { token: key });
    expect((await order()).status).toBe(401);
  });

  it('is not made of nonsense', async () => {
    const owner = await openOwner();
    const refused = await post(owner, page(owner), { label: '<b>x</b>', role: 'toString' });
    expect([refused.status, refused.html.includes('id="role-error"')]).toEqual([400, true]);
    expect(refused.html).toContain('&lt;b&gt;x&lt;/b&gt;');
  });

  it('is made and removed by managers, and looked at by viewers', async () => {
    const owner = await openOwner();
    const [manager, viewer] = [await colleague(owner, 'manager'), await colleague(owner, 'viewer')];
    expect((await post(manager, page(owner), { label: '', role: 'pos' })).status).toBe(200);
    const { html } = await get(viewer, page(owner));
    expect([...html.matchAll(/<form method="post" action="([^"]+)"/g)].map(([, to]) => to)).toEqual(['/logout']);
    expect((await post(viewer, page(owner), { label: '', role: 'pos' })).status).toBe(403);
    expect((await post(viewer, `${page(owner)}/remove`, { token: 'x' })).status).toBe(403);
    const stranger = await openPerson();
    expect((await get(stranger, page(owner))).status).toBe(404);
    expect((await post(stranger, page(owner), { label: '', role: 'pos' })).status).toBe(404);
  });

  it('of a store belongs to that store: another cannot remove its client', async () => {
    const [owner, other] = [await openOwner(), await openOwner()];
    const { client, code } = await asking(owner, 'Mine');
    await post(owner, '/api-access-request', { pairingCode: code, store: owner.store.id });
    expect((await post(other, `${page(other)}/remove`, { token: client.token })).status).toBe(404);
    expect((await client.get('/invoices')).status).toBe(200);
  });
});

describe('A client that asks', () => {
  it('is let in to the store that is chosen, once', async () => {
    const owner = await openOwner();
    const { client, code } = await asking(owner, '<i>Odoo</i>');
    const to = `/api-access-request?pairingCode=${code}`;
    const shown = await get(owner, to);
    expectPolicy(shown);
    expect(shown.html.match(/<h1/g)).toHaveLength(1);
    expect(shown.html).toContain('&lt;i&gt;Odoo&lt;/i&gt;');
    expect(shown.html).toContain(client.sin);
    const fields = { pairingCode: code, store: owner.store.id };
    const approved = await follow(owner, '/api-access-request', fields);
    expect(wordsOf(approved.html)).toContain('The client is connected.');
    expect((await client.post('/invoices', { price: 4, currency: 'USD' })).status).toBe(200);
    expect([(await get(owner, to)).status, (await post(owner, '/api-access-request', fields)).status]).toEqual([
      410, 410,
    ]);
  });

  it('waits while the person who follows its link logs in', async () => {
    const owner = await openOwner();
    const { code } = await asking(owner, 'Odoo');
    const to = `/api-access-request?pairingCode=${code}`;
    const page = await get(openBrowser(), to);
    expect([page.status, page.location]).toEqual([303, `/login?next=${encodeURIComponent(to)}`]);
  });

  it('is let in by managers alone, and to their own stores', async () => {
    const owner = await openOwner();
    const stranger = await openOwner();
    const viewer = await colleague(owner, 'viewer');
    const { client, code } = await asking(owner, 'Odoo');
    const fields = { pairingCode: code, store: owner.store.id };
    expect((await get(viewer, `/api-access-request?pairingCode=${code}`)).status).toBe(403);
    expect((await post(viewer, '/api-access-request', fields)).status).toBe(403);
    expect((await post(stranger, '/api-access-request', fields)).status).toBe(404);
    expect((await client.get('/invoices')).status).toBe(401);
    const foreign = await post(owner, '/api-access-request', fields, { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect((await get(owner, '/api-access-request?pairingCode=%3Cscript%3E')).status).toBe(404);
    expect((await get(owner, '/api-access-request')).status).toBe(404);
    const unchosen = await post(owner, '/api-access-request', { pairingCode: code, store: '' });
    expect([unchosen.status, unchosen.html.includes('id="store-error"')]).toEqual([400, true]);
  });
});

describe('A link to an invoice', () => {
  it('leads to its page in its store', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const page = await get(owner, `/invoices/${id}`);
    expect([page.status, page.location]).toEqual([303, `${owner.home}/invoices/${id}`]);
    expect((await get(owner, '/invoices')).location).toBe('/stores');
    expect((await get(owner, '/invoices/none')).status).toBe(404);
  });
});
