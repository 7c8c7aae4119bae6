// The operator's pages: for the owners of the operator's account only; what weighs takes two steps.

import { beforeAll, describe, expect, it } from 'vitest';
import { countLogs } from '../../../src/services/platform/log-counts.ts';
import { bindings, type Merchant } from '../../support/merchant.ts';
import { openLiveShop, openOperator, sell, settle } from '../../support/operator.ts';
import { openBrowser, openPerson, type TestPerson } from '../../support/person.ts';
import { colleague, expectPolicy, follow, get, post, wordsOf } from './visitor.ts';

let operator: TestPerson;
let shop: Merchant;
let reviewId: string;

beforeAll(async () => {
  operator = await openOperator();
  shop = await openLiveShop();
  await sell(shop);
  await shop.showTip();
  const { id } = await shop.createInvoice({ amount_sats: '100000', order_ref: 'PRIVATE' });
  shop.clock.advanceMinutes(24 * 60);
  await settle(shop, id);
  reviewId = id;
  await bindings.DB.prepare(`UPDATE accounts SET name = '<b>Ada</b>' WHERE id = ?`).bind(shop.account.id).run();
  await countLogs(shop.deps);
});

const pages = () => [
  '/platform',
  `/platform/accounts/${shop.account.id}/suspend`,
  '/platform/reviews',
  '/platform/reviews?environment=test',
  `/platform/reviews/${reviewId}`,
  '/platform/fees',
  '/platform/fees?from=2026-05-01&to=2026-05-31',
  `/platform/fees/${shop.account.id}`,
  '/platform/settings',
];

describe('Every page', () => {
  it('is the operator’s, with one heading and the strict policy, and writes names as words', async () => {
    for (const path of pages()) {
      const page = await get(operator, path);
      expect(page.status, path).toBe(200);
      expectPolicy(page);
      expect(page.html.match(/<h1/g), path).toHaveLength(1);
      expect(page.html, path).not.toContain('<b>Ada');
      expect(page.html, path).not.toContain('PRIVATE');
      expect(page.html.match(/aria-current="page"/g), path).toHaveLength(1);
    }
  });

  it('is closed to others, and so is everything that it sends', async () => {
    const manager = await colleague(operator, 'manager');
    const changes = [
      `/platform/accounts/${shop.account.id}/suspend`,
      `/platform/reviews/${reviewId}`,
      `/platform/fees/${shop.account.id}/bill`,
      `/platform/fees/${shop.account.id}/bill/confirm`,
      '/platform/settings',
    ];
    const form = { decision: 'accept', note: '', up_to: '2026-05-31', fee_bp: '1' };
    for (const who of [manager, await openPerson()]) {
      for (const path of pages()) expect((await get(who, path)).status, path).toBe(403);
      for (const path of changes) expect((await post(who, path, form)).status, path).toBe(403);
    }
    for (const path of pages()) expect((await get(openBrowser(), path)).location, path).toMatch(/^\/login/);
    for (const path of changes) {
      const foreign = await post(operator, path, form, { origin: 'https://evil.example' });
      expect(foreign.status, path).toBe(403);
    }
    expect((await shop.readInvoice(reviewId)).status).toBe('requires_review');
  });
});

describe('Suspending', () => {
  it('is explained first, and done by a second step', async () => {
    const state = () =>
      bindings.DB.prepare('SELECT suspended_at AS at FROM accounts WHERE id = ?').bind(shop.account.id).first('at');
    expect((await get(operator, '/platform')).html).toContain(`href="/platform/accounts/${shop.account.id}/suspend"`);
    const asked = await get(operator, `/platform/accounts/${shop.account.id}/suspend`);
    expect(wordsOf(asked.html)).toContain('New invoices are refused');
    expect(await state()).toBeNull();
    const after = await follow(operator, `/platform/accounts/${shop.account.id}/suspend`);
    expect(wordsOf(after.html)).toMatch(/The account is suspended.*Suspended/);
    expect(await state()).not.toBeNull();
    await follow(operator, `/platform/accounts/${shop.account.id}/reinstate`);
    expect(await state()).toBeNull();
    expect((await get(operator, '/platform/accounts/nobody/suspend')).status).toBe(404);
    expect((await get(operator, `/platform/accounts/${operator.accountId}/suspend`)).status).toBe(409);
  });
});

describe('Billing', () => {
  const path = () => `/platform/fees/${shop.account.id}`;

  it('shows what is due, then marks it, once', async () => {
    const list = await get(operator, '/platform/fees?from=2026-05-01&to=2026-05-31');
    expect(wordsOf(list.html)).toMatch(/1 settled invoice over 100,000 sats · fees 1,000 sats.*1,000 sats unbilled/);
    expect(list.html).toContain('href="/v1/platform/fees.csv?from=2026-05-01&amp;to=2026-05-31"');
    const asked = await post(operator, `${path()}/bill`, { up_to: '2026-05-31' });
    expect(asked.status).toBe(200);
    expect(wordsOf(asked.html)).toContain('1,000 sats are marked as billed');
    expect(wordsOf((await get(operator, path())).html)).toContain('1,000 sats unbilled');
    const made = await follow(operator, `${path()}/bill/confirm`, { up_to: '2026-05-31' });
    expect(wordsOf(made.html)).toMatch(/Bill created.*Nothing unbilled.*Until 2026-05-31/);
    await follow(operator, `${path()}/bill/confirm`, { up_to: '2026-05-31' });
    const bills = await bindings.DB.prepare('SELECT sats FROM bills WHERE account_id = ?').bind(shop.account.id).all();
    expect(bills.results).toEqual([{ sats: 1000 }]);
    expect(wordsOf((await post(operator, `${path()}/bill`, { up_to: '2026-06-30' })).html)).toContain('Nothing is due');
  });

  it('says at its field which day cannot be', async () => {
    for (const up_to of ['9999-12-31', '', '2026-02-31']) {
      const page = await post(operator, `${path()}/bill`, { up_to });
      expect([page.status, page.html.includes('id="up_to-error"')]).toEqual([400, true]);
    }
    const page = await get(operator, '/platform/fees?from=2026-05-31&to=2026-05-01');
    expect([page.status, page.html.includes('id="to-error"')]).toEqual([400, true]);
  });

  it('is shown to the account beside its stores', async () => {
    const owner = await openPerson();
    expect(wordsOf((await get(owner, '/stores')).html)).not.toContain('Unbilled');
    await bindings.DB.prepare('UPDATE stores SET account_id = ? WHERE id = ?')
      .bind(owner.accountId, shop.store.id)
      .run();
    expect(wordsOf((await get(owner, '/stores')).html)).toContain('Unbilled 1,000 sats');
    await bindings.DB.prepare('UPDATE stores SET account_id = ? WHERE id = ?')
      .bind(shop.account.id, shop.store.id)
      .run();
  });
});

describe('An account’s own page', () => {
  it('counts what is new first', async () => {
    await sell(shop);
    const { id } = shop.account;
    expect(wordsOf((await get(operator, '/platform/fees?from=2026-05-01&to=2026-05-31')).html)).toContain('1 settled');
    expect(wordsOf((await get(operator, `/platform/fees/${id}`)).html)).toContain('Settled invoices 2');
    expect(wordsOf((await get(operator, '/platform/fees?from=2026-05-01&to=2026-05-31')).html)).toContain('2 settled');
    expect((await get(operator, '/platform/fees/nobody')).status).toBe(404);
  });
});

describe('A review', () => {
  it('is found in the list and decided on its page, with a note', async () => {
    const list = await get(operator, '/platform/reviews');
    expect(list.html).toContain(`href="/platform/reviews/${reviewId}"`);
    expect(wordsOf(list.html)).toContain('A payment arrived after the late deadline');
    const undecided = await post(operator, `/platform/reviews/${reviewId}`, { note: 'x' });
    expect(undecided.status).toBe(400);
    const after = await follow(operator, `/platform/reviews/${reviewId}`, { decision: 'accept', note: 'called' });
    expect(wordsOf(after.html)).toMatch(/Decision saved.*No open reviews/);
    expect((await shop.readInvoice(reviewId)).status).toBe('late_paid');
    const again = await post(operator, `/platform/reviews/${reviewId}`, { decision: 'reject', note: '' });
    expect(again.status).toBe(409);
    expect(wordsOf((await get(operator, `/platform/reviews/${reviewId}`)).html)).toContain('no longer needs a review');
    expect((await get(operator, `/platform/reviews/${crypto.randomUUID()}`)).status).toBe(404);
  });
});

describe('Settings', () => {
  const empty = {
    fee_bp: '',
    payment_tolerance_bp: '',
    creates_per_minute: '',
    auth_per_second: '',
    requests_per_second: '',
  };

  it('are kept, shown with their defaults, and taken back by leaving them empty', async () => {
    expect(wordsOf((await get(operator, '/platform/settings')).html)).toContain('Empty for 100.');
    const saved = await follow(operator, '/platform/settings', [
      ...Object.entries({ ...empty, fee_bp: '30' }),
      ['rate_sources', 'kraken'],
      ['rate_sources', 'bitstamp'],
    ]);
    expect(saved.html).toMatch(/id="fee_bp"[^>]* value="30"/);
    expect(saved.html.match(/<input type="checkbox"[^>]* checked/g)).toHaveLength(2);
    const shown = await follow(operator, '/platform/settings', empty);
    expect(shown.html).toMatch(/id="fee_bp"[^>]* value=""/);
    expect(shown.html).not.toMatch(/<input type="checkbox"[^>]* checked/);
  });

  it('are refused at their field', async () => {
    const form = { ...empty, fee_bp: '10001', requests_per_second: '1', auth_per_second: 'many' };
    const page = await post(operator, '/platform/settings', form);
    expect(page.status).toBe(400);
    for (const name of ['fee_bp', 'requests_per_second', 'auth_per_second']) {
      expect(page.html).toContain(`id="${name}-error"`);
    }
    expect(page.html).toContain('value="10001"');
    const { status } = await post(operator, '/platform/settings', { ...empty, rate_sources: 'fixed' });
    expect(status).toBe(400);
  });
});
