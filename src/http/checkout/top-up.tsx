// The page of a permanent address: where to send bitcoin, and what became of each deposit. checkout.js keeps it fresh as it
// does every page of a payment. Called by top-up-routes.ts.

import type { PaymentSnapshot } from '../../core/snapshot/invoice.ts';
import { documentOf } from '../ui/document.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegions, Moment } from '../ui/parts.tsx';
import { btcText, satsText } from '../ui/text.ts';
import { CheckoutDocument } from './document.tsx';
import { webUrl } from './links.ts';
import { NOSCRIPT_REFRESH_SECONDS, TestRibbon } from './page.tsx';
import { RETURN_AFTER_SECONDS, ReturnNote } from './panels/done.tsx';
import { PaymentTarget } from './panels/pay.tsx';
import { ReferenceFooter } from './parts.tsx';
import { Shop, Term } from './summary.tsx';
import { networkConfirmationsText, shopName, shopNameCapital, waitText } from './text.ts';
import { isThemeColor } from './theme.ts';
import { type CheckoutView, factsOf, livePayments } from './view.ts';

/** A deposit that was first seen in this time is the one that the buyer waits for; older ones are history. */
const JUST_ARRIVED_MS = 10 * 60_000;

/** A whole HTML document. */
export function topUpPage(view: CheckoutView): string {
  const { invoice, store } = view;
  const headline = headlineOf(view);
  return documentOf(
    <CheckoutDocument
      title={`${headline} · ${shopNameCapital(store)}`}
      themeHref={isThemeColor(store.color) ? `/i/${encodeURIComponent(invoice.id)}/theme.css` : null}
      refreshSeconds={NOSCRIPT_REFRESH_SECONDS}
      script
      sheet="/top-up.css"
    >
      {invoice.environment === 'test' && <TestRibbon />}
      <LiveRegions />
      <main
        id="checkout"
        data-situation="deposit"
        data-facts={factsOf(invoice)}
        data-headline={headline}
        data-now={view.nowMs}
        data-events={view.live.eventsUrl}
      >
        <div class="card">
          <Summary view={view} />
          <section class="panel deposit">
            <div class="status">
              <span class="pill">{headline}</span>
            </div>
            <h1 tabindex={-1}>Send bitcoin to your address</h1>
            <Deposits view={view} />
            <PaymentTarget address={invoice.address} amountSats={null} uri={invoice.payment_uri} />
            <p class="note">
              The address is yours and stays the same: send any amount, as often as you like. {shopNameCapital(store)}{' '}
              credits a deposit after {networkConfirmationsText(invoice)}, {waitText(invoice.conf_threshold)}.
            </p>
            <WayBack view={view} />
            <EarlierDeposits view={view} />
          </section>
        </div>
        <ReferenceFooter id={invoice.id} />
      </main>
    </CheckoutDocument>,
  );
}

function Summary({ view: { store } }: { view: CheckoutView }) {
  return (
    <header class="summary">
      <Shop store={store} />
      <div class="amount">
        <p class="amount-label">Top up with Bitcoin</p>
        <p class="amount-btc">Any amount</p>
      </div>
      <dl class="terms">
        <Term name="Valid" value="Forever" hint="the address does not expire" />
        <Term name="Paid to" value={`${shopNameCapital(store)}’s own wallet`} hint="no middleman holds your money" />
      </dl>
    </header>
  );
}

/** On their way, or just come. */
function Deposits({ view }: { view: CheckoutView }) {
  const deposits = newestFirst(view).filter((deposit) => isNews(deposit, view));
  if (deposits.length === 0) return null;
  return (
    <section class="deposits" aria-labelledby="deposits">
      <h2 id="deposits">{deposits.length === 1 ? 'Your deposit' : 'Your deposits'}</h2>
      <DepositList deposits={deposits} view={view} />
    </section>
  );
}

function EarlierDeposits({ view }: { view: CheckoutView }) {
  const deposits = newestFirst(view).filter((deposit) => !isNews(deposit, view));
  if (deposits.length === 0) return null;
  return (
    <details class="transactions deposits" id="earlier">
      <summary>Earlier deposits</summary>
      <DepositList deposits={deposits} view={view} />
    </details>
  );
}

function DepositList({ deposits, view }: { deposits: PaymentSnapshot[]; view: CheckoutView }) {
  const { conf_threshold: wanted } = view.invoice;
  return (
    <ul>
      {deposits.map((deposit) => (
        <li class={isComplete(deposit, wanted) ? 'complete' : 'waiting'}>
          <span class="deposit-amount">
            <strong>{btcText(deposit.amount_sats)} BTC</strong> <small>{satsText(deposit.amount_sats)}</small>
          </span>
          <span class="deposit-state">
            {isComplete(deposit, wanted) ? 'Complete' : `${deposit.confirmations} of ${wanted} confirmations`}
          </span>
          {!isComplete(deposit, wanted) && (
            <progress value={deposit.confirmations} max={wanted} aria-label="Confirmations" />
          )}
          <small>
            <Moment iso={deposit.first_seen_at} /> · <span class="mono">{deposit.txid}</span>
          </small>
        </li>
      ))}
    </ul>
  );
}

function WayBack({ view }: { view: CheckoutView }) {
  const back = webUrl(view.invoice.success_url)?.href;
  if (!back) return null;
  const [newest] = newestFirst(view);
  const hasArrived = newest !== undefined && hasJustArrived(newest, view);
  return (
    <>
      <div class="actions">
        <a class={`button back${hasArrived ? '' : ' quiet'}`} href={back}>
          <Icon name="back" />
          Back to {shopName(view.store)}
        </a>
      </div>
      {hasArrived && view.returnsByItself && <ReturnNote seconds={RETURN_AFTER_SECONDS} />}
    </>
  );
}

function headlineOf(view: CheckoutView): string {
  const newest = newestFirst(view).find((deposit) => isNews(deposit, view));
  if (!newest) return 'Waiting for a deposit';
  const amount = satsText(newest.amount_sats);
  return isComplete(newest, view.invoice.conf_threshold)
    ? `Deposit of ${amount} complete`
    : `Deposit of ${amount} detected`;
}

function isComplete({ confirmations }: PaymentSnapshot, wanted: number): boolean {
  return confirmations >= wanted;
}

function hasJustArrived({ first_seen_at }: PaymentSnapshot, { nowMs }: CheckoutView): boolean {
  return nowMs - Date.parse(first_seen_at) < JUST_ARRIVED_MS;
}

function isNews(deposit: PaymentSnapshot, view: CheckoutView): boolean {
  return !isComplete(deposit, view.invoice.conf_threshold) || hasJustArrived(deposit, view);
}

function newestFirst({ invoice }: CheckoutView): PaymentSnapshot[] {
  return livePayments(invoice).toSorted((a, b) => Date.parse(b.first_seen_at) - Date.parse(a.first_seen_at));
}
