// A signed transaction goes to every explorer, and what comes back is never taken for more than it says.

import { expect, it } from 'vitest';
import { openSigner } from '../../support/signer.ts';

const refused = (message: string) =>
  new Response(`sendrawtransaction RPC error: ${JSON.stringify({ code: -26, message })}`, { status: 400 });

it('is sent where one explorer takes it, and has it when it comes again', async () => {
  const shop = await openSigner();
  const raw = await shop.transaction(20_000);
  shop.lie(0, (path) => (path === '/tx' ? refused('txn-mempool-conflict') : null));
  expect(await shop.watcher.broadcast(raw)).toBe('sent');
  shop.lie(0, null);
  expect(await shop.watcher.broadcast(raw)).toBe('sent');
  await shop.mine();
  expect(await shop.watcher.broadcast(raw)).toBe('sent');
});

it('is refused where all that answer refuse it, and unknown where none answers', async () => {
  const shop = await openSigner();
  const raw = await shop.transaction(20_000);
  shop.lie(0, (path) => (path === '/tx' ? refused('min relay fee not met') : null));
  shop.lie(1, (path) => (path === '/tx' ? new Response('', { status: 502 }) : null));
  expect(await shop.watcher.broadcast(raw)).toEqual({ refusal: expect.stringMatching(/fee is lower/) });
  shop.lie(0, (path) => (path === '/tx' ? 'Thank you!' : null));
  expect(await shop.watcher.broadcast(raw)).toBe('unknown');
});

it('is paid for by the estimate in the middle', async () => {
  const shop = await openSigner();
  for (const [view, rate] of [9, 300].entries())
    shop.lie(view, (path) => (path === '/fee-estimates' ? JSON.stringify({ 1: 400, 6: rate, 144: 1 }) : null));
  expect(await shop.watcher.feeRate()).toBe(300);
  shop.lie(1, (path) => (path === '/fee-estimates' ? new Response('', { status: 404 }) : null));
  expect(await shop.watcher.feeRate()).toBe(9);
});
