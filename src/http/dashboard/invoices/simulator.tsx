// The simulator on a test invoice's page: everything that can happen to an invoice, one press each. Called by page.tsx.

import type { EventType } from '../../../core/invoice/invoice.ts';
import { Icon } from '../../ui/icons.tsx';
import { methodWords } from '../../ui/methods.ts';
import { SelectField, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import type { FormDraft } from '../forms.ts';
import type { StorePageContext } from '../http.tsx';
import { Card } from '../parts.tsx';
import type { InvoiceView } from './view.ts';

const USUAL: [EventType, string][] = [
  ['invoice.payment_seen', 'Payment seen'],
  ['invoice.paid', 'Paid'],
  ['invoice.underpaid', 'Underpaid'],
  ['invoice.overpaid', 'Overpaid'],
  ['invoice.expired', 'Expired'],
  ['invoice.late_paid', 'Paid late'],
];

const RARE: [EventType, string][] = [
  ['invoice.requires_review', 'Needs review'],
  ['invoice.payment_replaced', 'Payment replaced'],
  ['invoice.payment_reverted', 'Payment reverted'],
  ['invoice.cancelled', 'Cancelled'],
  ['invoice.created', 'Invoice created, again'],
];

export function Simulator({ frame, view, draft }: { frame: StorePageContext; view: InvoiceView; draft: FormDraft }) {
  const { invoice } = view;
  const next = ['pending', 'seen', 'underpaid'].includes(invoice.status) ? 'invoice.paid' : null;
  return (
    <Card title="Simulator" tone="wait" lead="Simulate an event. Your webhook endpoints receive it too.">
      <form method="post" action={`/stores/${frame.store.id}/invoices/${invoice.id}/simulate`} class="form">
        <FormToken />
        {invoice.payment_methods.length > 1 && (
          <SelectField
            draft={draft}
            name="method"
            label="Paid by"
            options={invoice.payment_methods.map((method) => ({ value: method, text: methodWords(method).name }))}
          />
        )}
        <div class="press">
          {usualOf(view).map(([event, word]) => (
            <button type="submit" name="event" value={event} class={event === next ? 'button' : 'button quiet'}>
              {event === next && <Icon name="check" />}
              {word}
            </button>
          ))}
        </div>
        <details class="more" id="rare" open={draft.errors.amount_sats !== undefined}>
          <summary>More events and another amount</summary>
          <div class="press">
            {RARE.map(([event, word]) => (
              <button type="submit" name="event" value={event} class="button quiet">
                {word}
              </button>
            ))}
          </div>
          <TextField
            draft={draft}
            name="amount_sats"
            label="Amount in sats"
            hint="Leave it empty for the event’s usual amount. Then choose an event."
            inputmode="numeric"
            optional
            autocomplete="off"
            maxlength={40}
          />
        </details>
      </form>
    </Card>
  );
}

/** Over Lightning a payment has arrived when it is seen, and a permanent address never expires. */
function usualOf({ invoice: { payment_methods: methods }, isDeposit }: InvoiceView): [EventType, string][] {
  const hasSeen = methods.length === 0 || methods.some((method) => methodWords(method).hasConfirmations);
  const impossible: EventType[] = [
    ...(hasSeen ? [] : (['invoice.payment_seen'] as const)),
    ...(isDeposit ? (['invoice.expired', 'invoice.late_paid'] as const) : []),
  ];
  return USUAL.filter(([event]) => !impossible.includes(event));
}
