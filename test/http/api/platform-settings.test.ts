// The operator's settings apply without a deployment: to the next invoice, to rates with their next round, for limits
// within a minute.

import { afterEach, describe, expect, it } from 'vitest';
import { openAuthLimit, openCreateLimit } from '../../../src/adapters/limits/client.ts';
import { openRequestLimit, RequestMemory } from '../../../src/adapters/limits/requests.ts';
import { DEFAULT_LIMITS, LIMITS_KEPT_MS, LimitsMemory, openLimits } from '../../../src/adapters/limits/settings.ts';
import { keepRates } from '../../../src/cron.ts';
import { depsFor } from '../../../src/wiring.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import { openOperator } from '../../support/operator.ts';
import { type ErrorBody, expectStatus } from '../../support/person.ts';

interface Body {
  settings: Record<string, { value: unknown; default: unknown; is_set: boolean }>;
}

afterEach(() => bindings.DB.prepare('DELETE FROM platform_settings').run());

const open = async () => {
  const operator = await openOperator();
  return {
    operator,
    read: async () => (await expectStatus(200, operator.ask<Body>('GET', '/v1/platform/settings'))).body.settings,
    set: (change: unknown) => operator.ask<Body & ErrorBody>('PATCH', '/v1/platform/settings', change),
  };
};

describe('A setting', () => {
  it('is shown beside its default, and goes back to it by null', async () => {
    const { read, set } = await open();
    expect(await read()).toEqual({
      payment_tolerance_bp: { value: 25, default: 25, is_set: false },
      fee_bp: { value: 100, default: 100, is_set: false },
      rate_sources: { value: ['fixed'], default: ['fixed'], is_set: false },
      creates_per_minute: { value: 100, default: 100, is_set: false },
      auth_per_second: { value: 5, default: 5, is_set: false },
      requests_per_second: { value: 20, default: 20, is_set: false },
    });
    const first = await expectStatus(200, set({ fee_bp: 0, rate_sources: ['kraken', 'bitstamp'] }));
    expect(first.body.settings).toMatchObject({
      fee_bp: { value: 0, default: 100, is_set: true },
      rate_sources: { value: ['kraken', 'bitstamp'], default: ['fixed'], is_set: true },
      payment_tolerance_bp: { is_set: false },
    });
    await expectStatus(200, set({ rate_sources: ['coinbase'] }));
    await expectStatus(200, set({ fee_bp: null }));
    expect(await read()).toMatchObject({
      fee_bp: { value: 100, is_set: false },
      rate_sources: { value: ['coinbase'], is_set: true },
    });
  });

  it('is not lost by another one that is set at the same time', async () => {
    const { read, set } = await open();
    await Promise.all([{ fee_bp: 7 }, { payment_tolerance_bp: 8 }, { auth_per_second: 9 }].map(set));
    const { fee_bp, payment_tolerance_bp, auth_per_second } = await read();
    expect([fee_bp?.value, payment_tolerance_bp?.value, auth_per_second?.value]).toEqual([7, 8, 9]);
  });

  it.each([
    { fee_bp: 10_001 },
    { fee_bp: -1 },
    { fee_bp: 1.5 },
    { fee_bp: '5' },
    { payment_tolerance_bp: 10_001 },
    { rate_sources: [] },
    { rate_sources: ['kraken', 'kraken'] },
    { rate_sources: ['fixed'] },
    { rate_sources: 'kraken' },
    { creates_per_minute: 0 },
    { auth_per_second: 51 },
    { requests_per_second: 4 },
    { nothing: 1 },
  ])('is refused by its name where it makes no sense: %j', async (change) => {
    const { set, read } = await open();
    const { status, body } = await set(change);
    expect([status, body.error.code]).toEqual([400, 'validation_error']);
    expect(body.error.message).toContain(Object.keys(change)[0]);
    expect(Object.values(await read()).some(({ is_set }) => is_set)).toBe(false);
  });
});

describe('A new invoice', () => {
  it('has the fee and the tolerance that hold now; one that was made keeps its own', async () => {
    const { set } = await open();
    const shop = await openMerchant();
    const before = await shop.createInvoice({ amount_sats: '100000' });
    await expectStatus(200, set({ fee_bp: 30, payment_tolerance_bp: 50 }));
    const after = await shop.createInvoice({ amount_sats: '100000' });
    expect([before.fee_sats, before.amount_tolerance_sats]).toEqual(['1000', '250']);
    expect([after.fee_sats, after.amount_tolerance_sats]).toEqual(['300', '500']);
    expect((await shop.readInvoice(before.id)).fee_sats).toBe('1000');
    await bindings.DB.prepare('UPDATE stores SET tolerance_bp = 10 WHERE id = ?').bind(shop.store.id).run();
    expect((await shop.createInvoice({ amount_sats: '100000' })).amount_tolerance_sats).toBe('100');
  });
});

describe('Rates', () => {
  it('are asked of the sources that are chosen, from the next round on', async () => {
    const { set } = await open();
    const shop = await openMerchant();
    const asked: string[][] = [];
    const rateSourcesNamed = (names: readonly string[]) => {
      asked.push([...names]);
      return shop.deps.rateSources;
    };
    await keepRates({ ...shop.deps, rateSourcesNamed });
    await expectStatus(200, set({ rate_sources: ['kraken', 'mempool.space'] }));
    await keepRates({ ...shop.deps, rateSourcesNamed });
    await expectStatus(200, set({ rate_sources: null }));
    await keepRates({ ...shop.deps, rateSourcesNamed });
    expect(asked).toEqual([['kraken', 'mempool.space']]);
    expect(shop.deps.rateSourcesNamed(['kraken', 'mempool.space']).map(({ name }) => name)).toEqual([
      'kraken',
      'mempool.space',
    ]);
  });
});

/** An isolate that has just begun, with a clock of its own. */
function openIsolate(read = async () => ({}) as object) {
  const time = { ms: 1_000_000 };
  const left: Promise<unknown>[] = [];
  const background = (work: Promise<unknown>) => void left.push(work.catch(() => {}));
  const now = () => time.ms;
  const limits = openLimits({ now, background, read }, new LimitsMemory());
  return { time, now, background, limits, settled: () => Promise.all(left.splice(0)) };
}

describe('Limits', () => {
  it('are the defaults until they were read, and again where D1 does not answer for a minute', async () => {
    let answer: () => Promise<object> = async () => ({ createsPerMinute: 7, authPerSecond: 2 });
    const { time, limits, settled } = openIsolate(() => answer());
    expect(limits()).toEqual(DEFAULT_LIMITS);
    await settled();
    expect(limits()).toEqual({ createsPerMinute: 7, authPerSecond: 2, requestsPerSecond: 20 });
    answer = async () => {
      throw new Error('D1 is away');
    };
    time.ms += LIMITS_KEPT_MS - 1;
    expect(limits().createsPerMinute).toBe(7);
    await settled();
    time.ms += 1;
    expect(limits()).toEqual(DEFAULT_LIMITS);
  });

  it('are read twice a minute, however much is asked', async () => {
    let reads = 0;
    const { time, limits, settled } = openIsolate(async () => ({ authPerSecond: ++reads }));
    for (let second = 0; second < 120; second++, time.ms += 1_000) {
      for (let request = 0; request < 10; request++) limits();
      await settled();
    }
    expect(reads).toBe(4);
    expect(limits().authPerSecond).toBe(4);
  });

  it('come from what the operator has set, by a read that no request waits for', async () => {
    const { set } = await open();
    await expectStatus(200, set({ creates_per_minute: 3, auth_per_second: 1, requests_per_second: 6 }));
    const database = watchD1(bindings.DB);
    const left: Promise<unknown>[] = [];
    const ctx = { waitUntil: (work: Promise<unknown>) => void left.push(work) };
    let nowMs = Date.now() + 3_600_000;
    const deps = depsFor({ ...bindings, DB: database.d1 }, ctx, { now: () => nowMs });
    const key = crypto.randomUUID();
    deps.requests.allow(key);
    await Promise.all(left.splice(0));
    expect(database.trips).toHaveLength(1);
    nowMs += 1_000;
    const allowed = async (times: number, ask: () => boolean | Promise<boolean>) => {
      let count = 0;
      for (let asked = 0; asked < times; asked++) if (await ask()) count++;
      return count;
    };
    expect(await allowed(10, () => deps.requests.allow(key))).toBe(6);
    expect(await allowed(5, () => deps.allowCreate(key))).toBe(3);
    expect(await allowed(5, () => deps.allowAuth('203.0.113.77'))).toBe(1);
    expect(database.trips).toHaveLength(1);
  });

  it('of invoices are Cloudflare’s counter’s by default, and exact otherwise', async () => {
    const { now, time } = openIsolate();
    let perMinute = DEFAULT_LIMITS.createsPerMinute;
    const asked: string[] = [];
    const shared = async (key: string) => asked.push(key) > 0;
    const allow = openCreateLimit({ shared, namespace: bindings.LIMITER, now, perMinute: () => perMinute });
    const key = crypto.randomUUID();
    expect(await allow(key)).toBe(true);
    expect(asked).toEqual([key]);
    perMinute = 2;
    expect([await allow(key), await allow(key), await allow(key)]).toEqual([true, true, false]);
    time.ms += 60_000;
    expect(await allow(key)).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('of log-ins are exact for every number', async () => {
    const { now } = openIsolate();
    const allow = openAuthLimit(bindings.LIMITER, now, () => 8);
    const answers = await Promise.all(Array.from({ length: 10 }, () => allow('203.0.113.99')));
    expect(answers.filter(Boolean)).toHaveLength(8);
  });

  it('of requests above the usual tell Cloudflare’s counter of as many fewer', async () => {
    const { now, background } = openIsolate();
    for (const [perSecond, announced] of [
      [40, 20],
      [20, 20],
      [10, 10],
    ] as const) {
      let asked = 0;
      let draw = 0;
      const requests = openRequestLimit(
        {
          now,
          background,
          shared: async () => ++asked > 0,
          perSecond: () => perSecond,
          chance: () => (draw++ % perSecond) / perSecond,
        },
        new RequestMemory(),
      );
      const allowed = Array.from({ length: 50 }, () => requests.allow('somebody')).filter(Boolean);
      expect([perSecond, allowed.length, asked]).toEqual([perSecond, perSecond, announced]);
    }
  });
});
