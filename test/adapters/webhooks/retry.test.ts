// When a delivery is tried again and when it is given up: the integration guide §6, attempt by attempt.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeAttempt } from '../../../src/adapters/webhooks/retry.ts';

const NOW_MS = Date.UTC(2026, 4, 16, 11, 25);
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The guide's waits, before the second attempt, the third and so on. */
const WAITS: [number, string, number][] = [
  [1, '1m', MINUTE_MS],
  [2, '5m', 5 * MINUTE_MS],
  [3, '30m', 30 * MINUTE_MS],
  [4, '2h', 2 * HOUR_MS],
  [5, '12h', 12 * HOUR_MS],
  [6, '24h', 24 * HOUR_MS],
];
const ATTEMPTS = [1, 2, 3, 4, 5, 6, 7];

/** Answers after which it is worth trying again; null is no answer at all. */
const TEMPORARY = [
  null,
  100,
  101,
  199,
  300,
  301,
  302,
  303,
  304,
  307,
  308,
  399,
  408,
  425,
  429,
  500,
  501,
  502,
  503,
  504,
  520,
  599,
];
const SUCCESSES = [200, 201, 202, 204, 205, 206, 226, 299];
const FINAL = [
  400, 401, 402, 403, 404, 405, 406, 407, 409, 410, 411, 413, 415, 418, 421, 422, 423, 424, 426, 428, 431, 451, 499,
];

describe('a delivery that no answer settled', () => {
  test.each(WAITS)('after attempt %i waits %s', (attempts, _, waitMs) => {
    for (const status of TEMPORARY) {
      expect(judgeAttempt('native', attempts, status, NOW_MS), `HTTP ${status}`).toEqual({
        state: 'retrying',
        nextAttemptMs: NOW_MS + waitMs,
      });
    }
  });

  test('after the seventh attempt is a dead letter', () => {
    for (const status of TEMPORARY) {
      expect(judgeAttempt('native', 7, status, NOW_MS), `HTTP ${status}`).toEqual({
        state: 'dead_letter',
        nextAttemptMs: null,
      });
    }
  });

  test('is attempted seven times in all, over 38 hours and 36 minutes', () => {
    const times = [NOW_MS];
    for (;;) {
      const verdict = judgeAttempt('native', times.length, 503, times.at(-1) ?? NOW_MS);
      if (verdict.nextAttemptMs === null) {
        expect(verdict.state).toBe('dead_letter');
        break;
      }
      times.push(verdict.nextAttemptMs);
    }
    expect(times).toHaveLength(7);
    expect((times.at(-1) ?? 0) - NOW_MS).toBe(38 * HOUR_MS + 36 * MINUTE_MS);
  });

  test('that is replayed after it was a dead letter, and fails again, is one again', () => {
    for (const attempts of [8, 9, 100])
      expect(judgeAttempt('native', attempts, null, NOW_MS).state).toBe('dead_letter');
  });
});

describe('an answer of 2xx', () => {
  test.each(SUCCESSES)('%i ends the delivery well, at any attempt', (status) => {
    for (const attempts of ATTEMPTS) {
      expect(judgeAttempt('native', attempts, status, NOW_MS)).toEqual({ state: 'succeeded', nextAttemptMs: null });
    }
  });
});

describe('an answer of 4xx', () => {
  test.each(FINAL)('%i ends the delivery as failed, at any attempt: the receiver must be mended first', (status) => {
    for (const attempts of ATTEMPTS) {
      expect(judgeAttempt('native', attempts, status, NOW_MS)).toEqual({ state: 'failed', nextAttemptMs: null });
    }
  });

  test.each([408, 425, 429])('%i says that the receiver is busy, and is tried again', (status) => {
    expect(judgeAttempt('native', 1, status, NOW_MS).state).toBe('retrying');
  });
});

describe('any answer at any attempt', () => {
  test('is tried again later, or is over: one of the two', () => {
    const status = fc.option(fc.integer({ min: 100, max: 999 }));
    fc.assert(
      fc.property(status, fc.integer({ min: 1, max: 10 }), fc.nat(), (answer, attempts, nowMs) => {
        const { state, nextAttemptMs } = judgeAttempt('native', attempts, answer, nowMs);
        expect(nextAttemptMs === null).toBe(state !== 'retrying');
        if (nextAttemptMs !== null) expect(nextAttemptMs).toBeGreaterThan(nowMs);
        expect(['succeeded', 'failed', 'dead_letter', 'retrying']).toContain(state);
      }),
    );
  });
});
