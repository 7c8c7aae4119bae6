// Where a buyer goes back to, with the words that a dialect's clients leave to be filled in. Pure. Called wherever an invoice is
// rendered: what is stored is the client's own text.

import type { Invoice, Payment } from '../invoice/invoice.ts';
import { dialectOf } from './table.ts';

/** `{Word}` in any case stands for what it names, URL-encoded. Where the dialect has no such words a URL is a URL. */
export function redirectUrl(invoice: Invoice, payments: readonly Payment[]): string | null {
  const { successUrl, checkout } = invoice;
  const words = checkout && dialectOf(checkout.dialect).redirectWords?.(invoice, payments);
  if (successUrl === null || !words) return successUrl;
  return successUrl.replaceAll(/\{(\w+)\}/g, (text, name: string) => {
    const key = name.toLowerCase();
    return Object.hasOwn(words, key) ? encodeURIComponent(words[key]?.() ?? '') : text;
  });
}
