// The paths of the other systems' APIs, what is loaded for each, and how each answers an error. Called by app.ts, lazy.ts and
// failures.ts.

import type { Context } from 'hono';
import { log } from '../../log.ts';
import { bitpayErrorResponse } from './bitpay/errors.ts';
import type { InvoiceLink } from './bitpay/invoices.ts';
import { bitpayPaths, isBitpayPath, pathOf } from './bitpay/paths.ts';
import { greenfieldErrorResponse } from './greenfield/errors.ts';
import type { Load } from './http.ts';

/** The path that a request is matched by: those of one dialect stand at the root, in either case. */
export { pathOf };

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

/** By path: an error that no route has answered, in the words of the API that was asked. */
const ERRORS: [isOfIt: (path: string) => boolean, respond: (thrown: unknown, c: Context) => Response][] = [
  [
    (path) => /^\/(?:api|misc)(?:\/|$)/.test(path),
    (thrown, c) => greenfieldErrorResponse(thrown, c.get('requestId'), log),
  ],
  [isBitpayPath, bitpayErrorResponse],
];

/** @returns undefined for a path of none of these APIs */
export function dialectErrorResponse(thrown: unknown, c: Context): Response | undefined {
  return ERRORS.find(([isOfIt]) => isOfIt(c.req.path))?.[1](thrown, c);
}
