// The simulated chain over real HTTP: controls for people and pages, explorers for any client, a file that survives.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EsploraProvider } from '@scure/btc-signer/net.js';
import { afterEach, describe, expect, it } from 'vitest';
import { REGTEST } from '../../../src/dev/chain/script.ts';
import { type ChainServer, type ChainServerOptions, startChain } from '../../../src/dev/chain/server.ts';
import { merchantAddress, NOW_MS } from './support.ts';

const SHOP = merchantAddress();
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: Partial<ChainServerOptions> = {}): Promise<ChainServer> {
  const server = await startChain({ controlPort: 0, viewPorts: [0, 0], now: () => NOW_MS, ...options });
  cleanups.push(() => server.close());
  return server;
}

async function control(server: ChainServer, name: string, body: unknown) {
  const response = await fetch(`${server.control}/control/${name}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

async function state(server: ChainServer) {
  return (await fetch(`${server.control}/control/state`)).json();
}

describe('the controls', () => {
  it('pay, mine, replace, drop and reorganise, and show the result', async () => {
    const server = await start();
    const paid = await control(server, 'pay', { address: SHOP, sats: '12345' });
    expect(paid.status).toBe(200);
    const { txid, vout } = paid.body;
    const tx = await (await fetch(`${server.explorers[0]}/tx/${txid}`)).json();
    expect(tx.vout[vout].value).toBe(12_345);
    const replaced = await control(server, 'replace', { txid });
    expect((await state(server)).mempool).toMatchObject([{ txid: replaced.body.txid }]);
    expect((await control(server, 'drop', { txid: replaced.body.txid })).body.dropped).toEqual([replaced.body.txid]);
    expect((await control(server, 'mine', { blocks: 2 })).body.tip.height).toBe(122);
    expect((await control(server, 'mine', {})).body.tip.height).toBe(123);
    expect((await control(server, 'reorg', { depth: 2, drop: true })).body.tip.height).toBe(124);
    const after = await state(server);
    expect(after).toMatchObject({ height: 124, mempool: [], stale: [{ height: 122 }, { height: 123 }] });
    expect(after.views[0].requests).toEqual({ total: 1, byPath: { 'GET /tx/:hash': 1 } });
    expect(after.wallet.balanceSats).toBeGreaterThan(1e9);
  });

  it('switch faults on and off, by number or name', async () => {
    const server = await start();
    await control(server, 'fault', { view: 0, down: true });
    await expect(fetch(`${server.explorers[0]}/blocks/tip/height`)).rejects.toThrow();
    await control(server, 'fault', { view: 'b', status: 500 });
    expect((await fetch(`${server.explorers[1]}/blocks/tip/height`)).status).toBe(500);
    await control(server, 'fault', { view: 'a' });
    expect(await (await fetch(`${server.explorers[0]}/blocks/tip/height`)).text()).toBe('120');
  });

  it('broadcast a signed transaction', async () => {
    const [one, two] = [await start(), await start()];
    const { txid } = (await control(one, 'pay', { address: SHOP, sats: 1_000 })).body;
    const hex = await (await fetch(`${one.explorers[0]}/tx/${txid}/hex`)).text();
    expect((await control(two, 'broadcast', { hex })).body).toEqual({ txid });
  });

  it('name the field that is wrong', async () => {
    const server = await start();
    const cases: [string, unknown, RegExp][] = [
      ['pay', { address: 'nobody', sats: 1 }, /^address: /],
      ['pay', { address: SHOP, sats: 1.5 }, /^sats: expected a whole number of satoshis/],
      ['pay', { address: SHOP, sats: '1e3' }, /^sats: /],
      ['pay', { address: SHOP }, /^sats: /],
      ['pay', { address: SHOP, sats: 1_000, rate: 1 }, /^rate: /],
      ['mine', { blocks: 0 }, /^blocks: /],
      ['reorg', { depth: 500 }, /^depth: /],
      ['reorg', { depth: 1, drop: 'all' }, /^drop: /],
      ['replace', { txid: 'x' }, /^txid: /],
      ['drop', { txid: 'ab'.repeat(32) }, /^txid: not in the mempool/],
      ['fault', { view: 7 }, /^view: /],
      ['fault', { view: 0, explode: true }, /^explode: /],
      ['broadcast', { hex: 'zz' }, /^hex: /],
    ];
    for (const [name, body, error] of cases) {
      const answer = await control(server, name, body);
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } });
    }
    const broken = await fetch(`${server.control}/control/pay`, { method: 'POST', body: '{' });
    expect(await broken.json()).toEqual({ error: 'body: not JSON' });
    expect((await control(server, 'nonsense', {})).status).toBe(404);
  });

  it('may be used by a page from elsewhere', async () => {
    const server = await start();
    const preflight = await fetch(`${server.control}/control/pay`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
  });
});

describe('the explorers', () => {
  it('satisfy a client from another project', async () => {
    const server = await start({ flavours: ['esplora', 'mempool'] });
    const { txid, vout } = (await control(server, 'pay', { address: SHOP, sats: 70_000 })).body;
    await control(server, 'mine', { blocks: 3 });
    const second = (await control(server, 'pay', { address: SHOP, sats: 30_000 })).body;
    for (const base of [...server.explorers, ...server.explorers.map((url) => url.replace(/\/api$/, ''))]) {
      const client = new EsploraProvider(fetch, base, REGTEST);
      expect(await client.height()).toBe(123);
      expect(await client.balance(SHOP)).toMatchObject({ balance: 100_000n, txCount: 2 });
      const info = await client.txInfo(txid);
      expect(info).toMatchObject({ txid, status: { confirmed: true, block: 121 } });
      expect(info.outputs[vout]).toMatchObject({ value: 70_000n, scriptPubKeyAddress: SHOP });
      expect((await client.unspent(SHOP)).balance).toBe(100_000n);
      const history: string[] = [];
      for await (const transfer of client.history(SHOP)) history.push(transfer.txid);
      expect(history).toEqual([second.txid, txid]);
      const block = await client.blockInfo(121);
      expect(block).toMatchObject({ number: 121, bits: 0x207fffff });
      expect(block.transactions).toContain(txid);
      expect(await client.fee()).toBe(2n);
      expect(await client.waitForTx(txid, { confirmations: 3 })).toMatchObject({ confirmed: true });
      const hex = (await client.txInfo(second.txid)).raw;
      expect(await client.sendTx(hex)).toBe(second.txid);
    }
  });
});

describe('the file', () => {
  it('brings back blocks, stale branches, mempool and wallet', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chain-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'chain.json');
    const first = await start({ file });
    const confirmed = (await control(first, 'pay', { address: SHOP, sats: 1_000 })).body.txid;
    await control(first, 'mine', { blocks: 2 });
    await control(first, 'reorg', { depth: 1 });
    const waiting = (await control(first, 'pay', { address: SHOP, sats: 2_000 })).body.txid;
    const before = await state(first);
    await first.close();
    expect(JSON.parse(await readFile(file, 'utf8')).format).toBe(1);

    const second = await start({ file });
    const after = await state(second);
    for (const key of ['height', 'tip', 'stale', 'mempool', 'wallet']) expect(after[key]).toEqual(before[key]);
    const txs = await (await fetch(`${second.explorers[0]}/address/${SHOP}/txs`)).json();
    expect(txs.map((tx: { txid: string }) => tx.txid)).toEqual([waiting, confirmed]);
    expect((await control(second, 'replace', { txid: waiting })).status).toBe(200);
    expect((await control(second, 'reorg', { depth: 3 })).status).toBe(200);
    expect((await control(second, 'mine', {})).body.tip.height).toBe(before.height + 2);
  });
});
