// The security headers of the documentation: one script of ours, which copies and searches; no form, nothing from other sites.

import { contentPolicy, PAGE_HEADERS } from '../ui/headers.ts';

const MAX_AGE_SECONDS = 300;

export const DOCS_HEADERS: Record<string, string> = {
  'Content-Security-Policy': contentPolicy({ script: true }),
  ...PAGE_HEADERS,
  'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
};
