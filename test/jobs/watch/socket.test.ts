// The client of an explorer's socket, over a pair of sockets whose other end the test holds.

import { describe, expect, it } from 'vitest';
import { type Hint, openHints } from '../../../src/adapters/explorers/socket.ts';
import { Clock } from '../../support/merchant.ts';

const [A, B] = ['bcrt1qaaaa', 'bcrt1qbbbb'];

/** @param answer what the explorer answers to the upgrade; a socket where nothing is said */
async function open(answer?: () => Promise<Response>) {
  const clock = new Clock();
  const { 0: theirs, 1: ours } = new WebSocketPair();
  const said: Record<string, unknown>[] = [];
  ours.accept();
  ours.addEventListener('message', ({ data }) => {
    said.push(JSON.parse(String(data)));
  });
  const hungUp = new Promise<void>((resolve) => ours.addEventListener('close', () => resolve()));
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string>();
  const hints: Hint[] = [];
  const requests: [url: string, init: RequestInit | undefined][] = [];
  const fetch = (async (url: string, init?: RequestInit) => {
    requests.push([url, init]);
    return answer ? answer() : new Response(null, { status: 101, webSocket: theirs });
  }) as unknown as typeof globalThis.fetch;
  const socket = openHints(
    { url: 'wss://explorer.test/api/v1/ws', fetch, now: clock.now },
    { onOpen: opened.resolve, onHint: (hint) => hints.push(hint), onClosed: closed.resolve },
  );
  const says = (message: unknown) => ours.send(typeof message === 'string' ? message : JSON.stringify(message));
  return {
    clock,
    socket,
    said,
    hints,
    requests,
    opened: opened.promise,
    closed: closed.promise,
    hungUp,
    says,
    sends: (bytes: Uint8Array<ArrayBuffer>) => ours.send(bytes),
    breaksOff: () => ours.close(1011, 'bye'),
    /** Messages arrive in order: after this one, all before it have been heard. */
    async heard() {
      const before = hints.length;
      says({ block: {} });
      await expect.poll(() => hints.length).toBeGreaterThan(before);
      await expect.poll(() => hints.at(-1)).toEqual({ block: true, addresses: [] });
      hints.pop();
    },
  };
}

describe('The client of an explorer’s socket', () => {
  it('opens it as workerd does, asks for blocks, and names addresses once until they change', async () => {
    const { requests, socket, opened, said } = await open();
    socket.track([A]);
    await opened;
    socket.track([A]);
    socket.track([A, B]);
    await expect.poll(() => said).toHaveLength(3);
    expect(said).toEqual([
      { action: 'want', data: ['blocks'] },
      { 'track-addresses': [A] },
      { 'track-addresses': [A, B] },
    ]);
    expect(requests).toMatchObject([['https://explorer.test/api/v1/ws', { headers: { upgrade: 'websocket' } }]]);
  });

  it('takes from a message where to look, and nothing else', async () => {
    const { socket, opened, says, hints, heard } = await open();
    socket.track([A, B]);
    await opened;
    says({
      block: { height: 7 },
      'multi-address-transactions': { [B]: { mempool: [{ txid: 'x' }] }, bcrt1qother: {} },
    });
    says({ blocks: [] });
    await expect.poll(() => hints).toHaveLength(2);
    expect(hints).toEqual([
      { block: true, addresses: [B] },
      { block: true, addresses: [] },
    ]);
    await heard();
  });

  it('ignores what it does not know, what is no JSON, what is too long and what is no text', async () => {
    const { socket, opened, says, sends, hints, heard } = await open();
    socket.track([A]);
    await opened;
    for (const text of ['', 'null', '7', '"block"', '[]', '{"pong":true}', '{"block"', '['.repeat(100_000)]) says(text);
    says({ 'multi-address-transactions': null });
    says({ 'multi-address-transactions': [A] });
    says({ 'multi-address-transactions': { [A]: 'x'.repeat(300_000) } });
    sends(new Uint8Array([...'{"block":{}}'].map((letter) => letter.charCodeAt(0))));
    await heard();
    expect(hints).toEqual([]);
  });

  it('tracks the latest ten, and fewer where an explorer allows fewer', async () => {
    const { socket, opened, says, said } = await open();
    const addresses = Array.from({ length: 12 }, (_, n) => `bcrt1q${n}`);
    socket.track(addresses);
    await opened;
    for (let i = 0; i < 6; i++) says({ 'track-addresses-error': 'too many addresses requested' });
    await expect.poll(() => said).toHaveLength(5);
    const tracked = said.map((message) => message['track-addresses'] as string[] | undefined);
    expect(tracked.slice(1)).toEqual([10, 5, 2, 1].map((count) => addresses.slice(-count)));
  });

  it('pings a quiet socket, and gives up one that does not answer', async () => {
    const { socket, opened, says, said, clock, closed, heard } = await open();
    socket.track([A]);
    await opened;
    clock.ms += 24_999;
    socket.track([A]);
    clock.ms += 1;
    socket.track([A]);
    await expect.poll(() => said.at(-1)).toEqual({ action: 'ping' });
    expect(said).toHaveLength(3);
    says({ pong: true });
    await heard();
    clock.ms += 25_000;
    socket.track([A]);
    clock.ms += 25_000;
    socket.track([A]);
    expect(await closed).toBe('does not answer');
  });

  it('never says more than an explorer bears, and says the rest later', async () => {
    const { socket, opened, said, clock } = await open();
    await opened;
    for (let i = 0; i < 200; i++) socket.track([`bcrt1q${i}`]);
    await expect.poll(() => said).toHaveLength(50);
    clock.ms += 10_000;
    socket.track([A]);
    await expect.poll(() => said.at(-1)).toEqual({ 'track-addresses': [A] });
  });

  it('breaks off with an explorer that talks too much', async () => {
    const { opened, says, closed, hints, hungUp } = await open();
    await opened;
    for (let i = 0; i < 1_000; i++) says({ block: {} });
    expect(await closed).toBe('talks too much');
    await hungUp;
    expect(hints).toHaveLength(300);
  });

  it.each<[what: string, reason: string, answer: () => Promise<Response>]>([
    ['is refused', 'HTTP 503', async () => new Response('busy', { status: 503 })],
    ['gets a page instead', 'HTTP 200', async () => new Response('<html>')],
    ['gets no answer', 'no answer: TypeError', () => Promise.reject(new TypeError(`no way to ${A}`))],
  ])('says so once when it %s', async (_, reason, answer) => {
    const { closed } = await open(answer);
    expect(await closed).toBe(reason);
  });

  it('does not wait for an explorer forever', async () => {
    const { socket, clock, closed, requests } = await open(() => new Promise(() => {}));
    socket.track([A]);
    clock.ms += 10_000;
    socket.track([A]);
    expect(await closed).toBe('does not open');
    expect(requests[0]?.[1]?.signal?.aborted).toBe(true);
  });

  it('says when the other side closes it, and nothing when it was asked to', async () => {
    const broken = await open();
    await broken.opened;
    broken.breaksOff();
    expect(await broken.closed).toBe('closed with 1011');
    const left = await open();
    await left.opened;
    left.socket.close();
    await left.hungUp;
    expect(await Promise.race([left.closed, 'silent'])).toBe('silent');
  });
});
