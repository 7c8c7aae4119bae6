// A merchant asks how long a payout of many takes until it can be signed: `npm run bench:batches` says it for 1, 10 and 100 claims, and what
// a block costs while the wallet has thousands of coins.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/batches.ts', import.meta.url));
const TIMEOUT_MS = 240_000;

test(
  'each number of claims has a PSBT with coins enough, and each block its coins',
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS });
    const rows = stdout.split('\n').filter((line) => /^\| \d/.test(line));
    const cells = rows.map((line) => line.split('|').map((cell) => cell.trim().replaceAll(' ', '')));
    const [batches, blocks] = [cells.slice(0, 3), cells.slice(3)];
    expect(batches.map(([, claims]) => claims)).toEqual(['1', '10', '100']);
    // A claim is a third of a coin.
    for (const [, claims, coins] of batches) expect(Number(coins)).toBeGreaterThanOrEqual(Number(claims) / 3);
    expect(blocks.map(([, before, brings]) => [before, brings])).toEqual([
      ['0', '1'],
      ['1', '2500'],
      ['2501', '1'],
    ]);
  },
  TIMEOUT_MS,
);
