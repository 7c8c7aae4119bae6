// The form of a new pull payment, and the fields that it shares with that of a refund. Called by pull-payments.tsx and refund.tsx.

import { CheckField, Form, type Option, SelectField, TextArea, TextField } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';
import type { StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Card, PageHead } from '../parts.tsx';

export function NewPullPaymentPage(props: { frame: StorePageContext; draft: FormDraft; currencies: Option[] }) {
  const { frame, draft, currencies } = props;
  const { store } = frame;
  const to = `/stores/${store.id}/pull-payments`;
  return (
    <Shell title="New pull payment" frame={frame} store={store} tab="/payouts">
      <div class="narrow">
        <PageHead title="New pull payment" back={{ href: to, text: 'Pull payments' }} />
        <Card lead="You promise an amount. Those who have the link say where it goes, and you approve what they claim.">
          <Form to={`${to}/new`} draft={draft} submit="Create pull payment">
            <div class="row">
              <TextField
                draft={draft}
                name="amount"
                label="Amount"
                inputmode="decimal"
                autocomplete="off"
                maxlength={40}
              />
              <SelectField draft={draft} name="currency" label="Currency" options={[...IN_BITCOIN, ...currencies]} />
            </div>
            <CheckField
              draft={draft}
              name="fix_rate"
              label="Fix the amount in bitcoin now"
              hint="For amounts in other currencies. Otherwise the rate of the approval counts."
            />
            <CheckField
              draft={draft}
              name="single_use"
              label="For one claim"
              hint="One person claims the whole amount."
            />
            <OfferFields draft={draft} />
          </Form>
        </Card>
      </div>
    </Shell>
  );
}

export const IN_BITCOIN: Option[] = [
  { value: 'SATS', text: 'sats · Satoshis' },
  { value: 'BTC', text: 'BTC · Bitcoin' },
];

export function OfferFields({ draft }: { draft: FormDraft }) {
  return (
    <>
      <TextField
        draft={draft}
        name="name"
        label="Name"
        hint="The person who is paid sees it."
        maxlength={50}
        autocomplete="off"
        optional
      />
      <TextArea draft={draft} name="description" label="Description" rows={2} maxlength={1_000} optional />
      <SelectField
        draft={draft}
        name="methods"
        label="Paid by"
        options={[
          { value: 'both', text: 'Bitcoin or Lightning, as they choose' },
          { value: 'onchain', text: 'Bitcoin, on chain' },
          { value: 'lightning', text: 'Lightning' },
        ]}
      />
      <TextField
        draft={draft}
        name="expires_in_days"
        label="Days to claim it"
        hint="Leave empty for no end."
        inputmode="numeric"
        maxlength={4}
        optional
      />
      <CheckField
        draft={draft}
        name="auto_approve"
        label="Approve claims in advance"
        hint="Within your limits they are paid without another look."
      />
    </>
  );
}
