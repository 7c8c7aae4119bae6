// The local world's merchant stays the same from start to start, also where an earlier version made it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openIdentity } from '../../src/dev/identity.ts';

const dir = mkdtempSync(join(tmpdir(), 'satlane-identity-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('is made once', async () => {
  const file = join(dir, 'new.json');
  const first = await openIdentity(file);
  expect(await openIdentity(file)).toEqual(first);
});

it('gets a log-in where it had none, and keeps it and everything else', async () => {
  const file = join(dir, 'old.json');
  const { person: _, ...old } = await openIdentity(file);
  writeFileSync(file, JSON.stringify(old));
  const upgraded = await openIdentity(file);
  expect(upgraded).toMatchObject({ ...old, person: { email: 'demo@satlane.test' } });
  expect(await openIdentity(file)).toEqual(upgraded);
});

it('is made anew where its file is torn', async () => {
  const file = join(dir, 'torn.json');
  const before = await openIdentity(file);
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
  expect((await openIdentity(file)).accountId).not.toBe(before.accountId);
});
