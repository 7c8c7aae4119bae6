// Two clicks on a button, with no script to stop the second one: one thing is made, and both clicks lead to it. What a page
// shows once is in both answers, because a browser shows the last one only.

import { beforeAll, describe, expect, it } from 'vitest';
import { forgetForms } from '../../../src/services/accounts/once.ts';
import { bindings, startReceiver } from '../../support/merchant.ts';
import { openOperator } from '../../support/operator.ts';
import { get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

const escapes = /[.*+?^${}()|[\]\\]/g;

/** The hidden fields of a form as the page shows it, by its action. */
async function formOf(owner: Owner, page: string, action: string): Promise<Record<string, string>> {
  const { html } = await get(owner, page);
  const form = new RegExp(
    `<form (?:id="[^"]+" )?method="post" action="${action.replace(escapes, '\\$&')}".*?</form>`,
    's',
  ).exec(html)?.[0];
  if (!form) throw new Error(`${page} has no form to ${action}`);
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
  expect(fields.form_token, action).toMatch(/^[0-9a-f-]{36}$/);
  return fields;
}

const count = async (sql: string, id: string) => (await bindings.DB.prepare(sql).bind(id).first<number>('n')) ?? 0;

let owner: Owner;
let invoiceId: string;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  owner = await openOwner();
  await openOperator();
  invoiceId = await makeInvoice(owner);
  receiver = await startReceiver();
});

interface Maker {
  page: () => string;
  action: () => string;
  fields: Record<string, string>;
  /** Counts what there is; by the store's id, or the account's. */
  count: () => Promise<number>;
}

const inStore = (table: string) => () => count(`SELECT count(*) AS n FROM ${table} WHERE store_id = ?`, owner.store.id);

const MAKERS: Record<string, Maker> = {
  'an invoice': {
    page: () => `${owner.home}/invoices/new`,
    action: () => `${owner.home}/invoices/new`,
    fields: { amount: '4.99', currency: 'USD', order_ref: 'A-1', expires_in_minutes: '15' },
    count: inStore('invoices'),
  },
  'a store': {
    page: () => '/stores/new',
    action: () => '/stores/new',
    fields: { name: 'Second shop', currency: 'EUR' },
    count: () => count('SELECT count(*) AS n FROM stores WHERE account_id = ?', owner.accountId),
  },
  'an API key': {
    page: () => `${owner.home}/keys`,
    action: () => `${owner.home}/keys`,
    fields: { label: 'Shop', environment: 'test', scope: 'all' },
    count: inStore('api_keys'),
  },
  'a webhook': {
    page: () => `${owner.home}/webhooks`,
    action: () => `${owner.home}/webhooks`,
    fields: { url: 'http://127.0.0.1:9/hook', label: 'Shop' },
    count: inStore('endpoints'),
  },
  'a pairing code': {
    page: () => `${owner.home}/clients`,
    action: () => `${owner.home}/clients`,
    fields: { label: 'Till', role: 'merchant' },
    count: inStore('bitpay_tokens'),
  },
  'an invitation, and its mail': {
    page: () => '/team',
    action: () => '/team/invitations',
    fields: { email: 'colleague@example.com', role: 'viewer' },
    // Twice as much where a second mail went out.
    count: async () =>
      (await count('SELECT count(*) AS n FROM invitations WHERE account_id = ?', owner.accountId)) *
      owner.mails.filter(({ to }) => to === 'colleague@example.com').length,
  },
  'a pull payment': {
    page: () => `${owner.home}/pull-payments/new`,
    action: () => `${owner.home}/pull-payments/new`,
    fields: { amount: '1000', currency: 'SATS', name: '', description: '', methods: 'both', expires_in_days: '' },
    count: inStore('pull_payments'),
  },
  'a simulated payment': {
    page: () => `${owner.home}/invoices/${invoiceId}`,
    action: () => `${owner.home}/invoices/${invoiceId}/simulate`,
    fields: { event: 'invoice.underpaid', amount_sats: '1000' },
    count: () => count('SELECT count(*) AS n FROM payments WHERE invoice_id = ?', invoiceId),
  },
};

describe('Two clicks on the button that makes', () => {
  it.each(Object.entries(MAKERS))('%s', async (_, maker) => {
    const before = await maker.count();
    const sent = { ...maker.fields, ...(await formOf(owner, maker.page(), maker.action())) };
    const clicks = await Promise.all([1, 2, 3].map(() => post(owner, maker.action(), sent)));
    const late = await post(owner, maker.action(), sent);
    const [first] = clicks;
    expect(first?.status, wordsOf(first?.html ?? '')).toBeLessThan(400);
    for (const click of [...clicks, late]) {
      expect([click.status, click.location, click.html]).toEqual([first?.status, first?.location, first?.html]);
      expect(click.headers.get('content-security-policy')).toBe(first?.headers.get('content-security-policy'));
    }
    expect(await maker.count()).toBe(before + 1);
  });

  it('a second invoice, when that is what is wanted: the page shown again, or other words in it', async () => {
    const { page, action, fields, count: invoices } = MAKERS['an invoice'] as Maker;
    const before = await invoices();
    const hidden = await formOf(owner, page(), action());
    const [one, other] = [
      await post(owner, action(), { ...fields, ...hidden }),
      await post(owner, action(), { ...fields, ...hidden, order_ref: 'A-2' }),
    ];
    const third = await post(owner, action(), { ...fields, ...(await formOf(owner, page(), action())) });
    expect(new Set([one, other, third].map(({ location }) => location)).size).toBe(3);
    expect(await invoices()).toBe(before + 3);
  });
});

describe('Two clicks on the button that renews', () => {
  it('a secret: the one that is shown works, and the one before is the one that had been in use', async () => {
    const made = await post(owner, `${owner.home}/webhooks`, { url: receiver.url, label: 'Renewed' });
    const endpoint = /webhooks\/([0-9a-f-]{36})/.exec(made.html)?.[1] ?? '';
    const secretOf = (html: string) => /whsec_[A-Za-z0-9+/=_-]+/.exec(html)?.[0] ?? '';
    const sent = await formOf(owner, `${owner.home}/webhooks/${endpoint}`, `${owner.home}/webhooks/${endpoint}/rotate`);
    const row = () =>
      bindings.DB.prepare('SELECT secret_sealed, previous_secret_sealed FROM endpoints WHERE id = ?')
        .bind(endpoint)
        .first<{ secret_sealed: string; previous_secret_sealed: string | null }>();
    const before = await row();
    const clicks = await Promise.all([1, 2].map(() => post(owner, `${owner.home}/webhooks/${endpoint}/rotate`, sent)));
    expect(clicks.map(({ status }) => status)).toEqual([200, 200]);
    expect(secretOf(clicks[1]?.html ?? '')).toBe(secretOf(clicks[0]?.html ?? ''));
    expect((await row())?.previous_secret_sealed).toBe(before?.secret_sealed);
  });
});

describe('A form that was refused', () => {
  it('may be sent again: it did nothing', async () => {
    const page = `${owner.home}/invoices/new`;
    const fields = { ...MAKERS['an invoice']?.fields, ...(await formOf(owner, page, page)) };
    const allow = owner.deps.allowCreate;
    owner.deps.allowCreate = async () => false;
    const refused = await post(owner, page, fields);
    owner.deps.allowCreate = allow;
    expect(refused.status).toBe(429);
    expect((await post(owner, page, fields)).status).toBe(303);
  });
});

describe('What a form was answered with', () => {
  it('is sealed, and gone after ten minutes; that it was sent is known for a day', async () => {
    const { page, action, fields, count: keys } = MAKERS['an API key'] as Maker;
    const sent: Record<string, string> = { ...fields, label: 'Later', ...(await formOf(owner, page(), action())) };
    const made = await post(owner, action(), sent);
    const secret = /sl_test_[A-Za-z0-9_-]+/.exec(made.html)?.[0] ?? '';
    expect(secret).not.toBe('');
    const rows = async () => JSON.stringify((await bindings.DB.prepare('SELECT * FROM form_answers').all()).results);
    expect(await rows()).not.toContain(secret);
    expect(await rows()).not.toContain(sent.form_token);
    const before = await keys();
    owner.clock.ms += 11 * 60_000;
    await forgetForms(owner.deps);
    expect(await rows()).not.toMatch(/"answer_sealed":"/);
    const late = await post(owner, action(), sent);
    expect(late.status).toBe(409);
    expect(wordsOf(late.html)).toContain('This form was sent before.');
    expect(await keys()).toBe(before);
    owner.clock.ms += 25 * 60 * 60_000;
    await forgetForms(owner.deps);
    expect(await rows()).toBe('[]');
  });

  it('is no other person’s, with any token', async () => {
    const other = await openOwner();
    const { page, action, fields } = MAKERS['an API key'] as Maker;
    const sent = { ...fields, label: 'Mine', ...(await formOf(owner, page(), action())) };
    const mine = await post(owner, action(), sent);
    expect(mine.status).toBe(200);
    expect((await post(other, action(), sent)).status).toBe(404);
    const theirs = await post(other, `${other.home}/keys`, sent);
    expect(/sl_test_[A-Za-z0-9_-]+/.exec(theirs.html)?.[0]).not.toBe(/sl_test_[A-Za-z0-9_-]+/.exec(mine.html)?.[0]);
  });
});

describe('Every form of a logged-in person', () => {
  it('carries a token', async () => {
    const paths = ['/stores', '/team', '/profile', '/invoices', `/invoices/${invoiceId}`, '/invoices/new', '/wallets'];
    const own = ['/keys', '/clients', '/webhooks', '/settings', '/payouts/limits', '/pull-payments/new', ''];
    const pages = [...paths.slice(0, 3), ...[...paths.slice(3), ...own].map((path) => `${owner.home}${path}`)];
    for (const page of pages) {
      const { html } = await get(owner, page);
      for (const [form, action] of html.matchAll(/<form method="post" action="([^"]+)".*?<\/form>/gs)) {
        if (action !== '/logout') expect(form, `${page}: ${action}`).toContain('name="form_token"');
      }
    }
  });
});
