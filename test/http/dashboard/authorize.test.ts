// A plugin's "Connect" button (BTCPay Greenfield API, "Authorize"): the links that the known plugins build, and what each of
// them demands of the answer.

import { beforeAll, describe, expect, it } from 'vitest';
import { createStore } from '../../../src/services/accounts/stores.ts';
import { bindings } from '../../support/merchant.ts';
import { openBrowser } from '../../support/person.ts';
import { colleague, get, type Owner, openOwner, post, type Shown, wordsOf } from './visitor.ts';

let owner: Owner;
beforeAll(async () => {
  owner = await openOwner({ storeName: 'Juniper' });
});

const P = (names: string) => names.split(' ').map((name) => `btcpay.store.${name}`);
const WOOCOMMERCE = P(
  'canviewinvoices cancreateinvoice canviewstoresettings canmodifyinvoices cancreatenonapprovedpullpayments webhooks.canmodifywebhooks',
);
const PRESTASHOP = P(
  'canmodifystoresettings webhooks.canmodifywebhooks canviewstoresettings cancreateinvoice canviewinvoices canmodifyinvoices',
);
const MAGENTO = P('canviewinvoices cancreateinvoice webhooks.canmodifywebhooks canviewstoresettings canmodifyinvoices');
const SHOPWARE = P('cancreateinvoice canviewinvoices webhooks.canmodifywebhooks canviewstoresettings');

const link = (fields: Record<string, string>, permissions: string[], path = '/api-keys/authorize') => {
  const query = new URLSearchParams(fields);
  for (const name of permissions) query.append('permissions', name);
  return `${path}?${query}`;
};

/** What the form that sends itself would post to the shop. */
function handedOver({ html }: Shown) {
  const action = /<form method="post" action="([^"]+)"[^>]*data-submit/.exec(html)?.[1]?.replaceAll('&amp;', '&');
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const valuesOf = (name: string) => fields.filter(([, field]) => field === name).map(([, , value]) => value ?? '');
  return {
    action,
    apiKey: valuesOf('apiKey')[0] ?? '',
    permissions: valuesOf('permissions[]'),
    userId: valuesOf('userId'),
  };
}

const currentKey = async (apiKey: string) => {
  const { results } = await bindings.DB.prepare(
    'SELECT permissions, old_shapes, environment FROM api_keys WHERE last_four = ? AND revoked_at IS NULL',
  )
    .bind(apiKey.slice(-4))
    .all<{ permissions: string; old_shapes: number; environment: string }>();
  return results[0];
};

const works = (apiKey: string) =>
  openBrowser().ask('GET', '/v1/invoices', undefined, { authorization: `Bearer ${apiKey}` });

describe('quirks 3, 4 and 5: the answer to', () => {
  it.each([
    ['WooCommerce', WOOCOMMERCE, { applicationName: 'WooCommerce', strict: 'true', selectiveStores: 'true' }, 0],
    [
      'PrestaShop',
      PRESTASHOP,
      { applicationName: 'Shop', applicationIdentifier: 'Shop', strict: 'true', selectiveStores: 'true' },
      1,
    ],
    [
      'Magento',
      MAGENTO,
      { applicationName: 'Magento 2 @ x', applicationIdentifier: 'magento2', strict: 'true', selectiveStores: 'true' },
      0,
    ],
    ['Shopware, with its slash', SHOPWARE, { applicationName: 'BTCPayShopwarePlugin', selectiveStores: 'true' }, 0],
  ])(
    '%s holds exactly what it asked for, bound to the store, and goes where it asked',
    async (name, asked, fields, old) => {
      const redirect = `https://shop.example/${encodeURIComponent(name)}?btcpay-settings-callback&secret=a%26b`;
      const path = name.startsWith('Shopware') ? '/api-keys/authorize/' : '/api-keys/authorize';
      const url = link({ ...fields, redirect }, asked, path);
      const page = await get(owner, url);
      expect(page.status).toBe(200);
      expect(wordsOf(page.html)).toContain('The key goes to shop.example');
      const form = { store: owner.store.id, label: '', ...(old ? { old_shapes: 'on' } : {}) };
      const answer = await post(owner, url, form);
      const given = handedOver(answer);
      expect(given.action).toBe(redirect);
      expect(given.apiKey).toMatch(/^[A-Za-z0-9_-]{20,}$/);
      expect(given.userId).toEqual([owner.id]);
      expect([...given.permissions].sort()).toEqual(
        asked.map((permission) => `${permission}:${owner.store.id}`).sort(),
      );
      for (const permission of given.permissions) expect(permission.split(':')).toHaveLength(2);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain('form-action http://shop.example https://shop.example;');
      expect(policy).toContain("frame-ancestors 'none'");
      expect(await currentKey(given.apiKey)).toMatchObject({ old_shapes: old, environment: 'live' });
      expect((await works(given.apiKey)).status).toBe(200);
    },
  );

  it('proposes the shapes of 1.x to PrestaShop’s set of permissions, and to no other', async () => {
    const redirect = 'https://shop.example/';
    const ticked = async (asked: string[]) =>
      /name="old_shapes"[^>]* checked/.test((await get(owner, link({ redirect }, asked))).html);
    expect([await ticked(PRESTASHOP), await ticked(MAGENTO), await ticked(WOOCOMMERCE)]).toEqual([true, false, false]);
  });
});

describe('A person who is sent here', () => {
  const redirect = 'https://shop.example/back';

  it('logs in first, and comes back to the same link', async () => {
    const url = link({ redirect, applicationName: 'WooCommerce', strict: 'true' }, WOOCOMMERCE);
    const { status, location } = await get(openBrowser(), url);
    expect(status).toBe(303);
    const login = new URL(location ?? '', 'https://pay.test');
    expect(login.pathname).toBe('/login');
    expect(login.searchParams.get('next')).toBe(url);
    // The form takes a link of that length.
    expect(url.length).toBeGreaterThan(300);
    owner.jar.clear();
    const entered = await post(owner, '/login', { email: owner.email, password: owner.password, next: url });
    expect(entered.location).toBe(url);
  });

  it('must be allowed to make keys', async () => {
    const viewer = await colleague(owner, 'viewer');
    const url = link({ redirect }, MAGENTO);
    expect((await get(viewer, url)).status).toBe(403);
    expect((await post(viewer, url, { store: owner.store.id, label: '' })).status).toBe(403);
  });

  it('chooses among the stores of the account alone', async () => {
    const stranger = await openOwner();
    const url = link({ redirect }, MAGENTO);
    expect((await get(owner, url)).html).not.toContain(stranger.store.id);
    const answer = await post(owner, url, { store: stranger.store.id, label: '' });
    expect(answer.status).toBe(400);
    expect(wordsOf(answer.html)).toContain('choose one of yours');
    expect(handedOver(answer).apiKey).toBe('');
  });

  it('has to choose where there are several stores', async () => {
    const { store } = await createStore(owner.deps, owner.accountId, { name: 'Second shop' });
    const page = await get(owner, link({ redirect }, MAGENTO));
    expect(page.html).toContain('Second shop');
    expect(page.html).not.toMatch(/name="store"[^>]* checked/);
    const answer = await post(owner, link({ redirect }, MAGENTO), { label: '' });
    expect(answer.status).toBe(400);
    const chosen = handedOver(await post(owner, link({ redirect }, MAGENTO), { store: store.id, label: '' }));
    expect(chosen.permissions.every((permission) => permission.endsWith(`:${store.id}`))).toBe(true);
  });

  it('may leave permissions out only where the link is not strict', async () => {
    const some = { store: owner.store.id, label: '', permissions: SHOPWARE[0] ?? '' };
    const strict = handedOver(await post(owner, link({ redirect }, SHOPWARE), some));
    expect(strict.permissions).toHaveLength(4);
    const lax = handedOver(await post(owner, link({ redirect, strict: 'false' }, SHOPWARE), some));
    expect(lax.permissions).toEqual([`${SHOPWARE[0]}:${owner.store.id}`]);
    const none = await post(owner, link({ redirect, strict: 'false' }, SHOPWARE), { ...some, permissions: '' });
    expect([none.status, wordsOf(none.html).includes('Choose at least one permission')]).toEqual([400, true]);
  });

  it('connects the same application again: a new key, and the old one ends', async () => {
    const fields = {
      redirect: 'https://again.example/x?store=0',
      applicationIdentifier: 'magento2',
      applicationName: 'M',
    };
    const url = link(fields, MAGENTO);
    const first = handedOver(await post(owner, url, { store: owner.store.id, label: '' }));
    expect(wordsOf((await get(owner, url)).html)).toContain('Already connected');
    const other = handedOver(
      await post(owner, link({ ...fields, redirect: 'https://again.example/x?store=1' }, MAGENTO), {
        store: owner.store.id,
        label: '',
      }),
    );
    const second = handedOver(await post(owner, url, { store: owner.store.id, label: '' }));
    expect((await works(first.apiKey)).status).toBe(401);
    expect((await works(other.apiKey)).status).toBe(200);
    expect((await works(second.apiKey)).status).toBe(200);
  });

  it('is shown the key where there is nowhere to send it', async () => {
    for (const nowhere of ['', '/relative', 'javascript:alert(1)', 'https://user@evil.example/', 'data:text/html,x']) {
      const answer = await post(owner, link({ redirect: nowhere }, MAGENTO), {
        store: owner.store.id,
        label: 'By hand',
      });
      expect(answer.status).toBe(200);
      expect(answer.html).not.toContain('data-submit');
      expect(answer.html).toMatch(/sl_live_[A-Za-z0-9_-]{20,}/);
      expect(answer.headers.get('content-security-policy')).toContain("form-action 'self'");
    }
  });

  it('is warned of a shop without encryption, and reads when the link asks for nothing', async () => {
    expect(wordsOf((await get(owner, link({ redirect: 'http://shop.example/' }, MAGENTO))).html)).toContain(
      'not encrypted',
    );
    const unknown = await get(owner, link({ redirect }, ['btcpay.user.candoanything', 'nonsense']));
    expect(wordsOf(unknown.html)).toContain('names no known permission');
  });

  it('writes what the link says as words', async () => {
    const page = await get(owner, link({ redirect, applicationName: '<script>alert(1)</script>"' }, MAGENTO));
    expect(page.html).not.toContain('<script>alert');
    expect(page.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('is asked by no page of others', async () => {
    const url = link({ redirect }, MAGENTO);
    const answer = await post(owner, url, { store: owner.store.id, label: '' }, { origin: 'https://shop.example' });
    expect(answer.status).toBe(403);
  });
});
