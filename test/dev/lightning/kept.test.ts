// The local world is stopped and started again: its nodes are the same, and know what they minted.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startLightning } from '../../../src/dev/lightning/server.ts';

it('keeps its payments between runs, and its BOLT11s stay good', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'lightning-'));
  const run = async () => {
    const lightning = await startLightning({ controlPort: 0, seed: 'kept', file: join(dir, 'lightning.json') });
    const lever = async (name: string, body: unknown) =>
      (await fetch(`${lightning.control}/control/${name}`, { method: 'POST', body: JSON.stringify(body) })).json();
    const ask = async (path: string) =>
      (await fetch((lightning.servers.find(({ name }) => name === 'address')?.url ?? '') + path)).json();
    return { ...lightning, lever, ask, id: (await lightning.open()).merchant.node.id };
  };
  const first = await run();
  const [paid, open, held] = [1000, 2000, 3000].map((msat) => first.ask(`/lnurlp/merchant/callback?amount=${msat}`));
  const before = { paid: await paid, open: await open, held: await held };
  await first.lever('pay', { bolt11: before.paid.pr });
  await first.lever('fault', { server: 'address', hold: true });
  expect(await first.lever('pay', { bolt11: before.held.pr })).toMatchObject({ state: 'held' });
  await first.close();

  const second = await run();
  expect(second.id).toBe(first.id);
  const verify = (url: string) => second.ask(new URL(url).pathname);
  expect(await verify(before.paid.verify)).toMatchObject({ settled: true });
  expect(await verify(before.open.verify)).toMatchObject({ settled: false });
  for (const { pr, verify: url } of [before.open, before.held]) {
    expect(await second.lever('pay', { bolt11: pr })).toMatchObject({ state: 'settled' });
    expect(await verify(url)).toMatchObject({ settled: true });
  }
  await second.close();
  await rm(dir, { recursive: true });
});
