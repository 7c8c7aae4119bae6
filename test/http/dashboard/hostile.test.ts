// Whatever explorers say, and whatever a merchant, a buyer, a receiver or a browser sends: on a page it is words. Every text
// column that a page may show holds markup here; no page has an element or an attribute more for it.

import { beforeAll, describe, expect, it } from 'vitest';
import { keepConnection } from '../../../src/services/connections/connections.ts';
import { claimPullPayment } from '../../../src/services/payouts/claim.ts';
import { PHOENIXD } from '../../support/connections.ts';
import { bindings } from '../../support/merchant.ts';
import { alterSnapshots } from '../../support/snapshots.ts';
import { get, makeInvoice, type Owner, openOwner, post } from './visitor.ts';

const MARK = 'zzmark';
const HOSTILE = `"'><${MARK} onload=alert(1)></title></textarea><script>${MARK}()</script><img src=x onerror=${MARK}()>&lt;`;
const HREF = `javascript:${MARK}()`;

let owner: Owner;
let ids: Record<string, string>;

const put = (sql: string, ...params: unknown[]) =>
  bindings.DB.prepare(sql)
    .bind(...params)
    .run();

beforeAll(async () => {
  owner = await openOwner({ name: HOSTILE.slice(0, 100), accountName: HOSTILE.slice(0, 100), storeName: HOSTILE });
  const store = owner.store.id;
  const made = await post(owner, `${owner.home}/webhooks`, { url: 'http://127.0.0.1:9/hook', label: 'x' });
  const webhook = /webhooks\/([0-9a-f-]{36})/.exec(made.html)?.[1] ?? '';
  await post(owner, `${owner.home}/keys`, { label: HOSTILE.slice(0, 100), environment: 'test' });
  await post(owner, '/team/invitations', { email: `${crypto.randomUUID()}@example.com`, role: 'viewer' });
  const invoice = await makeInvoice(owner, { order_ref: HOSTILE.slice(0, 200) });
  const page = `${owner.home}/invoices/${invoice}`;
  await post(owner, `${page}/simulate`, { event: 'invoice.requires_review' });
  await post(owner, `${page}/resolve`, { decision: 'accept', note: HOSTILE });
  await post(owner, `${page}/simulate`, { event: 'invoice.payment_seen', amount_sats: '9' });
  const kept = { ...PHOENIXD, name: HOSTILE };
  const connection = await keepConnection(owner.deps, { id: store, archivedAtMs: null }, kept);
  const order = { variant: 'custom', amount: '1', currency: 'SATS', methods: 'both', expires_in_days: '' };
  const refund = await post(owner, `${page}/refund`, { ...order, name: HOSTILE.slice(0, 50), description: HOSTILE });
  const pullPayment = /pull-payments\/([0-9a-f-]{36})/.exec(refund.location ?? '')?.[1] ?? '';
  const wanted = { destination: 'you@wallet.example', amount: null, method: null };
  const by = { kind: 'claimant', id: null } as const;
  const payout = await claimPullPayment(owner.deps, pullPayment, wanted, { by, use: null });
  ids = { id: store, iid: invoice, wid: webhook, cid: connection.id, ppid: pullPayment, pid: payout.id };

  // Around what the forms would refuse: what an explorer, a receiver or a broken row might bring.
  const payment = {
    method: HOSTILE,
    txid: HOSTILE,
    vout: 0,
    amount_sats: '9',
    status: 'confirmed',
    confirmations: 1,
    block_height: 7,
    block_hash: HOSTILE,
    first_seen_at: new Date().toISOString(),
    valid: true,
    credited: false,
  };
  const words = { [HOSTILE]: HOSTILE };
  await alterSnapshots(store, {
    ...{ payments: [payment], metadata: words, status: 'requires_review' },
    ...{ review_reason: HOSTILE, order_ref: HOSTILE, buyer_email: HOSTILE, address: HOSTILE },
    ...{ success_url: HREF, hosted_checkout_url: HREF },
  });
  await put('UPDATE events SET status = ?, review_reason = ? WHERE store_id = ?', 'requires_review', HOSTILE, store);
  const attempt = { at: Date.now(), tookMs: 3, status: null, error: HOSTILE, response: HOSTILE };
  await put(
    'UPDATE deliveries SET url = ?, attempt_log = ? WHERE store_id = ?',
    ...[HOSTILE, JSON.stringify([attempt]), store],
  );
  await put('UPDATE invoices SET order_ref = ?, address = ? WHERE id = ?', HOSTILE, HOSTILE, invoice);
  await put('UPDATE addresses SET address = ? WHERE invoice_id = ?', HOSTILE, invoice);
  await put('UPDATE endpoints SET label = ?, url = ? WHERE store_id = ?', HOSTILE, HOSTILE, store);
  await put(
    'UPDATE payouts SET destination = ?, reason = ?, txid = ? WHERE store_id = ?',
    HOSTILE,
    HOSTILE,
    HOSTILE,
    store,
  );
  await put(
    'UPDATE pull_payments SET name = ?, description = ?, redirect_url = ? WHERE store_id = ?',
    ...[HOSTILE, HOSTILE, HREF, store],
  );
  await put('UPDATE connections SET host = ? WHERE store_id = ?', HOSTILE, store);
  await put('UPDATE wallets SET label = ? WHERE id = ?', HOSTILE, owner.store.walletId);
  await put(
    'UPDATE api_keys SET label = ?, permissions = ? WHERE store_id = ?',
    HOSTILE,
    JSON.stringify([HOSTILE]),
    store,
  );
  await put('UPDATE invitations SET email = ? WHERE account_id = ?', HOSTILE, owner.accountId);
  await put('UPDATE sessions SET user_agent = ?, ip_address = ? WHERE user_id = ?', HOSTILE, HOSTILE, owner.id);
  await put(
    'UPDATE stores SET color = ?, logo_url = ?, support_url = ?, success_url = ? WHERE id = ?',
    ...[HOSTILE, HREF, HREF, HREF, store],
  );
  await put(
    'INSERT INTO passkeys (credential_id, user_id, public_key, counter, label, created_at) VALUES (?, ?, ?, 0, ?, 1)',
    ...[HOSTILE + crypto.randomUUID(), owner.id, '-7:AAAA', HOSTILE],
  );
});

/** Every page of the dashboard that takes an id that there is. */
const pages = () => {
  const wallet = `/stores/${ids.id}/wallets/${owner.store.walletId}/addresses`;
  const listed = [
    '/stores',
    '/stores/new',
    '/team',
    '/accounts',
    '/profile',
    ...[
      '',
      '/invoices',
      '/invoices/new',
      '/invoices/export',
      '/wallets',
      '/lightning',
      '/lightning-addresses',
      '/payouts',
      '/pull-payments',
      '/keys',
      '/webhooks',
      '/settings',
    ].map((path) => `${owner.home}${path}`),
    `${owner.home}/invoices/${ids.iid}`,
    `${owner.home}/webhooks/${ids.wid}`,
    `${owner.home}/lightning/${ids.cid}`,
    `${owner.home}/payouts/${ids.pid}`,
    `${owner.home}/pull-payments/${ids.ppid}`,
    `${owner.home}/invoices/${ids.iid}/refund`,
    wallet,
  ];
  const odd = encodeURIComponent(HOSTILE);
  const asked = [
    '/login?next=',
    '/login?done=',
    '/stores?done=',
    `${owner.home}/invoices?q=`,
    `${owner.home}/invoices?status=`,
  ];
  return [
    ...listed,
    ...asked.map((path) => path + odd),
    `/i/${ids.iid}`,
    `/claim/${ids.ppid}`,
    `/claim/${ids.ppid}/${ids.pid}`,
  ];
};

/** What a browser would make an element or a handler of. */
function markupOf(html: string): string[] {
  const bare = html.replaceAll(/"[^"]*"/g, '""');
  return [
    ...(html.match(new RegExp(`<${MARK}|<script>|<img src=x|</title></textarea>`, 'g')) ?? []),
    ...(bare.match(/<[^>]*\son\w+\s*=[^>]*>/gi) ?? []),
    ...(html.match(/(?:href|src|action|formaction)="\s*(?:javascript|vbscript|data:text)[^"]*/gi) ?? []),
  ];
}

describe('A page that shows what others say', () => {
  it('shows it as words, on every page', async () => {
    let shown = 0;
    for (const path of pages()) {
      const page = await get(owner, path);
      expect([path, page.status < 400]).toEqual([path, true]);
      expect([path, markupOf(page.html)]).toEqual([path, []]);
      expect(page.headers.get('content-security-policy') ?? "'none'").not.toContain('unsafe');
      if (page.html.includes(`&lt;${MARK} onload`)) shown += 1;
    }
    expect(shown).toBeGreaterThan(12);
  });

  it('shows each of these words somewhere, so that the test looks at something', async () => {
    expect(markupOf(`<p>${HOSTILE}</p><a href="${HREF}">`).length).toBeGreaterThan(4);
    const invoice = await get(owner, `${owner.home}/invoices/${ids.iid}`);
    expect(invoice.html.match(new RegExp(`&lt;${MARK} onload`, 'g'))?.length).toBeGreaterThan(8);
    const map = await get(owner, pages().find((path) => path.endsWith('/addresses')) ?? '');
    expect(map.html.replaceAll(/<[^>]*>/g, '')).toContain(`&lt;${MARK}`);
  });

  it('gives a form that was refused back as words, too', async () => {
    const forms: [string, Record<string, string>][] = [
      [
        `${owner.home}/keys`,
        { label: HOSTILE + 'x'.repeat(100), environment: HOSTILE, scope: HOSTILE, permissions: HOSTILE },
      ],
      [`${owner.home}/webhooks`, { url: HOSTILE, label: HOSTILE, event_types: HOSTILE }],
      [
        `${owner.home}/settings`,
        { name: HOSTILE, color: HOSTILE, has_color: 'on', logo_url: HREF, support_url: HOSTILE },
      ],
      [`${owner.home}/invoices/new`, { amount: HOSTILE, currency: HOSTILE, order_ref: HOSTILE }],
      [`${owner.home}/pull-payments/new`, { amount: HOSTILE, currency: HOSTILE, name: HOSTILE, methods: HOSTILE }],
      [`${owner.home}/invoices/${ids.iid}/refund`, { variant: HOSTILE, amount: HOSTILE, name: HOSTILE }],
      [`${owner.home}/payouts/limits`, { per_day_sats: HOSTILE, max_fee_percent: HOSTILE, min_fee_sats: HOSTILE }],
      [`${owner.home}/payouts/${ids.pid}/mark-paid`, { proof: HOSTILE }],
      [`/claim/${ids.ppid}`, { destination: HOSTILE, amount: HOSTILE }],
      [`${owner.home}/clock`, { minutes: HOSTILE }],
      [`${owner.home}/wallets`, { text: HOSTILE }],
      [`${owner.home}/lightning`, { connection_string: HOSTILE, headers: HOSTILE, name: HOSTILE }],
      [`${owner.home}/lightning/offer`, { offer: HOSTILE, onchain_min_sats: HOSTILE }],
      [
        `${owner.home}/lightning-addresses`,
        { name: HOSTILE, min_sats: HOSTILE, max_sats: HOSTILE, comment_length: HOSTILE, success_message: HOSTILE },
      ],
      ['/team/invitations', { email: HOSTILE, role: HOSTILE }],
      ['/profile/email', { email: HOSTILE, email_password: HOSTILE }],
      ['/login', { email: HOSTILE, password: HOSTILE, next: HREF, invitation: HOSTILE }],
      ['/signup', { name: HOSTILE, email: HOSTILE, password: 'x', invitation: HOSTILE }],
      ['/confirm-email', { token: HOSTILE }],
      ['/stores/new', { name: HOSTILE + 'x'.repeat(100), currency: HOSTILE }],
    ];
    for (const [path, fields] of forms) {
      const page = await post(owner, path, fields);
      expect([path, page.status >= 400]).toEqual([path, true]);
      expect([path, markupOf(page.html)]).toEqual([path, []]);
    }
  });
});
