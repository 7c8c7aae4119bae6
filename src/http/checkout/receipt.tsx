// The receipt of a payment that is complete: what was paid, when, to whom, in which transactions. It prints on one page.
// Called by routes.ts.

import { documentOf } from '../ui/document.tsx';
import { btcText, confirmationsText, priceText, rateText, satsText, timeText } from '../ui/text.ts';
import { CheckoutDocument } from './document.tsx';
import { ShopIdentity } from './summary.tsx';
import { shopNameCapital } from './text.ts';
import { isThemeColor } from './theme.ts';
import { type CheckoutView, livePayments } from './view.ts';

/** A whole HTML document. */
export function receiptPage(view: CheckoutView): string {
  const { invoice, store } = view;
  const [price, rate] = [priceText(invoice), rateText(invoice)];
  // The shop may have been paid in another way, and said so.
  const isOnChain = invoice.amount_confirmed_sats !== '0';
  const sats = isOnChain ? invoice.amount_confirmed_sats : invoice.amount_sats;
  return documentOf(
    <CheckoutDocument
      title={`Receipt · ${shopNameCapital(store)}`}
      themeHref={isThemeColor(store.color) ? `/i/${encodeURIComponent(invoice.id)}/theme.css` : null}
      refreshSeconds={null}
      script={false}
    >
      <main id="checkout" class="receipt" data-situation="done" data-facts="receipt">
        <div class="card">
          <header class="summary">
            <ShopIdentity store={store} />
            <div class="amount">
              <p class="amount-label">{isOnChain ? 'Paid' : 'Settled by the shop'}</p>
              <p class="amount-btc">
                {btcText(sats)} <span>BTC</span>
              </p>
              <p class="amount-more">
                {satsText(sats)}
                {price !== null && ` · for ${price}`}
              </p>
            </div>
          </header>
          <section class="panel">
            <h1 tabindex={-1}>Receipt</h1>
            <dl class="facts">
              {invoice.paid_at !== null && <Fact name="Paid" value={<At iso={invoice.paid_at} />} />}
              <Fact name="Paid to" value={shopNameCapital(store)} />
              {rate !== null && <Fact name="Exchange rate" value={rate} />}
              <Fact name="Reference" value={<span class="mono">{invoice.id}</span>} />
              <Fact name="Address" value={<span class="mono">{invoice.address}</span>} />
            </dl>
            {isOnChain && <Payments view={view} />}
          </section>
        </div>
        <footer>
          <p>
            <a href={`/i/${invoice.id}`}>Payment page</a> · powered by SatLane
          </p>
        </footer>
      </main>
    </CheckoutDocument>,
  );
}

function Payments({ view: { invoice } }: { view: CheckoutView }) {
  const payments = livePayments(invoice);
  return (
    <>
      <h2>{payments.length === 1 ? 'Transaction' : 'Transactions'}</h2>
      <ul class="receipt-payments">
        {payments.map((payment) => (
          <li>
            <span class="mono">{payment.txid}</span>
            <span>
              {satsText(payment.amount_sats)} · <At iso={payment.first_seen_at} /> ·{' '}
              {confirmationsText(payment.confirmations)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** With its date, today too: receipts are kept. */
function At({ iso }: { iso: string }) {
  return <time datetime={iso}>{timeText(iso)}</time>;
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
