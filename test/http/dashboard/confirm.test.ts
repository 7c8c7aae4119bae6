// What cannot be undone, or costs something, says first what it does: no page has it one press away, with or without a script.

import { describe, expect, it } from 'vitest';
import { keepConnection } from '../../../src/services/connections/connections.ts';
import { claimPullPayment } from '../../../src/services/payouts/claim.ts';
import { PHOENIXD } from '../../support/connections.ts';
import { freshKey } from '../../support/keys.ts';
import { startReceiver } from '../../support/merchant.ts';
import { freshAddress } from '../../support/payouts.ts';
import { openPerson, PASSWORD } from '../../support/person.ts';
import { codeFor } from '../../support/totp.ts';
import { colleague, follow, get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

/** Forms of what takes two steps, by where they go. A password asked once more is a step, too. */
const GRAVE =
  /\/(revoke|remove|archive|go-live|test-mode|cancel|approve|mark|mark-paid|use|rotate|callback-secret|totp\/off|totp\/codes)"|name="enabled" value="off"/;

/** What a page offers without a word before it. */
function oneStep(html: string): string[] {
  const open = html.replaceAll(/<details\b[^>]*>(?:(?!<details\b).)*?<\/details>/gs, '');
  return [...open.matchAll(/<form method="post"[^>]*>.*?<\/form>/gs)]
    .map(([form]) => form)
    .filter((form) => GRAVE.test(form));
}

/** What it offers at all. */
const grave = (html: string) =>
  [...html.matchAll(/<form method="post"[^>]*>.*?<\/form>/gs)].filter(([form]) => GRAVE.test(form)).length;

/** One that waits for its approval, one that is approved, and what both were claimed from. */
async function payoutsOf(owner: Owner) {
  const form = { amount: '9000', currency: 'SATS', name: '', description: '', methods: 'both', expires_in_days: '' };
  const made = await post(owner, `${owner.home}/pull-payments/new`, form);
  const pullPayment = /pull-payments\/([0-9a-f-]{36})/.exec(made.location ?? '')?.[1] ?? '';
  const making = { by: { kind: 'claimant', id: null }, use: null } as const;
  const claim = async () => {
    const wanted = { destination: freshAddress(), amount: '0.00001', method: null };
    return (await claimPullPayment(owner.deps, pullPayment, wanted, making)).id;
  };
  const [claimed, approved] = [await claim(), await claim()];
  await follow(owner, `${owner.home}/payouts/${approved}/approve`, { revision: '0' });
  return { claimed, approved, pullPayment };
}

describe('What cannot be undone', () => {
  it('takes two steps on every page that offers it', async () => {
    const owner = await openOwner();
    await colleague(owner, 'viewer');
    const receiver = await startReceiver();
    await post(owner, `${owner.home}/keys`, { label: 'Shop', environment: 'test' });
    const made = await post(owner, `${owner.home}/webhooks`, { url: receiver.url, label: '' });
    const endpoint = /webhooks\/([0-9a-f-]{36})/.exec(made.html)?.[1] ?? '';
    const invoice = await makeInvoice(owner);
    const connection = await keepConnection(owner.deps, { id: owner.store.id, archivedAtMs: null }, PHOENIXD);
    await follow(owner, '/team/invitations', { email: `${crypto.randomUUID()}@example.com`, role: 'viewer' });
    await owner.deps.db.$client
      .prepare(
        'INSERT INTO passkeys (credential_id, user_id, public_key, counter, label, created_at) VALUES (?, ?, ?, 0, ?, 1)',
      )
      .bind(crypto.randomUUID(), owner.id, '-7:AAAA', 'Phone')
      .run();
    const { claimed, approved, pullPayment } = await payoutsOf(owner);
    const offers: Record<string, number> = {};
    for (const path of [
      owner.home,
      ...[
        '/keys',
        '/settings',
        '/wallets',
        `/lightning/${connection.id}`,
        `/webhooks/${endpoint}`,
        `/invoices/${invoice}`,
        `/payouts/${claimed}`,
        `/payouts/${approved}`,
        `/pull-payments/${pullPayment}`,
      ].map((at) => owner.home + at),
      '/team',
      '/profile',
    ]) {
      const { html } = await get(owner, path);
      expect([path, oneStep(html)]).toEqual([path, []]);
      offers[
        path
          .replace(owner.home, '')
          .replace(approved, ':approved')
          .replace(/[0-9a-f-]{36}/, ':id')
      ] = grave(html);
    }
    expect(offers).toEqual({
      '': 1,
      '/keys': 3,
      '/settings': 2,
      '/wallets': 0,
      '/lightning/:id': 1,
      '/webhooks/:id': 3,
      '/invoices/:id': 2,
      '/payouts/:id': 2,
      '/payouts/:approved': 2,
      '/pull-payments/:id': 1,
      '/team': 3,
      '/profile': 1,
    });
  });

  it('says of another wallet that it takes the place of the one in use', async () => {
    const owner = await openOwner();
    const compare = await post(owner, `${owner.home}/wallets`, { text: freshKey() });
    expect(compare.html).toContain('It replaces the current wallet');
  });

  it('says of a third secret within a day that it ends the first, and then does', async () => {
    const owner = await openOwner();
    const receiver = await startReceiver();
    const made = await post(owner, `${owner.home}/webhooks`, { url: receiver.url, label: '' });
    const page = `${owner.home}/webhooks/${/webhooks\/([0-9a-f-]{36})/.exec(made.html)?.[1]}`;
    expect((await get(owner, page)).html).not.toContain('name="force"');
    expect((await post(owner, `${page}/rotate`)).html).toContain('whsec_');
    const asked = await get(owner, page);
    expect(wordsOf(asked.html)).toContain('Another rotation ends that now');
    expect([(await post(owner, `${page}/rotate`)).status, oneStep(asked.html)]).toEqual([409, []]);
    expect((await post(owner, `${page}/rotate`, { force: 'on' })).html).toContain('whsec_');
  });

  it('asks for the password before the second factor goes, and says what goes with it', async () => {
    const person = await openPerson();
    const { body } = await person.ask<{ uri: string }>('POST', '/v1/auth/totp/enable', { password: PASSWORD });
    await person.ask('POST', '/v1/auth/totp/verify', { code: await codeFor(body.uri, Date.now()) });
    expect(wordsOf((await get(person, '/profile')).html)).toContain('Your recovery codes stop working');
    for (const [off_password, status] of [
      ['', 400],
      ['not mine at all', 401],
    ] as const) {
      const page = await post(person, '/profile/totp/off', { off_password });
      expect([page.status, page.html.includes('id="off_password-error"')]).toEqual([status, true]);
    }
    expect(wordsOf((await get(person, '/profile')).html)).toContain('A log-in needs a code');
    await follow(person, '/profile/totp/off', { off_password: PASSWORD });
  });
});
