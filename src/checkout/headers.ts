// The security headers of the checkout page. Called by routes.ts.

import { logoSource } from './links.ts';

/**
 * Headers of one page. `logoUrl` is the only thing that may come from elsewhere, and only from where it is.
 * @param isFramed shown over a shop's own page by modal/btcpay.js. Which shop is not known here; nothing on the page can be
 * pressed that does more than show, copy or open a wallet. Every other page is in nobody's frame.
 */
export function pageHeaders(logoUrl: string | null, isFramed = false, formAction = "'none'"): Record<string, string> {
  return {
    'Content-Security-Policy': contentSecurityPolicy(logoUrl, isFramed ? 'http: https:' : "'none'", formAction),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'X-Robots-Tag': 'noindex',
  };
}

function contentSecurityPolicy(logoUrl: string | null, frameAncestors: string, formAction: string): string {
  const logo = logoSource(logoUrl);
  const logoOrigin = logo?.startsWith('https:') ? ` ${new URL(logo).origin}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data:${logoOrigin}`,
    "connect-src 'self'",
    "base-uri 'none'",
    `form-action ${formAction}`,
    `frame-ancestors ${frameAncestors}`,
  ].join('; ');
}
