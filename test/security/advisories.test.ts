// What went wrong with others who take bitcoin for merchants, row by row, and the test that holds it from going wrong here.
// Numbers alone are BTCPay Server's releases, B# its issues. A row is looked for in the titles of the tests beside this
// file; what needs no app to attack is attacked in this one, in the source.
//
// Rows that cannot apply, and why:
// - 2.4.4, SSH from the app's container: a Worker has no shell and no network but fetch; its bindings are counted below.
// - 2.4.5, an employee approves an overpayment's refund; 2.4.7, reopened cancelled payouts; 2.0.2, a pull payment drained the wallet;
//   2.0.6, duplicate payouts: test/services/payouts/decisions.test.ts and claims.test.ts, test/core/payout/step.test.ts, test/jobs/pay.
//   What there is one of (an address, a key's successor, a decision) is raced for in races.test.ts, under these names.
// - 2.4.7, anonymous invoices dodged policy; 2.4.2 notes, unlimited ones: without a key a buyer names the amount of a payment
//   that a key has prepared, and no more.
// - 2.4.3, Shopify's refund webhook: no inbound webhooks are taken.
// - CVE-2021-29246, path traversal by upload; CVE-2021-29248: no files are taken, and no object's key is anybody's choice.
// - 1.2.3, 1.0.3.127, shared Lightning access, a page with an SSH key: neither exists. The XSS of 1.2.3 and 1.3.2 is tested.
// - GHSA-mgg4-9xpp-m8fj, an invoice for somebody else's order: a plugin's matter; a key makes invoices in its store alone.
// - btcpayserver-doc#141, the host swaps the merchant's key: the host's own evidence is an invoice's business
//   (/v1/invoices/:id/evidence gives the index of the address in the merchant's wallet); no test can hold a host honest.

import { describe, expect, it } from 'vitest';
import { openBrowser, openPerson } from '../support/person.ts';
import { PUBLIC } from '../support/routes.ts';

declare global {
  interface ImportMeta {
    glob(
      pattern: string | string[],
      options: { query: '?raw'; import: 'default'; eager: true },
    ): Record<string, string>;
  }
}

const tests = import.meta.glob('./*.test.ts', { query: '?raw', import: 'default', eager: true });
const source = import.meta.glob(['../../src/**/*.{ts,tsx,js}', '!../../src/{dev,cli}/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
});
const root = import.meta.glob(['../../wrangler.toml', '../../package-lock.json', '../../package.json'], {
  query: '?raw',
  import: 'default',
  eager: true,
});
const fileOf = (name: string) => root[`../../${name}`] ?? '';

const HELD: Record<string, string[]> = {
  'access.test.ts': [
    'CVE-2026-119757',
    'B#7491',
    '2.4.4',
    'SHKeeper fc97479',
    '2.4.7',
    '1.2.3',
    '1.3.2',
    'CVE-2021-29247',
  ],
  'outward.test.ts': [
    ...['2.4.5', 'CVE-2025-32013', '2.4.6', 'CVE-2021-29251', 'SHKeeper’s callback', 'OpenNode', 'BitPay'],
    ...['CVE-2026-110285', '-103298', '-103300', 'CVE-2024-34694'],
  ],
  'pages.test.ts': [
    ...['CVE-2022-32984', '2.4.7', '1.0.6.0', 'CVE-2021-29250', 'CVE-2023-0493', '-0747', '-0748', '-0810'],
    ...['CVE-2023-0879', 'GHSA-xfm4-w623-4vcg', 'CVE-2021-29247', '2.4.5', '1.0.5.4'],
  ],
  'races.test.ts': ['LNbank 2023', 'coinos 2021', '2.0.6', '2.0.2'],
  'chain.test.ts': ['2.4.7', 'electrum#10539', 'B#1371', 'CVE-2024-34694'],
  'logs.test.ts': ['1.0.5.4'],
};

describe('Every advisory', () => {
  it.each(Object.entries(HELD))('of %s is in the title of a test', (file, rows) => {
    const titles = [
      ...(tests[`./${file}`] ?? '').matchAll(/^ *(?:describe|it)(?:\.each)?\((?:'([^']*)|\n? *['`]([^'`]*))/gm),
    ];
    const text = titles.map(([, one, other]) => one ?? other).join('\n');
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
  });
});

/** Files of ours in which something is found. */
const having = (pattern: RegExp, except: RegExp = /^$/) =>
  Object.entries(source)
    .filter(([path, text]) => !except.test(path) && pattern.test(text))
    .map(([path]) => path);

describe('2.4.2 notes: public requests are limited', () => {
  it('every change, by address, before it costs anything', async () => {
    const full = openBrowser({ overrides: { allowAuth: async () => false } });
    const address = 'a@example.com';
    const password = 'correct horse battery';
    const everything = {
      email: address,
      password,
      name: 'A',
      token: 'x',
      code: '123456',
      invitation: 'x',
      who: 'known',
    };
    // The first only ends things; the second is limited as the creation of invoices is (test/http/api/elenpay/intents.test.ts);
    // the third asks for a signed link, and mail programs of many people share an address; the fourth for a secret in its path. Claims
    // are counted as other requests of a page are: by the address and the id, and wrong ids by the address alone.
    const others = ['POST /logout', 'POST /intents/:intent', 'POST /unsubscribe', 'POST /hooks/ln/:store/:secret'];
    others.push('POST /claim/:id', 'POST /pull-payments/:id', 'POST /refund/:id');
    const lines = Object.keys(PUBLIC).filter((line) => line.startsWith('POST /') && !others.includes(line));
    expect(lines.length).toBeGreaterThan(12);
    for (const line of lines) {
      const path = line.slice('POST '.length);
      const body = path.startsWith('/v1/') ? JSON.stringify(everything) : new URLSearchParams(everything).toString();
      const { status, headers } = await full.request('POST', path, body);
      expect([line, status, headers.get('retry-after') ?? 'a page']).toEqual([
        line,
        429,
        expect.stringMatching(/^1$|page/),
      ]);
    }
  });
});

describe('2.4.2 notes: a stolen session cannot guess its password', () => {
  it('by the forms that ask for it', async () => {
    const limits = { isFull: false };
    const ada = await openPerson({ overrides: { allowAuth: async () => !limits.isFull } });
    limits.isFull = true;
    const wrong = 'not this one';
    const fields = {
      ...{ current: wrong, new: 'another horse', code: '123456' },
      ...{ totp_password: wrong, off_password: wrong, codes_password: wrong },
    };
    for (const path of [
      '/profile/password',
      '/profile/totp',
      '/profile/totp/confirm',
      '/profile/totp/off',
      '/profile/totp/codes',
    ]) {
      const { status } = await ada.request('POST', path, new URLSearchParams(fields).toString());
      expect([path, status]).toEqual([path, 429]);
    }
    for (const path of ['/password', '/totp/enable', '/totp/disable', '/totp/recovery-codes', '/passkeys/options']) {
      expect([path, (await ada.request('POST', `/v1/auth${path}`, {})).status]).toEqual([path, 429]);
    }
  });
});

describe('Plugin Builder 2026-09-02, 2.4.4: what is deployed is what is written down', () => {
  it('dependencies are exact versions with a hash each', () => {
    const { packages } = JSON.parse(fileOf('package-lock.json')) as {
      packages: Record<string, { integrity?: string; link?: boolean }>;
    };
    const unlocked = Object.entries(packages).filter(
      ([path, { integrity, link }]) => path !== '' && !integrity && !link,
    );
    expect(unlocked.map(([path]) => path)).toEqual([]);
    const { dependencies = {} } = JSON.parse(fileOf('package.json')) as { dependencies?: Record<string, string> };
    expect(Object.entries(dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
  });

  it('no secret stands in the configuration, and the Worker has its named bindings and no others', () => {
    const toml = fileOf('wrangler.toml');
    expect(toml).not.toMatch(/^\s*(ENCRYPTION_KEY|MAIL_TOKEN|\w*(SECRET|PASSWORD|TOKEN))\s*=/m);
    const bindings = [...toml.matchAll(/^(?:binding|name) = "([A-Z_]+)"/gm)].map(([, name]) => name);
    expect(bindings.sort()).toEqual([
      ...['CREATE_LIMITER', 'DB', 'LIGHTNING', 'LIMITER', 'PAYOUTS', 'REQUEST_LIMITER', 'ROOM', 'SENDER', 'WATCHER'],
    ]);
  });
});

describe('CVE-2021-29245: what must not be guessed is not made of Math.random', () => {
  it('which decides nothing but how long to wait, and which requests are counted', () => {
    const PLACES = ['adapters/explorers/pool.ts', 'adapters/limits/requests.ts', 'assets/page.js'].map(
      (path) => `../../src/${path}`,
    );
    expect(having(/Math\.random/)).toEqual(PLACES);
  });
});

describe('2.4.3, SHKeeper 6433aa1, e7b74c8: no text is written as markup', () => {
  it('but the documentation, which is ours', () => {
    expect(having(/dangerouslySetInnerHTML|\braw\(|hono\/html/, /src\/(http\/docs|adapters\/db)\//)).toEqual([]);
    expect(having(/\.innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function/)).toEqual([]);
  });
});

describe('BTCPay modal: no page says a secret to the page that frames it', () => {
  it('one may be framed, on demand, and tells the invoice’s id and status to the page around it, by name where it is known', async () => {
    expect(having(/postMessage\(/)).toEqual(['../../src/assets/checkout.js']);
    expect(having(/\bframe-ancestors (?!'none'|\$\{)/)).toEqual([]);
    const script = source['../../src/assets/checkout.js'] ?? '';
    expect(script.match(/postMessage\([^)]*\)/g)).toEqual(['postMessage(message, shopOrigin()']);
    const announced = [...script.matchAll(/tellShop\(([^)]*)\)/g)].map(([, message]) => message);
    expect(new Set(announced)).toEqual(
      new Set([
        "'loaded'",
        "'close'",
        '{ open: back.href }',
        '{ open: link?.href }',
        '{ invoiceId: id, status }',
        'message',
      ]),
    );
  });
});
