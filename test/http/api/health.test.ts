// GET /health: what a load balancer and a person on call read.

import { beforeEach, describe, expect, it } from 'vitest';
import { browse } from '../../support/live.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';

async function healthOf(merchant: Awaited<ReturnType<typeof openMerchant>>) {
  const response = await browse(merchant, '/health');
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return (await response.json()) as Record<string, unknown>;
}

beforeEach(async () => {
  await bindings.DB.batch([bindings.DB.prepare('DELETE FROM chain_state'), bindings.DB.prepare('DELETE FROM rates')]);
});

describe('Health', () => {
  it('is ok while the chain and the rates are fresh', async () => {
    const merchant = await openMerchant();
    await merchant.showTip(120);
    expect(await healthOf(merchant)).toEqual({
      status: 'ok',
      network: 'regtest',
      chain: {
        fresh: true,
        tip_height: 120,
        tip_hash: 'ab'.repeat(32),
        seen_at: '2026-05-16T11:15:00.000Z',
        hold: null,
        explorers: [],
      },
      rates: { fresh: true, currencies: 2 },
    });
  });

  it('is degraded when no explorer has shown a tip, or none for five minutes', async () => {
    const merchant = await openMerchant();
    expect(await healthOf(merchant)).toMatchObject({ status: 'degraded', chain: { fresh: false, tip_height: null } });
    await merchant.showTip();
    merchant.clock.advanceMinutes(6);
    expect(await healthOf(merchant)).toMatchObject({ status: 'degraded', chain: { fresh: false, tip_height: 120 } });
  });

  it('tells how each explorer does, and is degraded while blocks are held back or no watcher runs', async () => {
    const merchant = await openMerchant();
    await merchant.showTip(120);
    const explorer = { name: 'https://explorer.test', tipHeight: 118, tipHash: 'cd'.repeat(32), failures: 2 };
    const health = [
      { ...explorer, seenAtMs: merchant.clock.ms - 9_000, pausedUntilMs: null, budget: { perMinute: 30, left: 12 } },
    ];
    merchant.deps.watcher.health = async () => health;
    expect(await healthOf(merchant)).toMatchObject({
      status: 'ok',
      chain: {
        explorers: [
          {
            name: 'https://explorer.test',
            tip_height: 118,
            age_seconds: 9,
            lag_blocks: 2,
            failures: 2,
            requests_per_minute: 30,
            requests_left: 12,
          },
        ],
      },
    });
    const hold = { reason: 'chain_split', aboveHeight: 117, sinceMs: merchant.clock.ms, untilHeight: null, tips: [] };
    await bindings.DB.prepare('UPDATE chain_state SET hold = ?').bind(JSON.stringify(hold)).run();
    expect(await healthOf(merchant)).toMatchObject({ status: 'degraded', chain: { hold: 'chain_split' } });
    await bindings.DB.exec('UPDATE chain_state SET hold = NULL');
    merchant.deps.watcher.health = () => Promise.reject(new Error('gone'));
    expect(await healthOf(merchant)).toMatchObject({ status: 'degraded', chain: { explorers: null } });
  });

  it('is degraded when the rates are stale or were never known', async () => {
    const merchant = await openMerchant();
    merchant.clock.advanceMinutes(60);
    await merchant.showTip();
    expect(await healthOf(merchant)).toMatchObject({ status: 'degraded', rates: { fresh: false } });
    await bindings.DB.exec('DELETE FROM rates');
    expect(await healthOf(merchant)).toMatchObject({ status: 'degraded', rates: { fresh: false, currencies: 0 } });
  });
});
