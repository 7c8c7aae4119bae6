// `npm run dev` says what it does before it does it, and that it is still at it.

import { expect, it } from 'vitest';
import { step } from '../../src/dev/step.mjs';

it('A step is named before it begins, and again and again until it ends', async () => {
  const lines: string[] = [];
  let heard = () => {};
  const result = step(
    'Migrating',
    () =>
      new Promise<string>((resolve) => {
        expect(lines).toEqual(['  Migrating …']);
        heard = () => lines.length === 3 && resolve('done');
      }),
    (line) => {
      lines.push(line);
      heard();
    },
    10,
  );
  expect(await result).toBe('done');
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^ {2}Migrating: \d+ s so far …$/),
    expect.stringMatching(/s so far …$/),
  ]);
});

it('A step that fails says no more', async () => {
  const lines: string[] = [];
  const failing = step(
    'Seeding',
    () => Promise.reject(new Error('no')),
    (line) => lines.push(line),
    1,
  );
  await expect(failing).rejects.toThrow('no');
  expect(lines).toEqual(['  Seeding …']);
});
