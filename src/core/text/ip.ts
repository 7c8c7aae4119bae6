// IP addresses as they are counted. Used by the limits of requests, log-ins and mails.

/** No address that anything on the internet has: the local world's browser and shop. */
export function isLoopback(ip: string): boolean {
  return /^(?:127\.|::1$)/.test(ip);
}

/** An IPv4 address, or the /64 of an IPv6 one: that much belongs to one customer. */
export function networkOfIp(ip: string): string {
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
