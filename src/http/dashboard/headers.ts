// The security headers of the dashboard's pages: those of every private page, but with forms, and with an origin on what they send.

import { contentPolicy, PRIVATE_PAGE_HEADERS } from '../ui/headers.ts';

export const DASHBOARD_HEADERS: Record<string, string> = {
  'Content-Security-Policy': contentPolicy({ script: true, images: ' data:', formAction: "'self'" }),
  ...PRIVATE_PAGE_HEADERS,
  // With no-referrer a browser sends its forms with the origin "null", and changes need one that is ours.
  'Referrer-Policy': 'same-origin',
};
