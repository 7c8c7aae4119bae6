// Everything that can go wrong between SatLane and a merchant's node has one name, and its text holds no credential.

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { NodeError } from '../../../src/adapters/nodes/node.ts';
import { Road } from '../../../src/adapters/nodes/request.ts';
import { type Handler, outside, serve } from './server.ts';

const SECRET = 'hunter2-macaroon';

async function faultOf(handler: Handler, timeoutMs?: number): Promise<NodeError> {
  const { url } = await serve(handler);
  const road = new Road(outside(timeoutMs ? { timeoutMs } : {}), url, { 'x-key': SECRET });
  return road.ask('/x').then(
    () => expect.fail('it was answered'),
    (error) => error,
  );
}

afterEach(() => vi.useRealTimers());

describe('a node that', () => {
  test.each<[string, string, Handler]>([
    ['hangs up', 'unreachable', (_, response) => void response.destroy()],
    [
      'hangs up in the middle of its answer',
      'unreachable',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"a":', () => response.destroy());
        return undefined;
      },
    ],
    ['is down behind its tunnel', 'unreachable', () => ({ status: 530, body: 'error code: 1033' })],
    ['is down behind its proxy', 'unreachable', () => ({ status: 502, body: '<html>Bad gateway</html>' })],
    ['fails by itself', 'unreachable', () => ({ status: 500, body: 'NullPointerException' })],
    ['asks to wait', 'unreachable', () => ({ status: 429, body: '' })],
    ['has a certificate of its own', 'certificate', () => ({ status: 526, body: '' })],
    ['does not accept the credential', 'credential', () => ({ status: 401, body: 'Invalid authentication' })],
    ['does not allow this', 'forbidden', () => ({ status: 403, body: '' })],
    ['is named by an IP address', 'unsupported', () => ({ status: 403, body: 'error code: 1003' })],
    ['does not have the path', 'bad_answer', () => ({ status: 404, body: '' })],
    ['refuses', 'refused', () => ({ status: 400, body: 'no' })],
    ['redirects', 'bad_answer', () => ({ status: 302, headers: { location: 'https://elsewhere.example/' } })],
    [
      'is behind Cloudflare Access',
      'credential',
      () => ({ status: 302, headers: { location: 'https://shop.cloudflareaccess.com/cdn-cgi/access/login' } }),
    ],
    ['answers with too much', 'bad_answer', () => ({ body: { text: 'x'.repeat(65 * 1024) } })],
    [
      'answers without an end',
      'bad_answer',
      (_, response) => {
        const more = () => void (response.destroyed || response.write('x'.repeat(10_000), more));
        more();
        return undefined;
      },
    ],
  ])('%s: %s', async (_, fault, handler) => {
    expect(await faultOf(handler)).toMatchObject({ fault });
  });

  test.each<[string, Handler]>([
    ['never answers', () => undefined],
    ['stops in the middle of its answer', (_, response) => void response.writeHead(200).write('{"a":')],
  ])('%s: timeout', async (_, handler) => {
    expect(await faultOf(handler, 50)).toMatchObject({ fault: 'timeout' });
  });

  test('does not run: unreachable', async () => {
    const road = new Road(outside(), 'http://127.0.0.1:1');
    await expect(road.ask('/x')).rejects.toMatchObject({ fault: 'unreachable' });
  });

  test.each([
    [new TypeError('fetch failed', { cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })],
    [new TypeError('fetch failed', { cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })],
    [new Error("TLS peer's certificate is not trusted; reason = self signed certificate")],
  ])('has a certificate that the local world refuses: certificate', async (error) => {
    const road = new Road(outside({ fetch: () => Promise.reject(error) }), 'https://node.example');
    await expect(road.ask('/x')).rejects.toMatchObject({
      fault: 'certificate',
      message: expect.stringMatching(/Caddy.*Cloudflare Tunnel.*Tailscale Funnel.*Voltage/),
    });
  });
});

test('waits for ten seconds', async () => {
  vi.useFakeTimers();
  const never = (_: unknown, init?: RequestInit) =>
    new Promise<Response>((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  const asked = new Road(outside({ fetch: never }), 'https://node.example').ask('/x');
  const failed = expect(asked).rejects.toMatchObject({ message: 'node.example did not answer within 10 seconds.' });
  await vi.advanceTimersByTimeAsync(9_999);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  await failed;
  expect(vi.getTimerCount()).toBe(0);
});

describe('an error', () => {
  test('shows the words of the node, clean and short', async () => {
    const words = `bad\u0000\u202e amount\n\n${'y'.repeat(500)}`;
    const { message } = await faultOf(() => ({ status: 400, body: { detail: words } }));
    expect(message).toMatch(/refused\. It says: bad amount y+$/);
    expect(message.split('It says: ')[1]).toHaveLength(200);
  });

  test.each([
    ['message', { code: 2, message: 'no way', details: [] }],
    ['error', { error: 'no way' }],
    ['nested error', { error: { code: -32602, message: 'no way' } }],
    ['detail', { detail: 'no way', status: 'failed' }],
    ['reason', { status: 'ERROR', reason: 'no way' }],
    ['plain text', 'no way'],
  ])('reads what the node says in its %s', async (_, body) => {
    const { message } = await faultOf(() => ({ status: 400, body }));
    expect(message).toMatch(/refused\. It says: no way$/);
  });

  test('shows no HTML', async () => {
    const { message } = await faultOf(() => ({ status: 400, body: '<!doctype html><p>no' }));
    expect(message).toMatch(/refused\. HTTP 400\.$/);
  });

  test('holds no credential, even where the node repeats it', async () => {
    const { message } = await faultOf(({ headers }) => ({
      status: 400,
      body: `bad header ${headers['x-key']} twice ${headers['x-key']}`,
    }));
    expect(message).not.toContain(SECRET);
    expect(message).toContain('bad header … twice …');
  });

  test.each(['key\nwith a line', 'schlüssel→'])(
    'of a header that cannot be sent holds no credential: %j',
    async (key) => {
      const road = new Road(outside(), 'https://node.example', { 'x-key': key });
      const error = await road.ask('/x').catch((error) => error);
      expect(error).toMatchObject({ fault: 'credential' });
      expect(error.message).not.toContain(key);
    },
  );
});

test.each([
  'http://node.example',
  'https://127.0.0.1:8080',
  'https://[::1]',
  'https://localhost:8080',
  'https://umbrel.local',
  'https://abc.onion',
  'https://user:pass@node.example',
  'https://pay.test',
])('never calls %s', (base) => {
  const called = vi.fn();
  const policy = { targets: 'public' as const, origin: 'https://pay.test' };
  expect(() => new Road(outside({ fetch: called, policy }), base)).toThrow(
    expect.objectContaining({ fault: 'unsupported' }),
  );
  expect(called).not.toHaveBeenCalled();
});

test('calls a public host at any port', () => {
  const policy = { targets: 'public' as const, origin: 'https://pay.test' };
  expect(new Road(outside({ policy }), 'https://node.example:8080').host).toBe('node.example:8080');
});
