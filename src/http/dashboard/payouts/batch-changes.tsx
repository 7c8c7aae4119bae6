// What can still change a batch: another version of it, or the merchant's word that it was thrown away. Called by batch-page.tsx.

import { type PayoutBatch, payoutIdsOf } from '../../../core/payout/batch.ts';
import type { Payout } from '../../../core/payout/payout.ts';
import { Form, RadioField, TextField } from '../fields.tsx';
import { draftOf, type FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Card, Danger } from '../parts.tsx';
import { feeRateText } from './batch-words.ts';
import { FeeFields } from './fee-fields.tsx';

export interface BatchView {
  batch: PayoutBatch;
  /** The eldest first, this one among them. */
  versions: PayoutBatch[];
  /** That it pays. */
  payouts: Payout[];
  /** Of the account's members, by user id. */
  names: ReadonlyMap<string, string>;
  isPaused: boolean;
}

export interface BatchPageProps {
  frame: StorePageContext;
  view: BatchView;
  draft: FormDraft;
}

export const canChange = ({ person, store }: StorePageContext) => may(person, 'manager') && store.archivedAtMs === null;

export function Changes({ frame, view, draft }: BatchPageProps) {
  const { batch } = view;
  const isUnsigned = batch.state === 'awaiting_signatures';
  if (!canChange(frame) || !(isUnsigned || isReplaceable(view))) return null;
  return (
    <Card title="Change it">
      <div class="stack">
        {isUnsigned ? <Void batch={batch} draft={draft} /> : <Replace batch={batch} draft={draft} />}
      </div>
    </Card>
  );
}

/** The newest version that waits for its block, while no other version waits for signatures. */
function isReplaceable({ batch, versions }: BatchView): boolean {
  if (versions.some(({ blockHeight }) => blockHeight !== null)) return false;
  const isNewest = versions.findLast(({ state }) => state === 'broadcast')?.id === batch.id;
  const isBusy = versions.some(({ state }) => state === 'awaiting_signatures');
  return isNewest && !isBusy && payoutIdsOf(batch).length > 0;
}

function Void({ batch, draft }: { batch: PayoutBatch; draft: FormDraft }) {
  return (
    <Danger
      summary="Drop batch"
      isOpen={draft.errors.confirmation !== undefined}
      warning={
        batch.downloadedAtMs === null
          ? 'Its payouts and coins are free again. The PSBT was never given out.'
          : 'Only if no signed copy exists. Anyone who has one can still send it: its payouts would be paid twice, by that copy and by your next batch.'
      }
    >
      <Form to={`/stores/${batch.storeId}/payout-batches/${batch.id}/void`} submit="Yes, drop batch" quiet>
        <TextField
          draft={draft}
          name="confirmation"
          label="Batch id"
          hint="Enter the id of this batch, to confirm it."
          maxlength={36}
          autocomplete="off"
          mono
        />
      </Form>
    </Danger>
  );
}

function Replace({ batch, draft }: { batch: PayoutBatch; draft: FormDraft }) {
  return (
    <Danger
      summary="Make another version"
      isOpen={draft.values.kind !== undefined}
      warning={`You sign a second transaction that takes the place of this one. It costs more than ${feeRateText(batch)} in any case: otherwise the network would not take it.`}
    >
      <Form to={`/stores/${batch.storeId}/payout-batches/${batch.id}/version`} submit="Create version" quiet>
        <RadioField
          draft={draft}
          name="kind"
          label="What for?"
          options={[
            { value: 'bump', text: 'Raise the fee', hint: 'It pays the same, and gets into a block sooner.' },
            {
              value: 'cancel',
              text: 'Cancel the payouts',
              hint: 'All coins go back to your wallet. Once that is in a block, each payout waits for your approval again.',
            },
          ]}
        />
        <FeeFields draft={draft.values.fee === undefined ? draftOf({ ...draft.values, fee: 'estimated' }) : draft} />
      </Form>
    </Danger>
  );
}
