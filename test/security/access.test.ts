// Advisories about who gets in: an attacker without credentials, with half of them, or with those of another person, against
// every route that the app has. The table is in advisories.test.ts.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { configOf, type Env } from '../../src/env.ts';
import { fill, furnish, type Ids } from '../support/furnish.ts';
import { bindings } from '../support/merchant.ts';
import { type ErrorBody, expectStatus, openBrowser, openPerson, PASSWORD, type TestPerson } from '../support/person.ts';
import { DASHBOARD, FOR_PEOPLE, mounted, PUBLIC, ROUTES, shapeOf, WITHOUT_ID } from '../support/routes.ts';
import { codeFor } from '../support/totp.ts';

let owner: TestPerson;
let ids: Ids;

beforeAll(async () => {
  owner = await openPerson();
  ({ ids } = await furnish(owner));
});

/** What a form of the dashboard may want, so that none is refused for a field that is missing. */
const FORM =
  'label=X&gap_limit=100&overlap_hours=0&overlap=0&decision=accept&event=invoice.paid&event_type=invoice.paid&note=x';

type Asks = Pick<TestPerson, 'request'>;

/** Asks a mounted route about things that exist; a page is sent no body that it could read. */
async function ask(who: Asks, line: string, headers: Record<string, string> = {}) {
  const [method = '', path = ''] = line.split(' ');
  const named = path
    .replace(/^\/(v1\/stores|stores)\/:/, (start) => start.replace(':', ids.store))
    .replace(/^\/(v1\/invoices|pay\/invoices|i|invoice|o)\/:/, (start) => start.replace(':', ids.invoice))
    .replace(/\/invoices\/:/, `/invoices/${ids.invoice}`)
    .replace(/\/keys\/:/, `/keys/${ids.key}`)
    .replace(/\/wallets\/:/, `/wallets/${ids.wallet}`)
    .replace(/\/webhooks\/:/, `/webhooks/${ids.webhook}`)
    .replace(/\/deliveries\/:/, `/deliveries/${ids.delivery}`)
    .replace(/\/members\/:|^\/team\/:(?=\/(role|remove))/, (start) => start.replace(':', owner.id))
    .replace(/\/accounts\/:/, `/accounts/${owner.accountId}`)
    .replace(':', crypto.randomUUID());
  const isForm = !path.startsWith('/v1/');
  const body = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? undefined : isForm ? FORM : '{}';
  const response = await who.request(method, named, body, headers);
  const location = response.headers.get('location');
  await response.body?.cancel();
  return { status: response.status, location };
}

const isOpen = ({ status, location }: { status: number; location: string | null }) =>
  status < 300 || (status === 303 && !location?.startsWith('/login'));

describe('CVE-2026-119757: no route that is not public answers without credentials', () => {
  const nobody = () => openBrowser();

  it('for every request, with ids that exist: each public route as it should, all others with a refusal', async () => {
    const expected = new Map(Object.entries(PUBLIC).map(([line, status]) => [shapeOf(line), status]));
    const routes = mounted(owner.app);
    expect(routes.length).toBeGreaterThan(120);
    for (const line of routes) {
      const got = await ask(nobody(), line);
      const wanted = expected.get(line);
      if (wanted === undefined) expect([line, got.status, isOpen(got)]).toEqual([line, expect.any(Number), false]);
      else expect([line, got.status]).toEqual([line, wanted]);
      if (wanted === undefined) expect([line, [303, 401, 403, 404].includes(got.status)]).toEqual([line, true]);
    }
  });

  it('by other methods neither', async () => {
    const routes = mounted(owner.app);
    const paths = [...new Set(routes.map((line) => line.split(' ')[1] ?? ''))];
    const isPublic = (path: string) => Object.keys(PUBLIC).some((line) => shapeOf(line) === `GET ${path}`);
    for (const path of paths) {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND']) {
        if (routes.includes(`${method} ${path}`)) continue;
        const isPreflight = method === 'OPTIONS' && /^\/(pay|misc)\//.test(path);
        const got = await ask(nobody(), `${method} ${path}`);
        if (isPreflight || (method === 'HEAD' && isPublic(path))) continue;
        expect([method, path, isOpen(got)]).toEqual([method, path, false]);
      }
    }
  });

  it.each([
    ...[
      '/.env',
      '/.dev.vars',
      '/wrangler.toml',
      '/.git/config',
      '/.dev/world.json',
      '/src/vault.ts',
      '/admin',
      '/debug',
    ],
    ...['/__scheduled', '/cdn-cgi/handler/scheduled', '/v1/unlock', '/v1/setup', '/lnd/tls.cert'],
    ...[
      '/i/../.env',
      '/i/%2e%2e/%2e%2e/wrangler.toml',
      '/pay/invoices/..%2f..%2f.env',
      '/i/%00',
      '/v1//stores',
      '//v1/stores',
    ],
  ])('nor is there %s', async (path) => {
    expect((await nobody().request('GET', `https://pay.test${path}`)).status).toBe(404);
  });
});

describe('B#7491: no credential skips the second factor', () => {
  it('neither the password’s half of a log-in, nor Basic authentication, nor a reset password', async () => {
    const ada = await openPerson();
    const { body } = await expectStatus(
      200,
      ada.ask<{ uri: string }>('POST', '/v1/auth/totp/enable', { password: PASSWORD }),
    );
    await expectStatus(200, ada.ask('POST', '/v1/auth/totp/verify', { code: await codeFor(body.uri, Date.now()) }));

    const half = openBrowser();
    await expectStatus(401, half.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD }));
    expect([...half.jar.keys()]).toEqual(['__Host-satlane.pending']);
    const basic = { authorization: `Basic ${btoa(`${ada.email}:${PASSWORD}`)}` };
    const forPeople = [...ROUTES, ...WITHOUT_ID, ...FOR_PEOPLE].filter((one) => !('keyOnly' in one));
    for (const { method, path } of forPeople) {
      const body = method === 'GET' ? undefined : {};
      const asHalf = await half.ask<ErrorBody>(method, fill(path, ids), body);
      expect([method, path, asHalf.body.error.code]).toEqual([method, path, 'auth_totp_required']);
      const asBasic = await openBrowser().ask<ErrorBody>(method, fill(path, ids), body, basic);
      expect([method, path, asBasic.status]).toEqual([method, path, 401]);
    }
    for (const line of mounted(ada.app).filter((line) => DASHBOARD.test(line.split(' ')[1] ?? ''))) {
      const got = await ask(half, line);
      expect([line, got.status, got.location?.split('?')[0]]).toEqual([line, 303, '/login/code']);
    }

    await ada.ask('POST', '/v1/auth/password/forgot', { email: ada.email });
    await expectStatus(
      200,
      half.ask('POST', '/v1/auth/password/reset', { token: ada.mailedToken(), password: 'another horse' }),
    );
    const again = await openBrowser().ask<ErrorBody>('POST', '/v1/auth/login', {
      email: ada.email,
      password: 'another horse',
    });
    expect(again.body.error.code).toBe('auth_totp_required');
  });
});

describe('2.4.4, SHKeeper fc97479: a deployment without a secret of its own does not start', () => {
  const WEAK = [
    '',
    'dev',
    'changeme',
    '0'.repeat(64),
    'f'.repeat(64),
    'deadbeef'.repeat(8),
    'a'.repeat(63),
    'z'.repeat(64),
  ];

  it.each([undefined, ...WEAK])(
    'with %j as its key every route answers 500, and the value is not shown',
    async (key) => {
      const env = { ...bindings, ENCRYPTION_KEY: key } as unknown as Env;
      expect(() => configOf(env)).toThrow(/^configuration: ENCRYPTION_KEY/);
      const ctx = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
      const announced = vi.spyOn(console, 'log').mockImplementation(() => {});
      for (const path of ['/health', '/login', '/v1/invoices', '/api/v1/health', `/pay/invoices/${ids.invoice}`]) {
        const answer = await createApp().fetch(new Request(`https://pay.test${path}`), env, ctx);
        expect([path, answer.status]).toEqual([path, 500]);
        const text = await answer.text();
        expect(text).toContain(path === '/login' ? 'Something went wrong on our side' : '"internal"');
        const said = `${text} ${JSON.stringify(announced.mock.calls)}`;
        if (key !== undefined && key.length > 3) expect(said).not.toContain(key);
      }
      announced.mockRestore();
    },
  );
});

describe('2.4.7, 1.2.3, 1.3.2: a form of one store changes nothing of another', () => {
  it('whose ids stand in the path of one’s own, on every page of the dashboard', async () => {
    const stranger = await openPerson();
    const { ids: own } = await furnish(stranger);
    const lines = mounted(owner.app).filter((line) => / \/stores\/:\/.*:/.test(line));
    expect(lines.length).toBeGreaterThan(12);
    const foreign = ids;
    ids = { ...foreign, store: own.store };
    try {
      for (const line of lines) expect([line, (await ask(stranger, line)).status]).toEqual([line, 404]);
    } finally {
      ids = foreign;
    }
    for (const line of mounted(owner.app).filter((one) => / \/stores\/:/.test(one))) {
      expect([line, (await ask(stranger, line)).status]).toEqual([line, 404]);
    }
  });
});

describe('CVE-2021-29247: every form of the dashboard is its own pages’ alone', () => {
  it('requests of another site with the cookie of a logged-in person', async () => {
    const attacks: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '', 'sec-fetch-site': 'cross-site' },
    ];
    // Pages of buyers and claimants, and a node's hook, know no person, and a mail's link holds its own token: there is no cookie to misuse.
    const forms = mounted(owner.app).filter((one) =>
      /^POST \/(?!v1\/|(intents|claim|pull-payments|refund|hooks)\/|unsubscribe$)/.test(one),
    );
    for (const line of forms) {
      for (const headers of attacks) {
        expect([line, headers, (await ask(owner, line, headers)).status]).toEqual([line, headers, 403]);
      }
    }
  });
});
