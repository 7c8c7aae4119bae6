// Forms whose bytes are not text: every page that takes one refuses it by the name of the field. Read leniently, one text would
// be kept in two ways by the pages and by the API.

import { beforeAll, describe, expect, it } from 'vitest';
import { fill, furnish, type Ids } from '../../support/furnish.ts';
import { bindings } from '../../support/merchant.ts';
import { openBrowser, openPerson, type TestPerson } from '../../support/person.ts';
import { DASHBOARD, PUBLIC, routesOf } from '../../support/routes.ts';
import { get, post, wordsOf } from './visitor.ts';

let person: TestPerson;
let ids: Ids;

beforeAll(async () => {
  person = await openPerson();
  ({ ids } = await furnish(person));
});

const isPage = (path: string) => DASHBOARD.test(path) || `POST ${path}` in PUBLIC;
const forms = routesOf(openBrowser().app)
  .map((line) => line.split(' ') as [string, string])
  .filter(
    // The pages of claimants look up their id before they read a form.
    ([method, path]) =>
      method === 'POST' &&
      isPage(path) &&
      !/^\/(v1|hooks|intents|claim|pull-payments|refund|platform|unsubscribe)/.test(path),
  )
  .map(([, path]) => path);

describe('A form of', () => {
  it.each(forms)('%s', async (path) => {
    const to = fill(path.replace(/^\/stores\/:id/, '/stores/:store'), ids);
    for (const [bytes, problem] of [
      ['a=1&name=%ff', 'name: is not valid UTF-8'],
      ['name=%ed%a0%80', 'name: is not valid UTF-8'],
      ['name=a%00b', 'name: holds a NUL character'],
    ] as const) {
      const { status, html } = await post(person, to, bytes);
      expect([status, wordsOf(html)]).toEqual([400, expect.stringContaining(problem)]);
    }
  });

  it('in parts, and with a file that is not UTF-8', async () => {
    const to = `/stores/${ids.store}/wallets`;
    const part = (name: string, bytes: number[], file = '') => [
      ...new TextEncoder().encode(`--b\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`),
      ...bytes,
      ...new TextEncoder().encode('\r\n--b--\r\n'),
    ];
    for (const body of [part('text', [0xff, 0xfe]), part('text', [0xff, 0xfe, 0x41, 0], '; filename="w.txt"')]) {
      const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
      const response = await person.app.fetch(
        new Request(`https://pay.test${to}`, {
          method: 'POST',
          body: new Uint8Array(body),
          headers: {
            'content-type': 'multipart/form-data; boundary=b',
            origin: 'https://pay.test',
            cookie: [...person.jar].map(([name, value]) => `${name}=${value}`).join('; '),
          },
        }),
        bindings,
        context,
      );
      expect([response.status, wordsOf(await response.text())]).toEqual([
        400,
        expect.stringContaining('text: is not valid UTF-8'),
      ]);
    }
  });

  it('a search that is not UTF-8', async () => {
    const { status, html } = await get(person, `/stores/${ids.store}/invoices?q=%ff`);
    expect([status, wordsOf(html)]).toEqual([400, expect.stringContaining('q: is not valid UTF-8')]);
  });
});
