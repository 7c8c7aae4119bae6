// The form of a new batch: which of the payouts that wait, and how much the transaction may cost. Called by batches.tsx.

import type { Payout } from '../../../core/payout/payout.ts';
import { MAX_OUTPUTS } from '../../../core/psbt/select.ts';
import { satsText } from '../../ui/text.ts';
import { CheckField, Form } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';
import type { StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Callout, Card, Empty, PageHead } from '../parts.tsx';
import { waitingText } from './batch-list.tsx';
import { FeeFields } from './fee-fields.tsx';

interface NewBatchProps {
  frame: StorePageContext;
  draft: FormDraft;
  /** One more than fit in one batch where there are more. */
  waiting: Payout[];
}

export function NewBatchPage({ frame, draft, waiting }: NewBatchProps) {
  const { store } = frame;
  const to = `/stores/${store.id}/payout-batches`;
  return (
    <Shell title="New batch" frame={frame} store={store} tab="/payouts">
      <div class="narrow">
        <PageHead title="New batch" back={{ href: to, text: 'Batches' }} />
        {store.testMode && (
          <Callout tone="warn">
            This store is in test mode: it sends no bitcoin. Mark its payouts as paid, each on its own page.
          </Callout>
        )}
        {waiting.length === 0 ? (
          <Card>
            <Empty icon="clock" title="Nothing waits for a batch">
              <p>Approved payouts to Bitcoin addresses appear here.</p>
            </Empty>
          </Card>
        ) : (
          <Card lead={waitingText(waiting)}>
            <Form to={`${to}/new`} draft={draft} submit="Create batch">
              <Choices draft={draft} payouts={waiting.slice(0, MAX_OUTPUTS)} />
              <FeeFields draft={draft} />
              <p class="hint">
                The next page shows the exact fee. Until you download the transaction you can drop the batch without a
                risk.
              </p>
            </Form>
          </Card>
        )}
      </div>
    </Shell>
  );
}

function Choices({ draft, payouts }: { draft: FormDraft; payouts: Payout[] }) {
  const error = draft.errors.payout_ids;
  return (
    <fieldset class="checks one" aria-describedby={error === undefined ? undefined : 'payout_ids-error'}>
      <legend>Payouts</legend>
      {error !== undefined && (
        <p class="error" id="payout_ids-error">
          {error}
        </p>
      )}
      {payouts.map(({ id, destination, amountSats }) => (
        <CheckField
          draft={draft}
          name="payout_ids"
          value={id}
          label={satsText(amountSats ?? 0n)}
          hint={<span class="mono">{destination}</span>}
        />
      ))}
    </fieldset>
  );
}
