// How much each caller may do, where the operator has said so: read from D1 behind the requests and kept in the isolate,
// so that no request waits for it. What is kept is used for a minute at the most and read again after half of one; where
// there is none (a new isolate, a D1 that does not answer) the deployment's defaults hold.

import type { PlatformSettings } from '../db/schema.ts';

/** Integration guide §11. The first and the last are those of wrangler.toml's counters, too. */
export const DEFAULT_LIMITS = { createsPerMinute: 100, authPerSecond: 5, requestsPerSecond: 20 };

type Limits = typeof DEFAULT_LIMITS;

export const LIMITS_KEPT_MS = 60_000;
const READ_AGAIN_MS = 30_000;

interface Surroundings {
  now: () => number;
  background: (work: Promise<unknown>) => void;
  read: () => Promise<PlatformSettings>;
}

/** What one isolate remembers, from request to request. */
export class LimitsMemory {
  settings: PlatformSettings = {};
  readAtMs = Number.NEGATIVE_INFINITY;
  triedAtMs = Number.NEGATIVE_INFINITY;
}

const isolate = new LimitsMemory();

/** The current limits, without waiting for the database. */
export function openLimits({ now, background, read }: Surroundings, memory: LimitsMemory = isolate): () => Limits {
  const refresh = async () => {
    memory.settings = await read();
    memory.readAtMs = now();
  };
  return () => {
    const nowMs = now();
    const isOld = (sinceMs: number, keptMs: number) => Math.abs(nowMs - sinceMs) >= keptMs;
    if (isOld(memory.triedAtMs, READ_AGAIN_MS)) {
      memory.triedAtMs = nowMs;
      background(refresh());
    }
    return isOld(memory.readAtMs, LIMITS_KEPT_MS) ? DEFAULT_LIMITS : limitsOf(memory.settings);
  };
}

function limitsOf({ createsPerMinute, authPerSecond, requestsPerSecond }: PlatformSettings): Limits {
  return {
    createsPerMinute: createsPerMinute ?? DEFAULT_LIMITS.createsPerMinute,
    authPerSecond: authPerSecond ?? DEFAULT_LIMITS.authPerSecond,
    requestsPerSecond: requestsPerSecond ?? DEFAULT_LIMITS.requestsPerSecond,
  };
}
