// An operator asks how many webhooks go out in a second, and what sixty dead endpoints do to the one in health: the tables of
// `npm run bench:deliver` say it.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/deliver.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

let report: string;

beforeAll(async () => {
  ({ stdout: report } = await promisify(execFile)(process.execPath, [main, '--quick'], {
    timeout: TIMEOUT_MS,
    maxBuffer: 50_000_000,
  }));
}, TIMEOUT_MS);

test('first attempts and retries have a rate each, with receivers that are fast and slow', () => {
  const rows = [
    ...report.matchAll(/^\| (first attempts|retries) \| (\d+) \| (\d+) ms \| (\d+) \| (\d+) \| ([\d.]+) ms \|$/gm),
  ];
  expect(rows.map(([, what, endpoints, ms]) => [what, endpoints, ms])).toEqual([
    ['first attempts', '25', '0'],
    ['retries', '25', '0'],
    ['first attempts', '25', '50'],
    ['retries', '25', '50'],
    ['first attempts', '25', '200'],
    ['retries', '25', '200'],
    ['retries', '1', '0'],
  ]);
  for (const [, , , , , perSecond, cpuMs] of rows) {
    expect(Number(perSecond)).toBeGreaterThan(0);
    expect(Number(cpuMs)).toBeGreaterThan(0);
  }
});

test('beside sixty dead ones nothing waits for the end of their ten seconds', () => {
  const rows = [
    ...report.matchAll(/^\| (from `POST.*`.*|retries, from the cron) \| 10 \| \d+ ms \| \d+ ms \| (\d+) ms \|$/gm),
  ];
  expect(rows).toHaveLength(2);
  for (const [, , longest] of rows) expect(Number(longest)).toBeLessThan(10_000);
});
