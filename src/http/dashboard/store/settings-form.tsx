// The form of a store's settings, and what ends a store or its time in test mode. Called by settings.tsx.

import { MAX_EXPIRY_MINUTES, MIN_EXPIRY_MINUTES } from '../../../core/invoice/policy.ts';
import { CheckField, FormProblem, type Option, SelectField, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import type { FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Action, Card, Danger } from '../parts.tsx';

export function SettingsForm({
  frame,
  draft,
  currencies,
}: {
  frame: StorePageContext;
  draft: FormDraft;
  currencies: Option[];
}) {
  const isRare = ['tolerance_bp', 'zero_conf_cap_sats', 'recycle_addresses'].some(
    (name) => draft.errors[name] !== undefined,
  );
  return (
    <form method="post" action={`/stores/${frame.store.id}/settings`} class="stack">
      <FormToken />
      <FormProblem draft={draft} />
      <Card title="What your buyers see">
        <div class="form">
          <TextField draft={draft} name="name" label="Name" maxlength={100} />
          <div class="row even">
            <div>
              <CheckField draft={draft} name="has_color" label="Custom brand colour" />
              <label class="sr-only" for="color">
                Colour
              </label>
              <input type="color" id="color" name="color" value={draft.values.color} />
              {draft.errors.color && <p class="error">{draft.errors.color}</p>}
            </div>
            <SelectField draft={draft} name="currency" label="Currency" options={currencies} />
          </div>
          <TextField
            draft={draft}
            name="logo_url"
            label="Logo"
            hint="The https address of a square picture."
            optional
            inputmode="url"
            maxlength={2_048}
          />
          <TextField
            draft={draft}
            name="support_url"
            label="Help page"
            hint="Where buyers get help when something goes wrong."
            optional
            inputmode="url"
            maxlength={2_048}
          />
          <TextField
            draft={draft}
            name="success_url"
            label="Thank-you page"
            hint="Where buyers go after paying, unless the invoice has its own page."
            optional
            inputmode="url"
            maxlength={2_048}
          />
        </div>
      </Card>
      <Card title="Invoices">
        <div class="form">
          <div class="row even">
            <TextField
              draft={draft}
              name="default_expiry_minutes"
              label="Minutes to pay"
              hint={`${MIN_EXPIRY_MINUTES} to ${MAX_EXPIRY_MINUTES}. The price is locked for this time.`}
              inputmode="numeric"
            />
            <TextField
              draft={draft}
              name="late_payment_grace_minutes"
              label="Late-payment window (minutes)"
              hint="A payment within this time after expiry still counts, as paid late."
              inputmode="numeric"
            />
          </div>
          <CheckField
            draft={draft}
            name="takes_refund_requests"
            label="Let buyers ask for refunds"
            hint="On the checkout page of an overpaid, late or cancelled payment. Nothing is sent before you approve it."
          />
          <details class="more" open={isRare}>
            <summary>Advanced</summary>
            <TextField
              draft={draft}
              name="tolerance_bp"
              label="Tolerance in basis points"
              hint="How far a payment may differ and still count as exact. Empty for the default, 0 for none."
              inputmode="numeric"
              optional
            />
            <TextField
              draft={draft}
              name="zero_conf_cap_sats"
              label="Accept unconfirmed up to, in sats"
              hint="A buyer can take an unconfirmed payment back. Empty for never."
              inputmode="numeric"
              optional
            />
            <CheckField
              draft={draft}
              name="recycle_addresses"
              label="Reuse addresses"
              hint="Addresses of invoices that expired without a payment. Keeps the gap small."
            />
          </details>
        </div>
      </Card>
      <div class="form-actions">
        <button type="submit" class="button">
          Save settings
        </button>
      </div>
    </form>
  );
}

export function Ending({ frame: { store, person } }: { frame: StorePageContext }) {
  const to = `/stores/${store.id}`;
  const isOwner = may(person, 'owner');
  if (store.archivedAtMs !== null) {
    return isOwner ? (
      <Card title="Archived" lead="Nothing is lost. Restore store to use it again.">
        <Action to={`${to}/restore`} kind="">
          Restore store
        </Action>
      </Card>
    ) : null;
  }
  return (
    <Card title="More">
      <div class="form-actions">
        <Danger
          summary="New callback secret"
          warning="It signs the events to the callback_url of single invoices. The current secret stops signing immediately."
        >
          <Action to={`${to}/settings/callback-secret`} kind="">
            Rotate secret
          </Action>
        </Danger>
        {isOwner && !store.testMode && (
          <Danger
            summary="Back to test mode"
            warning="New invoices are simulated from then on. Open live invoices stay open."
          >
            <Action to={`${to}/test-mode`} kind="stop">
              Back to test mode
            </Action>
          </Danger>
        )}
        {isOwner && (
          <Danger
            summary="Archive store"
            warning="Its API keys stop working. Open invoices stay open, and you can restore the store."
          >
            <Action to={`${to}/archive`} kind="stop">
              Archive
            </Action>
          </Danger>
        )}
      </div>
    </Card>
  );
}
