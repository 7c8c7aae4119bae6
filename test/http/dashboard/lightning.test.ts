// A merchant connects Lightning by forms alone: pastes, sees whether it works, decides what buyers are offered, and takes it away.

import { describe, expect, it } from 'vitest';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { GUIDES, isOfNode } from '../../../src/http/docs/guides.ts';
import { authenticate } from '../../../src/services/access/keys.ts';
import type { Permission } from '../../../src/services/access/permissions.ts';
import { A_PERSON, issueKey } from '../../../src/services/accounts/api-keys.ts';
import { listConnections } from '../../../src/services/connections/connections.ts';
import { openMember } from '../../support/furnish.ts';
import { bindings } from '../../support/merchant.ts';
import { CONNECTION_STRING, Phoenixd } from '../../support/phoenixd.ts';
import { follow, get, openOwner, post, wordsOf } from './visitor.ts';

const SECRETS = /limited-access-password|paying-password|service-token/;

async function openShop() {
  const node = new Phoenixd();
  const owner = await openOwner(node);
  node.nowMs = () => owner.clock.ms;
  const path = `${owner.home}/lightning`;
  const connections = () => listConnections(owner.deps, { id: owner.store.id, archivedAtMs: null });
  const store = async () => await storeById(owner.deps.db, owner.store.id);
  const form = (more: object = {}) => ({
    ...{ connection_string: CONNECTION_STRING, headers: '', pay_connection_string: '', name: '' },
    ...more,
  });
  return { owner, node, path, connections, store, form };
}

describe('The page of Lightning connections', () => {
  it('connects a node, tests it, names it, and takes it away', async () => {
    const { owner, node, path, connections, store, form } = await openShop();
    expect(wordsOf((await get(owner, path)).html)).toContain('No connections yet');
    const made = await follow(owner, path, form({ name: 'Till' }));
    expect(wordsOf(made.html)).toContain('The connection works and is kept');
    const [connection] = await connections();
    const at = `${path}/${connection?.id}`;
    expect(made.path.split('?')[0]).toBe(at);
    expect((await store())?.connectionId).toBe(connection?.id);
    expect(made.html).not.toMatch(SECRETS);

    expect(wordsOf((await post(owner, `${at}/test`)).html)).toMatch(/The connection works\. The test took \d+ ms/);
    node.fault = () => new Response('', { status: 526 });
    const failed = await post(owner, `${at}/test`);
    expect([failed.status, wordsOf(failed.html)]).toEqual([
      200,
      expect.stringMatching(/cannot be verified.*Cloudflare Tunnel/),
    ]);
    node.fault = null;

    expect(wordsOf((await follow(owner, at, { name: 'Bar' })).html)).toContain('The connection is saved');
    expect(wordsOf((await post(owner, at, { name: '' })).html)).toContain('Enter a name');
    expect(wordsOf((await follow(owner, `${at}/receives`, { receives: 'off' })).html)).toContain('no longer paid to');
    expect((await store())?.connectionId).toBeNull();
    await follow(owner, `${at}/receives`, { receives: 'on' });
    const list = wordsOf((await get(owner, path)).html);
    expect(list).toMatch(/Bar Receives phoenixd · node\.shop\.example · last answered/);
    expect(wordsOf((await follow(owner, `${at}/remove`)).html)).toContain('Connection removed');
    expect([await connections(), (await store())?.connectionId]).toEqual([[], null]);
  });

  it('says when the program that pays from the merchant’s machine last asked', async () => {
    const { owner, path, store } = await openShop();
    const shown = async () => wordsOf((await get(owner, path)).html);
    expect(await shown()).not.toContain('Payout agents');
    const agent: Permission = 'satlane.store.canrunpayoutagent';
    const wanted = { label: 'Till in the cellar', environment: 'live' as const, permissions: [agent] };
    const { secret } = await issueKey(
      owner.deps,
      (await store()) ?? expect.fail('The store is there'),
      wanted,
      A_PERSON,
    );
    expect(await shown()).toContain('Till in the cellar Has not asked for a payout yet');
    await authenticate(owner.deps, `Bearer ${secret}`, agent);
    await expect.poll(shown).toContain('Asked for payouts within the last hour');
    owner.clock.ms += 2 * 60 * 60_000;
    expect(await shown()).toMatch(/Last asked for payouts \d+ \w+ \d{4}, \d\d:\d\d/);
  });

  it('leads to the page of each kind of node', async () => {
    const { owner, path } = await openShop();
    const { html } = await get(owner, path);
    for (const { slug } of GUIDES.filter((one) => isOfNode(one.slug))) expect(html).toContain(`href="/docs/${slug}"`);
  });

  it('says what is wrong at its field, and writes nothing of it back', async () => {
    const { owner, node, path, connections, form } = await openShop();
    const wrong = async (more: object) => {
      const page = await post(owner, path, form(more));
      expect(page.status).toBe(400);
      expect(page.html).not.toMatch(SECRETS);
      return page.html;
    };
    expect(await wrong({ connection_string: '' })).toMatch(
      /id="connection_string-error"[^>]*>\s*Paste a Lightning address/,
    );
    expect(await wrong({ connection_string: 'limited-access-password' })).toMatch(/id="connection_string-error"/);
    expect(await wrong({ headers: 'service-token' })).toMatch(/id="headers-error"[^>]*>\s*Enter one header a line/);
    expect(await wrong({ headers: 'Authorization: service-token' })).toMatch(/id="headers-error"[^>]*>\s*SatLane sets/);
    expect(await wrong({ pay_connection_string: 'shop@wallet.example' })).toMatch(/id="pay_connection_string-error"/);
    node.password = 'another';
    expect(await wrong({})).toMatch(/id="connection_string-error"[^>]*>[^<]*does not accept this credential/);
    expect(await connections()).toEqual([]);
  });

  it('replaces a credential with its headers, and leaves the present one where the new one fails', async () => {
    const { owner, node, path, connections, form } = await openShop();
    await follow(owner, path, form());
    const [connection] = await connections();
    const to = `${path}/${connection?.id}/credential`;
    const text = CONNECTION_STRING.replace('limited-access-password', 'service-token');
    const failed = await post(owner, to, form({ connection_string: text }));
    expect([failed.status, wordsOf(failed.html)]).toEqual([
      400,
      expect.stringContaining('does not accept this credential'),
    ]);
    expect(failed.html).toMatch(/<details class="more" open/);
    expect(failed.html).not.toMatch(SECRETS);
    node.password = 'service-token';
    node.asked.length = 0;
    await follow(owner, to, form({ connection_string: text, headers: 'X-One: 1\r\nX-Two: a: b\r\n' }));
    expect(node.asked[0]?.headers.get('x-two')).toBe('a: b');
  });

  it('settles what buyers are offered', async () => {
    const { owner, path, store, form } = await openShop();
    await follow(owner, path, form());
    const offer = (values: Record<string, string>) => follow(owner, `${path}/offer`, values);
    await offer({ offer: 'lightning', onchain_min_sats: '1000' });
    const settled = { paymentMethods: ['lightning'], onchainMinSats: 1000, privateRouteHints: false };
    expect(await store()).toMatchObject(settled);
    expect((await get(owner, path)).html).not.toMatch(/name="private_route_hints"[^>]* checked/);
    expect((await get(owner, path)).html).toMatch(/value="lightning" checked/);
    await offer({ offer: 'both', onchain_min_sats: '', private_route_hints: 'on' });
    expect(await store()).toMatchObject({ paymentMethods: null, onchainMinSats: 0, privateRouteHints: true });
    expect((await get(owner, path)).html).toMatch(/name="private_route_hints"[^>]* checked/);
    const wrong = await post(owner, `${path}/offer`, { offer: 'both', onchain_min_sats: '1,5' });
    expect([wrong.status, wrong.html]).toEqual([400, expect.stringMatching(/id="onchain_min_sats-error"/)]);
  });

  it('says since when a node does not answer, and why', async () => {
    const { owner, path, connections, form } = await openShop();
    await follow(owner, path, form());
    await bindings.DB.prepare(
      "UPDATE connections SET down_since = 1000, failures = 5, last_fault = 'credential'",
    ).run();
    expect(wordsOf((await get(owner, path)).html)).toContain('Does not answer');
    const page = await get(owner, `${path}/${(await connections())[0]?.id}`);
    expect(wordsOf(page.html)).toContain('The server does not accept the credential. It has not answered since');
  });

  it('lets a manager test and settle the offer, a viewer look, and an owner alone connect', async () => {
    const { owner, path, connections, form } = await openShop();
    await follow(owner, path, form());
    const at = `${path}/${(await connections())[0]?.id}`;
    const manager = await openMember(owner.accountId, 'manager');
    const viewer = await openMember(owner.accountId, 'viewer');
    const shown = (await get(manager, path)).html;
    expect([shown.includes('Test and connect'), shown.includes('What buyers are offered')]).toEqual([false, true]);
    expect((await get(viewer, at)).html).not.toMatch(/<form[^>]*lightning/);
    for (const to of [path, at, `${at}/receives`, `${at}/credential`, `${at}/remove`])
      expect((await post(manager, to, form({ receives: 'on' }))).status).toBe(403);
    for (const to of [`${at}/test`, `${path}/offer`])
      expect((await post(viewer, to, { offer: 'both' })).status).toBe(403);
    expect(await connections()).toHaveLength(1);
  });
});
