// The security headers of the documentation: pages without a script, a form or anything from elsewhere.

import { contentPolicy, PAGE_HEADERS } from '../ui/headers.ts';

const MAX_AGE_SECONDS = 300;

export const DOCS_HEADERS: Record<string, string> = {
  'Content-Security-Policy': contentPolicy({}),
  ...PAGE_HEADERS,
  'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
};
