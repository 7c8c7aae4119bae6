// The hosted checkout page (integration guide §5, option A): one complete document per request, for every state of an
// invoice. The script only swaps <main> for a newer one, so there is no second rendering. Called by routes.ts.

import type { Child } from 'hono/jsx';
import { documentOf } from '../ui/document.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegions } from '../ui/parts.tsx';
import { CheckoutDocument } from './document.tsx';
import { toldStatus } from './embed.ts';
import { headline, Panel } from './panels/panel.tsx';
import { ReferenceFooter } from './parts.tsx';
import { NO_STREAM } from './stream.ts';
import { OrderSummary } from './summary.tsx';
import { shopNameCapital } from './text.ts';
import { isThemeColor } from './theme.ts';
import { type CheckoutView, isPageFinal, pageFactsOf, pageWaysOf, renewalMs, situationOf } from './view.ts';
import { pathOfWay } from './ways.ts';

/** How soon a page without a script looks again. */
export const NOSCRIPT_REFRESH_SECONDS = 15;

/** A whole HTML document. */
export function checkoutPage(view: CheckoutView): string {
  const { invoice, store, chosen } = view;
  const final = isPageFinal(view);
  return documentOf(
    <CheckoutDocument
      title={`${headline(view)} · ${shopNameCapital(store)}`}
      themeHref={isThemeColor(store.color) ? `/i/${encodeURIComponent(invoice.id)}/theme.css` : null}
      refreshSeconds={final ? null : NOSCRIPT_REFRESH_SECONDS}
      refreshTo={(chosen ? pathOfWay(invoice.id, chosen, false) : `/i/${encodeURIComponent(invoice.id)}`) + NO_STREAM}
      script
    >
      {view.isFramed && <CloseButton />}
      {invoice.environment === 'test' && <TestRibbon />}
      <LiveRegions />
      <main
        id="checkout"
        data-situation={situationOf(view)}
        data-facts={pageFactsOf(invoice)}
        data-ways={pageWaysOf(view)}
        data-renew={renewalMs(view)}
        data-headline={headline(view)}
        data-now={view.nowMs}
        data-told={view.isFramed ? toldStatus(view) : undefined}
        data-id={view.isFramed ? invoice.id : undefined}
        data-events={final ? undefined : view.live.eventsUrl}
      >
        <div class="card">
          <OrderSummary view={view} />
          <section class={`panel ${situationOf(view)}`}>
            <Panel view={view} />
          </section>
        </div>
        <ReferenceFooter id={invoice.id} />
      </main>
    </CheckoutDocument>,
  );
}

/** Shown for an id that names no invoice. */
export function notFoundPage(): string {
  return lonePage(
    'Payment page not found',
    'We cannot find this payment page',
    <p>
      The link may be incomplete or too old. Go back to the shop and start the payment again.{' '}
      <strong>Please do not pay</strong> to an address from an old page.
    </p>,
  );
}

/** Shown long after the payment: an old link must not show it any more. */
export function closedPage(): string {
  return lonePage(
    'Payment page closed',
    'This payment page is closed',
    <p>
      A payment page closes some time after the payment. The shop still has the details: contact it with your order
      number. <strong>Please do not pay</strong> to an address from an old page.
    </p>,
  );
}

/** A page about nothing that is there. */
export function lonePage(title: string, heading: string, lead: Child): string {
  return documentOf(
    <CheckoutDocument title={title} themeHref={null} refreshSeconds={null} script={false}>
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
    </CheckoutDocument>,
  );
}

/** Of a framed page: the shop's own page closes the frame. */
function CloseButton() {
  return (
    <button type="button" id="close" class="close" aria-label="Close the payment">
      <Icon name="cross" />
    </button>
  );
}

export function TestRibbon() {
  return (
    <aside class="ribbon">
      <Icon name="flask" />
      <span>
        <strong>Test mode</strong> – do not send real bitcoin
      </span>
    </aside>
  );
}
