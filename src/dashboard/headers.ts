// The security headers of the dashboard's pages: the checkout's, but with forms, and with an origin on what they send.

import { pageHeaders } from '../checkout/headers.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

export const DASHBOARD_HEADERS: Record<string, string> = {
  ...pageHeaders(null),
  'Content-Security-Policy': POLICY,
  // With no-referrer a browser sends its forms with the origin "null", and changes need one that is ours.
  'Referrer-Policy': 'same-origin',
};
