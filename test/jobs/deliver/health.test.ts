// How a receiver that fails is treated: probed a few times, then left alone for a while that grows, and forgiven immediately.

import { describe, expect, it } from 'vitest';
import { lineOf, senderOf } from '../../../src/adapters/webhooks/lines.ts';
import {
  afterFailure,
  begun,
  HEALTHY,
  type Health,
  isFailing,
  restsUntilMs,
} from '../../../src/jobs/deliver/health.ts';

const MINUTE_MS = 60_000;

/** Tries as often as is allowed, each time for `tookMs`, and fails each time; says when. */
function tries(health: Health, fromMs: number, untilMs: number, tookMs: number): { at: number[]; health: Health } {
  const at: number[] = [];
  for (let nowMs = fromMs, now = health; ; health = now) {
    const restsMs = restsUntilMs(now, nowMs);
    if (restsMs > 0) nowMs = restsMs;
    if (nowMs >= untilMs) return { at, health };
    at.push(nowMs);
    now = begun(now, nowMs);
    nowMs += tookMs;
    now = afterFailure(now, nowMs);
  }
}

describe('A receiver that answers nothing within ten seconds', () => {
  it('is tried every few minutes, twice, however many events wait', () => {
    const { at } = tries(HEALTHY, 0, 60 * MINUTE_MS, 10_000);
    // Five until it is known to fail, two of the first window.
    expect(at.slice(0, 7)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
    const starts = at.slice(7).filter((_, i) => i % 2 === 0);
    expect(starts.slice(1).map((ms, i) => (ms - (starts[i] ?? 0)) / MINUTE_MS)).toEqual([2, 4, ...Array(10).fill(5)]);
  });
});

describe('A receiver that refuses immediately', () => {
  it('is probed ten times in a window', () => {
    const { at, health } = tries(HEALTHY, 0, MINUTE_MS, 1);
    expect(at).toHaveLength(5 + 10);
    expect(isFailing(health)).toBe(true);
    expect(tries(health, MINUTE_MS, 2 * MINUTE_MS, 1).at).toHaveLength(10);
  });

  it('four times is no failing one', () => {
    let health = HEALTHY;
    for (let i = 0; i < 4; i++) health = afterFailure(health, i);
    expect([isFailing(health), restsUntilMs(health, 5)]).toEqual([false, 0]);
  });
});

describe('The host that an invoice names', () => {
  it('has a line of its own for all paths', () => {
    expect(lineOf('store', 'https://shop.example/a')).toBe(lineOf('store', 'https://shop.example/b?c'));
    expect(lineOf('store', 'https://shop.example/')).not.toBe(lineOf('store', 'https://shop.example:8443/'));
    expect(lineOf('store', 'https://shop.example/')).not.toBe(lineOf('other', 'https://shop.example/'));
  });

  it('shares one of 32 senders of its store', () => {
    const names = Array.from({ length: 2_000 }, (_, i) => senderOf(lineOf('store', `https://h${i}.example/`)));
    expect(new Set(names).size).toBe(32);
    for (const name of names) expect(name).toMatch(/^store\/\d{1,2}$/);
    expect(senderOf('0d1e2f3a-endpoint')).toBe('0d1e2f3a-endpoint');
  });
});
