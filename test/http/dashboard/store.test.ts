// A merchant without an engineer sets up a store by forms alone: the wallet, keys, endpoints, settings, going live. What is
// secret is shown once, in the answer that made it.

import { describe, expect, it } from 'vitest';
import { MAX_FILE_LENGTH } from '../../../src/core/wallet/exports.ts';
import { keepRates } from '../../../src/cron.ts';
import { createStore } from '../../../src/services/accounts/stores.ts';
import { walletOf } from '../../core/psbt/support.ts';
import { electrumFile } from '../../support/electrum.ts';
import { freshKey } from '../../support/keys.ts';
import { startReceiver } from '../../support/merchant.ts';
import { openPerson } from '../../support/person.ts';
import { freshTpub } from './key.ts';
import { expectPolicy, follow, get, makeInvoice, openOwner, post, wordsOf } from './visitor.ts';

describe('The checklist of a store', () => {
  it('leads from nothing to live', async () => {
    const owner = await openPerson();
    await keepRates(owner.deps);
    const made = await follow(owner, '/stores/new', { name: 'Tea House', currency: 'EUR' });
    const home = made.path.split('?')[0] ?? '';
    expect(wordsOf(made.html)).toContain('Next: Connect your wallet');
    expect(made.html).not.toContain('/go-live"');

    const key = freshTpub();
    const compare = await post(owner, `${home}/wallets`, { text: key });
    expect(compare.status).toBe(200);
    expect(compare.html.match(/type="radio"/g)).toHaveLength(4);
    expect(compare.html).not.toContain(key);
    // As wallets number them, and as every answer of the API does.
    const numbers = [...compare.html.matchAll(/class="ordinal">(\d+)</g)].map(([, index]) => index);
    expect(numbers.slice(0, 3)).toEqual(['0', '1', '2']);
    expect(wordsOf(compare.html)).toContain('Indexes count from 0');
    const sealed = /name="sealed" value="([^"]+)"/.exec(compare.html)?.[1] ?? '';
    const undecided = await post(owner, `${home}/wallets/confirm`, {
      sealed,
      label: '',
      gap_limit: '',
      start_index: '',
    });
    expect(undecided.status).toBe(400);
    expect(wordsOf(undecided.html)).toContain('Choose the kind whose addresses your wallet shows');
    const form = { sealed, script_type: 'p2wpkh', label: 'Cold', gap_limit: '100', start_index: '0' };
    const connected = await follow(owner, `${home}/wallets/confirm`, form);
    expect(wordsOf(connected.html)).toContain('Next: Create a test invoice');

    const order = { amount: '12,50', currency: 'EUR', order_ref: 'A-1', expires_in_minutes: '' };
    const invoice = await follow(owner, `${home}/invoices/new`, order);
    expect(wordsOf(invoice.html)).toContain('€12.50');
    const paid = await follow(owner, `${invoice.path.split('?')[0]}/simulate`, {
      event: 'invoice.paid',
      amount_sats: '',
    });
    expect(wordsOf(paid.html)).toContain('Paid in full and confirmed');
    const ready = await get(owner, home);
    expect(wordsOf(ready.html)).toContain('Next: Go live');
    expect(wordsOf(ready.html)).toMatch(/Value at invoice time €12\.50/);
    expect(wordsOf((await follow(owner, `${home}/go-live`)).html)).toContain('Your store is live');
    expect(wordsOf((await follow(owner, `${home}/test-mode`)).html)).toContain('in test mode again');
  });

  it('says why a store cannot go live', async () => {
    const owner = await openPerson();
    const { store } = await createStore(owner.deps, owner.accountId, { name: 'No wallet' });
    const page = await post(owner, `/stores/${store.id}/go-live`);
    expect(page.status).toBe(409);
    expect(wordsOf(page.html)).toContain('Going live needs a wallet');
  });
});

describe('A wallet', () => {
  it('of several keys says how many sign, and their fingerprints', async () => {
    const owner = await openOwner();
    const { descriptor, masters } = walletOf('p2wsh', 33);
    const compare = await post(owner, `${owner.home}/wallets`, { text: descriptor });
    expect(compare.status).toBe(200);
    const names = masters.map(({ fingerprint }) => fingerprint.toString(16).padStart(8, '0')).join(', ');
    expect(wordsOf(compare.html)).toContain(`2 of 3 keys have to sign. Their fingerprints: ${names}`);
    // A key without an origin has none.
    const [first = '', ...others] = descriptor.split(/\[[^\]]+\]/);
    const bare = `${first}${others.join('')}`.replace(/#.*$/, '');
    const without = await post(owner, `${owner.home}/wallets`, { text: bare });
    expect(wordsOf(without.html)).toContain('Their fingerprints: unknown, unknown, unknown');
    const single = await post(owner, `${owner.home}/wallets`, { text: walletOf('p2wpkh', 33).descriptor });
    expect(wordsOf(single.html)).not.toContain('have to sign');
  });

  it('is refused with advice where it is none, and what was pasted is not written back', async () => {
    const owner = await openOwner();
    const seed = `${'abandon '.repeat(11)}about`;
    for (const text of [seed, 'xpub-nonsense', '', '<b>x</b>']) {
      const page = await post(owner, `${owner.home}/wallets`, { text });
      expect(page.status, text).toBe(400);
      expect(page.html).toContain('id="text-error"');
      expect(page.html).not.toContain('abandon abandon');
    }
  });

  it('comes as a file of years too, of which only what it is goes on to the next page', async () => {
    const owner = await openOwner();
    const upload = async (file: string, text = '') => {
      const form = new FormData();
      form.set('text', text);
      form.set('file', new File([file], 'default_wallet'));
      // Written out, for what a browser sends has its length and its boundary in the headers.
      const parts = new Response(form);
      const type = parts.headers.get('content-type') ?? '';
      return post(owner, `${owner.home}/wallets`, new TextDecoder().decode(await parts.arrayBuffer()), {
        'content-type': type,
      });
    };
    const large = electrumFile(freshKey(), 300);
    const compare = await upload(large);
    expect([compare.status, wordsOf(compare.html)]).toEqual([200, expect.stringContaining('Electrum')]);
    expect(compare.html.length).toBeLessThan(20_000);
    const sealed = /name="sealed" value="([^"]+)"/.exec(compare.html)?.[1] ?? '';
    const form = { sealed, script_type: 'p2wpkh', label: 'Years', gap_limit: '100', start_index: '0' };
    expect(wordsOf((await follow(owner, `${owner.home}/wallets/confirm`, form)).html)).toContain(
      'Your wallet is connected',
    );

    const tooLarge = await upload(`${large.padEnd(MAX_FILE_LENGTH)}}`);
    expect(tooLarge.status).toBe(400);
    expect(wordsOf(tooLarge.html)).toContain('This is larger than 1 MiB: paste the key alone.');
    expect(tooLarge.html).toContain('id="file-error"');
    expect((await upload('', '')).html).toContain('id="text-error"');
    expect(wordsOf((await upload('x'.repeat(3 * MAX_FILE_LENGTH))).html)).toContain('The form is too large');
    const torn = await post(owner, `${owner.home}/wallets`, 'x', { 'content-type': 'multipart/form-data; boundary=y' });
    expect([torn.status, wordsOf(torn.html)]).toEqual([400, expect.stringContaining('arrived incomplete')]);
  });

  it('is pasted by one person for one store: the sealed text opens for no other', async () => {
    const [owner, other] = [await openOwner(), await openOwner()];
    const compare = await post(owner, `${owner.home}/wallets`, { text: freshKey() });
    const sealed = /name="sealed" value="([^"]+)"/.exec(compare.html)?.[1] ?? '';
    const form = { sealed, script_type: 'p2wpkh', label: '', gap_limit: '', start_index: '' };
    expect((await post(other, `${other.home}/wallets/confirm`, form)).status).toBe(410);
  });
});

describe('What is secret', () => {
  it('is shown once: a key, in the answer that makes it', async () => {
    const owner = await openOwner();
    const made = await post(owner, `${owner.home}/keys`, { label: 'Web shop', environment: 'test' });
    expect(made.status).toBe(200);
    expectPolicy(made);
    const key = /sl_test_[0-9a-f]+/.exec(made.html)?.[0] ?? '';
    const asked = await owner.request('GET', '/v1/invoices', undefined, { authorization: `Bearer ${key}`, cookie: '' });
    expect(asked.status).toBe(200);
    const page = await get(owner, `${owner.home}/keys`);
    expect(page.html).not.toContain(key);
    expect(wordsOf(page.html)).toContain(`…${key.slice(-4)}`);
    const id = /keys\/([0-9a-f-]{36})\/revoke/.exec(page.html)?.[1] ?? '';
    const exchanged = await post(owner, `${owner.home}/keys/${id}/rotate`, { overlap: '24' });
    expect(exchanged.html).toMatch(/sl_test_[0-9a-f]{16}/);
    await follow(owner, `${owner.home}/keys/${id}/revoke`);
  });

  it('is shown once: an endpoint’s; a test event then shows its answer', async () => {
    const owner = await openOwner();
    const receiver = await startReceiver();
    const wrong = await post(owner, `${owner.home}/webhooks`, { url: 'ftp://shop.example', label: '' });
    expect(wrong.html).toContain('id="url-error"');
    expect(wrong.html).toContain('value="ftp://shop.example"');
    const made = await post(owner, `${owner.home}/webhooks`, { url: receiver.url, label: 'Shop' });
    expect(made.html).toContain('whsec_');
    const id = /webhooks\/([0-9a-f-]{36})/.exec(made.html)?.[1] ?? '';
    const tested = await follow(owner, `${owner.home}/webhooks/${id}/test`, { event_type: 'invoice.paid' });
    expect(wordsOf(tested.html)).toMatch(/Paid Delivered Test event/);
    expect(tested.html).not.toContain('whsec_');
    const settings = [
      ['url', receiver.url],
      ['label', 'Till'],
      ['event_types', 'invoice.paid'],
      ['event_types', 'invoice.expired'],
    ] as [string, string][];
    await follow(owner, `${owner.home}/webhooks/${id}`, settings);
    expect(wordsOf((await get(owner, `${owner.home}/webhooks`)).html)).toMatch(/Till On .* 2 kinds of events/);
    await follow(owner, `${owner.home}/webhooks/${id}/switch`, { enabled: 'off' });
    const refused = await post(owner, `${owner.home}/webhooks/${id}/test`, { event_type: 'invoice.paid' });
    expect([refused.status, wordsOf(refused.html).includes('switched off')]).toEqual([409, true]);
    await follow(owner, `${owner.home}/webhooks/${id}/remove`);
  });
});

describe('Settings', () => {
  it('are kept, and refused at their field', async () => {
    const owner = await openOwner();
    const form = {
      name: 'New name',
      currency: 'USD',
      default_expiry_minutes: '30',
      late_payment_grace_minutes: '60',
      tolerance_bp: '',
      zero_conf_cap_sats: '',
      has_color: 'on',
      color: '#336699',
      logo_url: '',
      support_url: 'https://shop.example/help',
      success_url: '',
    };
    const page = await follow(owner, `${owner.home}/settings`, form);
    expect(page.html).toContain('value="https://shop.example/help"');
    expect(page.html).toContain('value="#336699"');
    const wrong = await post(owner, `${owner.home}/settings`, {
      ...form,
      default_expiry_minutes: '3',
      support_url: 'javascript:alert(1)',
    });
    expect(wrong.status).toBe(400);
    expect(wrong.html).toContain('id="default_expiry_minutes-error"');
    expect(wrong.html).toContain('id="support_url-error"');
  });

  it('end with the archive, which can be left again', async () => {
    const owner = await openOwner();
    await makeInvoice(owner);
    const page = await follow(owner, `${owner.home}/archive`);
    expect(wordsOf(page.html)).toContain('This store is archived');
    expect(wordsOf((await follow(owner, `${owner.home}/restore`)).html)).toContain('Store restored');
  });
});
