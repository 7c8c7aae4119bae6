// The client of the limiters: who is counted as one caller, and how much each may do.

import type { LimiterRpc } from './limiter.ts';

/** Integration guide §11: log-in and sign-up, per address. */
export const AUTH_PER_SECOND = 5;
const SECOND_MS = 1_000;

/** Counts an attempt from an IP address; false when it has used up its second. */
export function openAuthLimit(namespace: DurableObjectNamespace<LimiterRpc>, now: () => number) {
  return async (ip: string): Promise<boolean> =>
    namespace.getByName(`auth:${callerOf(ip)}`).take(now(), AUTH_PER_SECOND, SECOND_MS);
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
