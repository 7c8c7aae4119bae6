// A browser that has been here by https never comes by http again: an attacker on its network cannot pose as the checkout.

import { expect, it } from 'vitest';
import { depsFor } from '../../src/wiring.ts';
import { bindings } from '../support/merchant.ts';
import { openBrowser } from '../support/person.ts';

const PATHS = ['/health', '/login', '/docs', '/v1/invoices', '/i/none', '/api/v1/server/info', '/nothing'];
const headerOf = async (browser: ReturnType<typeof openBrowser>, path: string) =>
  (await browser.request('GET', path)).headers.get('strict-transport-security');

it('Every answer of a deployment on https says so, refusals included', async () => {
  for (const path of PATHS) expect([path, await headerOf(openBrowser(), path)]).toEqual([path, 'max-age=31536000']);
});

it('A local world on http does not', async () => {
  const { config } = depsFor(bindings, { waitUntil() {} });
  const local = openBrowser({ overrides: { config: { ...config, ORIGIN: 'http://127.0.0.1:8787' } } });
  for (const path of PATHS) expect([path, await headerOf(local, path)]).toEqual([path, null]);
});
