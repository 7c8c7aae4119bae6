// What only a buyer reads: the shop's name, the time that is left, how long a confirmation takes. Pure. Called by the checkout
// page's components.

import type { PublicInvoice } from '../../core/snapshot/invoice.ts';
import type { CheckoutStore } from './view.ts';

export function shopName({ name }: CheckoutStore): string {
  return name.trim() || 'the shop';
}

/** The name at the start of a sentence. */
export function shopNameCapital(store: CheckoutStore): string {
  return store.name.trim() || 'The shop';
}

/** "14:32", "1:04:32"; "3 days" where seconds would only be noise. Never negative. The script counts on (countdown). */
export function countdownText(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000));
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(hours > 0 ? 2 : 1, '0');
  const clock = `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}

/** "1 network confirmation". */
export function networkConfirmationsText({ conf_threshold }: Pick<PublicInvoice, 'conf_threshold'>): string {
  const wanted = Math.max(1, conf_threshold);
  return `${wanted} network ${wanted === 1 ? 'confirmation' : 'confirmations'}`;
}

/** How long confirmations take on average, at ten minutes each. */
export function waitText(confirmations: number): string {
  const minutes = Math.max(1, confirmations) * 10;
  return minutes < 120 ? `about ${minutes} minutes` : `about ${Math.round(minutes / 60)} hours`;
}
