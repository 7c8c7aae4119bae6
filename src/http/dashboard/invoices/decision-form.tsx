// The form by which a human decides about money under review: the merchant's own, and the operator's. The routes of
// each page carry it out.

import { FormProblem, TextArea } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import type { FormDraft } from '../forms.ts';

/**
 * @param canAccept whether any payment has arrived
 * @param whose between whom it is what was paid, once it is rejected: `you and the buyer`
 */
export function DecisionForm(props: { to: string; draft: FormDraft; canAccept: boolean; whose: string }) {
  const { to, draft, canAccept, whose } = props;
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
        {canAccept
          ? 'Accepting credits the confirmed payments.'
          : 'No payment has arrived, so there is nothing to accept.'}{' '}
        Rejecting closes the invoice; what was paid is between {whose}.
      </p>
    </form>
  );
}
