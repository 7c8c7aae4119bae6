// A program that asks without a browser's Accept is answered as a program: with JSON, never with a log-in page. The table is
// made from the app's own routes.

import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import { everyRouteOf } from '../../support/routes.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const PROGRAMS = [undefined, '*/*', 'application/json', 'application/json, text/plain, */*', 'text/html;q=0, */*'];

/** Public pages: no API is under these, and they need no log-in. */
const PAGES =
  /^\/(docs|login|signup|verify-email|confirm-email|invitation|forgot-password|reset-password|i|o|invoice|intents|claim|pull-payments|refund)(\/|$)/;
/** For programs alone. */
const APIS =
  /^\/(v1|api|misc|pay|health|rates|currencies|tokens|refunds|invoices\/guid|lnurl|\.well-known\/lnurlp)(\/|$)|\/(status|theme\.css)$/;

const merchant = await openMerchant();
const { id } = await merchant.createInvoice();
const paths = everyRouteOf(createApp())
  .filter((route) => route.startsWith('GET '))
  .map((route) => route.slice('GET '.length));

/** With ids that name something where one is at hand. */
const pathOf = (path: string) =>
  path.replace(/^(\/(?:i|invoices|pay\/invoices))\/:\w+/, `$1/${id}`).replace(/:\w+|\*/g, 'x');

async function ask(path: string, accept?: string, headers: Record<string, string> = {}) {
  const all = accept === undefined ? headers : { ...headers, accept };
  const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
  const response = await merchant.app.fetch(
    new Request(`https://pay.test${path}`, { headers: all }),
    bindings,
    context,
  );
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, location: response.headers.get('location') ?? '', response };
}

describe('A program', () => {
  it.each(paths.filter((path) => !PAGES.test(path) && path !== '/'))('is answered with JSON: GET %s', async (path) => {
    for (const accept of PROGRAMS) {
      const { status, type, location } = await ask(pathOf(path), accept);
      expect([accept, type, location]).toEqual([accept, expect.not.stringContaining('html'), '']);
      expect([accept, status]).not.toEqual([accept, 500]);
    }
  });

  it.each(['/nothing', '/stores/x/nothing', '/favicon', '/INVOICES/x/y/z'])(
    'gets the error in JSON: %s',
    async (path) => {
      for (const accept of PROGRAMS) {
        const answer = await ask(path, accept);
        expect([answer.status, answer.type]).toEqual([404, expect.stringContaining('application/json')]);
        expect(await answer.response.json()).toHaveProperty('error');
      }
    },
  );

  it('reads an invoice by its id as BitPay’s guide says, however its client writes the request', async () => {
    for (const accept of PROGRAMS) {
      const { response, status } = await ask(`/invoices/${id}`, accept);
      expect(status).toBe(200);
      expect(await response.json()).toMatchObject({ data: { id, status: 'new' } });
      expect(response.headers.get('vary')).toMatch(/accept/i);
      expect((await ask('/invoices', accept)).status).toBe(401);
    }
  });
});

describe('A browser', () => {
  it.each(paths.filter((path) => !APIS.test(path)))('is shown a page: GET %s', async (path) => {
    const { status, type } = await ask(pathOf(path), BROWSER);
    if (![302, 303].includes(status)) expect(type).toContain('text/html');
  });

  it('is taken to the log-in page, and is answered by the API where it says that it is a program', async () => {
    for (const path of ['/stores', `/invoices/${id}`]) {
      const { status, location } = await ask(path, BROWSER);
      expect([status, location]).toEqual([303, `/login?next=${encodeURIComponent(path)}`]);
    }
    const headers = { 'content-type': 'application/json' };
    expect((await ask(`/invoices/${id}`, BROWSER, headers)).type).toContain('application/json');
  });
});
