// What agent.test.ts and agent.long.test.ts tell: a merchant's machine pays payouts over real Lightning, from a node that SatLane has no credential of. The program is killed, its node
// and its SatLane break off: each payout is paid once, and SatLane gets to know it.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Payout } from '../../../src/core/payout/payout.ts';
import { openSoakWorld, World } from '../../../src/dev/soak/world.ts';
import type { HonoEnv } from '../../../src/http/api/http.ts';
import { errorResponse } from '../../../src/http/api/native/errors.ts';
import { payoutAgentApi } from '../../../src/http/api/native/payout-agent.ts';
import { routesOf } from '../../../src/http/api/operation.ts';
import { createPayout } from '../../../src/services/payouts/create.ts';
import { readPayout } from '../../../src/services/payouts/payouts.ts';
import { Program } from '../../cli/support.ts';
import { lightningWorld } from '../../dev/lightning/support.ts';

export const API_KEY = `sl_live_${'7'.repeat(32)}`;
const STORE = 'store';
const BY = { kind: 'person', id: 'anna' } as const;
export const CLI = join(import.meta.dirname, '../../../src/cli/main.ts');

type Lever = ReturnType<typeof lightningWorld>['lever'];

export const KINDS = ['phoenixd', 'lnd', 'clnrest', 'lnbits', 'nwc'] as const;
type Kind = (typeof KINDS)[number];

/** SatLane's own operations over its own database, whose clock a test turns on. */
class SatLane {
  readonly #world: World;
  readonly #app: Hono<HonoEnv>;
  #aheadMs = 0;
  url = '';
  /** Called before a request is answered, and after: what says so breaks the connection. */
  before: (path: string) => 'break' | undefined = () => undefined;
  after: (path: string) => 'break' | undefined = () => undefined;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  readonly #lever: Lever;

  constructor(world: World, lever: Lever) {
    this.#world = world;
    this.#lever = lever;
    Object.assign(world.deps, { now: () => Date.now() + this.#aheadMs });
    this.#app = new Hono<HonoEnv>()
      .use(async (c, next) => {
        c.set('requestId', 'request');
        c.set('deps', world.deps);
        await next();
      })
      .route('/', routesOf('', payoutAgentApi))
      .onError((error) => errorResponse(error, 'request', () => {}));
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  pass(seconds: number): void {
    this.#aheadMs += seconds * 1_000;
  }

  async owe(sats: number): Promise<Payout> {
    const { bolt11 } = await this.#lever('invoice', { sats, expirySeconds: 86_400 });
    const wanted = { destination: String(bolt11), method: null, amount: (sats / 1e8).toFixed(8), currency: 'BTC' };
    const more = { withdrawal: null, fixesRate: false, isApproved: true, metadata: {} };
    return createPayout(this.#world.deps, STORE, { ...wanted, ...more }, { by: BY, use: null });
  }

  read = ({ id }: Payout) => readPayout(this.#world.deps, { storeId: STORE, id });

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (this.before(path) === 'break') return void request.socket.destroy();
    const { method = 'GET' } = request;
    const headers = request.headers as Record<string, string>;
    const answer = await this.#app.request(path, { method, headers, body: Buffer.concat(chunks) });
    const text = await answer.text();
    if (this.after(path) === 'break') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  }
}

/** The world of a file, started before its tests. */
export function agentWorld() {
  const { lever, server } = lightningWorld();
  let place: Awaited<ReturnType<typeof openSoakWorld>>;
  let satlane: SatLane;
  let programs: Program[];
  const secrets: string[] = [API_KEY];

  beforeAll(async () => {
    place = await openSoakWorld();
  }, 60_000);
  beforeEach(async () => {
    programs = [];
    satlane = new SatLane(new World(place, 1), lever);
    await satlane.open();
  });
  afterEach(async () => {
    await Promise.all(programs.map((program) => program.end('SIGKILL')));
    for (const { output } of programs) for (const secret of secrets) expect(output).not.toContain(secret);
    for (const name of KINDS) await lever('fault', { server: name });
    await satlane.close();
  });

  function start(kind: Kind, ...args: string[]): Program {
    const connection = server(kind).payConnection ?? '';
    // The link of NWC is a secret as a whole.
    const [, url, secret = connection] = /server=([^;]+);[\w-]+=(.+)$/.exec(connection) ?? [];
    secrets.push(secret, /secret=(\w+)/.exec(secret)?.[1] ?? secret);
    const env = { SATLANE_API: satlane.url, SATLANE_API_KEY: API_KEY, SATLANE_NODE_SECRET: secret };
    const at = url === undefined ? [] : ['--node-url', url];
    const program = new Program([process.execPath, CLI, 'payouts', '--node', kind, ...at, ...args], env);
    programs.push(program);
    return program;
  }

  /** How often the node was asked to pay since: without the requests by which a start finds out whether it may. */
  function payments(kind: Kind): () => number {
    const count = () => server(kind).faults.requests.pay ?? 0;
    const before = count();
    const tries = kind === 'lnbits' || kind === 'nwc' ? 0 : 1;
    return () => count() - before - tries * programs.length;
  }

  return {
    ...{ lever, server, start, payments },
    get satlane() {
      return satlane;
    },
    get programs() {
      return programs;
    },
  };
}

/** The same tests with each kind of node. */
export function agentStory(kinds: readonly Kind[], at: ReturnType<typeof agentWorld>): void {
  const { lever, start, payments } = at;

  describe.each(kinds)('From %s, satlane payouts', (kind) => {
    it('pays what is approved, proves it, and ends with --once', async () => {
      const sent = payments(kind);
      const payouts = [await at.satlane.owe(2_101), await at.satlane.owe(2_102), await at.satlane.owe(2_103)];
      const program = start(kind, '--once');
      expect([await program.end(null), program.output]).toEqual([0, expect.stringContaining('Nothing to pay now.')]);
      for (const payout of payouts) {
        expect(await at.satlane.read(payout)).toMatchObject({ state: 'settled', attempts: [{ isLeased: true }] });
        expect(program.output).toContain(`${payout.id}: paid`);
      }
      expect(sent()).toBe(3);
    });

    it('takes a time-out after the payment for unknown, looks it up, and pays no second time', async () => {
      const sent = payments(kind);
      const program = start(kind);
      await program.says('Nothing to pay now.');
      // A relay that lost the answer says nothing at all: one that breaks off is known sooner.
      const lost = kind === 'nwc' ? { drop: true } : { status: 504 };
      await lever('fault', { server: kind, only: ['pay'], after: true, ...lost, times: 1 });
      const payout = await at.satlane.owe(3_001);
      await program.says('not known whether it was paid');
      expect(await at.satlane.read(payout)).toMatchObject({ state: 'unknown', preimage: null });
      at.satlane.pass(61);
      await program.says('SatLane has it as settled');
      expect(await at.satlane.read(payout)).toMatchObject({ state: 'settled', attempts: { length: 1 } });
      expect(sent()).toBe(1);
    });

    it('killed between the payment and its result, finds it when it is started again', async () => {
      const sent = payments(kind);
      const payout = await at.satlane.owe(4_001);
      const killed = start(kind);
      at.satlane.before = (path) => {
        if (!path.endsWith('/result')) return undefined;
        void killed.end('SIGKILL');
        return 'break';
      };
      await killed.end(null);
      expect(await at.satlane.read(payout)).toMatchObject({ state: 'in_flight' });
      at.satlane.before = () => undefined;
      const early = start(kind, '--once');
      expect(await early.end(null)).toBe(0);
      expect(early.output).not.toContain(payout.id);
      at.satlane.pass(121);
      const again = start(kind, '--once');
      expect(await again.end(null)).toBe(0);
      expect(again.output).toContain(`${payout.id}: looking up`);
      expect(await at.satlane.read(payout)).toMatchObject({ state: 'settled', attempts: { length: 1 } });
      expect(sent()).toBe(1);
    });

    it('killed before it pays, pays in a second attempt where the node shows that nothing was sent', async () => {
      const sent = payments(kind);
      const payout = await at.satlane.owe(5_001);
      const killed = start(kind);
      at.satlane.after = () => {
        void killed.end('SIGKILL');
        return 'break';
      };
      await killed.end(null);
      at.satlane.after = () => undefined;
      expect([sent(), (await at.satlane.read(payout)).state]).toEqual([0, 'in_flight']);
      at.satlane.pass(121);
      const again = start(kind);
      if (kind === 'nwc') {
        // A wallet of NWC may list nothing that goes out: only a person can say that it failed.
        await again.says('which proves nothing. SatLane has it as unknown.');
        expect([sent(), (await at.satlane.read(payout)).state]).toEqual([0, 'unknown']);
        return;
      }
      await again.says('the node was never asked to pay it. SatLane has it as queued.');
      at.satlane.pass(11);
      await again.says('SatLane has it as settled');
      expect(await at.satlane.read(payout)).toMatchObject({ state: 'settled', attempts: { length: 2 } });
      expect(sent()).toBe(1);
    });
  });
}
