// The local world as an outsider meets it: a merchant in another language, a power cut, Ctrl-C, a second start.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { control, LocalWorld, merchantOf, type World } from '../support/node/world.ts';

const local = new LocalWorld();
let world: World;
const hasPython = spawnSync('python3', ['--version']).status === 0;

beforeAll(async () => {
  world = await local.start();
}, 180_000);
afterAll(() => local.dispose());

describe('The local world', () => {
  it('says what it does while it starts, a line each', () => {
    const [start = ''] = local.output.split('SatLane runs');
    const steps = start.split('\n').filter((line) => line.endsWith('…') && !line.includes('so far'));
    expect(steps).toEqual([
      '  Starting the simulated chain …',
      '  Opening the database …',
      '  Migrating the database …',
      '  Seeding the demo stores …',
      '  Starting the API …',
      '  Reading the chain and the exchange rates …',
      '  Starting the demo shop …',
    ]);
  });

  it('prints no stack trace because a server cannot be reached, and its log has none', async () => {
    const merchant = merchantOf(world, 'live');
    const { port } = new URL(world.api);
    const receivers = [
      'http://127.0.0.1:9/closed',
      'https://127.0.0.1:9/closed',
      `https://127.0.0.1:${port}/no-tls-here`,
      'http://no-such-host.invalid/',
    ];
    for (const view of ['a', 'b']) await control(world, 'fault', { view, down: true });
    const printed = local.output.length;
    for (const callback_url of receivers) await merchant.create({ amount_sats: '1000', callback_url });
    const log = () => readFileSync(join(local.dir, 'api.log'), 'utf8');
    await vi.waitFor(
      () => {
        expect(log().match(/webhook.attempt_failed/g)?.length).toBeGreaterThanOrEqual(receivers.length);
        expect(log()).toContain('watch.no_fresh_explorer');
      },
      { timeout: 60_000, interval: 200 },
    );
    for (const view of ['a', 'b']) await control(world, 'fault', { view, down: false });
    expect(local.output.slice(printed)).toBe('');
    expect(log()).not.toMatch(/stack: |^\s+at /m);
    await vi.waitFor(async () => expect((await (await fetch(`${world.api}/health`)).json()).chain.fresh).toBe(true), {
      timeout: 60_000,
      interval: 200,
    });
  }, 150_000);

  it.skipIf(!hasPython)(
    "serves a merchant's server in Python that knows only the guide",
    async () => {
      const { apiKey, webhookSecret } = merchantOf(world, 'live').store;
      const script = join(import.meta.dirname, 'fixtures/merchant.py');
      const python = spawn('python3', [script, world.api, apiKey, webhookSecret], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
      const next = async () => JSON.parse((await lines.next()).value ?? 'null') as Record<string, unknown>;
      try {
        const seen = [await next(), await next()];
        const { invoice } = seen.find((line) => 'invoice' in line) as { invoice: Record<string, string> };
        expect(seen.find((line) => 'event' in line)).toEqual({
          event: 'invoice.created',
          status: 'pending',
          livemode: true,
        });
        await control(world, 'pay', { address: invoice.address, sats: invoice.amount_sats });
        expect(await next()).toEqual({ event: 'invoice.payment_seen', status: 'seen', livemode: true });
        await control(world, 'mine');
        expect(await next()).toEqual({ event: 'invoice.paid', status: 'paid', livemode: true });
      } finally {
        python.kill();
      }
    },
    90_000,
  );

  it('lets a newcomer log in as the owner of its stores, who is its operator', async () => {
    const origin = world.dashboard.replace(/\/$/, '');
    const ask = async (method: string, path: string, body?: unknown, cookie = '') =>
      fetch(`${origin}${path}`, {
        method,
        headers: { origin, cookie, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      });
    expect(local.output).toContain(`${world.login.email}, ${world.login.password}`);
    const entered = await ask('POST', '/v1/auth/login', world.login);
    expect(await entered.json()).toMatchObject({ person: { role: 'owner', account: { operator: true } } });
    const cookie = entered.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const { stores } = (await (await ask('GET', '/v1/stores', undefined, cookie)).json()) as {
      stores: { id: string }[];
    };
    expect(stores.map(({ id }) => id).sort()).toEqual(world.stores.map(({ id }) => id).sort());
  });

  it('is killed half-way, and after the next start the earlier payment is credited and the shop receives the event', async () => {
    const merchant = merchantOf(world, 'live');
    const { id, address, amount_sats } = await merchant.create({ amount: 5, currency: 'EUR' });
    await control(world, 'pay', { address, sats: amount_sats });
    await control(world, 'mine');
    await local.stop('SIGKILL');
    world = await local.start();
    await merchant.becomes(id, 'paid');
  }, 180_000);

  it('ends on Ctrl-C, gives its ports back, and keeps its data for the next start', async () => {
    const { store, create } = merchantOf(world, 'test');
    const { id } = await create({ amount_sats: '1000' });
    await local.stop('SIGINT');
    world = await local.start();
    const again = merchantOf(world, 'test');
    expect(again.store).toEqual(store);
    expect((await again.invoice(id)).status).toBe('pending');
  }, 180_000);

  it('starts afresh with --reset', async () => {
    const before = merchantOf(world, 'test');
    const { id } = await before.create({ amount_sats: '1000' });
    await local.stop();
    world = await local.start(['--reset']);
    const after = merchantOf(world, 'test');
    expect(after.store.id).not.toBe(before.store.id);
    expect((await after.call('GET', `/v1/invoices/${id}`)).status).toBe(404);
  }, 180_000);
});
