// A newcomer runs `npm run bench:bytes` and sees what D1 keeps of a paid invoice: no row is so long that it takes a page of its own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../../src/dev/bench/bytes.ts', import.meta.url));
const TIMEOUT_MS = 180_000;

test('a paid invoice is kept in less than 3 400 bytes beside free room, and no row has pages of its own', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--quick'], { timeout: TIMEOUT_MS });
  const rows = stdout
    .split('\n')
    .filter((line) => /^\| [a-z*]/.test(line) && !line.startsWith('| table'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  const names = rows.map(([name]) => name);
  for (const name of ['events', 'invoices', 'deliveries', 'payments', '**all**']) expect(names).toContain(name);
  expect(rows.filter(([, , , overflow]) => overflow !== '0')).toEqual([]);
  const payload = Number(rows.at(-1)?.[2]?.replaceAll(' ', ''));
  expect(payload).toBeGreaterThan(1_000);
  expect(payload).toBeLessThan(3_400);
});
