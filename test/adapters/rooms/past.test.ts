// A room that an earlier version left: with an alarm, and a database for it.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';

it('stores nothing any more when its alarm has rung', async () => {
  const room = bindings.ROOM.getByName('6f1c2a0e-0000-4000-8000-000000000001');
  await runInDurableObject(room, async (_, { storage }) => {
    await storage.put('expiresAt', 1);
    await storage.setAlarm(Date.now() + 60_000);
  });
  expect(await runDurableObjectAlarm(room)).toBe(true);
  await runInDurableObject(room, async (_, { storage }) => {
    expect([await storage.getAlarm(), [...(await storage.list()).keys()]]).toEqual([null, []]);
  });
});
