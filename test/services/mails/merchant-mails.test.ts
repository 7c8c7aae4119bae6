// The people of a store get mails about its invoices: once each, even if a run is repeated or dies half-way, and not more in an
// hour than a person reads.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import type { Mail } from '../../../src/adapters/mail/mailer.ts';
import { MAILS_PER_HOUR, ofEachKind } from '../../../src/core/invoice/mail-digest.ts';
import { collectMails, mailMerchants, sendMails } from '../../../src/services/mails/merchant-mails.ts';
import { watchD1 } from '../../support/d1.ts';
import { openMember } from '../../support/furnish.ts';
import { bindings, type Merchant } from '../../support/merchant.ts';
import { openLiveShop, revert, sell, settle } from '../../support/operator.ts';
import { expectStatus, type TestPerson } from '../../support/person.ts';

const MINUTE_MS = 60_000;

/** A live shop with its people, and a cron whose mails are kept. Other tests' stores are none of this one's business. */
async function openShop() {
  await bindings.DB.batch(
    ['UPDATE stores SET test_mode = 1', 'DELETE FROM mail_cursors', 'DELETE FROM mails', 'DELETE FROM cursors'].map(
      (sql) => bindings.DB.prepare(sql),
    ),
  );
  const mails: Mail[] = [];
  const shop = await openLiveShop({ overrides: { mailer: { send: async (mail) => void mails.push(mail) } } });
  const owner = await openMember(shop.account.id, 'owner');
  const minute = async () => {
    shop.clock.advanceMinutes(1);
    await mailMerchants(shop.deps);
    return mails.splice(0);
  };
  return { shop, owner, mails, minute };
}

/** The next invoices that are sold are another's: `sell` makes the same payment for one. */
async function sellMany(shop: Merchant, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await sell(shop);
}

describe('The mail about an invoice', () => {
  it('says what was paid, in bitcoin and money, of which order, and where to look', async () => {
    const { shop, owner, minute } = await openShop();
    const { id } = await shop.createInvoice({
      amount: 49.99,
      currency: 'EUR',
      order_ref: 'ORD-1',
      buyer_email: 'buyer@example.com',
      metadata: { note: 'a secret wish' },
    });
    const { amount_sats } = await shop.readInvoice(id);
    await settle(shop, id, BigInt(amount_sats));
    const [mail, ...more] = await minute();
    expect(more).toEqual([]);
    expect([mail?.to, mail?.subject]).toEqual([owner.email, 'Paid: ORD-1 at Corner Shop']);
    const btc = (Number(amount_sats) / 1e8).toFixed(8);
    expect(mail?.text).toContain(
      `Received: ${btc} BTC (${Number(amount_sats).toLocaleString('en-US')} sats, 49.99 EUR)`,
    );
    expect(mail?.text).toContain(`https://pay.test/stores/${shop.store.id}/invoices/${id}\n`);
    expect(mail?.text).not.toMatch(/buyer@|secret wish|pub[A-Za-z0-9]{20}|tb1|bcrt1/);
    expect(await minute()).toEqual([]);
  });

  it.each([
    [
      'underpaid',
      async (shop: Merchant, id: string) => settle(shop, id, 60_000n),
      'Underpaid',
      'Missing: 0.00040000 BTC (40,000 sats, ',
    ],
    [
      'overpaid',
      async (shop: Merchant, id: string) => settle(shop, id, 260_000n),
      'Overpaid',
      'refund of the difference',
    ],
    [
      'reverted',
      async (shop: Merchant, id: string) => {
        await settle(shop, id);
        await revert(shop, id);
      },
      'Payment reversed',
      'Do not ship',
    ],
    [
      'paid after its cancellation',
      async (shop: Merchant, id: string) => {
        await shop.request('POST', `/v1/invoices/${id}/cancel`);
        await settle(shop, id);
      },
      'Payment needs your review',
      'the invoice had been cancelled',
    ],
  ] as const)('that is %s says what to do', async (_, happen, title, words) => {
    const { shop, minute } = await openShop();
    const { id } = await shop.createInvoice({ amount_sats: '100000', order_ref: 'https://evil.example/ORD' });
    await happen(shop, id);
    const mail = (await minute()).at(-1);
    expect(mail?.subject).toBe(`${title}: evil. example/ORD at Corner Shop`);
    expect(mail?.text).toContain(words);
    for (const link of mail?.text.match(/https?:\S+/g) ?? []) expect(link).toMatch(/^https:\/\/pay\.test\//);
  });

  it('is not written of simulated payments', async () => {
    const { shop, minute } = await openShop();
    await bindings.DB.prepare('UPDATE stores SET test_mode = 1 WHERE id = ?').bind(shop.store.id).run();
    const { id } = await shop.createInvoice();
    expect((await shop.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' })).status).toBe(
      200,
    );
    expect(await minute()).toEqual([]);
    await bindings.DB.prepare('UPDATE stores SET test_mode = 0 WHERE id = ?').bind(shop.store.id).run();
    expect(await minute(), 'nor once the store is live').toEqual([]);
  });

  it('goes to owners and managers with a confirmed address, to viewers when they ask for it', async () => {
    const { shop, owner, minute } = await openShop();
    const manager = await openMember(shop.account.id, 'manager');
    const viewer = await openMember(shop.account.id, 'viewer');
    const unconfirmed = await openMember(shop.account.id, 'owner');
    await bindings.DB.prepare('UPDATE users SET email_verified = 0 WHERE id = ?').bind(unconfirmed.id).run();
    await sell(shop);
    const to = (mails: Mail[]) => mails.map((mail) => mail.to).sort();
    expect(to(await minute())).toEqual([owner.email, manager.email].sort());
    await expectStatus(200, viewer.ask('PATCH', `/v1/account/mails/${shop.store.id}`, { paid: true }));
    await expectStatus(200, owner.ask('PATCH', `/v1/account/mails/${shop.store.id}`, { paid: false }));
    await sell(shop);
    expect(to(await minute())).toEqual([manager.email, viewer.email].sort());
  });
});

describe('Each mail is sent once', () => {
  it('though two crons run concurrently', async () => {
    const { shop, mails } = await openShop();
    await sellMany(shop, 3);
    shop.clock.advanceMinutes(1);
    await Promise.all([mailMerchants(shop.deps), mailMerchants(shop.deps), mailMerchants(shop.deps)]);
    await mailMerchants(shop.deps);
    expect(mails).toHaveLength(3);
    expect(new Set(mails.map(({ id }) => id)).size).toBe(3);
  });

  it('though a cron dies after it wrote them down, or before', async () => {
    const { shop, mails, minute } = await openShop();
    await sellMany(shop, 2);
    shop.clock.advanceMinutes(1);
    await collectMails(shop.deps);
    expect(mails).toEqual([]);
    expect(await minute()).toHaveLength(2);
    expect(await minute()).toEqual([]);
  });

  it('under the same id again where it is unknown whether it was', async () => {
    const { shop, mails } = await openShop();
    await sell(shop);
    shop.clock.advanceMinutes(1);
    await collectMails(shop.deps);
    const sent: Mail[] = [];
    // The Worker dies between the provider's answer and the note of it.
    const send = (mail: Mail) => {
      sent.push(mail);
      return new Promise<void>(() => {});
    };
    void sendMails({ ...shop.deps, mailer: { send } });
    await expect.poll(() => sent.length).toBe(1);
    await sendMails(shop.deps);
    expect(mails, 'it is leased for some minutes').toEqual([]);
    shop.clock.advanceMinutes(6);
    await sendMails(shop.deps);
    expect(mails.map(({ id }) => id)).toEqual(sent.map(({ id }) => id));
  });

  it('later where the provider fails, and given up in the end', async () => {
    const { shop, mails } = await openShop();
    await sell(shop);
    const tries: number[] = [];
    const failing = {
      send: async () => {
        tries.push(shop.clock.ms);
        throw new Error('the mail provider answered 500');
      },
    };
    for (let minute = 0; minute < 12 * 60; minute += 5) {
      shop.clock.advanceMinutes(5);
      await mailMerchants({ ...shop.deps, mailer: failing });
    }
    expect(tries).toHaveLength(6);
    await mailMerchants(shop.deps);
    expect(mails).toEqual([]);
    const left = await bindings.DB.prepare('SELECT count(*) AS n FROM mails').first('n');
    expect(left).toBe(0);
  });
});

describe('A busy hour', () => {
  it('ends with one summary of what came after the first mails', async () => {
    const { shop, minute } = await openShop();
    await sellMany(shop, MAILS_PER_HOUR + 7);
    const first = await minute();
    expect(first).toHaveLength(MAILS_PER_HOUR);
    await sellMany(shop, 2);
    expect(await minute()).toEqual([]);
    shop.clock.advanceMinutes(60);
    const [summary, ...more] = await minute();
    expect(more).toEqual([]);
    expect(summary?.subject).toBe('9 more invoices at Corner Shop');
    expect(summary?.text).toContain('9 paid: 0.00900000 BTC (900,000 sats) received');
    expect(summary?.unsubscribeUrl).toContain('token=paid.');
    shop.clock.advanceMinutes(61);
    expect(await minute()).toEqual([]);
  });

  it('of payments does not delay a mail about a review', async () => {
    const { shop, minute } = await openShop();
    await sellMany(shop, MAILS_PER_HOUR + 1);
    const { id } = await shop.createInvoice();
    await shop.request('POST', `/v1/invoices/${id}/cancel`);
    await settle(shop, id);
    const mails = await minute();
    expect(mails.filter(({ subject }) => subject.startsWith('Payment needs your review'))).toHaveLength(1);
  });
});

describe('A store with a past', () => {
  it('gets no mail of a past day, and one summary of the hours without a reader', async () => {
    const { shop, minute } = await openShop();
    await sellMany(shop, 2);
    shop.clock.advanceMinutes(25 * 60);
    await sellMany(shop, 3);
    shop.clock.advanceMinutes(3 * 60);
    expect(await minute()).toEqual([]);
    shop.clock.advanceMinutes(60);
    expect((await minute()).map(({ subject }) => subject)).toEqual(['3 more invoices at Corner Shop']);
  });

  it('without mail readers costs no row, and mails no old events to a later subscriber', async () => {
    const { shop, owner, minute } = await openShop();
    const path = `/v1/account/mails/${shop.store.id}`;
    const none = ofEachKind(() => false);
    await expectStatus(200, owner.ask('PATCH', path, none));
    const cursors = () => bindings.DB.prepare('SELECT * FROM mail_cursors ORDER BY 1').all();
    const before = (await cursors()).results;
    await sellMany(shop, 2);
    expect(await minute()).toEqual([]);
    expect((await cursors()).results).toEqual(before);
    await expectStatus(200, owner.ask('PATCH', path, { paid: true }));
    expect(await minute()).toEqual([]);
    await sell(shop);
    expect(await minute()).toHaveLength(1);
  });
});

describe('A store that sells now and then', () => {
  it('writes down how far its log was read once for an invoice, not with each event', async () => {
    const { shop, minute } = await openShop();
    const moves = async () => {
      const { results } = await bindings.DB.prepare('SELECT version FROM mail_cursors').all<{ version: number }>();
      return results.reduce((total, { version }) => total + version, 0);
    };
    await sell(shop);
    expect(await minute()).toHaveLength(1);
    const before = await moves();
    const { id, amount_sats } = await shop.createInvoice();
    expect(await minute()).toEqual([]);
    await shop.createInvoice();
    expect(await minute()).toEqual([]);
    expect(await moves()).toBe(before);
    await settle(shop, id, BigInt(amount_sats));
    const database = watchD1(bindings.DB);
    Object.assign(shop.deps, { db: openDatabase(database.d1) });
    expect(await minute()).toHaveLength(1);
    expect(await moves()).toBe(before + 1);
    console.info(`rows written for a mail about a payment, and the place in the log: ${database.rows.written}`);
    expect(database.rows.written).toBeLessThanOrEqual(6);
    for (let unread = 0; unread < 5; unread++) await shop.createInvoice();
    expect(await minute()).toEqual([]);
    expect(await moves()).toBe(before + 2);
    expect(await minute()).toEqual([]);
    expect(await moves()).toBe(before + 2);
  });
});

describe('Many stores', () => {
  it('are asked in pages, each comes to its turn, and a minute without news writes nothing', async () => {
    const { shop, minute } = await openShop();
    await bindings.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
       INSERT INTO stores (id, account_id, name, test_mode, default_expiry_minutes, late_grace_minutes,
         callback_secret_sealed, created_at)
       SELECT 'many-' || i, ?, 'Many', 0, 15, 60, '', 1 FROM n`,
    )
      .bind(shop.account.id)
      .run();
    await sell(shop);
    const mails = [...(await minute()), ...(await minute())];
    expect(mails).toHaveLength(1);
    await bindings.DB.prepare("DELETE FROM stores WHERE id LIKE 'many-%'").run();
    await bindings.DB.prepare("DELETE FROM cursors WHERE name = 'merchant_mails'").run();
    const { meta } = await bindings.DB.prepare('SELECT 1').run();
    expect(meta.rows_written ?? 0).toBe(0);
    expect(await minute()).toEqual([]);
    const cursors = await bindings.DB.prepare("SELECT * FROM cursors WHERE name = 'merchant_mails'").all();
    expect(cursors.results).toEqual([]);
  });
});

describe('The link that ends mails', () => {
  async function mailed() {
    const opened = await openShop();
    await sell(opened.shop);
    const [mail] = await opened.minute();
    return { ...opened, url: mail?.unsubscribeUrl ?? '' };
  }
  /** As a stranger: without a key, a cookie or an origin. */
  const visit = async (shop: Merchant, request: Request) => {
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
    return shop.app.fetch(request, bindings, context);
  };
  const choices = async (owner: TestPerson, storeId: string) => {
    type Mails = { mails: { store_id: string; paid: boolean; decision: boolean }[] };
    const { body } = await owner.ask<Mails>('GET', '/v1/account/mails');
    return body.mails.find(({ store_id }) => store_id === storeId);
  };

  it('does nothing when a scanner follows it, and what it says when a button or a mail program posts it', async () => {
    const { shop, owner, url, minute } = await mailed();
    const page = await visit(shop, new Request(url));
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('Corner Shop');
    expect(html).toContain('method="post"');
    expect(await choices(owner, shop.store.id)).toMatchObject({ paid: true, decision: true });
    // RFC 8058: neither cookie nor origin, and this body.
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const click = new Request(url, { method: 'POST', body: 'List-Unsubscribe=One-Click', headers });
    expect((await visit(shop, click)).status).toBe(200);
    expect(await choices(owner, shop.store.id)).toMatchObject({ paid: false, decision: true });
    await sell(shop);
    expect(await minute()).toEqual([]);
    const all = new Request(url, { method: 'POST', body: 'all=1', headers });
    expect((await visit(shop, all)).status).toBe(200);
    expect(await choices(owner, shop.store.id)).toMatchObject({ paid: false, decision: false });
  });

  it('ends what was written down and not sent yet', async () => {
    const { shop, url, mails } = await mailed();
    await sell(shop);
    shop.clock.ms += MINUTE_MS;
    await collectMails(shop.deps);
    await visit(shop, new Request(url, { method: 'POST', body: '' }));
    await sendMails(shop.deps);
    expect(mails).toEqual([]);
  });

  it('is ours alone: another’s name, store or kind in it is refused', async () => {
    const { shop, owner, url } = await mailed();
    const other = await openMember(shop.account.id, 'manager');
    const token = new URL(url).searchParams.get('token') ?? '';
    const forged = [
      token.replace(owner.id, other.id),
      token.replace('paid.', 'decision.'),
      `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`,
      '',
      'x',
    ];
    for (const text of forged) {
      const target = `https://pay.test/unsubscribe?token=${encodeURIComponent(text)}`;
      for (const method of ['GET', 'POST']) {
        const answer = await visit(shop, new Request(target, { method }));
        expect([text, method, answer.status]).toEqual([text, method, 410]);
        // The person still gets these mails: no other link ends them.
        expect(await answer.text()).toContain('This link is not complete. Copy the whole link from the mail');
      }
    }
    expect(await choices(other, shop.store.id)).toMatchObject({ paid: true, decision: true });
  });
});
