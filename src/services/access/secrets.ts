// What only its owner may know: made by chance alone, shown once, kept hashed or sealed.

import { base58, base64 } from '@scure/base';
import type { Environment } from '../../core/invoice/invoice.ts';

/** `sl_live_…` or `sl_test_…`: 24 random bytes. */
export function newKey(environment: Environment): string {
  return `sl_${environment}_${hexOf(crypto.getRandomValues(new Uint8Array(24)))}`;
}

/** What signs webhooks: 32 random bytes, as Standard Webhooks writes them. */
export function newSecret(): string {
  return `whsec_${base64.encode(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/** As BTCPay Server makes a webhook's: short, and without a character that a shop's form could spoil. */
export function newShortSecret(): string {
  return base58.encode(crypto.getRandomValues(new Uint8Array(16)));
}

/** What the link of a mail carries: 32 random bytes. Its hash is kept. */
export function newToken(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(32)));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
