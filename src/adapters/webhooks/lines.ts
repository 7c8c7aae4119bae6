// Who waits behind whom. Each receiver has a line of its own, and each line one sender: an endpoint has both to itself; the hosts
// that a store's invoices name (callback_url, BitPay's notificationURL) have a line each and share a fixed number of senders, so
// that naming many hosts does not create senders without end.

import type { Names } from '../db/due-deliveries.ts';

/** Of each store, for the hosts that its invoices name. */
const SENDERS_OF_A_STORE = 32;

/** The line of a URL that an invoice of the store names. */
export function lineOf(storeId: string, url: string): string {
  const host = URL.parse(url)?.origin ?? url;
  return `${storeId}/${hash(host) % SENDERS_OF_A_STORE}/${host}`;
}

/** The sender that a line belongs to. */
export function senderOf(line: string): string {
  const [storeId = '', number, host] = line.split('/', 3);
  return host === undefined ? line : `${storeId}/${number}`;
}

export function lineOfDelivery({ endpointId, line }: { endpointId: string | null; line: string | null }): string {
  return endpointId ?? line ?? '';
}

/** An endpoint's sender has its own line and no other. */
export function isOfEndpoint(sender: string): boolean {
  return !sender.includes('/');
}

/** The names of a sender's lines. */
export function linesOf(sender: string): Names {
  return isOfEndpoint(sender) ? { from: sender, to: `${sender}!` } : within(`${sender}/`);
}

/** The names of all lines of hosts that a store's invoices name. */
export function hostLinesOf(storeId: string): Names {
  return within(`${storeId}/`);
}

/** '0' is what comes after '/'. */
const within = (prefix: string): Names => ({ from: prefix, to: `${prefix.slice(0, -1)}0` });

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
