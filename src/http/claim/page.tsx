// The page on which a person claims money from a shop: who pays, how much, where it goes, and what became of it. One complete document
// per request; checkout.js keeps it fresh. Called by routes.ts.

import type { PublicPullPayment } from '../../services/payouts/public.ts';
import { CheckoutDocument } from '../checkout/document.tsx';
import { lonePage, NOSCRIPT_REFRESH_SECONDS, TestRibbon } from '../checkout/page.tsx';
import { ShopIdentity, SumOf, Term } from '../checkout/summary.tsx';
import { shopNameCapital } from '../checkout/text.ts';
import { isThemeColor } from '../checkout/theme.ts';
import { documentOf } from '../ui/document.tsx';
import { LiveRegions, Moment } from '../ui/parts.tsx';
import { moneyText, satsText } from '../ui/text.ts';
import { ClaimPanel } from './panels.tsx';
import { type ClaimView, claimFacts, claimHeadline, claimSituation, pollMs } from './view.ts';

/** A whole HTML document. */
export function claimPage(view: ClaimView): string {
  const { pullPayment, path } = view;
  const { store, id } = pullPayment;
  const poll = pollMs(view);
  const headline = claimHeadline(view);
  return documentOf(
    <CheckoutDocument
      title={`${headline} · ${shopNameCapital(store)}`}
      themeHref={isThemeColor(store.color) ? `${path}/theme.css` : null}
      // It would take away what is being typed.
      refreshSeconds={poll === undefined || claimSituation(view) === 'open' ? null : NOSCRIPT_REFRESH_SECONDS}
      script
      sheet="/top-up.css"
    >
      {pullPayment.isTest && <TestRibbon />}
      <LiveRegions />
      <main
        id="checkout"
        data-situation={claimSituation(view)}
        data-facts={claimFacts(view)}
        data-headline={headline}
        data-poll={poll}
      >
        <div class="card">
          <Summary pullPayment={pullPayment} />
          <section class={`panel ${claimSituation(view)}`}>
            <ClaimPanel view={view} />
          </section>
        </div>
        <footer>
          <p>
            Reference <span class="mono">{id}</span>
          </p>
          <p>{shopNameCapital(store)} pays this · powered by SatLane</p>
        </footer>
      </main>
    </CheckoutDocument>,
  );
}

/** Shown for an id that names no pull payment. */
export function noClaimPage(): string {
  return lonePage(
    'Page not found',
    'We cannot find this payment to you',
    <p>The link may be incomplete. Open it again from the message that you got, or ask the shop for a new one.</p>,
  );
}

function Summary({ pullPayment }: { pullPayment: PublicPullPayment }) {
  const { store, isRefund, expiresAtMs } = pullPayment;
  return (
    <header class="summary">
      <ShopIdentity store={store} />
      <Amount pullPayment={pullPayment} />
      <dl class="terms">
        {expiresAtMs !== null && (
          <div>
            <dt>Claim before</dt>
            <dd>
              <Moment iso={new Date(expiresAtMs).toISOString()} />
            </dd>
          </div>
        )}
        <Term
          name="Paid by"
          value={shopNameCapital(store)}
          hint={isRefund ? 'a refund of your payment' : 'from its own wallet'}
        />
      </dl>
    </header>
  );
}

function Amount({ pullPayment }: { pullPayment: PublicPullPayment }) {
  const { claim, name, currency, amount, leftAmount, isSingleUse, isRateFixed } = pullPayment;
  const isClaimed = claim !== null && claim.state !== 'awaiting_claim';
  const shown = isClaimed ? claim.amount : leftAmount;
  const sats = isClaimed ? claim.amountSats : pullPayment.leftSats;
  const isPart = !isClaimed && !isSingleUse && leftAmount !== amount;
  return (
    <div class="amount">
      <p class="amount-label">
        {name !== '' && `${name} · `}
        {isClaimed ? 'Your claim' : isPart ? 'Left to claim' : 'You get'}
      </p>
      {currency === 'BTC' ? (
        <SumOf sats={String(sats ?? 0n)} inSats={false} price={isPart ? `of ${moneyText(amount, currency)}` : null} />
      ) : (
        <>
          <p class="amount-btc">{moneyText(shown, currency)}</p>
          <p class="amount-more">
            {sats !== null && `${isRateFixed || isClaimed ? '' : 'about '}${satsText(sats)}`}
            {isPart && ` · of ${moneyText(amount, currency)}`}
          </p>
        </>
      )}
    </div>
  );
}
