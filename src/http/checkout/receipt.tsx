// The receipt of a payment that is complete: what was paid, when, to whom, in which transactions. It prints on one page.
// Called by routes.ts.

import type { PaymentSnapshot } from '../../core/snapshot/invoice.ts';
import { documentOf } from '../ui/document.tsx';
import { methodWords } from '../ui/methods.ts';
import { confirmationsText, priceText, rateText, satsText, timeText } from '../ui/text.ts';
import { CheckoutDocument } from './document.tsx';
import { ShopIdentity, SumOf } from './summary.tsx';
import { shopNameCapital } from './text.ts';
import { isThemeColor } from './theme.ts';
import { type CheckoutView, isPaidOverLightning, isWithoutBlocks, livePayments } from './view.ts';

/** A whole HTML document. */
export function receiptPage(view: CheckoutView): string {
  const { invoice, store } = view;
  const [price, rate] = [priceText(invoice), rateText(invoice)];
  // The shop may have been paid in another way, and said so.
  const isReceived = invoice.amount_confirmed_sats !== '0';
  const overLightning = isPaidOverLightning(invoice);
  const sats = isReceived ? invoice.amount_confirmed_sats : invoice.amount_sats;
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
              <p class="amount-label">{isReceived ? 'Paid' : 'Settled by the shop'}</p>
              <SumOf sats={sats} inSats={overLightning} price={price && `for ${price}`} />
            </div>
          </header>
          <section class="panel">
            <h1 tabindex={-1}>Receipt</h1>
            <dl class="facts">
              {invoice.paid_at !== null && <Fact name="Paid" value={<At iso={invoice.paid_at} />} />}
              <Fact name="Paid to" value={shopNameCapital(store)} />
              {rate !== null && <Fact name="Exchange rate" value={rate} />}
              <Fact name="Reference" value={<span class="mono">{invoice.id}</span>} />
              {overLightning ? (
                <Fact name="Paid with" value="Lightning" />
              ) : (
                <Fact name="Address" value={<span class="mono">{invoice.address}</span>} />
              )}
            </dl>
            {isReceived && <Payments view={view} />}
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

function Payments({ view: { invoice, preimages } }: { view: CheckoutView }) {
  const payments = livePayments(invoice);
  return (
    <>
      <h2>{headingOf(payments)}</h2>
      <ul class="receipt-payments">
        {payments.map((payment) => (
          <li>
            <span class="mono">{payment.txid}</span>
            <span>
              {satsText(payment.amount_sats)} · <At iso={payment.first_seen_at} /> ·{' '}
              {isWithoutBlocks(payment)
                ? `over ${methodWords(payment.method).name}`
                : confirmationsText(payment.confirmations)}
            </span>
            <Proof preimage={preimages.get(payment.txid)} />
          </li>
        ))}
      </ul>
    </>
  );
}

function headingOf(payments: readonly PaymentSnapshot[]): string {
  const name = payments.some(isWithoutBlocks) ? 'Payment' : 'Transaction';
  return payments.length === 1 ? name : `${name}s`;
}

/** Only a payer's wallet and the shop's node know it before the payment. */
function Proof({ preimage }: { preimage: string | undefined }) {
  if (preimage === undefined) return null;
  return (
    <details class="transactions">
      <summary>Proof of payment</summary>
      <p>
        Preimage <span class="mono">{preimage}</span>
      </p>
      <p>Your wallet shows the same: its SHA-256 is the payment hash above.</p>
    </details>
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
