// The security headers of the documentation: pages without a script, a form or anything from elsewhere.

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MAX_AGE_SECONDS = 300;

export const DOCS_HEADERS: Record<string, string> = {
  'Content-Security-Policy': POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
};
