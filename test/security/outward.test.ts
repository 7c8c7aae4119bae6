// Advisories about what leaves SatLane: where deliveries may go, what they carry, whom mail is written to and where links
// lead. The table is in advisories.test.ts.

import { describe, expect, it } from 'vitest';
import { signatureHeaders, verifySignature } from '../../src/adapters/webhooks/signature.ts';
import { sweepDeliveries } from '../../src/jobs/deliver/dispatch.ts';
import { bindings, openMerchant, startReceiver } from '../support/merchant.ts';
import { addEndpoint, emptyOutbox, outboxOf, webhookOf } from '../support/outbox.ts';
import { type ErrorBody, openBrowser, openPerson, PASSWORD } from '../support/person.ts';

/** As a deployment is: the tests' own may reach this machine. */
const PUBLIC = { targets: 'public', origin: 'https://pay.test' } as const;

const PRIVATE_TARGETS = [
  ...['http://shop.example/hook', 'ftp://shop.example/', 'gopher://shop.example/', 'file:///etc/passwd', 'data:,x'],
  ...[
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://router.lan/',
    'https://db.internal/',
  ],
  ...[
    'https://metadata.google.internal/computeMetadata/v1/',
    'https://printer.local/',
    'https://wiki/',
    'https://x.onion/',
  ],
  ...['https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/'],
  ...['https://10.0.0.8/', 'https://192.168.1.1/', 'https://172.16.0.1/', 'https://169.254.169.254/', 'https://0/'],
  ...['https://１２７.0.0.1/', 'https://127。0。0。1/', 'https://8.8.8.8/', 'https://100.64.0.1/', 'https://0x7f.1/'],
  ...['https://[::1]/', 'https://[::]/', 'https://[fd00::1]/', 'https://[fe80::1]/', 'https://[::ffff:10.0.0.8]/'],
  ...['https://[64:ff9b::7f00:1]/', 'https://[2606:4700::1111]/', 'https://[::ffff:7f00:1]/'],
  ...[
    'https://shop.example:22/',
    'https://shop.example:6379/',
    'https://shop.example:8080/',
    'https://shop.example:80/',
  ],
  ...['https://user:pw@shop.example/', 'https://shop.example@127.0.0.1/', 'https://127.0.0.1#@shop.example/'],
  ...['https://pay.test/v1/invoices', 'https://pay.test./', 'https://PAY.TEST:8443/', 'https://x.pay.test/'],
];

/** A deployment's merchant, and everything that it would have sent out. */
async function openDeployed(answer: (request: Request) => Response | Promise<Response> = () => new Response('ok')) {
  const merchant = await openMerchant();
  const sent: Request[] = [];
  merchant.deps.dispatcher = {
    ...merchant.deps.dispatcher,
    policy: PUBLIC,
    log: () => {},
    fetch: async (input, init) => {
      const request = new Request(input as string, init as RequestInit);
      sent.push(request.clone() as Request);
      return answer(request);
    },
  };
  return { merchant, sent };
}

const codeOf = async (response: Response) => ((await response.json()) as Partial<ErrorBody>).error?.code;

describe('2.4.5, CVE-2025-32013: no webhook reaches a private network', () => {
  it('wherever a URL is given, in every spelling', async () => {
    const { merchant, sent } = await openDeployed();
    const path = `/v1/stores/${merchant.store.id}/webhooks`;
    const made = await merchant.request('POST', path, { url: 'https://shop.example/hook' });
    const { webhook } = (await made.json()) as { webhook: { id: string } };
    for (const url of PRIVATE_TARGETS) {
      const codes = [
        await codeOf(await merchant.request('POST', '/v1/invoices', { amount_sats: '9000', callback_url: url })),
        await codeOf(await merchant.request('POST', path, { url })),
        await codeOf(await merchant.request('PATCH', `${path}/${webhook.id}`, { url })),
      ];
      expect([url, ...codes]).toEqual([url, ...Array(3).fill('validation_error')]);
    }
    expect(sent).toEqual([]);
  });

  it('nor one that is in the database already: each attempt looks again', async () => {
    const { merchant, sent } = await openDeployed();
    for (const [id, url] of PRIVATE_TARGETS.entries()) {
      await addEndpoint(merchant, { id: `private-${id}`, url, secret: 'whsec_c2VjcmV0' });
    }
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    const rows = await outboxOf(merchant, id);
    expect(rows).toHaveLength(PRIVATE_TARGETS.length);
    for (const { attemptLog } of rows) {
      expect(attemptLog).toEqual([
        expect.objectContaining({ status: null, error: expect.stringMatching(/^the URL /) }),
      ]);
    }
    expect(sent).toEqual([]);
  });

  it('nor by a redirect, which is not followed', async () => {
    const { merchant, sent } = await openDeployed(() => Response.redirect('http://169.254.169.254/latest/', 307));
    await addEndpoint(merchant, { id: 'elsewhere', url: 'https://shop.example/hook', secret: 'whsec_c2VjcmV0' });
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    expect(sent.map(({ url, redirect }) => [url, redirect])).toEqual([['https://shop.example/hook', 'manual']]);
    expect((await outboxOf(merchant, id))[0]).toMatchObject({ state: 'retrying' });
  });
});

describe('2.4.6, CVE-2021-29251: links are made of the deployment’s one origin', () => {
  const EVIL = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    'x-original-url': 'https://evil.example/',
    forwarded: 'host=evil.example',
  };

  it('in an invoice, for every Host of its request', async () => {
    const { merchant } = await openDeployed();
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
    const headers = { ...EVIL, authorization: `Bearer ${merchant.store.apiKey}` };
    const body = JSON.stringify({ amount_sats: '9000' });
    const request = new Request('https://evil.example/v1/invoices', { method: 'POST', headers, body });
    const answer = await merchant.app.fetch(request, bindings, context);
    const text = await answer.text();
    expect(answer.status).toBe(201);
    expect(text).toContain('"hosted_checkout_url":"https://pay.test/i/');
    expect(text).not.toContain('evil');
  });

  it('in every mail, and on every page before the log-in', async () => {
    const ada = await openPerson();
    await ada.ask('POST', '/v1/auth/password/forgot', { email: ada.email }, EVIL);
    await ada.ask('POST', '/v1/account/invitations', { email: 'bob@example.com', role: 'viewer' }, EVIL);
    await openBrowser().ask('POST', '/v1/auth/signup', { email: ada.email }, EVIL);
    const newcomer = openBrowser();
    const wish = { email: 'new@example.com', password: PASSWORD, name: 'Eve', account_name: 'Eve’s shops' };
    await newcomer.ask('POST', '/v1/auth/signup', wish, EVIL);
    const mails = [...ada.mails, ...newcomer.mails];
    expect(mails.length).toBeGreaterThan(2);
    for (const { text } of mails) {
      expect(text).not.toContain('evil');
      for (const [link] of text.matchAll(/https?:\/\/\S+/g)) expect(link).toMatch(/^https:\/\/pay\.test\//);
    }
    for (const path of ['/', '/login', '/signup', '/forgot-password', '/stores']) {
      const page = await openBrowser().request('GET', `https://evil.example${path}`, undefined, EVIL);
      expect(`${page.headers.get('location')} ${await page.text()}`).not.toContain('evil');
    }
  });
});

describe('2.4.6: a stranger cannot choose whom SatLane writes to', () => {
  it('by an invoice: there is no such field, and the buyer’s address is never written to', async () => {
    const mails: unknown[] = [];
    const merchant = await openMerchant({ overrides: { mailer: { send: async (mail) => void mails.push(mail) } } });
    for (const field of ['notification_email', 'notificationEmail', 'email', 'cc']) {
      const order = { amount_sats: '9000', [field]: 'victim@example.com' };
      expect(await codeOf(await merchant.request('POST', '/v1/invoices', order))).toBe('validation_error');
    }
    const { id } = await merchant.createInvoice({ amount_sats: '9000', buyer_email: 'victim@example.com' });
    for (const event_type of ['invoice.payment_seen', 'invoice.paid', 'invoice.requires_review']) {
      await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type });
    }
    await merchant.settled();
    expect(mails).toEqual([]);
  });
});

describe('SHKeeper’s callback: a delivery carries no secret', () => {
  it('neither the API key nor what signs it, and the two have nothing in common', async () => {
    const receiver = await startReceiver();
    const merchant = await openMerchant({ endpointUrl: receiver.url });
    await merchant.createInvoice();
    await merchant.settled();
    const [delivery] = await receiver.deliveries(1);
    const all = JSON.stringify(delivery);
    const { apiKey, webhookSecret } = merchant.store;
    for (const secret of [apiKey, webhookSecret, webhookSecret.slice(6), bindings.ENCRYPTION_KEY]) {
      expect(all).not.toContain(secret);
    }
    const signature = delivery?.headers['x-satlane-signature'] as string;
    verifySignature(delivery?.body ?? '', signature, {
      secrets: [webhookSecret],
      nowSeconds: merchant.clock.ms / 1000,
    });
    expect(() => verifySignature(delivery?.body ?? '', signature, { secrets: [apiKey] })).toThrow();
  });
});

describe('OpenNode, BitPay: the signature covers every byte of what it is about', () => {
  it('the status among them', () => {
    const body = '{"event_type":"invoice.expired","data":{"invoice":{"status":"expired"}}}';
    const header = signatureHeaders('evt', 1_000, body, ['whsec_c2VjcmV0'])['X-SatLane-Signature'];
    const options = { secrets: ['whsec_c2VjcmV0'], nowSeconds: 1_000 };
    verifySignature(body, header, options);
    expect(() => verifySignature(body.replaceAll('expired', 'paid'), header, options)).toThrow('signature mismatch');
  });

  it('and goes beside what BitPay’s own words leave unsigned', async () => {
    const [merchant, receiver] = await Promise.all([openMerchant(), startReceiver()]);
    const secret = 'whsec_c2VjcmV0';
    await bindings.DB.prepare('UPDATE stores SET callback_secret_sealed = ? WHERE id = ?')
      .bind(await merchant.deps.vault.seal(secret, `store:${merchant.store.id}`), merchant.store.id)
      .run();
    const authorization = `Basic ${btoa(merchant.store.apiKey)}`;
    const order = { price: 1, currency: 'USD', notificationURL: receiver.url, extendedNotifications: true };
    expect((await merchant.request('POST', '/invoices', order, { authorization })).status).toBe(200);
    await merchant.settled();
    const [delivery] = await receiver.deliveries(1);
    const body = delivery?.body ?? '';
    const header = delivery?.headers['x-satlane-signature'];
    const options = { secrets: [secret], nowSeconds: merchant.clock.ms / 1000 };
    verifySignature(body, header, options);
    expect(() => verifySignature(body.replace('new', 'paid'), header, options)).toThrow('signature mismatch');
  });
});

describe('CVE-2026-110285, -103298, -103300: an unsigned request is refused, an empty secret as well', () => {
  const body = '{"status":"paid"}';
  const byEmpty = () => signatureHeaders('evt', 1_000, body, [''])['X-SatLane-Signature'];

  it('by the verifier that receivers are given', () => {
    expect(byEmpty).toThrow('no webhook secret');
    for (const secrets of [[], [''], ['whsec_c2VjcmV0', ''], [undefined as unknown as string]]) {
      expect(() => verifySignature(body, `t=1000,v1=${'0'.repeat(64)}`, { secrets, nowSeconds: 1_000 })).toThrow(
        'no webhook secret',
      );
    }
    for (const header of [null, undefined, '', 't=1000', 't=1000,v1=', `v1=${'0'.repeat(64)}`]) {
      expect(() => verifySignature(body, header, { secrets: ['whsec_c2VjcmV0'], nowSeconds: 1_000 })).toThrow();
    }
  });

  it('and an endpoint whose secret is empty is sent nothing', async () => {
    const { merchant, sent } = await openDeployed();
    await addEndpoint(merchant, { id: 'unsigned', url: 'https://shop.example/hook', secret: '' });
    await merchant.createInvoice();
    await merchant.settled();
    expect(sent).toEqual([]);
  });
});

describe('CVE-2024-34694: what is unknown has not failed', () => {
  it('a delivery without an answer is made again, with the same id and the same bytes', async () => {
    await emptyOutbox();
    let isSilent = true;
    const { merchant, sent } = await openDeployed(() => {
      if (isSilent) throw Object.assign(new Error('timed out'), { name: 'TimeoutError' });
      return new Response('ok');
    });
    await addEndpoint(merchant, { id: 'slow', url: 'https://shop.example/hook', secret: 'whsec_c2VjcmV0' });
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    expect((await outboxOf(merchant, id))[0]).toMatchObject({ state: 'retrying', attempts: 1 });
    isSilent = false;
    merchant.clock.advanceMinutes(2);
    await sweepDeliveries(merchant.deps.dispatcher);
    expect((await outboxOf(merchant, id))[0]).toMatchObject({ state: 'succeeded', attempts: 2 });
    const [first, second] = await Promise.all(sent.map((request) => request.text()));
    expect(second).toBe(first);
    expect(sent.map(({ headers }) => headers.get('webhook-id'))).toEqual(
      Array(2).fill(webhookOf({ body: first } as Parameters<typeof webhookOf>[0]).event_id),
    );
  });
});
