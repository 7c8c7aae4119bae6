// The frame of every page that a buyer sees: head, style, script. Called by the pages.

import type { Child } from 'hono/jsx';

/** A whole HTML document. */
export function documentOf(document: Child): string {
  return `<!doctype html>${document}`;
}

interface DocumentProps {
  title: string;
  themeHref: string | null;
  refreshSeconds: number | null;
  script: boolean;
  /** A sheet beside the one that every page has. */
  sheet?: string;
  children?: Child;
}

export function Document({ title, themeHref, refreshSeconds, script, sheet, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <meta name="format-detection" content="telephone=no" />
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/checkout.css" />
        {sheet && <link rel="stylesheet" href={sheet} />}
        {themeHref !== null && <link rel="stylesheet" href={themeHref} />}
        {script && <script type="module" src="/checkout.js" />}
        {refreshSeconds !== null && (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
      </head>
      <body>{children}</body>
    </html>
  );
}
