// Fires the cron of the local Worker: `wrangler dev` never does. More often than Cloudflare's minute, so that a developer does not have
// to wait for what happens without an open page. Called by main.ts.

import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 5_000;
const READY_MS = 120_000;

/** Returns when the first run has shown the API a fresh chain (if it waits for one) and fresh rates. */
export async function startTicker(
  api: string,
  { waitForChain }: { waitForChain: boolean },
): Promise<{ close: () => Promise<void> }> {
  const stop = new AbortController();
  const fire = async () => {
    const response = await fetch(`${api}/cdn-cgi/local/scheduled`, { signal: stop.signal });
    await response.arrayBuffer();
  };

  const deadlineMs = Date.now() + READY_MS;
  const isReady = () =>
    fire()
      .then(() => ready(api, waitForChain))
      .catch(() => false);
  while (!(await isReady())) {
    if (Date.now() > deadlineMs) throw new Error('the API has not seen a fresh chain and fresh rates');
    await pause(200);
  }

  const loop = (async () => {
    while (!stop.signal.aborted) {
      await pause(EVERY_MS, undefined, { signal: stop.signal });
      await fire().catch(() => {});
    }
  })().catch(() => {});
  return {
    close: async () => {
      stop.abort();
      await loop;
    },
  };
}

async function ready(api: string, waitForChain: boolean): Promise<boolean> {
  const response = await fetch(`${api}/health`);
  const health = (await response.json()) as { chain: { fresh: boolean }; rates: { fresh: boolean } };
  return health.rates.fresh && (health.chain.fresh || !waitForChain);
}
