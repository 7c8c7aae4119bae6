// The paths of the other systems' APIs, and what is loaded for each. Called by app.ts.

import type { InvoiceLink } from './bitpay/invoices.ts';
import { bitpayPaths } from './bitpay/paths.ts';
import type { Load } from './http.ts';

/** BTCPay Server's. What is nowhere under them is answered as its clients read it, too. */
const GREENFIELD: [path: string, load: Load][] = [
  ['/api/v1', loadGreenfield],
  ['/api', async () => (await import('./greenfield/routes.ts')).elsewhereRoutes()],
  ['/misc', async () => (await import('./greenfield/routes.ts')).miscRoutes()],
];

/** ElenPAY's paths stand among Greenfield's. */
async function loadGreenfield(): ReturnType<Load> {
  const [{ greenfieldRoutes }, { elenpayApi }] = await Promise.all([
    import('./greenfield/routes.ts'),
    import('./elenpay/routes.ts'),
  ]);
  return greenfieldRoutes(elenpayApi);
}

/** @param invoiceLink BitPay's invoices are links for people, too */
export function dialectPaths(invoiceLink: InvoiceLink): [path: string, load: Load][] {
  return [...GREENFIELD, ...bitpayPaths(invoiceLink)];
}
