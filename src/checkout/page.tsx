// The hosted checkout page (integration guide §5, option A): one complete document per request, for every state of an
// invoice. The script only swaps <main> for a newer one, so there is no second rendering. Called by routes.ts.

import type { Child } from 'hono/jsx';
import { Icon } from './icons.tsx';
import { headline, Panel } from './panels/panel.tsx';
import { Summary } from './summary.tsx';
import { shopNameCapital } from './text.ts';
import { isThemeColor } from './theme.ts';
import { type CheckoutView, factsOf, isFinal, situationOf } from './view.ts';

/** How soon a page without a script looks again. */
const NOSCRIPT_REFRESH_SECONDS = 15;

/** A whole HTML document. */
export function checkoutPage(view: CheckoutView): string {
  const { invoice, store } = view;
  const final = isFinal(view);
  return documentOf(
    <Document
      title={`${headline(view)} · ${shopNameCapital(store)}`}
      themeHref={isThemeColor(store.color) ? `/i/${encodeURIComponent(invoice.id)}/theme.css` : null}
      refreshSeconds={final ? null : NOSCRIPT_REFRESH_SECONDS}
      script
    >
      {invoice.environment === 'test' && <TestRibbon />}
      <div id="announcer" class="sr-only" role="status" aria-live="polite" />
      <main
        id="checkout"
        data-situation={situationOf(view)}
        data-facts={factsOf(invoice)}
        data-headline={headline(view)}
        data-now={view.nowMs}
        data-events={final ? undefined : view.live.eventsUrl}
      >
        <div class="card">
          <Summary view={view} />
          <section class={`panel ${situationOf(view)}`}>
            <Panel view={view} />
          </section>
        </div>
        <footer>
          <p>
            Reference <span class="mono">{invoice.id}</span>
          </p>
          <p>Straight to the shop’s own wallet · powered by SatLane</p>
        </footer>
      </main>
    </Document>,
  );
}

/** Shown for an id that names no invoice. */
export function notFoundPage(): string {
  return alone(
    'Payment page not found',
    'We cannot find this payment page',
    <p>
      The link may be incomplete or too old. Go back to the shop and start the payment again.{' '}
      <strong>Please do not pay</strong> to an address from an old page.
    </p>,
  );
}

/** Shown when a payment was over long ago: whoever finds the link then need not see it. */
export function closedPage(): string {
  return alone(
    'Payment page closed',
    'This payment page is closed',
    <p>
      It was shown for a while after the payment was over. The shop still has the details: ask there, with your order at
      hand. <strong>Please do not pay</strong> to an address from an old page.
    </p>,
  );
}

/** A page without an invoice. */
function alone(title: string, heading: string, lead: Child): string {
  return documentOf(
    <Document title={title} themeHref={null} refreshSeconds={null} script={false}>
      <main class="alone">
        <div class="card">
          <section class="panel">
            <div class="hero stop">
              <span class="badge">
                <Icon name="look" />
              </span>
              <h1>{heading}</h1>
              <div class="lead">{lead}</div>
            </div>
          </section>
        </div>
        <footer>
          <p>Powered by SatLane</p>
        </footer>
      </main>
    </Document>,
  );
}

function documentOf(document: Child): string {
  return `<!doctype html>${document}`;
}

interface DocumentProps {
  title: string;
  themeHref: string | null;
  refreshSeconds: number | null;
  script: boolean;
  children?: Child;
}

function Document({ title, themeHref, refreshSeconds, script, children }: DocumentProps) {
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

function TestRibbon() {
  return (
    <p class="ribbon">
      <Icon name="flask" />
      <span>
        <strong>Test mode</strong> – do not send real bitcoin
      </span>
    </p>
  );
}
