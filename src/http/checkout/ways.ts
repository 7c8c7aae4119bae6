// The ways to pay that the page offers now: one code for both rails, and a code of each rail for wallets that cannot read that. Each is a
// path of the page, so that a reload keeps the buyer's choice. Pure. Called by view.ts, the routes and the page's components.

import { lightningLink } from '../../core/lightning/link.ts';
import { linkOf } from '../../core/onchain/prompt.ts';
import type { PublicInvoice } from '../../core/snapshot/invoice.ts';

export type Way = 'both' | 'lightning' | 'onchain';

const PATHS: Record<Way, string> = { both: 'both', lightning: 'BTC-LN', onchain: 'BTC-CHAIN' };

/** BTCPay Server's names for a rail, in the spellings of all its versions. */
const NAMES: [Way, RegExp][] = [
  ['both', /^both$/],
  ['lightning', /^BTC[-_](LN|LNURL|LNURLPAY|Lightning\w*)$/i],
  ['onchain', /^BTC([-_](CHAIN|OnChain))?$/i],
];

/** @param name the last step of the page's path, or a payment method that a client has named @returns null for any other */
export function wayNamed(name: string | null | undefined): Way | null {
  return NAMES.find(([, names]) => names.test(name ?? ''))?.[0] ?? null;
}

/** Where the page shows this way. */
export function pathOfWay(invoiceId: string, way: Way, isFramed: boolean): string {
  return `/i/${encodeURIComponent(invoiceId)}/${PATHS[way]}${isFramed ? '?view=modal' : ''}`;
}

/** In the order in which they are offered; none while the invoice cannot be paid. */
export function waysOf({ lightning, payment_uri }: PublicInvoice, nowMs: number): Way[] {
  const byLightning = lightning !== null && Date.parse(lightning.expires_at) > nowMs;
  const onchain = payment_uri.startsWith('bitcoin:');
  if (byLightning && onchain) return ['both', 'lightning', 'onchain'];
  if (byLightning) return ['lightning'];
  return onchain ? ['onchain'] : [];
}

/**
 * The link that opens a wallet.
 * @param dueSats what is still to be paid; 0 where any amount pays
 */
export function walletLink({ lightning, payment_uri }: PublicInvoice, way: Way, dueSats: bigint): string {
  if (way === 'lightning') return lightningLink(lightning?.bolt11 ?? '');
  const uri = linkOf({ uri: payment_uri }, dueSats);
  return way === 'both' ? uri : uri.replace(/[?&]lightning=[^&]*/, '');
}
