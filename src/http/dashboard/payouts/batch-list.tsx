// /stores/:id/payout-batches: the transactions that carry payouts, newest first in pages, and what waits for one. Called by batches.tsx.

import { BATCH_STATES, type BatchState, type PayoutBatch, payoutIdsOf } from '../../../core/payout/batch.ts';
import type { Payout } from '../../../core/payout/payout.ts';
import { MAX_OUTPUTS } from '../../../core/psbt/select.ts';
import { satsText } from '../../ui/text.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { ListTable, StatusFilter } from '../listing.tsx';
import { At, Badge, Callout, Card, Empty, PageHead, Pager } from '../parts.tsx';
import { count } from '../text.ts';
import { BATCH_STATE, batchBadge, batchKind, batchName } from './batch-words.ts';

interface Listing {
  state: BatchState | undefined;
  batches: PayoutBatch[];
  next: string | null;
  isFirst: boolean;
  /** Approved payouts that no batch has; one more than fit in one where there are more. */
  waiting: Payout[];
  isPaused: boolean;
}

export function BatchesPage({ frame, listing }: { frame: StorePageContext; listing: Listing }) {
  const { store, person } = frame;
  const { state, batches, next, isFirst, waiting, isPaused } = listing;
  const to = `/stores/${store.id}/payout-batches`;
  const canCreate = may(person, 'manager') && store.archivedAtMs === null && waiting.length > 0;
  return (
    <Shell title="Batches" frame={frame} store={store} tab="/payouts">
      <PageHead
        title="Batches"
        back={{ href: `/stores/${store.id}/payouts`, text: 'Payouts' }}
        lead="Payouts to Bitcoin addresses go out together, in a transaction that your own wallet signs."
      >
        {canCreate && (
          <a class="button" href={`${to}/new`}>
            New batch
          </a>
        )}
      </PageHead>
      {isPaused && <PausedNote to={`/stores/${store.id}/payouts/limits`} />}
      {waiting.length > 0 && (
        <Callout tone="calm" icon="clock">
          {waitingText(waiting)}
        </Callout>
      )}
      <div class="filters">
        <StatusFilter to={to} name="state" words={BATCH_STATE} values={BATCH_STATES} chosen={state} />
      </div>
      <Card>
        {batches.length === 0 ? (
          <Empty icon="wallet" title={state === undefined ? 'No batch yet' : 'No batch has this status'}>
            <p>
              {waiting.length > 0
                ? 'Create a batch of the approved payouts, and sign it in your wallet.'
                : 'Approved payouts to Bitcoin addresses can be put into a batch. None waits now.'}
            </p>
          </Empty>
        ) : (
          <BatchTable batches={batches} caption="Batches, newest first" />
        )}
        <Pager to={state === undefined ? to : `${to}?state=${state}`} isFirst={isFirst} next={next} />
      </Card>
    </Shell>
  );
}

export function PausedNote({ to }: { to: string }) {
  return (
    <Callout tone="warn">
      Payouts are paused: a signed transaction is not sent. <a href={to}>Resume payouts</a>
    </Callout>
  );
}

export function BatchBadge({ batch, others }: { batch: PayoutBatch; others: PayoutBatch[] }) {
  const { tone, word } = batchBadge(batch, others);
  return <Badge tone={tone}>{word}</Badge>;
}

function BatchTable({ batches, caption }: { batches: PayoutBatch[]; caption: string }) {
  const rows = batches.map((batch) => ({
    href: `/stores/${batch.storeId}/payout-batches/${batch.id}`,
    name: batchName(batch),
    status: <BatchBadge batch={batch} others={batches} />,
    amount: [satsText(paidSats(batch)), whatItDoes(batch)] as const,
    created: <At ms={batch.createdAtMs} />,
  }));
  return <ListTable what="Batch" caption={caption} rows={rows} />;
}

function whatItDoes(batch: PayoutBatch): string {
  const kind = batchKind(batch);
  if (kind === 'cancellation') return 'cancellation';
  return `${count(payoutIdsOf(batch).length, 'payout')}${kind === 'bump' ? ', higher fee' : ''}`;
}

export function paidSats({ plan }: PayoutBatch): bigint {
  return plan.outputs.reduce((sum, { payoutId, valueSats }) => (payoutId === null ? sum : sum + valueSats), 0n);
}

/** One batch pays so many at most. @param waiting one more where more wait */
export function waitingText(waiting: readonly Payout[]): string {
  if (waiting.length > MAX_OUTPUTS)
    return `More than ${MAX_OUTPUTS} approved payouts wait. One batch pays ${MAX_OUTPUTS} at most, the oldest first.`;
  const total = satsText(waiting.reduce((sum, { amountSats }) => sum + (amountSats ?? 0n), 0n));
  if (waiting.length === 1) return `1 approved payout waits for a batch: ${total}.`;
  return `${waiting.length} approved payouts wait for a batch: ${total} in total.`;
}
