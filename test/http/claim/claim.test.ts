// A person with a link claims money from a shop, without a script: what the page says in each state, what a wrong destination is
// answered with, and what no claimant may see of another.

import { beforeAll, describe, expect, it } from 'vitest';
import { withdrawLinks } from '../../../src/core/payout/links.ts';
import { QrCode } from '../../../src/http/ui/qr.tsx';
import { cancelForStore, markPayoutPaid } from '../../../src/services/payouts/payouts.ts';
import { archivePullPayment } from '../../../src/services/payouts/pull-payments.ts';
import { ANNA, freshAddress, openPayer, type Payer } from '../../support/payouts.ts';

let payer: Payer;
let ip = 1;

beforeAll(async () => {
  payer = await openPayer();
});

async function get(path: string) {
  const response = await payer.request('GET', path);
  return { status: response.status, headers: response.headers, html: await response.text() };
}

async function post(path: string, fields: Record<string, string>) {
  const form = {
    'content-type': 'application/x-www-form-urlencoded',
    'cf-connecting-ip': `198.51.${Math.floor(ip / 250)}.${ip++ % 250}`,
  };
  const response = await payer.request('POST', path, new URLSearchParams(fields).toString(), form);
  return { status: response.status, location: response.headers.get('location') ?? '', html: await response.text() };
}

const words = (html: string) =>
  html
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ');

const single = (over = {}) => payer.offer({ isSingleUse: true, amount: '0.0005', ...over });

describe('The page of a claim', () => {
  it('may not be framed, stored or scripted by others, and sends its form to itself', async () => {
    const { id } = await single();
    for (const path of [`/claim/${id}`, `/pull-payments/${id}`]) {
      const { status, headers, html } = await get(path);
      expect(status).toBe(200);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(html).toContain(`<form method="post" action="${path}"`);
    }
  });

  it('says what to do where a link leads nowhere', async () => {
    for (const path of ['/claim/nothing', '/pull-payments/nothing', `/claim/${(await single()).id}/nothing`]) {
      const { status, html } = await get(path);
      expect(status).toBe(404);
      expect(words(html)).toContain('ask the shop for a new one');
    }
    expect((await post('/claim/nothing', { destination: freshAddress() })).status).toBe(404);
    expect((await get('/claim/nothing/theme.css')).status).toBe(404);
  });

  it('takes the shop’s colour', async () => {
    const { id } = await single();
    expect((await get(`/claim/${id}`)).html).toContain(`/claim/${id}/theme.css`);
    expect((await get(`/claim/${id}/theme.css`)).html).toContain('--brand:#336699');
  });
});

describe('The code for a wallet', () => {
  it('is there while one claim of fixed sats can still use it up, and holds the LNURL in upper case', async () => {
    const { id } = await single();
    const { lnurl } = withdrawLinks('https://pay.test', { id });
    const page = await get(`/claim/${id}`);
    expect(page.html).toContain(`href="lightning:${lnurl}"`);
    expect(page.html).toContain(String(QrCode({ data: `LIGHTNING:${lnurl.toUpperCase()}`, label: 'x' })).slice(-200));
    await post(`/claim/${id}`, { destination: freshAddress() });
    const others = [
      await payer.offer({ amount: '0.0005' }),
      await single({ methods: ['onchain'] }),
      await single({ amount: '20', currency: 'USD' }),
      await single({ startsAtMs: payer.clock.ms + 60_000 }),
    ];
    for (const other of [id, ...others.map((one) => one.id)])
      expect((await get(`/claim/${other}`)).html).not.toContain('lightning:');
    const fixed = await single({ amount: '20', currency: 'USD', fixesRate: true });
    expect((await get(`/claim/${fixed.id}`)).html).toContain('lightning:');
  });
});

describe('A refund that one claim uses up', () => {
  it('is claimed to an address, waits, is on its way, and is sent', async () => {
    const { id } = await single({ name: 'Refund of order 7', origin: 'refund' });
    const page = words((await get(`/claim/${id}`)).html);
    expect(page).toContain('0.00050000 BTC');
    expect(page).toContain('Where should Corner Shop send your money?');
    const address = freshAddress();
    const sent = await post(`/claim/${id}`, { destination: ` bitcoin:${address} ` });
    expect(sent.status).toBe(303);
    const own = sent.location;
    expect(own).toMatch(new RegExp(`^/claim/${id}/[0-9a-f-]{36}$`));
    const payoutId = own.split('/')[3] ?? '';
    const waiting = await get(own);
    expect(words(waiting.html)).toContain('Waiting for Corner Shop’s approval');
    expect(waiting.html).toContain(address);
    expect(waiting.html).toContain('data-poll="10000"');
    expect(waiting.html).toContain('http-equiv="refresh"');
    const place = { storeId: payer.store.id, id: payoutId };
    await payer.approve(place);
    expect(words((await get(own)).html)).toContain('Your money is on its way');
    await markPayoutPaid(payer.deps, place, 'ab'.repeat(32), { by: ANNA });
    const done = await get(own);
    expect(words(done.html)).toContain('Your money is sent');
    expect(done.html).toContain('ab'.repeat(32));
    expect(done.html).not.toContain('data-poll');
  });

  it('shows others with the link its state, and not where the money goes', async () => {
    const { id } = await single();
    const address = freshAddress();
    const { location } = await post(`/claim/${id}`, { destination: address });
    const late = await post(`/claim/${id}`, { destination: freshAddress() });
    expect(late.status).toBe(200);
    for (const html of [late.html, (await get(`/claim/${id}`)).html]) {
      expect(words(html)).toContain('Waiting for Corner Shop’s approval');
      expect(html).not.toContain(address);
      expect(html).not.toContain(location.split('/')[3]);
    }
    // The same destination again is the same claim.
    expect((await post(`/claim/${id}`, { destination: address })).location).toBe(location);
    const other = await single();
    expect((await get(`/claim/${other.id}/${location.split('/')[3]}`)).status).toBe(404);
  });

  it('says where the store rejects it that no money was sent', async () => {
    const { id } = await single();
    const { location } = await post(`/claim/${id}`, { destination: freshAddress() });
    const place = { storeId: payer.store.id, id: location.split('/')[3] ?? '' };
    await cancelForStore(payer.deps, place, { by: ANNA });
    expect(words((await get(location)).html)).toContain('did not approve this claim. No money was sent.');
  });
});

describe('A pull payment that many claim', () => {
  it('gives parts of it, to a BOLT11 and to a Lightning address, until nothing is left', async () => {
    const { id } = await payer.offer({ amount: '0.0010' });
    const part = await post(`/pull-payments/${id}`, { destination: payer.bolt11(40_000n), amount: '' });
    expect(part.location).toMatch(new RegExp(`^/pull-payments/${id}/`));
    expect(words((await get(`/pull-payments/${id}`)).html)).toContain('Up to 60,000 sats');
    const more = await post(`/pull-payments/${id}`, { destination: 'you@wallet.example', amount: '0.0007' });
    expect([more.status, words(more.html)]).toEqual([409, expect.stringContaining('Enter at most 60,000 sats')]);
    const rest = await post(`/pull-payments/${id}`, { destination: 'you@wallet.example', amount: '' });
    expect(rest.status).toBe(303);
    const { html } = await get(`/pull-payments/${id}`);
    expect(words(html)).toContain('Everything is claimed');
    expect(html).not.toContain('you@wallet.example');
    expect((await get(part.location)).html).not.toContain('you@wallet.example');
  });

  it('asks for less where an amount is typed that is none', async () => {
    const { id } = await payer.offer({ amount: '20', currency: 'USD' });
    const page = words((await get(`/claim/${id}`)).html);
    expect(page).toContain('$20.00');
    expect(page).toContain('about 40,000 sats');
    const wrong = await post(`/claim/${id}`, { destination: freshAddress(), amount: '1,500' });
    expect(wrong.status).toBe(400);
    expect(words(wrong.html)).toContain('without a thousands separator');
    expect(wrong.html).toContain('value="1,500"');
  });
});

describe('A destination that cannot be paid', () => {
  const cases: [string, () => string, string][] = [
    ['nothing', () => '', 'Enter where your money should go.'],
    ['words', () => 'my wallet', 'Enter a Bitcoin address, a Lightning invoice, a Lightning address or an LNURL.'],
    ['an address of another network', () => 'bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', 'on another network'],
    ['an invoice of another amount', () => payer.bolt11(7n), 'This asks for another amount. Make one for 50000 sats.'],
    ['an invoice that has expired', () => payer.bolt11(50_000n, { expirySeconds: 60 }), 'ends too soon'],
    ['markup', () => '<img src=x onerror=alert(1)>', 'Enter a Bitcoin address'],
    ['more than is read', () => 'x'.repeat(30_000), 'Enter'],
  ];
  it.each(cases)('%s: the page says what to enter, and keeps what was typed', async (_, destination, said) => {
    const { id } = await single();
    const given = destination();
    const { status, html } = await post(`/claim/${id}`, { destination: given });
    expect(status).toBe(400);
    expect(words(html)).toContain(said);
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('aria-invalid="true"');
    if (given.length < 1000) expect(html).toContain(given.replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
  });
});

describe('A link that is over', () => {
  it('says that it expired, is not open yet, or was withdrawn', async () => {
    const atMs = payer.clock.ms;
    const ended = await payer.offer({ expiresAtMs: atMs + 1_000 });
    payer.clock.ms += 2_000;
    expect(words((await get(`/claim/${ended.id}`)).html)).toContain('The time to claim this is over');
    const late = await post(`/claim/${ended.id}`, { destination: freshAddress() });
    expect(words(late.html)).toContain('The time to claim this is over');
    const early = await payer.offer({ startsAtMs: payer.clock.ms + 60_000 });
    expect(words((await get(`/claim/${early.id}`)).html)).toContain('You cannot claim this yet');
    for (const isSingleUse of [true, false]) {
      const { id } = await payer.offer({ isSingleUse });
      await archivePullPayment(payer.deps, payer.store.id, id, { by: ANNA, use: null });
      expect(words((await get(`/claim/${id}`)).html)).toContain('has withdrawn it');
    }
  });
});

describe('Texts of others on the page', () => {
  it('are text, and a way back is a web address', async () => {
    const hostile = '"><script>alert(1)</script>';
    const { id } = await single({
      name: hostile.slice(0, 50),
      description: hostile,
      redirectUrl: 'javascript:alert(1)',
    });
    const { location } = await post(`/claim/${id}`, { destination: freshAddress() });
    for (const path of [`/claim/${id}`, location]) {
      const { html } = await get(path);
      expect(html).not.toContain('<script>');
      expect(html).not.toContain('javascript:');
    }
    const good = await single({ redirectUrl: 'https://shop.example/account', redirectAutomatically: true });
    const claimed = await post(`/claim/${good.id}`, { destination: freshAddress() });
    const waiting = await get(claimed.location);
    expect(waiting.html).toContain('href="https://shop.example/account"');
    expect(waiting.html).not.toContain('data-return');
    const place = { storeId: payer.store.id, id: claimed.location.split('/')[3] ?? '' };
    await payer.approve(place);
    await markPayoutPaid(payer.deps, place, null, { by: ANNA });
    expect((await get(claimed.location)).html).toContain('data-return="5"');
  });
});

describe('Forty people at one link', () => {
  it('claim no more than there is', async () => {
    const { id } = await payer.offer({ amount: '0.0005' });
    const sent = await Promise.all(
      Array.from({ length: 40 }, () => post(`/claim/${id}`, { destination: freshAddress(), amount: '0.0001' })),
    );
    expect(sent.filter(({ status }) => status === 303)).toHaveLength(5);
    expect(words((await get(`/claim/${id}`)).html)).toContain('Everything is claimed');
  });
});
