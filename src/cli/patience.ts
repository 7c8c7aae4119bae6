// Tries until it works, waiting longer each time, and says so. Called by listen.ts and payouts.ts.

import { setTimeout as pause } from 'node:timers/promises';
import { Unreachable } from './api.ts';
import { complain, say } from './say.ts';

const FIRST_BACK_OFF_MS = 250;
const MAX_BACK_OFF_MS = 30_000;

/** @throws what is not Unreachable, and the reason of `stop` */
export async function patiently<T>(work: () => Promise<T>, stop?: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      const result = await work();
      if (failures > 0) say('Connected again.');
      return result;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      const backOffMs = Math.min(FIRST_BACK_OFF_MS * 2 ** failures, MAX_BACK_OFF_MS);
      // Spread, so that many do not come back in one moment.
      const waitMs = error.retryAfterMs ?? Math.round(backOffMs * (0.75 + Math.random() / 2));
      complain(`No connection: ${error.message}. Again in ${(waitMs / 1_000).toFixed(1)} s.`);
      await pause(waitMs, undefined, stop && { signal: stop });
    }
  }
}
