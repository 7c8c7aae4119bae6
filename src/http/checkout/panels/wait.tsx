// The panels of a payment that is on its way: seen, topped up, or still looked for. Called by panels/panel.tsx.

import type { PublicInvoice } from '../../../core/snapshot/invoice.ts';
import { Icon } from '../../ui/icons.tsx';
import { Moment } from '../../ui/parts.tsx';
import { satsText } from '../../ui/text.ts';
import { Hero, ReferenceField, Transactions } from '../parts.tsx';
import { networkConfirmationsText, shopName, waitText } from '../text.ts';
import { type CheckoutView, confirmationsSoFar } from '../view.ts';

export function ConfirmingPanel({ view: { invoice } }: { view: CheckoutView }) {
  return (
    <>
      <Hero tone="wait" icon="check" title="Payment detected">
        <p>
          Thank you. You do not need to do anything else. Your order is confirmed after{' '}
          {networkConfirmationsText(invoice)}. <strong>You may close this page.</strong>
        </p>
      </Hero>
      <Steps invoice={invoice} first="Payment detected" />
      <Transactions invoice={invoice} />
    </>
  );
}

export function RestConfirmingPanel({ view: { invoice } }: { view: CheckoutView }) {
  return (
    <>
      <Hero tone="wait" icon="check" title="Top-up detected">
        <p>
          With {satsText(invoice.amount_paid_sats)} the amount is complete. Please send nothing more. Your order is
          confirmed after {networkConfirmationsText(invoice)}. <strong>You may close this page.</strong>
        </p>
      </Hero>
      <Steps invoice={invoice} first="Top-up detected" />
      <Transactions invoice={invoice} />
    </>
  );
}

/** The clock has run out and the last look at the network has not come back yet. */
export function CheckingPanel({ view }: { view: CheckoutView }) {
  return (
    <>
      <Hero tone="wait" icon="look" title="Time is up, checking the network">
        <p>
          <strong>Please do not send a payment now.</strong> If you have sent one to {shopName(view.store)} already,
          keep this page open: it shows up here in a moment.
        </p>
      </Hero>
      <ReferenceField invoice={view.invoice} />
    </>
  );
}

function Steps({ invoice, first }: { invoice: PublicInvoice; first: string }) {
  const wanted = Math.max(1, invoice.conf_threshold);
  const done = confirmationsSoFar(invoice);
  return (
    <ol class="steps">
      <li class="done">
        <Icon name="check" />
        <strong>{first}</strong>
        {invoice.seen_at !== null && (
          <small>
            <Moment iso={invoice.seen_at} />
          </small>
        )}
      </li>
      <li class="now" aria-current="step">
        <span class="spinner" aria-hidden="true" />
        <strong>
          {done} of {wanted} {wanted === 1 ? 'confirmation' : 'confirmations'}
        </strong>
        <small>Usually {waitText(wanted - done)}, sometimes longer</small>
        <progress value={done} max={wanted} aria-label="Confirmations" />
      </li>
      <li>
        <span class="dot" aria-hidden="true" />
        <strong>Payment complete</strong>
      </li>
    </ol>
  );
}
