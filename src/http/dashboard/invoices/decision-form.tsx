// The form by which a human decides about money under review: the merchant's own, and the operator's. The routes of
// each page carry it out.

import { satsText } from '../../ui/text.ts';
import { FormProblem, TextArea } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import type { FormDraft } from '../forms.ts';

interface DecisionFormProps {
  to: string;
  draft: FormDraft;
  /** Whether any payment has arrived. */
  canAccept: boolean;
  accepted: Accepted;
  /** Between whom it is what was paid, once it is rejected: `you and the buyer`. */
  whose: string;
}

/** What is credited by accepting, of what was asked for; 0 for any amount. */
interface Accepted {
  sats: bigint;
  ofSats: bigint;
  toleranceSats: bigint;
}

export function DecisionForm({ to, draft, canAccept, accepted, whose }: DecisionFormProps) {
  return (
    <form method="post" action={to} class="form">
      <FormToken />
      <FormProblem draft={draft} />
      <TextArea
        draft={draft}
        name="note"
        label="Note"
        hint="Your reason, for the record."
        rows={2}
        maxlength={1_000}
        optional
      />
      <div class="form-actions">
        {canAccept && (
          <button type="submit" class="button" name="decision" value="accept">
            Accept payment
          </button>
        )}
        <button type="submit" class="button quiet" name="decision" value="reject">
          Reject payment
        </button>
      </div>
      <p class="hint">
        {canAccept ? acceptWords(accepted) : 'No payment has arrived, so there is nothing to accept.'} Rejecting closes
        the invoice; what was paid is between {whose}.
      </p>
    </form>
  );
}

function acceptWords({ sats, ofSats, toleranceSats }: Accepted): string {
  if (sats >= ofSats - toleranceSats) return 'Accepting credits the confirmed payments.';
  return `Accepting credits the confirmed payments, ${satsText(sats)} of ${satsText(ofSats)}: the invoice becomes underpaid.`;
}
