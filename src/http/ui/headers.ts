// The security headers that pages share: what a page may load; no caching, framing or indexing. Called by the
// headers.ts of the checkout, the dashboard and the documentation.

interface Allowed {
  /** The page has a script of ours. */
  script?: boolean;
  /** Sources of images beside ourselves. */
  images?: string;
  formAction?: string;
  frameAncestors?: string;
}

/** Everything comes from ourselves, and only what is named here. Style attributes and inline scripts are nowhere allowed. */
export function contentPolicy(allowed: Allowed): string {
  const { script = false, images = '', formAction = "'none'", frameAncestors = "'none'" } = allowed;
  return [
    "default-src 'none'",
    ...(script ? ["script-src 'self'"] : []),
    "style-src 'self'",
    `img-src 'self'${images}`,
    ...(script ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    `form-action ${formAction}`,
    `frame-ancestors ${frameAncestors}`,
  ].join('; ');
}

/** Of every page. */
export const PAGE_HEADERS: Record<string, string> = {
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** Of pages for those alone who have the link or are logged in. */
export const PRIVATE_PAGE_HEADERS: Record<string, string> = {
  ...PAGE_HEADERS,
  'Cache-Control': 'no-store',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)',
  'X-Robots-Tag': 'noindex',
};
