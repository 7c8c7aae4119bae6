// The security headers of the checkout page. Called by routes.ts.

import { logoSource } from './links.ts';

/** Who may show the page in a frame. Framing comes with the embedded checkout; until then nobody can dress it up. */
const FRAME_ANCESTORS = "'none'";

/** Headers of one page. `logoUrl` is the only thing that may come from elsewhere, and only from where it is. */
export function pageHeaders(logoUrl: string | null): Record<string, string> {
  return {
    'Content-Security-Policy': contentSecurityPolicy(logoUrl),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'X-Robots-Tag': 'noindex',
  };
}

function contentSecurityPolicy(logoUrl: string | null): string {
  const logo = logoSource(logoUrl);
  const logoOrigin = logo?.startsWith('https:') ? ` ${new URL(logo).origin}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data:${logoOrigin}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${FRAME_ANCESTORS}`,
  ].join('; ');
}
