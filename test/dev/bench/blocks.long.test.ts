// An operator asks what a block with many payers costs: `npm run bench:blocks` says it for one payer and for a hundred, each with a D1
// beside the watcher and one that is far away.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/blocks.ts', import.meta.url));
const TIMEOUT_MS = 240_000;

let report: string;

beforeAll(async () => {
  ({ stdout: report } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS }));
}, TIMEOUT_MS);

test('each block that pays and the six after it have a row, with one payer and with a hundred', () => {
  const places = rows().map(([payers, delay, block]) => `${payers} payers, ${delay}, ${block}`);
  const blocks = ['the one that pays', '+1', '+2', '+3', '+4', '+5', '+6'];
  const expected = ['1', '100'].flatMap((payers) =>
    ['0 ms', '10 ms'].flatMap((delay) => blocks.map((block) => `${payers} payers, ${delay}, ${block}`)),
  );
  expect(places).toEqual(expected);
});

function rows(): string[][] {
  return report
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1));
}
