// BitPay's paths: the supported ones, and the unsupported ones that its clients call, which get BitPay's own error.
// Its clients write them in either case (`supportedWallets/`), as BitPay and BTCPay Server match them. Called by app.ts.

import { getPathNoStrict } from 'hono/utils/url';
import type { Load } from '../http.ts';
import type { InvoiceLink } from './invoices.ts';

const PATHS = [
  ...['/invoices', '/refunds', '/rates', '/tokens', '/currencies'],
  // Nothing is offered under these.
  ...['/bills', '/payouts', '/recipients', '/ledgers', '/settlements', '/subscriptions', '/supportedwallets'],
];

export function bitpayPaths(invoiceLink: InvoiceLink): [path: string, load: Load][] {
  return PATHS.map((path) => [path, async () => (await import('./routes.ts')).bitpayRoutes(path, invoiceLink)]);
}

const ROOT = /^\/[a-z]+(?=\/|$)/i;
/** What stands between the words is an id, whose case counts. */
const FIRST_WORD = /^\/(?:guid|pay)(?=\/)/i;
const LAST_WORD = /(?<=^\/[^/]+)\/(?:notifications|events)$/i;
const lower = (word: string) => word.toLowerCase();

/** @param path as pathOf gives it */
export function isBitpayPath(path: string): boolean {
  return PATHS.includes(ROOT.exec(path)?.[0] ?? '');
}

/** The path that a request is matched by: what it asks for without a slash at its end, with the words of BitPay's paths in lower case. */
export function pathOf(request: Request): string {
  const path = getPathNoStrict(request);
  const root = ROOT.exec(path)?.[0] ?? '';
  if (!isBitpayPath(root.toLowerCase())) return path;
  const rest = path.slice(root.length);
  return root.toLowerCase() + rest.replace(FIRST_WORD, lower).replace(LAST_WORD, lower);
}
