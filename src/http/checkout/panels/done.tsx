// The panel of a payment that is complete: on time, late, or more than was asked. Called by panels/panel.tsx.

import { Icon } from '../../ui/icons.tsx';
import { satsText, worthText } from '../../ui/text.ts';
import { safeWebUrl } from '../links.ts';
import { Hero, ReferenceField, RefundLink, ShopLinks, Transactions } from '../parts.tsx';
import { shopName, shopNameCapital } from '../text.ts';
import { type CheckoutView, isPaidOverLightning } from '../view.ts';

/** Time to read the good news before the script follows the link back; the note about too much takes longer. */
export const RETURN_AFTER_SECONDS = 5;
const RETURN_AFTER_OVERPAID_SECONDS = 20;

export function DonePanel({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  return (
    <>
      <Hero tone="good" icon="check" title="Payment complete">
        <p>
          Thank you! {shopNameCapital(store)} has received your payment
          {isPaidOverLightning(invoice) ? ' over Lightning.' : '.'}
          {invoice.status === 'late_paid' && ' It arrived after the time limit, and the shop accepted it.'}
        </p>
      </Hero>
      {invoice.status === 'overpaid' && <Overpaid view={view} />}
      <ShopLinks view={view} />
      {view.returnsByItself && safeWebUrl(invoice.success_url) && (
        <ReturnNote seconds={invoice.status === 'overpaid' ? RETURN_AFTER_OVERPAID_SECONDS : RETURN_AFTER_SECONDS} />
      )}
      <Transactions invoice={invoice} />
      {view.hasReceipt && <ReceiptLink view={view} />}
    </>
  );
}

function ReceiptLink({ view: { invoice, isFramed } }: { view: CheckoutView }) {
  return (
    <p class="receipt-link">
      <a href={`/i/${invoice.id}/receipt`} target={isFramed ? '_blank' : undefined} rel="noopener">
        Receipt
      </a>
    </p>
  );
}

function Overpaid({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const over = BigInt(invoice.amount_confirmed_sats) - BigInt(invoice.amount_sats);
  const worth = worthText(over > 0n ? over : 0n, invoice);
  const support = safeWebUrl(store.supportUrl)?.href;
  return (
    <>
      <div class="callout">
        <Icon name="alert" />
        <p>
          You paid <strong>{satsText(over > 0n ? over : 0n)}</strong> more than the amount
          {worth !== null && ` (${worth})`}.{' '}
          {support ? <a href={support}>Contact {shopName(store)}</a> : `Contact ${shopName(store)}`} for the difference
          and mention this reference.
        </p>
      </div>
      <ReferenceField invoice={invoice} />
      <RefundLink view={view} />
    </>
  );
}

/** Hidden until the script shows it: without one the page redirects no buyer. */
export function ReturnNote({ seconds }: { seconds: number }) {
  return (
    <p class="return" data-return={seconds} hidden>
      <span>
        Taking you back to the shop in <b>{seconds}</b> s
      </span>
      <button type="button" class="link" id="stay">
        Stay here
      </button>
    </p>
  );
}
