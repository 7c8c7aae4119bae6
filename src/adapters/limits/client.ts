// The client of the limiters: who is counted as one caller, and how much each may do.

import type { LimiterRpc } from './limiter.ts';
import { DEFAULT_LIMITS } from './settings.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

type Namespace = DurableObjectNamespace<LimiterRpc>;

/** Counts an attempt from an IP address; false when it has used up its second. */
export function openAuthLimit(namespace: Namespace, now: () => number, perSecond = () => DEFAULT_LIMITS.authPerSecond) {
  return async (ip: string): Promise<boolean> =>
    namespace.getByName(`auth:${callerOf(ip)}`).take(now(), perSecond(), SECOND_MS);
}

interface CreateCounters {
  /** Cloudflare's counter: as many a minute as is usual, per location, for nothing. */
  shared: (key: string) => Promise<boolean>;
  /** Exact, whatever the number; a request to an object each time. */
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

/** No address that anything on the internet has: the local world's browser and shop. */
export function isLoopback(ip: string): boolean {
  return /^(?:127\.|::1$)/.test(ip);
}

/** An IPv4 address, or the /64 of an IPv6 one: that much belongs to one customer. */
export function callerOf(ip: string): string {
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const groups = head.split(':').filter(Boolean);
  if (tail !== undefined) {
    const after = tail.split(':').filter(Boolean);
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
