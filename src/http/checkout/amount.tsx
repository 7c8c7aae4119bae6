// The page where a buyer enters what to pay. Without a script: a plain form, which answers with the page again and says what
// is wrong, or goes on to the payment. Called by amount-routes.ts.

import type { IntentView } from '../../services/payments/intents.ts';
import { documentOf } from '../ui/document.tsx';
import { CheckoutDocument } from './document.tsx';
import { TestRibbon } from './page.tsx';
import { ShopIdentity, Term } from './summary.tsx';
import { shopName, shopNameCapital } from './text.ts';
import { isThemeColor } from './theme.ts';

interface AmountForm {
  /** As the buyer typed it. */
  amount: string;
  /** What is wrong with it; null on a first visit. */
  problem: string | null;
}

/** A whole HTML document. */
export function amountPage(intent: IntentView, { amount, problem }: AmountForm): string {
  const { id, currency, store, isRetry, invoiceId } = intent;
  const path = `/intents/${encodeURIComponent(id)}`;
  return documentOf(
    <CheckoutDocument
      title={`${problem === null ? 'Enter an amount' : 'Please check the amount'} · ${shopNameCapital(store)}`}
      themeHref={isThemeColor(store.color) ? `${path}/theme.css` : null}
      refreshSeconds={null}
      script={false}
      sheet="/top-up.css"
    >
      {intent.isTest && <TestRibbon />}
      <main>
        <div class="card">
          <header class="summary">
            <ShopIdentity store={store} />
            <div class="amount">
              <p class="amount-label">To pay</p>
              <p class="amount-btc">Your choice</p>
            </div>
            <dl class="terms">
              <Term name="Paid with" value="Bitcoin" hint="from any wallet" />
              <Term
                name="Paid to"
                value={`${shopNameCapital(store)}’s own wallet`}
                hint="no middleman holds your money"
              />
            </dl>
          </header>
          <section class="panel">
            <h1>How much would you like to pay {shopName(store)}?</h1>
            {isRetry && (
              <p class="note">
                The last payment request expired. <strong>Please do not pay it any more</strong>: enter an amount for a
                new one.
              </p>
            )}
            {invoiceId !== null && (
              <p class="note">
                Enter another amount for a new payment request, or{' '}
                <a href={`/i/${encodeURIComponent(invoiceId)}`}>go back to the one before</a>. A payment that you have
                sent already still counts: please do not pay both.
              </p>
            )}
            <form method="post" action={path} class="amount-form">
              <label for="amount">Amount in {nameOf(currency)}</label>
              <div class="amount-entry">
                <input
                  id="amount"
                  name="amount"
                  type="text"
                  inputmode={currency === 'SATS' ? 'numeric' : 'decimal'}
                  autocomplete="off"
                  required
                  maxlength={40}
                  value={amount}
                  aria-invalid={problem !== null ? 'true' : undefined}
                  aria-describedby={problem !== null ? 'problem' : undefined}
                  autofocus
                />
                <span aria-hidden="true">{currency}</span>
              </div>
              {problem !== null && (
                <p id="problem" class="problem" role="alert">
                  {problem}
                </p>
              )}
              <button type="submit" class="button">
                Continue
              </button>
            </form>
            <p class="note">
              The next page shows the amount in bitcoin and how to pay it. You do not pay in this step.
            </p>
          </section>
        </div>
        <footer>
          <p>Powered by SatLane</p>
        </footer>
      </main>
    </CheckoutDocument>,
  );
}

function nameOf(currency: string): string {
  if (currency === 'BTC') return 'bitcoin';
  if (currency === 'SATS') return 'satoshis';
  return new Intl.DisplayNames('en', { type: 'currency' }).of(currency) ?? currency;
}
