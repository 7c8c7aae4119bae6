// The page of a permanent address: where to send bitcoin, and what became of each deposit. checkout.js keeps it fresh as it
// does every page of a payment. Called by top-up-routes.ts.

import { documentOf } from '../ui/document.tsx';
import { Icon } from '../ui/icons.tsx';
import { LiveRegions, Moment } from '../ui/parts.tsx';
import { btcText, satsText } from '../ui/text.ts';
import { CheckoutDocument } from './document.tsx';
import { safeWebUrl } from './links.ts';
import { NOSCRIPT_REFRESH_SECONDS, TestRibbon } from './page.tsx';
import { RETURN_AFTER_SECONDS, ReturnNote } from './panels/done.tsx';
import { PaymentTarget } from './panels/target.tsx';
import { ReferenceFooter } from './parts.tsx';
import { NO_STREAM } from './stream.ts';
import { ShopIdentity, Term } from './summary.tsx';
import { networkConfirmationsText, shopName, shopNameCapital, waitText } from './text.ts';
import { isThemeColor } from './theme.ts';
import type { CheckoutStore } from './view.ts';

export interface TopUp {
  id: string;
  isTest: boolean;
  address: string;
  paymentUri: string;
  successUrl: string | null;
  /** After a deposit the buyer is taken back to the shop. */
  returnsByItself: boolean;
  /** What each deposit waits for. */
  confirmations: number;
  /** The newest first. */
  deposits: Deposit[];
  store: CheckoutStore;
  nowMs: number;
}

interface Deposit {
  txid: string;
  sats: bigint;
  confirmations: number;
  firstSeenMs: number;
}

/** What can change on the page, in one line: the stream sends it, and the script asks for the page again where it differs. */
export function topUpFacts({ deposits, confirmations }: Pick<TopUp, 'deposits' | 'confirmations'>): string {
  return deposits.map((deposit) => `${deposit.txid} ${Math.min(deposit.confirmations, confirmations)}`).join(' ');
}

/** A deposit that was first seen in this time is the one that the buyer waits for; older ones are history. */
const JUST_ARRIVED_MS = 10 * 60_000;

/** A whole HTML document. */
export function topUpPage(view: TopUp): string {
  const { id, store } = view;
  const headline = headlineOf(view);
  return documentOf(
    <CheckoutDocument
      title={`${headline} · ${shopNameCapital(store)}`}
      themeHref={isThemeColor(store.color) ? `/o/${encodeURIComponent(id)}/theme.css` : null}
      refreshSeconds={NOSCRIPT_REFRESH_SECONDS}
      refreshTo={`/o/${encodeURIComponent(id)}${NO_STREAM}`}
      script
      sheet="/top-up.css"
    >
      {view.isTest && <TestRibbon />}
      <LiveRegions />
      <main
        id="checkout"
        data-situation="deposit"
        data-facts={topUpFacts(view)}
        data-headline={headline}
        data-now={view.nowMs}
        data-events={`/o/${encodeURIComponent(id)}/events`}
      >
        <div class="card">
          <Summary view={view} />
          <section class="panel deposit">
            <div class="status">
              <span class="pill">{headline}</span>
            </div>
            <h1 tabindex={-1}>Send bitcoin to your address</h1>
            <Deposits view={view} />
            <PaymentTarget
              way="onchain"
              link={view.paymentUri}
              address={view.address}
              bolt11={null}
              amountSats={null}
            />
            <p class="note">
              The address is yours and stays the same: send any amount, as often as you like. {shopNameCapital(store)}{' '}
              credits a deposit after {networkConfirmationsText({ conf_threshold: view.confirmations })},{' '}
              {waitText(view.confirmations)}.
            </p>
            <WayBack view={view} />
            <EarlierDeposits view={view} />
          </section>
        </div>
        <ReferenceFooter id={id} />
      </main>
    </CheckoutDocument>,
  );
}

function Summary({ view: { store } }: { view: TopUp }) {
  return (
    <header class="summary">
      <ShopIdentity store={store} />
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
function Deposits({ view }: { view: TopUp }) {
  const deposits = view.deposits.filter((deposit) => isNews(deposit, view));
  if (deposits.length === 0) return null;
  return (
    <section class="deposits" aria-labelledby="deposits">
      <h2 id="deposits">{deposits.length === 1 ? 'Your deposit' : 'Your deposits'}</h2>
      <DepositList deposits={deposits} view={view} />
    </section>
  );
}

function EarlierDeposits({ view }: { view: TopUp }) {
  const deposits = view.deposits.filter((deposit) => !isNews(deposit, view));
  if (deposits.length === 0) return null;
  return (
    <details class="transactions deposits" id="earlier">
      <summary>Earlier deposits</summary>
      <DepositList deposits={deposits} view={view} />
    </details>
  );
}

function DepositList({ deposits, view }: { deposits: Deposit[]; view: TopUp }) {
  const wanted = view.confirmations;
  return (
    <ul>
      {deposits.map((deposit) => (
        <li class={isComplete(deposit, wanted) ? 'complete' : 'waiting'}>
          <span class="deposit-amount">
            <strong>{btcText(deposit.sats)} BTC</strong> <small>{satsText(deposit.sats)}</small>
          </span>
          <span class="deposit-state">
            {isComplete(deposit, wanted) ? 'Complete' : `${deposit.confirmations} of ${wanted} confirmations`}
          </span>
          {!isComplete(deposit, wanted) && (
            <progress value={deposit.confirmations} max={wanted} aria-label="Confirmations" />
          )}
          <small>
            <Moment iso={new Date(deposit.firstSeenMs).toISOString()} /> · <span class="mono">{deposit.txid}</span>
          </small>
        </li>
      ))}
    </ul>
  );
}

function WayBack({ view }: { view: TopUp }) {
  const back = safeWebUrl(view.successUrl)?.href;
  if (!back) return null;
  const [newest] = view.deposits;
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

function headlineOf(view: TopUp): string {
  const newest = view.deposits.find((deposit) => isNews(deposit, view));
  if (!newest) return 'Waiting for a deposit';
  const amount = satsText(newest.sats);
  return isComplete(newest, view.confirmations) ? `Deposit of ${amount} complete` : `Deposit of ${amount} detected`;
}

function isComplete({ confirmations }: Deposit, wanted: number): boolean {
  return confirmations >= wanted;
}

function hasJustArrived({ firstSeenMs }: Deposit, { nowMs }: TopUp): boolean {
  return nowMs - firstSeenMs < JUST_ARRIVED_MS;
}

function isNews(deposit: Deposit, view: TopUp): boolean {
  return !isComplete(deposit, view.confirmations) || hasJustArrived(deposit, view);
}
