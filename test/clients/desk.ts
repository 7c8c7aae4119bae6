// The merchant's and the buyer's side of a client's test: keys, codes and consent as the owner gives them, a server that is
// told, and the chain.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import { control, merchantOf } from '../support/node/world.ts';
import type {} from './global-setup.ts';

export const world = inject('world');
/** By the name that links are built with: the owner's session belongs to it. */
export const ORIGIN = world.dashboard.replace(/\/$/, '');
export const LIVE = merchantOf(world, 'live').store;
export const TEST = merchantOf(world, 'test').store;

const STEP_MS = 100;
/** A webhook that is tried again comes after a minute. */
const MAX_MS = 150_000;

/** A key with permissions, as the native API makes it. */
export async function keyWith(permissions: string[]): Promise<string> {
  const response = await fetch(`${world.api}/v1/stores/${LIVE.id}/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${LIVE.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ label: 'A client', permissions: permissions.map((name) => `btcpay.store.${name}`) }),
  });
  return (await okay<{ secret: string }>(response)).secret;
}

/** An endpoint with ElenPAY's events, created by the native API. @returns its secret */
export async function elenpayEndpoint(url: string): Promise<string> {
  const response = await fetch(`${world.api}/v1/stores/${LIVE.id}/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${LIVE.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url, dialect: 'elenpay' }),
  });
  return (await okay<{ secret: string }>(response)).secret;
}

/** The owner's browser: pages and forms. */
export async function ownersBrowser() {
  const response = await fetch(`${ORIGIN}/v1/auth/login`, {
    method: 'POST',
    headers: { origin: ORIGIN, 'content-type': 'application/json' },
    body: JSON.stringify(world.login),
  });
  await okay(response);
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  const headers = { origin: ORIGIN, cookie: cookie.join('; '), accept: 'text/html' };
  const page = async (path: string, form?: Record<string, string>): Promise<string> => {
    const answer = await fetch(new URL(path, ORIGIN), {
      headers,
      redirect: 'manual',
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    const html = await answer.text();
    if (answer.status !== 200 && answer.status !== 303) throw new Error(`${path} answered ${answer.status}: ${html}`);
    return html;
  };
  return {
    page,
    /** A code for a BitPay client, from the dashboard. */
    async pairingCode(role: 'merchant' | 'pos'): Promise<string> {
      const html = await page(`/stores/${LIVE.id}/clients`, { label: 'A client', role });
      return /id="secret"[^>]*>\s*([A-Za-z0-9]{7})\s*</.exec(html)?.[1] ?? '';
    },
    /** A POS token, which works without a signature, from the dashboard. */
    async posToken(): Promise<string> {
      const html = await page(`/stores/${LIVE.id}/clients`, { label: 'A shop', role: 'pos-unsigned' });
      return /id="secret"[^>]*>\s*([0-9a-f]{64})\s*</.exec(html)?.[1] ?? '';
    },
    /** What a plugin gets when the owner follows its link and agrees: the fields that the browser posts, and where. */
    async agree(link: string): Promise<{ action: string; fields: URLSearchParams }> {
      const asked = await page(link);
      const oldShapes: Record<string, string> = /name="old_shapes"[^>]* checked/.test(asked)
        ? { old_shapes: 'on' }
        : {};
      const html = await page(link, { store: LIVE.id, label: '', ...oldShapes });
      const action = /<form method="post" action="([^"]+)"[^>]*data-submit/.exec(html)?.[1] ?? '';
      const inputs = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
      return {
        action: action.replaceAll('&amp;', '&'),
        fields: new URLSearchParams(inputs.map(([, name = '', value = '']): [string, string] => [name, value])),
      };
    },
  };
}

export interface Announced<T> {
  headers: IncomingHttpHeaders;
  raw: string;
  body: T;
}

/** A shop's server on this machine, which answers 200 with nothing. */
export async function openReceiver<T>() {
  const announced: Announced<T>[] = [];
  const server = createServer(async (request, response) => {
    const raw = await text(request);
    announced.push({ headers: request.headers, raw, body: JSON.parse(raw) as T });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    announced,
    /** Waits for so many in all. */
    hears: (count: number) =>
      until(
        async () => announced,
        (all) => all.length >= count,
      ),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const pay = (address: string, sats: string | number) => control(world, 'pay', { address, sats: String(sats) });
export const mine = (blocks = 1) => control(world, 'mine', { blocks });

/** Asks again until the answer is so. @throws Error with the last answer */
export async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (const startedMs = Date.now(); ; await pause(STEP_MS)) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (Date.now() - startedMs > MAX_MS) throw new Error(`it stays ${JSON.stringify(answer)}`);
  }
}

async function okay<T>(response: Response): Promise<T> {
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${body}`);
  return JSON.parse(body) as T;
}
