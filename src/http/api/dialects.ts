// The paths of the other systems' APIs, and what is loaded for each. Called by app.ts.

import { BITPAY_PATHS } from './bitpay/paths.ts';
import type { Load } from './http.ts';

/** BTCPay Server's. What is nowhere under them is answered as its clients read it, too. */
const GREENFIELD: [path: string, load: Load][] = [
  ['/api/v1', loadGreenfield],
  ['/api', async () => (await import('./greenfield/misc.ts')).elsewhereRoutes()],
  ['/misc', async () => (await import('./greenfield/misc.ts')).miscRoutes()],
];

/** ElenPAY's paths stand among Greenfield's. */
async function loadGreenfield(): ReturnType<Load> {
  const [{ greenfieldRoutes }, { elenpayRoutes }] = await Promise.all([
    import('./greenfield/routes.ts'),
    import('./elenpay/routes.ts'),
  ]);
  return greenfieldRoutes(elenpayRoutes());
}

export const DIALECT_PATHS = [...GREENFIELD, ...BITPAY_PATHS];
