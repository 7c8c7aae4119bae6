// The security headers of the checkout page. Called by routes.ts.

import { contentPolicy, PRIVATE_PAGE_HEADERS } from '../ui/headers.ts';
import { logoSource } from './links.ts';

/**
 * Headers of one page. `logoUrl` is the only thing that may come from elsewhere, and only from where it is.
 * @param isFramed shown over a shop's own page by modal/btcpay.js. Which shop is not known here; nothing on the page can be
 * pressed that does more than show, copy or open a wallet. No other page may be framed.
 */
export function pageHeaders(logoUrl: string | null, isFramed = false, formAction = "'none'"): Record<string, string> {
  const logo = logoSource(logoUrl);
  const images = logo?.startsWith('https:') ? ` data: ${new URL(logo).origin}` : ' data:';
  const frameAncestors = isFramed ? 'http: https:' : "'none'";
  return {
    'Content-Security-Policy': contentPolicy({ script: true, images, formAction, frameAncestors }),
    ...PRIVATE_PAGE_HEADERS,
  };
}
