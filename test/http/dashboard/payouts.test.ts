// A merchant sends money back by forms alone: a refund of an invoice, pull payments, approvals by one person and by two, what is unknown,
// and the limits. Who lacks the right sees no button and is refused.

import { describe, expect, it } from 'vitest';
import { simulate } from '../../../src/services/payments/simulate.ts';
import { claimPullPayment } from '../../../src/services/payouts/claim.ts';
import { createPayout } from '../../../src/services/payouts/create.ts';
import { bindings } from '../../support/merchant.ts';
import { freshAddress } from '../../support/payouts.ts';
import { colleague, expectPolicy, follow, get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

const OFFER = { name: 'Bounty', description: '', methods: 'both', expires_in_days: '' };

async function offer(owner: Owner, fields: Record<string, string> = {}): Promise<string> {
  const sent = { ...OFFER, amount: '50000', currency: 'SATS', ...fields };
  const made = await follow(owner, `${owner.home}/pull-payments/new`, sent);
  return /pull-payments\/([0-9a-f-]{36})/.exec(made.path)?.[1] ?? '';
}

async function claim(owner: Owner, id: string, destination: string = freshAddress(), amount: string | null = null) {
  const making = { by: { kind: 'claimant', id: null }, use: null } as const;
  const payout = await claimPullPayment(owner.deps, id, { destination, amount, method: null }, making);
  return { ...payout, page: `${owner.home}/payouts/${payout.id}` };
}

describe('A refund', () => {
  it('of an overpaid invoice: the amounts are computed, the link is shown, and the invoice lists it', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner, { amount: '10', currency: 'USD' });
    await simulate(owner.deps, owner.store.id, id, { event: 'invoice.overpaid', amountSats: 30_000n });
    const invoice = await get(owner, `${owner.home}/invoices/${id}`);
    expect(invoice.html).toContain(`/invoices/${id}/refund"`);
    const asked = await get(owner, `${owner.home}/invoices/${id}/refund`);
    expectPolicy(asked);
    const words = wordsOf(asked.html);
    expect(words).toContain('30,000 sats can be given back');
    expect(words).toContain('10,000 sats What was paid too much.');
    expect(words).toContain('$15.00 What the payment was worth at the time');
    const form = { ...OFFER, variant: 'overpaid', amount: '', currency: 'SATS' };
    const made = await follow(owner, `${owner.home}/invoices/${id}/refund`, form);
    expect(wordsOf(made.html)).toContain('Send its link to your buyer');
    expect(made.html).toMatch(/https:\/\/pay\.test\/pull-payments\/[0-9a-f-]{36}/);
    const after = await get(owner, `${owner.home}/invoices/${id}`);
    expect(wordsOf(after.html)).toMatch(/Refunds .* 10,000 sats/);
    const more = { ...form, variant: 'custom', amount: '20001' };
    const refused = await post(owner, `${owner.home}/invoices/${id}/refund`, more);
    expect([refused.status, wordsOf(refused.html)]).toEqual([409, expect.stringContaining('more than it was paid')]);
    const wrong = await post(owner, `${owner.home}/invoices/${id}/refund`, { ...more, amount: '1,000' });
    expect([wrong.status, wrong.html.includes('id="amount-error"')]).toEqual([400, true]);
  });

  it('of an invoice without a payment is not offered', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    expect((await get(owner, `${owner.home}/invoices/${id}`)).html).not.toContain('/refund"');
    expect(wordsOf((await get(owner, `${owner.home}/invoices/${id}/refund`)).html)).toContain('nothing to give back');
  });
});

describe('A payout', () => {
  it('is approved once it is claimed, and says who decided and when', async () => {
    const owner = await openOwner();
    const payout = await claim(owner, await offer(owner));
    const page = await get(owner, payout.page);
    expect(wordsOf(page.html)).toContain('Needs approval');
    expect(wordsOf(page.html)).toContain('50,000 sats go to');
    const approved = await follow(owner, `${payout.page}/approve`, { revision: '0' });
    expect(wordsOf(approved.html)).toMatch(/Approved by \S.*, /);
    expect(wordsOf(approved.html)).toContain('Payout approved');
    const wrong = await post(owner, `${payout.page}/mark-paid`, { proof: 'xyz' });
    expect([wrong.status, wrong.html.includes('id="proof-error"')]).toEqual([400, true]);
    const paid = await follow(owner, `${payout.page}/mark-paid`, { proof: 'AB'.repeat(32) });
    expect(wordsOf(paid.html)).toContain('It was marked as paid by hand.');
    expect(paid.html).toContain('ab'.repeat(32));
    expect((await post(owner, `${payout.page}/cancel`)).status).toBe(409);
  });

  it('is not approved as it was before it changed', async () => {
    const owner = await openOwner();
    const payout = await claim(owner, await offer(owner));
    const old = await post(owner, `${payout.page}/approve`, { revision: '7' });
    expect([old.status, wordsOf(old.html)]).toEqual([409, expect.stringContaining('has changed since it was shown')]);
  });

  it('for an order that another payout is for says so, to those who approve', async () => {
    const owner = await openOwner();
    const order = {
      ...{ amount: '0.0005', currency: 'BTC', fixesRate: false, isApproved: false, method: null, withdrawal: null },
      metadata: { orderId: 'ORD-7' },
    };
    const making = { by: { kind: 'api_key', id: 'key' }, use: null } as const;
    const made = [];
    for (const destination of [freshAddress(), freshAddress()])
      made.push(await createPayout(owner.deps, owner.store.id, { ...order, destination }, making));
    const [first, second] = made.map(({ id }) => `${owner.home}/payouts/${id}`);
    const page = await get(owner, second ?? '');
    expect(wordsOf(page.html)).toContain('Another payout is for the order ORD-7, too.');
    expect(page.html).toContain(`href="${first}"`);
    expect(wordsOf((await get(owner, `${owner.home}/payouts`)).html).match(/Same order/g)).toHaveLength(2);
    await follow(owner, `${first}/cancel`);
    expect(wordsOf((await get(owner, second ?? '')).html)).not.toContain('Another payout');
    expect(wordsOf((await get(owner, `${owner.home}/payouts`)).html)).not.toContain('Same order');
  });

  it('above a limit waits for a second person', async () => {
    const owner = await openOwner();
    const limits = { per_payout_sats: '', per_day_sats: '', approval_above_sats: '', max_fee_percent: '0.5' };
    const form = { ...limits, second_approval_above_sats: '10000', min_fee_sats: '10' };
    await follow(owner, `${owner.home}/payouts/limits`, form);
    const payout = await claim(owner, await offer(owner));
    const first = await follow(owner, `${payout.page}/approve`, { revision: '0' });
    expect(wordsOf(first.html)).toContain('Another person has to approve');
    expect(first.html).not.toContain('/approve"');
    expect((await post(owner, `${payout.page}/approve`, { revision: '0' })).status).toBe(409);
    const manager = await colleague(owner, 'manager');
    expect((await get(manager, payout.page)).html).toContain('/approve"');
    const second = await follow(manager, `${payout.page}/approve`, { revision: '0' });
    expect(wordsOf(second.html)).toContain('Payout approved');
    expect(wordsOf(second.html)).toContain('The manager');
  });

  it('that is rejected takes no money, and its claim says so', async () => {
    const owner = await openOwner();
    const payout = await claim(owner, await offer(owner));
    const rejected = await follow(owner, `${payout.page}/cancel`);
    expect(wordsOf(rejected.html)).toContain('It was rejected.');
  });

  it('that is unknown stands on top, and takes a preimage or the typed id', async () => {
    const owner = await openOwner();
    const payout = await claim(owner, await offer(owner), 'you@wallet.example');
    await bindings.DB.prepare("UPDATE payouts SET state = 'unknown' WHERE id = ?").bind(payout.id).run();
    expect(wordsOf((await get(owner, `${owner.home}/payouts`)).html)).toContain('Look at these first');
    expect(wordsOf((await get(owner, payout.page)).html)).toContain('Look in your node or wallet');
    const wrong = await post(owner, `${payout.page}/resolve-failed`, { confirmation: 'yes' });
    expect([wrong.status, wrong.html.includes('id="confirmation-error"')]).toEqual([400, true]);
    const proof = await post(owner, `${payout.page}/resolve-paid`, { preimage: 'ab'.repeat(32) });
    expect(proof.status).toBe(400);
    const failed = await follow(owner, `${payout.page}/resolve-failed`, { confirmation: payout.id });
    expect(wordsOf(failed.html)).toContain('It was marked as failed by hand.');
  });
});

describe('Sixty payouts', () => {
  it('are listed in pages, each once, and by state', async () => {
    const owner = await openOwner();
    const id = await offer(owner, { amount: '1', currency: 'BTC' });
    const made = [];
    for (let i = 0; i < 60; i++, owner.clock.ms++) made.push((await claim(owner, id, freshAddress(), '0.00001')).id);
    const seen: string[] = [];
    for (let path = `${owner.home}/payouts`; path !== ''; ) {
      const { html } = await get(owner, path);
      seen.push(...[...html.matchAll(/payouts\/([0-9a-f-]{36})"/g)].map(([, one = '']) => one));
      path = /href="([^"]*\?[^"]*after=[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    }
    expect(seen).toEqual(made.toReversed());
    expect(wordsOf((await get(owner, `${owner.home}/payouts?state=queued`)).html)).toContain(
      'No payout has this status',
    );
    expect(wordsOf((await get(owner, `${owner.home}/pull-payments/${id}`)).html)).toContain('The newest 50 are shown');
  });
});

describe('A pull payment', () => {
  it('in a fiat currency keeps its rate where that is wanted, ends after its days, and is archived with its claims', async () => {
    const owner = await openOwner();
    const id = await offer(owner, {
      amount: '20',
      currency: 'USD',
      fix_rate: 'on',
      expires_in_days: '7',
      single_use: 'on',
    });
    const page = `${owner.home}/pull-payments/${id}`;
    const words = wordsOf((await get(owner, page)).html);
    expect(words).toContain('$20.00');
    expect(words).toContain('1 BTC = $50,000.00');
    expect(words).toContain('Claim before');
    const payout = await claim(owner, id);
    await follow(owner, `${page}/archive`);
    expect(wordsOf((await get(owner, payout.page)).html)).toContain('Its pull payment was archived.');
    expect((await get(owner, `${owner.home}/pull-payments`)).html).not.toContain(id);
    expect((await get(owner, `${owner.home}/pull-payments?archived=true`)).html).toContain(id);
  });

  it('is refused without an amount or with one that can be read in two ways', async () => {
    const owner = await openOwner();
    for (const amount of ['', '0', '1,500', '-5', '1e3']) {
      const sent = { ...OFFER, amount, currency: 'USD' };
      const { status, html } = await post(owner, `${owner.home}/pull-payments/new`, sent);
      expect([amount, status, html.includes('id="amount-error"')]).toEqual([amount, 400, true]);
    }
  });
});

describe('The limits', () => {
  it('are changed by an owner, and any manager pauses', async () => {
    const owner = await openOwner();
    const manager = await colleague(owner, 'manager');
    const page = `${owner.home}/payouts/limits`;
    const form = {
      per_payout_sats: '40000',
      per_day_sats: '',
      approval_above_sats: '',
      second_approval_above_sats: '',
    };
    const full = { ...form, max_fee_percent: '0.25', min_fee_sats: '5' };
    expect((await post(manager, page, full)).status).toBe(403);
    const wrong = await post(owner, page, { ...full, max_fee_percent: '101' });
    expect([wrong.status, wrong.html.includes('id="max_fee_percent-error"')]).toEqual([400, true]);
    const saved = await follow(owner, page, full);
    expect(saved.html).toContain('value="0.25"');
    expect(saved.html).toContain('value="40000"');
    expect(wordsOf((await get(manager, page)).html)).toContain('40,000 sats');
    const payout = await claim(owner, await offer(owner));
    const refused = await post(owner, `${payout.page}/approve`, { revision: '0' });
    expect([refused.status, wordsOf(refused.html)]).toEqual([409, expect.stringContaining('above the store’s limit')]);
    expect(wordsOf((await follow(manager, `${page}/pause`)).html)).toContain('Payouts are paused');
    expect((await post(manager, `${page}/resume`)).status).toBe(403);
    expect(wordsOf((await get(owner, `${owner.home}/payouts`)).html)).toContain('Payouts are paused');
    expect(wordsOf((await follow(owner, `${page}/resume`)).html)).toContain('Payouts are sent again');
  });
});

describe('A viewer', () => {
  it('sees everything, is offered nothing, and is refused what they send', async () => {
    const owner = await openOwner();
    const viewer = await colleague(owner, 'viewer');
    const invoice = await makeInvoice(owner);
    await simulate(owner.deps, owner.store.id, invoice, { event: 'invoice.paid', amountSats: null });
    const id = await offer(owner);
    const payout = await claim(owner, id);
    const pages = ['/payouts', '/payouts/limits', '/pull-payments', `/pull-payments/${id}`, `/invoices/${invoice}`];
    for (const path of [...pages.map((one) => owner.home + one), payout.page]) {
      const { status, html } = await get(viewer, path);
      expect([path, status]).toEqual([path, 200]);
      const forms = [...html.matchAll(/<form method="post" action="([^"]+)"/g)].map(([, action]) => action);
      expect([path, forms]).toEqual([path, ['/logout']]);
      expect(html).not.toMatch(/href="[^"]*\/(refund|pull-payments\/new)"/);
    }
    const sent = [
      ...['approve', 'cancel', 'mark-paid', 'resolve-paid', 'resolve-failed'].map((one) => `${payout.page}/${one}`),
      ...['/payouts/limits', '/payouts/limits/pause', '/payouts/limits/resume'].map((one) => owner.home + one),
      ...['/pull-payments/new', `/pull-payments/${id}/archive`, `/invoices/${invoice}/refund`].map(
        (one) => owner.home + one,
      ),
    ];
    for (const path of sent) expect([path, (await post(viewer, path)).status]).toEqual([path, 403]);
    for (const path of [`${owner.home}/pull-payments/new`, `${owner.home}/invoices/${invoice}/refund`])
      expect((await get(viewer, path)).status).toBe(403);
  });

  it('of another account finds nothing', async () => {
    const [owner, other] = [await openOwner(), await openOwner()];
    const id = await offer(owner);
    const payout = await claim(owner, id);
    for (const path of [`/payouts/${payout.id}`, `/pull-payments/${id}`]) {
      expect((await get(other, `${other.home}${path}`)).status).toBe(404);
      expect((await get(other, `${owner.home}${path}`)).status).toBe(404);
    }
    expect((await post(other, `${other.home}/payouts/${payout.id}/approve`, { revision: '0' })).status).toBe(404);
    expect((await post(other, `${other.home}/pull-payments/${id}/archive`)).status).toBe(404);
  });
});

describe('The export of payouts', () => {
  it('asks for days, refuses wrong ones, and downloads the table', async () => {
    const owner = await openOwner();
    await claim(owner, await offer(owner));
    const path = `${owner.home}/payouts/export`;
    expect((await get(owner, `${owner.home}/payouts`)).html).toContain(`href="${path}"`);
    const form = await get(owner, path);
    expectPolicy(form);
    expect(form.html).toContain('name="from"');
    const wrong = await get(owner, `${path}?from=2026-02-02&to=2026-02-01`);
    expect([wrong.status, wrong.html.includes('id="to-error"')]).toEqual([400, true]);
    const day = new Date(owner.clock.ms).toISOString().slice(0, 10);
    const csv = await get(owner, `${path}?from=${day}&to=${day}`);
    expect(csv.headers.get('content-disposition')).toBe(`attachment; filename="satlane-payouts-${day}-${day}.csv"`);
    expect(csv.html.trim().split('\r\n')).toHaveLength(2);
  });
});
