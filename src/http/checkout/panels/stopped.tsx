// The panels on which nothing may be paid any more, each with what to do instead. Called by panels/panel.tsx.

import type { PublicInvoice } from '../../../core/snapshot/invoice.ts';
import { Moment } from '../../ui/parts.tsx';
import { satsText, worthText } from '../../ui/text.ts';
import { Hero, ReferenceField, RefundLink, ShopLinks, Transactions } from '../parts.tsx';
import { shopName, shopNameCapital } from '../text.ts';
import { type CheckoutView, isPastLateDeadline } from '../view.ts';

export function ExpiredPanel({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  return (
    <>
      <Hero tone="stop" icon="clock" title="This payment request has expired">
        <p>
          <strong>Please do not pay {placeOf(invoice)} any more.</strong> To buy, start again at {shopName(store)}.
        </p>
        {isPastLateDeadline(view) ? (
          <p>If you have sent a payment already, contact {shopName(store)} with this reference.</p>
        ) : (
          <p>
            Already sent it? This page shows a payment that arrives by <Moment iso={invoice.late_payment_deadline_at} />
            . If it does not, contact {shopName(store)} with this reference.
          </p>
        )}
      </Hero>
      <WaysOut view={view} />
    </>
  );
}

/** What the buyer may still have of the request. */
function placeOf({ payment_methods, address }: PublicInvoice): string {
  if (address === '') return 'this code';
  return payment_methods.includes('lightning') ? 'to this address or by this code' : 'to this address';
}

export function TooLateForRestPanel({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const worth = worthText(invoice.amount_paid_sats, invoice);
  return (
    <>
      <Hero tone="warn" icon="alert" title="This payment is not complete">
        <p>
          {satsText(invoice.amount_paid_sats)} of {satsText(invoice.amount_sats)} arrived
          {worth !== null && ` (${worth})`}, and the time for the rest is over.{' '}
          <strong>Please do not send any more.</strong> Contact {shopName(store)} with this reference.
        </p>
      </Hero>
      <WaysOut view={view} />
    </>
  );
}

export function ReviewPanel({ view }: { view: CheckoutView }) {
  const name = shopNameCapital(view.store);
  return (
    <>
      <Hero tone="warn" icon="look" title={`${name} needs to look at this payment`}>
        <p>
          A payment arrived that could not be matched automatically. <strong>Please do not pay again.</strong> Contact{' '}
          {shopName(view.store)} with this reference if you hear nothing.
        </p>
      </Hero>
      <WaysOut view={view} />
    </>
  );
}

export function RevertedPanel({ view }: { view: CheckoutView }) {
  const { store } = view;
  return (
    <>
      <Hero tone="stop" icon="undo" title="Your payment was reversed by the network">
        <p>
          Your payment was confirmed, then the Bitcoin network dropped the block that held it. This is very rare and not
          your fault. <strong>Please do not pay again yet</strong>: contact {shopName(store)} with this reference.
        </p>
      </Hero>
      <WaysOut view={{ ...view, takesRefundRequests: false }} />
    </>
  );
}

export function CancelledPanel({ view }: { view: CheckoutView }) {
  const { store } = view;
  return (
    <>
      <Hero tone="stop" icon="cross" title="This payment request was cancelled">
        <p>
          <strong>Please do not pay.</strong> If you have sent a payment already, contact {shopName(store)} with this
          reference.
        </p>
      </Hero>
      <WaysOut view={view} />
    </>
  );
}

function WaysOut({ view }: { view: CheckoutView }) {
  return (
    <>
      <ReferenceField invoice={view.invoice} />
      <ShopLinks view={view} />
      <RefundLink view={view} />
      <Transactions invoice={view.invoice} />
    </>
  );
}
