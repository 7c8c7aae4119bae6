// Where a buyer goes back to, with the names that Greenfield's clients leave to be filled in. Pure. Called wherever an invoice
// is rendered: what is stored is the client's own text.

import type { Invoice, Payment } from '../invoice/invoice.ts';
import { shopStatus } from '../invoice/shop-status.ts';

/**
 * `{InvoiceId}`, `{OrderId}` and `{Status}` in any case stand for what they name, URL-encoded. Only for clients that know
 * of them: for the native API a URL is a URL.
 */
export function redirectUrl(invoice: Invoice, payments: readonly Payment[]): string | null {
  const { successUrl, checkout } = invoice;
  if (successUrl === null || (checkout?.dialect !== 'greenfield' && checkout?.dialect !== 'elenpay')) return successUrl;
  const named: Record<string, () => string> = {
    invoiceid: () => invoice.id,
    orderid: () => invoice.orderRef ?? '',
    status: () => shopStatus({ invoice, payments }).status,
  };
  return successUrl.replaceAll(/\{(\w+)\}/g, (text, name: string) => {
    const key = name.toLowerCase();
    return Object.hasOwn(named, key) ? encodeURIComponent(named[key]?.() ?? '') : text;
  });
}
