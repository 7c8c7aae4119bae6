// Invoices in front of a merchant: found by what they hold in their hands, followed, decided about, and taken to the books.

import { describe, expect, it } from 'vitest';
import { csvCell } from '../../../src/http/api/csv.ts';
import { advance } from '../../../src/services/payments/advance.ts';
import { bindings, startReceiver } from '../../support/merchant.ts';
import { openOperator } from '../../support/operator.ts';
import { colleague, expectPolicy, follow, get, makeInvoice, openOwner, post, wordsOf } from './visitor.ts';

describe('The list of invoices', () => {
  it('goes in pages, newest first, without losing or doubling one', async () => {
    const owner = await openOwner();
    for (let made = 1; made <= 28; made++) {
      owner.clock.ms += 1_000;
      await makeInvoice(owner, { order_ref: `N-${made}` });
    }
    const first = await get(owner, `${owner.home}/invoices`);
    const older = /href="([^"]+after=[^"]+)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await get(owner, older);
    const names = [first, second].flatMap(({ html }) =>
      [...html.matchAll(/>N-(\d+)</g)].map(([, name]) => Number(name)),
    );
    expect(names).toEqual(Array.from({ length: 28 }, (_, index) => 28 - index));
    expect((await get(owner, `${owner.home}/invoices?status=paid`)).html).toContain('No invoice has this status');
    expect((await get(owner, `${owner.home}/invoices?after=nonsense`)).status).toBe(200);
  });

  it('is searched by order, address, transaction and id, within the store alone', async () => {
    const [owner, other] = [await openOwner(), await openOwner()];
    const id = await makeInvoice(owner, { order_ref: 'TEA 7' });
    await follow(owner, `${owner.home}/invoices/${id}/simulate`, { event: 'invoice.paid' });
    const invoice = await get(owner, `${owner.home}/invoices/${id}`);
    const address = /bcrt1[a-z0-9]+/.exec(invoice.html)?.[0] ?? '';
    const txid = /data-copy="(sim_[0-9a-f]{32}_1)"/.exec(invoice.html)?.[1] ?? '';
    for (const [text, kind] of [
      ['TEA 7', 'order reference'],
      [address, 'address'],
      [`bitcoin:${address}?amount=1`, 'address'],
      [address.toUpperCase(), 'address'],
      [txid, 'transaction'],
      [id, 'invoice'],
    ] as const) {
      const found = await get(owner, `${owner.home}/invoices?q=${encodeURIComponent(text)}`);
      expect(wordsOf(found.html), text).toContain(`1 invoice found by ${kind}`);
      const none = await get(other, `${other.home}/invoices?q=${encodeURIComponent(text)}`);
      expect(wordsOf(none.html), text).toContain('No invoices found');
    }
    const odd = await get(owner, `${owner.home}/invoices?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(odd.html).not.toContain('<script>alert');
  });
});

describe('The page of an invoice', () => {
  it('simulates every event, and says what is not possible', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const page = `${owner.home}/invoices/${id}`;
    await follow(owner, `${page}/simulate`, { event: 'invoice.underpaid', amount_sats: '1000' });
    const short = await get(owner, page);
    expect(wordsOf(short.html)).toMatch(/Received 1,000 sats/);
    expect(short.html).toContain(`data-events="/pay/invoices/${id}/events"`);
    const wrong = await post(owner, `${page}/simulate`, { event: 'invoice.paid', amount_sats: '1.5' });
    expect(wrong.status).toBe(400);
    expect(wrong.html).toContain('id="amount_sats-error"');
    const impossible = await post(owner, `${page}/simulate`, { event: 'invoice.cancelled' });
    expect(impossible.status).toBe(409);
    expect(wordsOf(impossible.html)).toContain('cannot follow from the current state');
    await follow(owner, `${page}/simulate`, { event: 'invoice.paid' });
    const paid = await get(owner, page);
    expect(wordsOf(paid.html)).toMatch(/Invoice created .* Underpaid .* Paid/);
    expectPolicy(paid);
  });

  it('takes the decision about what needs one, with who and why', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const page = `${owner.home}/invoices/${id}`;
    await follow(owner, `${page}/simulate`, { event: 'invoice.requires_review' });
    expect(wordsOf((await get(owner, owner.home)).html)).toMatch(/1 invoice needs your review/);
    const shown = wordsOf((await get(owner, page)).html);
    expect(shown).toMatch(/Your decision .* 9,980 sats confirmed of 9,980 sats due/);
    expect(shown).toContain('Accept payment');
    const decided = await follow(owner, `${page}/resolve`, { decision: 'reject', note: 'A test' });
    expect(wordsOf(decided.html)).toContain('Decision saved');
    const row = await owner.deps.db.$client
      .prepare('SELECT marks FROM invoices WHERE id = ?')
      .bind(id)
      .first<{ marks: string }>();
    expect(row?.marks).toContain(`"by":"user:${owner.id}"`);
    expect((await post(owner, `${page}/resolve`, { decision: 'accept', note: '' })).status).toBe(409);
  });

  it('says that accepting a part leaves the invoice underpaid, to the store and to the operator', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const page = `${owner.home}/invoices/${id}`;
    await follow(owner, `${page}/simulate`, { event: 'invoice.requires_review', amount_sats: '1000' });
    const words = /credits the confirmed payments, 1,000 sats of 9,980 sats: the invoice becomes underpaid/;
    expect(wordsOf((await get(owner, page)).html)).toMatch(words);
    expect(wordsOf((await get(await openOperator(), `/platform/reviews/${id}`)).html)).toMatch(words);
    await follow(owner, `${page}/resolve`, { decision: 'accept', note: '' });
    expect(wordsOf((await get(owner, page)).html)).toContain('Underpaid');
  });

  it('keeps the way to pay by which the last event was simulated', async () => {
    const owner = await openOwner();
    await bindings.DB.prepare(`UPDATE stores SET payment_methods = '["onchain","lightning"]' WHERE id = ?`)
      .bind(owner.store.id)
      .run();
    const id = await makeInvoice(owner);
    const page = `${owner.home}/invoices/${id}`;
    const next = await follow(owner, `${page}/simulate`, { event: 'invoice.underpaid', method: 'lightning' });
    expect(next.html).toMatch(/<option value="lightning" selected/);
    expect(wordsOf(next.html)).toContain('Event simulated. A real one looks the same to your store.');
    expect((await get(owner, `${page}?method=${encodeURIComponent('"><b>')}`)).html).not.toContain('"><b>');
  });

  it('offers to accept nothing where no payment has come', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    await advance(owner.deps, id, ({ invoice: { marks } }) => ({
      marks: [...marks, { kind: 'review_opened', atMs: owner.clock.ms, by: 'watch', reason: 'explorers_disagree' }],
    }));
    const page = `${owner.home}/invoices/${id}`;
    const shown = wordsOf((await get(owner, page)).html);
    expect(shown).toContain('No payment has arrived, so there is nothing to accept.');
    expect(shown).not.toContain('Accept payment');
    const sent = await post(owner, `${page}/resolve`, { decision: 'accept', note: '' });
    expect([sent.status, wordsOf(sent.html).includes('nothing to accept')]).toEqual([400, true]);
    await follow(owner, `${page}/resolve`, { decision: 'reject', note: '' });
  });

  it('cancels, shows deliveries, and sends one again', async () => {
    const owner = await openOwner();
    const receiver = await startReceiver();
    await post(owner, `${owner.home}/webhooks`, { url: receiver.url, label: '' });
    const id = await makeInvoice(owner);
    const page = `${owner.home}/invoices/${id}`;
    const cancelled = await follow(owner, `${page}/cancel`);
    expect(wordsOf(cancelled.html)).toContain('Cancelled');
    const { html } = await get(owner, page);
    const delivery = /name="delivery" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const before = (await receiver.deliveries()).length;
    await follow(owner, `${page}/redeliver`, { delivery });
    expect(await receiver.deliveries()).toHaveLength(before + 1);
  });

  it('shows every try at its own callback_url, and sends there again', async () => {
    const owner = await openOwner();
    const receiver = await startReceiver();
    await receiver.answerWith([{ status: 500, body: 'try <b>later</b>' }]);
    const order = { amount_sats: '1000', callback_url: receiver.url };
    const made = await owner.request('POST', `/v1/stores/${owner.store.id}/test-invoice`, order);
    const { invoice } = (await made.json()) as { invoice: { id: string } };
    await owner.settled();
    const page = `${owner.home}/invoices/${invoice.id}`;
    const { html } = await get(owner, page);
    expect(wordsOf(html)).toMatch(/To the invoice’s own callback: .* 1 attempt, HTTP 500/);
    expect(html).toContain('try &lt;b&gt;later&lt;/b&gt;');
    const delivery = /name="delivery" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const again = await follow(owner, `${page}/redeliver`, { delivery });
    expect(wordsOf(again.html)).toMatch(/Delivered .* 2 attempts, HTTP 200/);
    expect(await receiver.deliveries(2)).toHaveLength(2);
    const other = await openOwner();
    expect((await post(other, `${other.home}/invoices/${invoice.id}/redeliver`, { delivery })).status).toBe(404);
    const viewer = await colleague(owner, 'viewer');
    expect((await get(viewer, page)).html).not.toContain('Resend');
  });

  it('shows a buyer’s address to those who serve buyers, and not to a viewer', async () => {
    const owner = await openOwner();
    const viewer = await colleague(owner, 'viewer');
    const made = await owner.request('POST', `/v1/stores/${owner.store.id}/test-invoice`, {
      amount_sats: '1000',
      buyer_email: 'buyer@example.com',
      metadata: { note: '<img src=x>' },
    });
    const { invoice } = (await made.json()) as { invoice: { id: string } };
    const page = `${owner.home}/invoices/${invoice.id}`;
    const { html } = await get(owner, page);
    expect(html).toContain('buyer@example.com');
    expect(html).toContain('&lt;img src=x&gt;');
    const seen = await get(viewer, page);
    expect(seen.html).not.toContain('buyer@example.com');
  });
});

describe('The export', () => {
  it('holds what was received with the rate of the sale, exactly, as CSV and JSON', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner, { amount: '5.00', order_ref: '=HYPERLINK("https://evil")' });
    await makeInvoice(owner, { order_ref: 'unpaid' });
    await follow(owner, `${owner.home}/invoices/${id}/simulate`, { event: 'invoice.paid' });
    const day = new Date(owner.clock.ms).toISOString().slice(0, 10);
    const path = `${owner.home}/invoices/export?from=${day}&to=${day}`;
    const csv = await get(owner, `${path}&format=csv`);
    expect(csv.headers.get('content-disposition')).toBe(`attachment; filename="satlane-${day}-${day}.csv"`);
    const lines = csv.html.trim().split('\r\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`"'=HYPERLINK(""https://evil"")"`);
    expect(lines[1]).toContain(',10000,10000,');
    expect(lines[1]).toContain('50000,USD,locked_at_creation,5.00');
    const { invoices } = JSON.parse((await get(owner, `${path}&format=json&scope=all`)).html) as {
      invoices: { invoice_id: string; order_ref: string; received_value: string }[];
    };
    expect(invoices.map(({ order_ref, received_value }) => [order_ref, received_value])).toEqual(
      [
        ['unpaid', '0.00'],
        ['=HYPERLINK("https://evil")', '5.00'],
      ].sort((a, b) => (invoices[0]?.order_ref === a[0] ? -1 : invoices[0]?.order_ref === b[0] ? 1 : 0)),
    );
    const empty = await get(owner, `${owner.home}/invoices/export?from=2020-01-01&to=2020-01-02&format=json`);
    expect(JSON.parse(empty.html)).toEqual({ invoices: [] });
  });

  it('refuses a range that is none, or more than a year', async () => {
    const owner = await openOwner();
    for (const query of ['from=2026-02-30&to=x', 'from=2026-02-02&to=2026-02-01', 'from=2024-01-01&to=2026-01-01']) {
      const page = await get(owner, `${owner.home}/invoices/export?${query}&format=csv`);
      expect(page.status, query).toBe(400);
      expect(page.html).toMatch(/id="(from|to)-error"/);
    }
  });

  it('writes nothing that a spreadsheet would run', () => {
    for (const cell of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1']) {
      expect(csvCell(cell)).toMatch(/^"?'/);
    }
    for (const sign of '＝＋－＠') expect(csvCell(`${sign}1+1`)).toBe(`"'${sign}1+1"`);
    expect(csvCell('plain')).toBe('plain');
    expect(csvCell('a,"b"\nc')).toBe('"a,""b""\nc"');
    expect(csvCell(null)).toBe('');
  });
});
