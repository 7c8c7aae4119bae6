// What the log may hold: ids, counts and codes. A story with every mishap in it, and nothing of it that is secret or
// anybody's own; and no text from outside that makes a line of its own. The table is in advisories.test.ts.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCron } from '../../src/cron.ts';
import { sweepDeliveries } from '../../src/jobs/deliver/dispatch.ts';
import { log } from '../../src/log.ts';
import { freshKey } from '../support/keys.ts';
import { bindings, openMerchant, startReceiver } from '../support/merchant.ts';
import { expectStatus, openBrowser, openPerson, PASSWORD } from '../support/person.ts';

const NAMES = ['log', 'info', 'warn', 'error', 'debug'] as const;
let lines: string[] = [];

beforeEach(() => {
  lines = [];
  for (const name of NAMES) {
    vi.spyOn(console, name).mockImplementation((...args: unknown[]) => void lines.push(args.map(String).join(' ')));
  }
});
afterEach(() => void vi.restoreAllMocks());

describe('Nothing secret is in the log', () => {
  it('of a payment with everything that can go wrong beside it', async () => {
    const receiver = await startReceiver();
    await receiver.answerWith([{ status: 500, body: 'receiver-said-this' }]);
    const merchant = await openMerchant({
      endpointUrl: `${receiver.url}?token=in-the-url`,
      explorers: ['http://127.0.0.1:9/api-token-of-explorer'],
      overrides: { mailer: { send: async () => Promise.reject(new Error('no mail today')) } },
    });
    const order = {
      amount_sats: '9000',
      order_ref: 'PRIVATE-ORDER',
      buyer_email: 'private.buyer@example.com',
      callback_url: `${receiver.url}?callback=private-callback`,
      metadata: { 'private-name': 'private-value' },
    };
    const made = await merchant.createInvoice(order);
    const { address } = await merchant.createInvoice();
    await merchant.request('POST', `/v1/invoices/${made.id}/simulate`, { event_type: 'invoice.paid' });
    await merchant.settled();
    merchant.clock.advanceMinutes(3);
    await sweepDeliveries(merchant.deps.dispatcher);
    await runCron(merchant.deps).catch(() => {});
    await merchant.request('POST', '/v1/invoices', '{"private-broken');
    await merchant.request('GET', '/v1/invoices?order_ref=PRIVATE-ORDER');
    const rescan = await merchant.request('POST', `/v1/invoices/${made.id}/rescan`);
    await rescan.text();
    // An unexpected error, with the database's own words.
    await bindings.DB.prepare('ALTER TABLE invoices RENAME TO gone').run();
    const broken = await merchant.request('GET', `/v1/invoices/${made.id}`);
    await bindings.DB.prepare('ALTER TABLE gone RENAME TO invoices').run();
    expect(broken.status).toBe(500);
    await merchant.settled();

    const text = lines.join('\n');
    expect(text).toContain('webhook.attempt_failed');
    expect(text).toContain('request.failed');
    const { apiKey, webhookSecret, wallet } = merchant.store;
    for (const secret of [
      ...[apiKey, webhookSecret, wallet?.key ?? '?', bindings.ENCRYPTION_KEY, address, made.address],
      ...['private', 'PRIVATE', 'in-the-url', 'receiver-said-this', 'api-token-of-explorer', 'wpkh('],
    ]) {
      expect([secret, text.includes(secret)]).toEqual([secret, false]);
    }
    expect(text).not.toMatch(/[tuvxyz](?:pub|prv)[1-9A-HJ-NP-Za-km-z]{20}|whsec_|sl_(?:test|live)_|bcrt1/);
  });

  it('of people who sign up, log in, forget and register a wallet', async () => {
    const ada = await openPerson({ name: 'Private Name' });
    const failing = { send: async () => Promise.reject(new Error(`550 <${ada.email}> has no mailbox`)) };
    const browser = openBrowser({ overrides: { mailer: failing } });
    await browser.ask('POST', '/v1/auth/login', { email: ada.email, password: 'wrong-password-here' });
    await browser.ask('POST', '/v1/auth/password/forgot', { email: ada.email });
    await ada.ask('POST', '/v1/auth/totp/enable', { password: PASSWORD });
    const made = await expectStatus(201, ada.ask<{ store: { id: string } }>('POST', '/v1/stores', { name: 'Private' }));
    const key = freshKey();
    await ada.ask('POST', `/v1/stores/${made.body.store.id}/wallets`, { text: key });
    await ada.ask('POST', `/v1/stores/${made.body.store.id}/wallets`, { text: `${key}broken` });
    const text = lines.join('\n');
    for (const secret of [
      PASSWORD,
      'wrong-password-here',
      key.slice(0, 30),
      'Private',
      ada.jar.get('__Host-satlane'),
    ]) {
      expect([secret, text.includes(secret ?? '?')]).toEqual([secret, false]);
    }
    expect(text).not.toMatch(/otpauth|secret=/);
  });
});

describe('1.0.5.4: no text from outside makes a line of the log', () => {
  it('a line is one JSON document for every content', () => {
    log('request.failed', { detail: 'a\nb\r\n{"event":"admin.login"}\u001b[2J"}' });
    expect(lines).toHaveLength(1);
    expect([...(lines[0] ?? '')].filter((char) => char < ' ')).toEqual([]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'request.failed' });
  });

  it('and no header of a request is in any', async () => {
    const merchant = await openMerchant();
    const headers = {
      'x-forwarded-for': '<script>alert(1)</script>',
      'user-agent': 'agent-of-mine',
      referer: 'https://referer.example',
      'x-request-id': 'chosen-by-me',
      'cf-connecting-ip': '203.0.113.77',
    };
    await bindings.DB.prepare('ALTER TABLE invoices RENAME TO gone').run();
    const answer = await merchant.request('GET', '/v1/invoices', undefined, headers);
    await bindings.DB.prepare('ALTER TABLE gone RENAME TO invoices').run();
    expect(answer.status).toBe(500);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(lines.join('\n')).toContain('request.failed');
    expect(lines.join('\n')).not.toMatch(/script|agent-of-mine|referer|chosen-by-me|203\.0\.113/);
  });
});
