// Which URLs a delivery may go to, and which servers of a merchant we call. Checked when a URL is given to us and again before
// each request. A Worker cannot see what a name resolves to, and Cloudflare's network does not route to private addresses; what
// is left to refuse is here: other schemes and ports, addresses instead of names, names of private networks, and ourselves.

import { readUrl } from './urls.ts';

export interface TargetPolicy {
  /** `local` is for the local world alone: http and loopback are fine there. */
  targets: 'public' | 'local';
  /** Our own public origin: a webhook that calls us would be a loop. */
  origin: string;
}

const ALLOWED_PORTS = new Set(['', '443', '8443']);
const PRIVATE_SUFFIXES = [
  ...['localhost', 'localdomain', 'localdomain6', 'local', 'internal', 'intranet'],
  ...['lan', 'home', 'corp', 'home.arpa', 'onion'],
];
const MAX_URL_LENGTH = 2048;

/** Says in words what is wrong with a delivery target, or null when it may be called. */
export function targetProblem(text: string, policy: TargetPolicy): string | null {
  const problem = serverProblem(text, policy);
  if (problem || policy.targets === 'local') return problem;
  return ALLOWED_PORTS.has(new URL(text).port) ? null : 'must use port 443 or 8443';
}

/** The same for a server of the merchant's own, such as a Lightning node: it may use any port. */
export function serverProblem(text: string, policy: TargetPolicy): string | null {
  if (text.length > MAX_URL_LENGTH) return `is longer than ${MAX_URL_LENGTH} characters`;
  const isLocal = policy.targets === 'local';
  const read = readUrl(text, isLocal ? 'web' : 'https');
  if ('problem' in read) return read.problem;
  if (isLocal) return null;
  const host = bareHost(read.url);
  if (host.startsWith('[') || /^[0-9.]+$/.test(host)) return 'must name a host, not an address';
  if (!host.includes('.')) return 'must name a public host';
  if (PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) {
    return 'must name a public host';
  }
  const own = bareHost(new URL(policy.origin));
  if (host === own || host.endsWith(`.${own}`)) return 'must not be SatLane itself';
  return null;
}

/** The host in one spelling: a name may end in dots. */
function bareHost(url: URL): string {
  return url.hostname.replace(/\.+$/, '').toLowerCase();
}
