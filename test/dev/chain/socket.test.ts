// The simulated explorer's WebSocket, spoken to as mempool's is: blocks, tracked addresses, pongs, and its faults.
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ChainServer, startChain } from '../../../src/dev/chain/server.ts';
import { merchantAddress, NOW_MS } from './support.ts';

const [SHOP, OTHER] = [merchantAddress(1), merchantAddress(2)];
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<ChainServer> {
  const server = await startChain({ controlPort: 0, viewPorts: [0, 0], now: () => NOW_MS });
  cleanups.push(() => server.close());
  return server;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of many shapes
type Message = any;

async function connect(server: ChainServer, view = 0) {
  const socket = new WebSocket(server.sockets[view] ?? '');
  cleanups.push(() => socket.terminate());
  const messages: Message[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data) => {
    messages.push(String(data));
    for (const wake of waiting.splice(0)) wake();
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'open');
  const nextText = async (): Promise<string> => {
    while (messages.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return messages.shift();
  };
  const send = (message: object) => socket.send(JSON.stringify(message));
  const next = async (): Promise<Message> => JSON.parse(await nextText());
  return {
    send,
    next,
    nextText,
    closed,
    /** Answers come in order: after this pong, everything sent before it has been done. */
    async pong() {
      send({ action: 'ping' });
      expect(await next()).toEqual({ pong: true });
    },
    async track(...addresses: string[]) {
      send({ 'track-addresses': addresses });
      await this.pong();
    },
  };
}

describe('the WebSocket of an explorer', () => {
  it('tells of blocks to those who want them, and of a reorg by its last blocks', async () => {
    const server = await start();
    const client = await connect(server);
    client.send({ action: 'want', data: ['blocks'] });
    expect((await client.next()).blocks.map((block: Message) => block.height).at(-1)).toBe(120);
    server.chain.mine(2);
    expect((await client.next()).block).toMatchObject({ height: 121 });
    expect((await client.next()).block).toMatchObject({ height: 122, id: server.chain.tip.hash });
    server.chain.reorg({ depth: 1 });
    expect((await client.next()).blocks.at(-1)).toMatchObject({ height: 123, id: server.chain.tip.hash });
  });

  it('tells of transactions of tracked addresses: in the mempool, replaced, confirmed; and of no others', async () => {
    const server = await start();
    const client = await connect(server);
    await client.track(SHOP);
    server.world.wallet.pay({ address: OTHER, sats: 5_000 });
    const { txid } = server.world.wallet.pay({ address: SHOP, sats: 12_345 });
    const first = (await client.next())['multi-address-transactions'];
    expect(Object.keys(first)).toEqual([SHOP]);
    expect(first[SHOP]).toMatchObject({
      mempool: [{ txid, status: { confirmed: false } }],
      confirmed: [],
      removed: [],
    });
    const again = server.world.wallet.replace({ txid, address: SHOP, sats: 12_345 });
    expect((await client.next())['multi-address-transactions'][SHOP]).toMatchObject({
      mempool: [{ txid: again.txid }],
      removed: [{ txid }],
    });
    server.chain.mine();
    expect((await client.next())['multi-address-transactions'][SHOP]).toMatchObject({
      mempool: [],
      confirmed: [{ txid: again.txid, status: { confirmed: true, block_height: 121 } }],
    });
  });

  it('says nothing when a payment is replaced by one that pays elsewhere, nor when a block is undone', async () => {
    const server = await start();
    const client = await connect(server);
    await client.track(SHOP);
    const { txid } = server.world.wallet.pay({ address: SHOP, sats: 12_345 });
    await client.next();
    server.world.wallet.replace({ txid });
    server.chain.mine();
    server.chain.reorg({ depth: 1 });
    await client.pong();
  });

  it('tracks the set that was named last, and none when ten are exceeded', async () => {
    const server = await start();
    const client = await connect(server);
    await client.track(SHOP);
    await client.track(OTHER);
    expect(server.world.view(0)?.socket.state()).toEqual({ open: 1, tracked: [OTHER] });
    client.send({ 'track-addresses': Array.from({ length: 11 }, (_, n) => merchantAddress(n + 10)) });
    expect((await client.next())['track-addresses-error']).toMatch(/maximum of 10/);
    expect(server.world.view(0)?.socket.state().tracked).toEqual([]);
  });

  it('closes a connection that sends more than 100 messages together, or one that is too long', async () => {
    const server = await start();
    const [chatty, wordy] = [await connect(server), await connect(server)];
    for (let i = 0; i < 101; i++) chatty.send({ action: 'ping' });
    wordy.send({ 'track-addresses': ['x'.repeat(60_000)] });
    await Promise.all([chatty.closed, wordy.closed]);
  });
});

describe('the faults of an explorer reach its WebSocket', () => {
  it('down: it is cut, and refused until it is up again', async () => {
    const server = await start();
    const client = await connect(server);
    server.world.view(0)?.setFault({ down: true });
    await client.closed;
    await expect(connect(server)).rejects.toThrow(/hang up|reset/);
    server.world.view(0)?.setFault({ status: 503 });
    await expect(connect(server)).rejects.toThrow(/503/);
    server.world.view(0)?.setFault(null);
    await (await connect(server)).pong();
    expect(server.world.view(0)?.requestCounts().byPath['GET /v1/ws']).toBe(4);
  });

  it('hang: it is silent, and tells everything afterwards; mute: what it did not tell is lost', async () => {
    const server = await start();
    const [hung, mute] = [await connect(server, 0), await connect(server, 1)];
    await hung.track(SHOP);
    await mute.track(SHOP);
    server.world.view(0)?.setFault({ hang: true });
    server.world.view(1)?.setFault({ socket: 'mute' });
    server.world.wallet.pay({ address: SHOP, sats: 12_345 });
    server.world.view(0)?.setFault(null);
    server.world.view(1)?.setFault(null);
    expect(Object.keys((await hung.next())['multi-address-transactions'])).toEqual([SHOP]);
    await mute.pong();
  });

  it('a hidden mempool, a late tip and a forged payment show in what it tells', async () => {
    const server = await start();
    const client = await connect(server);
    client.send({ action: 'want', data: ['blocks'] });
    await client.next();
    await client.track(SHOP, OTHER);
    server.world.view(0)?.setFault({ hideMempool: true, lagBlocks: 1 });
    expect((await client.next()).blocks.at(-1).height).toBe(119);
    server.world.wallet.pay({ address: SHOP, sats: 12_345 });
    await client.pong();
    server.world.view(0)?.setFault({ forge: { address: OTHER, sats: 1_000 } });
    const announced = await client.next();
    expect(announced.block.height).toBe(120);
    expect(announced['multi-address-transactions']).toMatchObject({
      [SHOP]: { mempool: [{}], confirmed: [] },
      [OTHER]: { mempool: [], confirmed: [{ status: { confirmed: true } }] },
    });
  });

  it('garbage cuts its messages off; of its own it can send rubbish, lies, and a flood', async () => {
    const server = await start();
    const client = await connect(server);
    await client.track(SHOP);
    server.world.view(0)?.setFault({ garbage: true });
    server.world.wallet.pay({ address: SHOP, sats: 12_345 });
    await expect(client.next()).rejects.toThrow(/JSON/);
    server.world.view(0)?.setFault({ socket: 'garbage' });
    expect(await client.nextText()).toBe('');
    for (let i = 0; i < 12; i++) await client.nextText();
    server.world.view(0)?.setFault({ socket: 'lie' });
    expect((await client.next())['multi-address-transactions'][SHOP].confirmed).toHaveLength(1);
    server.world.view(0)?.setFault({ socket: 'flood' });
    for (let i = 0; i < 1_000; i++) await client.nextText();
    await client.pong();
  });

  it('closing the world ends the connections', async () => {
    const server = await start();
    const client = await connect(server);
    server.world.view(1)?.setFault({ hang: true });
    const hanging = connect(server, 1);
    await expect.poll(() => server.world.view(1)?.requestCounts().byPath['GET /v1/ws']).toBe(1);
    await Promise.all([server.close(), client.closed, expect(hanging).rejects.toThrow()]);
  });
});
