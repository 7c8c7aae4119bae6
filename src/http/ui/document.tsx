// The frame of every page: head, styles, script. Called by the checkout, the dashboard and the documentation.

import type { Child } from 'hono/jsx';

/** A whole HTML document. */
export function documentOf(document: Child): string {
  return `<!doctype html>${document}`;
}

interface DocumentProps {
  title: string;
  /** Stylesheets, in the order in which they apply. */
  sheets: string[];
  script?: string;
  /** Search engines may show it. Other pages are for those who have the link, and reach into the corners of a phone. */
  isPublic?: boolean;
  /** Where no script runs, the page is asked for again after so long. */
  refreshSeconds?: number | null;
  /** Where the page is asked for again; without it where it was. */
  refreshTo?: string;
  children?: Child;
}

export function Document({ title, sheets, script, isPublic = false, ...props }: DocumentProps) {
  const { refreshSeconds = null, refreshTo, children } = props;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          name="viewport"
          content={`width=device-width, initial-scale=1${isPublic ? '' : ', viewport-fit=cover'}`}
        />
        <meta name="color-scheme" content="light dark" />
        {!isPublic && <meta name="robots" content="noindex" />}
        {!isPublic && <meta name="format-detection" content="telephone=no" />}
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        {sheets.map((href) => (
          <link rel="stylesheet" href={href} />
        ))}
        {script && <script type="module" src={script} />}
        {refreshSeconds !== null && (
          <noscript>
            <meta http-equiv="refresh" content={`${refreshSeconds}${refreshTo ? `; url=${refreshTo}` : ''}`} />
          </noscript>
        )}
      </head>
      <body>{children}</body>
    </html>
  );
}
