// What a manager can do with an invoice: decide, cancel, mark, read the chain again. The forms; routes.tsx carries them out.

import { takesDeposits } from '../../../core/snapshot/invoice.ts';
import { satsText } from '../../ui/text.ts';
import type { Draft } from '../forms.ts';
import type { StorePageContext } from '../http.tsx';
import { Action, Card, Danger } from '../parts.tsx';
import { DecisionForm } from './decision-form.tsx';
import type { InvoiceView } from './view.ts';
import { confirmedSatsOf, isAnyAmount } from './words.ts';

export const REASONS: Record<string, string> = {
  payment_after_deadline: 'The money came after the late deadline.',
  payment_after_cancellation: 'The money came after the invoice was cancelled.',
  payment_after_rejection: 'More money came after what was there had been rejected.',
  payment_confirmed_after_revert: 'The payment was reverted, and then confirmed again.',
  explorers_disagree: 'Explorers show different chains at the payment’s block.',
  simulated: 'This event was simulated.',
};

export function Decision({ frame, view, draft }: { frame: StorePageContext; view: InvoiceView; draft: Draft }) {
  const { invoice } = view;
  const reason = invoice.review_reason ?? '';
  return (
    <Card title="Your decision" tone="warn">
      <p>
        {REASONS[reason] ?? reason.replaceAll('_', ' ')} {satsText(confirmedSatsOf(invoice))} confirmed
        {!isAnyAmount(invoice) && ` of ${satsText(invoice.amount_sats)} due`}.
      </p>
      <DecisionForm
        to={`/stores/${frame.store.id}/invoices/${invoice.id}/resolve`}
        draft={draft}
        canAccept={invoice.amount_paid_sats !== '0' || confirmedSatsOf(invoice) > 0n}
        whose="you and the buyer"
      />
    </Card>
  );
}

export function Operations({ frame, view }: { frame: StorePageContext; view: InvoiceView }) {
  const { invoice, markable } = view;
  const to = `/stores/${frame.store.id}/invoices/${invoice.id}`;
  const canCancel = invoice.status === 'pending' && invoice.amount_paid_sats === '0' && !takesDeposits(invoice);
  const canSettle = markable.includes('Settled');
  // Before any payment cancelling says the same.
  const canInvalidate = markable.includes('Invalid') && !canCancel;
  const canRescan = invoice.environment === 'live';
  if (!canCancel && !canRescan && !canSettle && !canInvalidate) return null;
  return (
    <Card title="More">
      <div class="stack">
        {canRescan && (
          <div>
            <Action to={`${to}/rescan`}>Recheck the blockchain</Action>
            <p class="hint">For a payment that the buyer’s wallet shows and this page does not.</p>
          </div>
        )}
        {canSettle && (
          <Danger
            summary="Mark as settled"
            warning={
              <>
                For money that came another way. The invoice becomes paid, your webhook endpoints receive that, and what
                the chain shows counts no more.
                {invoice.fee_sats !== '0' && ` A fee of ${satsText(invoice.fee_sats)} falls due.`}
              </>
            }
          >
            <Action to={`${to}/mark`} hidden={{ as: 'Settled' }} kind="stop">
              Yes, it is settled
            </Action>
          </Danger>
        )}
        {canInvalidate && (
          <Danger
            summary="Mark as invalid"
            warning="Your webhook endpoints receive that the invoice is invalid. What is paid from now on asks for your decision."
          >
            <Action to={`${to}/mark`} hidden={{ as: 'Invalid' }} kind="stop">
              Yes, it is invalid
            </Action>
          </Danger>
        )}
        {canCancel && (
          <Danger summary="Cancel invoice" warning="Its page will tell the buyer not to pay. This cannot be undone.">
            <Action to={`${to}/cancel`} kind="stop">
              Cancel for good
            </Action>
          </Danger>
        )}
      </div>
    </Card>
  );
}
