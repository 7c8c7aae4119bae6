// The client of the limiters: who is counted as one caller, and how much each may do.

import { networkOfIp } from '../../core/text/ip.ts';
import type { LimiterRpc } from './limiter.ts';
import { DEFAULT_LIMITS } from './settings.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

type Namespace = DurableObjectNamespace<LimiterRpc>;

/** Counts an attempt from an IP address; false when it has used up its second. */
export function openAuthLimit(namespace: Namespace, now: () => number, perSecond = () => DEFAULT_LIMITS.authPerSecond) {
  return async (ip: string): Promise<boolean> =>
    namespace.getByName(`auth:${networkOfIp(ip)}`).take(now(), perSecond(), SECOND_MS);
}

interface CreateCounters {
  /** Cloudflare's counter: as many a minute as is usual, per location, for nothing. */
  shared: (key: string) => Promise<boolean>;
  /** Exact for every number; a request to an object each time. */
  namespace: Namespace;
  now: () => number;
  perMinute: () => number;
}

/** Counts a create by a key; false when it has used up its minute. */
export function openCreateLimit({ shared, namespace, now, perMinute }: CreateCounters) {
  return async (key: string): Promise<boolean> => {
    const most = perMinute();
    if (most === DEFAULT_LIMITS.createsPerMinute) return shared(key);
    return namespace.getByName(`create:${key}`).take(now(), most, MINUTE_MS);
  };
}
