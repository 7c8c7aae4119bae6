// What a manager can do with an invoice: decide, cancel, mark, read the chain again. The forms; routes.tsx carries them out.

import { satsText } from '../../ui/text.ts';
import type { FormDraft } from '../forms.ts';
import type { StorePageContext } from '../http.tsx';
import { Action, Card, Danger } from '../parts.tsx';
import { DecisionForm } from './decision-form.tsx';
import type { InvoiceView } from './view.ts';
import { arrivedSatsOf, isAnyAmount, isUnconfirmable } from './words.ts';

export const REASONS: Record<string, string> = {
  payment_after_deadline: 'A payment arrived after the late deadline.',
  payment_after_cancellation: 'A payment arrived after the invoice was cancelled.',
  payment_after_rejection: 'Another payment arrived after the first was rejected.',
  payment_confirmed_after_revert: 'A reversed payment was confirmed again.',
  explorers_disagree: 'Explorers show different chains at the payment’s block.',
  simulated: 'This event was simulated.',
};

export function Decision({ frame, view, draft }: { frame: StorePageContext; view: InvoiceView; draft: FormDraft }) {
  const { invoice } = view;
  const reason = invoice.review_reason ?? '';
  return (
    <Card title="Your decision" tone="warn">
      <p>
        {REASONS[reason] ?? reason.replaceAll('_', ' ')} {satsText(arrivedSatsOf(invoice))}{' '}
        {isUnconfirmable(invoice) ? 'received' : 'confirmed'}
        {!isAnyAmount(invoice) && ` of ${satsText(invoice.amount_sats)} due`}.
      </p>
      <DecisionForm
        to={`/stores/${frame.store.id}/invoices/${invoice.id}/resolve`}
        draft={draft}
        canAccept={invoice.amount_paid_sats !== '0' || arrivedSatsOf(invoice) > 0n}
        accepted={{
          sats: arrivedSatsOf(invoice),
          ofSats: BigInt(invoice.amount_sats),
          toleranceSats: BigInt(invoice.amount_tolerance_sats),
        }}
        whose="you and the buyer"
      />
    </Card>
  );
}

export function Operations({ frame, view }: { frame: StorePageContext; view: InvoiceView }) {
  const { invoice, markable } = view;
  const to = `/stores/${frame.store.id}/invoices/${invoice.id}`;
  const canCancel = invoice.status === 'pending' && invoice.amount_paid_sats === '0';
  const canSettle = markable.includes('Settled');
  // Before any payment cancelling says the same.
  const canInvalidate = markable.includes('Invalid') && !canCancel;
  const canRescan = invoice.environment === 'live' && invoice.address !== '';
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
                If the buyer paid another way. The invoice becomes paid, your webhook endpoints receive the event, and
                payments no longer change it.
                {invoice.fee_sats !== '0' && ` A fee of ${satsText(invoice.fee_sats)} falls due.`}
              </>
            }
          >
            <Action to={`${to}/mark`} hidden={{ as: 'Settled' }} kind="stop">
              Yes, mark as settled
            </Action>
          </Danger>
        )}
        {canInvalidate && (
          <Danger
            summary="Mark as invalid"
            warning="Your webhook endpoints receive the event. Later payments need your review."
          >
            <Action to={`${to}/mark`} hidden={{ as: 'Invalid' }} kind="stop">
              Yes, mark as invalid
            </Action>
          </Danger>
        )}
        {canCancel && (
          <Danger summary="Cancel invoice" warning="Its page will tell the buyer not to pay. This cannot be undone.">
            <Action to={`${to}/cancel`} kind="stop">
              Yes, cancel invoice
            </Action>
          </Danger>
        )}
      </div>
    </Card>
  );
}
