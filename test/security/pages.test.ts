// Advisories about what pages and public answers show, and what a page can be made to do. The table is in
// advisories.test.ts.

import { beforeAll, describe, expect, it } from 'vitest';
import { dueOffChain } from '../../src/adapters/db/invoices.ts';
import { type BookedInvoice, csvLine } from '../../src/http/dashboard/invoices/csv.ts';
import { cookiesOf } from '../../src/services/access/auth.ts';
import { expire } from '../../src/services/payments/expire.ts';
import { fill, furnish, type Ids } from '../support/furnish.ts';
import { freshKey } from '../support/keys.ts';
import { browse, openStream } from '../support/live.ts';
import { bindings, type Merchant, openMerchant } from '../support/merchant.ts';
import { type ErrorBody, openBrowser, openPerson, PASSWORD, type TestPerson } from '../support/person.ts';
import { FOR_PEOPLE, mounted, ROUTES, WITHOUT_ID } from '../support/routes.ts';
import { alterSnapshots } from '../support/snapshots.ts';

const EXTENDED_KEY = /[tuvxyz](?:pub|prv)[1-9A-HJ-NP-Za-km-z]{20}/i;
const XSS = `"'><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">&lt;`;
const DAY_MINUTES = 24 * 60;

/** Every page and answer that one may read of one's own store, as text. */
async function everything(person: TestPerson, ids: Ids, secret: string): Promise<[path: string, text: string][]> {
  const api = [...ROUTES, ...WITHOUT_ID, ...FOR_PEOPLE].filter(({ method }) => method === 'GET');
  const pages = mounted(person.app).filter((line) => /^GET \/(stores|team|accounts|profile|platform)/.test(line));
  const paths = [
    ...api.map(({ path }) => fill(path, ids)),
    ...['electrum', 'sparrow'].map((format) => `/v1/stores/${ids.store}/wallets/${ids.wallet}/rescue?format=${format}`),
    ...pages.map((line) =>
      (line.split(' ')[1] ?? '')
        .replace('/stores/:', `/stores/${ids.store}`)
        .replace('/invoices/:', `/invoices/${ids.invoice}`)
        .replace('/webhooks/:', `/webhooks/${ids.webhook}`),
    ),
    ...[`/i/${ids.invoice}`, `/pay/invoices/${ids.invoice}`, '/health', '/v1/openapi.json'],
  ];
  const read: [string, string][] = [];
  for (const path of paths) {
    const isKeyOnly = /^\/v1\/(invoices|chain|events)/.test(path);
    const headers: Record<string, string> = isKeyOnly ? { authorization: `Bearer ${secret}` } : {};
    const answer = await person.request('GET', path, undefined, headers);
    // Read as bytes: some are downloads.
    const text = new TextDecoder().decode(await answer.arrayBuffer());
    read.push([path, `${JSON.stringify([...answer.headers])}\n${text}`]);
  }
  return read;
}

describe('CVE-2022-32984: no extended public key in any byte, not even in the merchant’s own', () => {
  it('of a store’s pages and answers', async () => {
    const ada = await openPerson();
    const { ids, secret } = await furnish(ada);
    const read = await everything(ada, ids, secret);
    expect(read.length).toBeGreaterThan(40);
    for (const [path, text] of read) {
      expect([path, EXTENDED_KEY.exec(text)?.[0]]).toEqual([path, undefined]);
      expect([path, /wpkh\(|\/0\/\*|h\/0h/.exec(text)?.[0]]).toEqual([path, undefined]);
    }
  });

  it('of a recognised wallet either', async () => {
    const ada = await openPerson();
    const key = freshKey();
    const answer = await ada.request('POST', '/v1/wallets/recognise', { text: key });
    expect(await answer.text()).not.toContain(key);
  });
});

describe('2.4.7, 1.0.6.0: what the public sees of an invoice is what a buyer needs', () => {
  it('on the page, in its JSON and in its stream', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice({
      amount_sats: '9000',
      buyer_email: 'private.buyer@example.com',
      order_ref: 'PRIVATE-ORDER',
      callback_url: 'https://shop.example/private-callback',
      metadata: { 'private-name': 'private-value' },
    });
    const stream = await openStream(merchant, id);
    const announced = [stream.snapshot.data];
    await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    announced.push((await stream.until('invoice.paid')).data);
    for (const path of [`/i/${id}`, `/pay/invoices/${id}`]) announced.push(await (await browse(merchant, path)).text());
    for (const text of announced)
      expect(text).not.toMatch(/private|PRIVATE|fee_sats|metadata|buyer_email|callback|store_id/);
  });
});

describe('CVE-2021-29250, CVE-2023-0493, -0747, -0748, -0810, 1.2.3: no text becomes markup', () => {
  let ada: TestPerson;
  let ids: Ids;
  let secret: string;

  beforeAll(async () => {
    ada = await openPerson({ name: XSS.slice(0, 100), accountName: XSS.slice(0, 100) });
    ({ ids, secret } = await furnish(ada));
    // Around what the API would refuse: a row that got there some other way must do no harm either.
    const put = (sql: string, ...params: unknown[]) =>
      bindings.DB.prepare(sql)
        .bind(...params)
        .run();
    await put(
      'UPDATE stores SET name = ?1, color = ?1, logo_url = ?2, support_url = ?2, success_url = ?2 WHERE id = ?3',
      ...[XSS, 'javascript:alert(1)//"><script>alert(1)</script>', ids.store],
    );
    await put('UPDATE api_keys SET label = ?1 WHERE store_id = ?2', XSS, ids.store);
    await put('UPDATE endpoints SET label = ?1 WHERE store_id = ?2', XSS, ids.store);
    await put('UPDATE wallets SET label = ?1 WHERE id = ?2', XSS, ids.wallet);
    const order = {
      amount_sats: '9000',
      order_ref: XSS,
      metadata: { [XSS]: XSS },
      success_url: `https://x.example/${XSS}`,
    };
    const headers = { authorization: `Bearer ${secret}` };
    const made = await ada.ask<{ invoice: { id: string } }>('POST', '/v1/invoices', order, headers);
    ids = { ...ids, invoice: made.body.invoice.id };
    await ada.ask('POST', `/v1/invoices/${ids.invoice}/simulate`, { event_type: 'invoice.paid' }, headers);
    await alterSnapshots(ids.store, { success_url: 'javascript:alert(1)' });
  });

  it('on any page that shows it', async () => {
    const pages = (await everything(ada, ids, secret)).filter(([, text]) => text.includes('<!doctype html>'));
    expect(pages.length).toBeGreaterThan(12);
    for (const [path, text] of pages) {
      const html = text.slice(text.indexOf('<!doctype html>'));
      expect([path, html.match(/<script(?! type="module" src="\/[a-z]+\.js">)/g)]).toEqual([path, null]);
      expect([path, /<[^>]*\son\w+\s*=[^>]*>/i.exec(html.replaceAll(/"[^"]*"/g, '""'))?.[0]]).toEqual([
        path,
        undefined,
      ]);
      expect([path, /(?:href|src|action)="\s*(?:javascript|vbscript|data:text)/i.exec(html)?.[0]]).toEqual([
        path,
        undefined,
      ]);
      expect([path, html.includes('<img src=x')]).toEqual([path, false]);
    }
    expect(pages.some(([, text]) => text.includes('&lt;script&gt;alert(1)'))).toBe(true);
  });

  it('and if one did, the policy of every page would run nothing of it', async () => {
    for (const path of [`/i/${ids.invoice}`, '/profile', '/stores', `/stores/${ids.store}`, '/docs', '/i/none']) {
      const policy = (await ada.request('GET', path)).headers.get('content-security-policy') ?? 'none';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).toMatch(/base-uri 'none'/);
      expect(policy).not.toMatch(/unsafe-|\*|javascript/);
    }
  });
});

describe('CVE-2023-0879, GHSA-xfm4-w623-4vcg: a link leads where http leads', () => {
  const BAD = [
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
  ];

  let merchant: Merchant;
  let ada: TestPerson;

  beforeAll(async () => {
    [merchant, ada] = [await openMerchant(), await openPerson()];
  });

  it.each([...BAD, 'file:///etc/passwd', 'blob:x', '//evil.example', 'https:'])(
    'success_url %j is refused',
    async (url) => {
      const codes = [
        await merchant.request('POST', '/v1/invoices', { amount_sats: '9000', success_url: url }),
        await merchant.request('PATCH', `/v1/stores/${merchant.store.id}`, { success_url: url }),
        await merchant.request('PATCH', `/v1/stores/${merchant.store.id}`, { support_url: url }),
        await merchant.request('PATCH', `/v1/stores/${merchant.store.id}`, { logo_url: url }),
      ].map(({ status }) => status);
      expect(codes).toEqual([400, 400, 400, 400]);
    },
  );

  it.each([
    ...[
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '\\/evil.example',
      '/\t/evil.example',
      'evil.example',
    ],
    ...[
      'javascript:alert(1)',
      '/%0d%0aSet-Cookie:x=1\r\nX: y',
      ' //evil.example',
      '/ /evil.example',
      'https:evil.example',
    ],
  ])('the log-in does not redirect to %j', async (next) => {
    const shown = await ada.request('GET', `/login?next=${encodeURIComponent(next)}`);
    expect(new URL(shown.headers.get('location') ?? '', 'https://pay.test').origin).toBe('https://pay.test');
    const fields = new URLSearchParams({ email: ada.email, password: PASSWORD, next });
    const sent = await openBrowser().request('POST', '/login', fields.toString());
    expect(sent.status).toBe(303);
    expect(new URL(sent.headers.get('location') ?? '', 'https://pay.test').href).toBe('https://pay.test/stores');
    expect([...sent.headers.keys()]).not.toContain('x');
  });
});

describe('CVE-2021-29247: cookies are for this host, over https, and not for scripts', () => {
  it('every one that is ever set', async () => {
    const ada = await openPerson();
    const lines: string[] = [];
    const collect = async (answer: Promise<Response>) => void lines.push(...(await answer).headers.getSetCookie());
    const body = { email: ada.email, password: PASSWORD };
    await collect(openBrowser().request('POST', '/v1/auth/login', body));
    await collect(openBrowser().request('POST', '/login', new URLSearchParams(body).toString()));
    await collect(ada.request('POST', '/v1/auth/password', { current: PASSWORD, new: 'another horse' }));
    await collect(ada.request('POST', '/v1/auth/logout'));
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-/);
      expect(line.toLowerCase()).toMatch(/; secure(;|$)/);
      expect(line.toLowerCase()).toMatch(/; httponly(;|$)/);
      expect(line.toLowerCase()).toMatch(/; samesite=(lax|strict)(;|$)/);
      expect(line.toLowerCase()).toMatch(/; path=\/(;|$)/);
      expect(line.toLowerCase()).not.toContain('domain=');
    }
    expect(cookiesOf(ada.deps.config).session).toBe('__Host-satlane');
  });
});

describe('2.4.5: an invoice is not public forever', () => {
  const open = async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice();
    const show = async () => {
      const [json, page] = [await browse(merchant, `/pay/invoices/${id}`), await browse(merchant, `/i/${id}`)];
      return { json, page, statuses: [json.status, page.status] };
    };
    /** What the cron does when the watch is over. */
    const settle = async () => {
      for (const due of await dueOffChain(merchant.deps.db, merchant.clock.ms, 500)) await expire(merchant.deps, due);
    };
    return { merchant, id, show, settle };
  };

  it('30 days after its watch has ended the page is closed, and the shop has the details', async () => {
    const { merchant, id, show, settle } = await open();
    merchant.clock.advanceMinutes(30);
    await settle();
    merchant.clock.advanceMinutes(2 * DAY_MINUTES);
    await settle();
    await settle();
    merchant.clock.advanceMinutes(28 * DAY_MINUTES);
    expect((await show()).statuses).toEqual([200, 200]);
    merchant.clock.advanceMinutes(2 * DAY_MINUTES);
    const { json, page, statuses } = await show();
    expect(statuses).toEqual([410, 410]);
    expect(((await json.json()) as ErrorBody).error.code).toBe('gone');
    const html = await page.text();
    expect(html).toContain('The shop still has the details');
    expect(html).not.toMatch(/bcrt1|Corner Shop/);
    for (const path of [`/pay/invoices/${id}/events`, `/pay/invoices/${id}/stream`]) {
      expect((await browse(merchant, path)).status).toBe(410);
    }
    expect((await browse(merchant, `/i/${id}/theme.css`)).status).toBe(404);
    expect((await merchant.readInvoice(id)).status, 'to the shop it is what it was').toBe('expired');
  });

  it('while one that is still watched stays open, however old', async () => {
    const { merchant, id, show } = await open();
    merchant.clock.advanceMinutes(60 * DAY_MINUTES);
    await bindings.DB.prepare('UPDATE invoices SET watch_until = ? WHERE id = ?')
      .bind(merchant.clock.ms + 1, id)
      .run();
    expect((await show()).statuses).toEqual([200, 200]);
  });
});

describe('1.0.5.4, CVE-2023-0810: nothing in an export is a formula', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '=HYPERLINK("http://evil.example")'])(
    '%j',
    (text) => {
      const blank = new Proxy({}, { get: (_, name) => (name === 'order_ref' ? text : 'x') }) as BookedInvoice;
      const cell = csvLine(blank).slice('x,x,x,'.length);
      expect(cell).toMatch(/^"'/);
    },
  );
});
