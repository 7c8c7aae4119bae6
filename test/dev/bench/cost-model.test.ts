// An operator reads what a month will cost: each counter has its price, what the plan includes is free, and what is kept is paid again.

import { describe, expect, test } from 'vitest';
import { type CountedCosts, monthly, perMillion, share } from '../../../src/dev/bench/cost-model.ts';
import { PRICES } from '../../../src/dev/bench/prices.ts';
import { COUNTERS, NO_USAGE, scaled } from '../../../src/dev/bench/worker/usage.ts';

const nothing = { ...NO_USAGE };
const idle: CountedCosts = {
  invoice: nothing,
  bytes: { d1: 0, objects: 0 },
  minute: nothing,
  block: nothing,
  look: nothing,
  pageMinutes: 10,
};

const lineOf = (counted: CountedCosts, invoices: number, name: string, months?: number) =>
  monthly(counted, invoices, months).lines.find((line) => line.name === name)?.usd;

describe('a month', () => {
  test('without invoices costs the plan', () => {
    expect(monthly(idle, 0).usd).toBe(5);
  });

  test('with a million invoices of 60 rows pays for the ten million that are not included', () => {
    const counted = { ...idle, invoice: { ...nothing, rowsWritten: 60 } };
    expect(lineOf(counted, 1e6, 'D1 rows written')).toBeCloseTo(10, 9);
    expect(monthly(counted, 1e6).usd).toBeCloseTo(15, 9);
    expect(monthly(counted, 500_000).usd).toBe(5);
  });

  test('has 43 800 minutes and 4 380 blocks', () => {
    expect(monthly({ ...idle, minute: { ...nothing, requests: 1 } }, 0).usage.requests).toBe(43_800);
    expect(monthly({ ...idle, block: { ...nothing, rowsRead: 1 } }, 0).usage.rowsRead).toBe(4_380);
  });

  test('has looks for as long as a page is open: twelve a minute at most, few where few buyers come', () => {
    const counted = { ...idle, look: { ...nothing, objectRequests: 1 } };
    expect(monthly(counted, 0).usage.objectRequests).toBe(0);
    expect(monthly(counted, 10).usage.objectRequests).toBeCloseTo(10 * 10 * 12, -1);
    expect(monthly(counted, 1e9).usage.objectRequests).toBeCloseTo(43_800 * 12, 6);
  });

  test('pays again for what the months before it left behind', () => {
    const counted = { ...idle, bytes: { d1: 4_000, objects: 1_000 } };
    expect(lineOf(counted, 1e6, 'D1 storage')).toBe(0);
    expect(lineOf(counted, 1e6, 'D1 storage', 12)).toBeCloseTo((48 - 5) * 0.75, 9);
    expect(lineOf(counted, 1e6, 'object storage', 12)).toBeCloseTo((12 - 5) * 0.2, 9);
  });

  test('an object that is awake for a second costs 0.128 GB-s', () => {
    const second = { ...idle, invoice: { ...nothing, objectMs: 1_000 } };
    expect(perMillion(second).usd).toBeCloseTo(0.128 * 12.5, 9);
    // 400 000 GB-s are included: 3 125 000 such seconds.
    expect(lineOf(second, 3_125_000, 'time of objects')).toBeCloseTo(0, 9);
    expect(lineOf(second, 4_125_000, 'time of objects')).toBeCloseTo(0.128 * 12.5, 9);
  });
});

test('a million more is paid without what the plan includes, and each month for what is kept of it', () => {
  const counted = { ...idle, invoice: { ...nothing, rowsWritten: 14, requests: 6 }, bytes: { d1: 4_000, objects: 0 } };
  expect(perMillion(counted).usd).toBeCloseTo(14 + 6 * 0.3, 9);
  expect(perMillion(counted).keptUsd).toBeCloseTo(3, 9);
});

test('each counter has one price', () => {
  expect(PRICES.map(({ counter }) => counter).toSorted()).toEqual(COUNTERS.toSorted());
});

test('a share leaves out what was to be paid anyway, and is never less than nothing', () => {
  const all = { ...nothing, rowsRead: 100, cpuMs: 5 };
  const anyway = scaled({ ...nothing, rowsRead: 10, cpuMs: 3 }, 2);
  expect(share(all, anyway, 8)).toEqual({ ...nothing, rowsRead: 10 });
});
