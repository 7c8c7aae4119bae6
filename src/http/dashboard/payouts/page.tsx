// The page of a payout: what it is now, what a manager can decide, and who decided what so far. Called by routes.tsx.

import { approverProblem } from '../../../core/payout/limits.ts';
import type { Decider, Payout } from '../../../core/payout/payout.ts';
import type { readPayoutHistory } from '../../../services/payouts/payouts.ts';
import { methodWords } from '../../ui/methods.ts';
import { CopyField } from '../../ui/parts.tsx';
import { moneyText, satsText } from '../../ui/text.ts';
import { Form, TextField } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Callout, Card, Danger, FactList, PageHead } from '../parts.tsx';
import { ends } from '../text.ts';
import { nameOfPayout, PayoutBadge, repeatsOrder } from './table.tsx';
import { amountWords, deciderText, PAYOUT, payoutEventText, reasonText } from './words.ts';

export interface PayoutView {
  payout: Payout;
  history: Awaited<ReturnType<typeof readPayoutHistory>>;
  /** Of the account's members, by user id. */
  names: ReadonlyMap<string, string>;
}

interface PayoutPageProps {
  frame: StorePageContext;
  view: PayoutView;
  draft: FormDraft;
}

export function PayoutPage({ frame, view, draft }: PayoutPageProps) {
  const { store, person } = frame;
  const { payout } = view;
  return (
    <Shell title={`Payout ${nameOfPayout(payout)}`} frame={frame} store={store} tab="/payouts">
      <PageHead
        title={amountWords(payout)[0]}
        badge={<PayoutBadge payout={payout} />}
        back={{ href: `/stores/${store.id}/payouts`, text: 'Payouts' }}
        lead={`${PAYOUT[payout.state].meaning}${payout.reason === null ? '' : ` ${reasonText(payout.reason)}`}`}
      />
      {draft.problem !== null && <Callout tone="stop">{draft.problem}</Callout>}
      {repeatsOrder(payout) && (
        <Callout tone="warn">
          <a href={`/stores/${store.id}/payouts/${payout.sameOrderAs}`}>Another payout</a> is for the order{' '}
          {payout.orderRef}, too. Make sure that both are meant.
        </Callout>
      )}
      <div class="columns">
        <div class="column">
          {payout.state === 'unknown' && <WhatToCheck payout={payout} />}
          {waitsForBatch(payout) && (
            <Callout tone="calm" icon="clock">
              It waits for a transaction that you sign.{' '}
              <a href={`/stores/${store.id}/payout-batches`}>Put it into a batch</a>
            </Callout>
          )}
          <Details view={view} />
        </div>
        <div class="column side">
          {may(person, 'manager') && store.archivedAtMs === null && (
            <Decisions payout={payout} draft={draft} by={{ kind: 'person', id: person.userId }} />
          )}
        </div>
        <div class="column">
          <History view={view} />
        </div>
      </div>
    </Shell>
  );
}

function waitsForBatch({ state, method, batchId, environment }: Payout): boolean {
  return state === 'queued' && method === 'onchain' && batchId === null && environment === 'live';
}

function WhatToCheck({ payout: { method, paymentHash } }: { payout: Payout }) {
  return (
    <Callout tone="stop">
      {method === 'lightning'
        ? `Look in your node or wallet for the payment ${paymentHash === null ? '' : ends(paymentHash, 8)}. If it was paid, copy its preimage. If your node says that it failed, or has never seen it, mark it as failed.`
        : 'Look in your wallet and in a block explorer for a transaction to this address.'}{' '}
      SatLane keeps asking, and settles it by itself when it gets an answer.
    </Callout>
  );
}

function Details({ view: { payout, names } }: { view: PayoutView }) {
  const { storeId, method, rate, currency, amountSats, attempts, feeMsat, txid, paymentHash, preimage, state } = payout;
  return (
    <Card title="Details">
      <FactList
        rows={[
          amountSats === null
            ? ['Amount in sats', 'fixed when it is approved']
            : ['Amount in sats', satsText(amountSats)],
          rate === null ? null : ['Rate', `1 BTC = ${moneyText(rate, currency)}`],
          method === null ? null : ['Method', methodWords(method).name],
          feeMsat === null ? null : ['Fee', satsText((feeMsat + 999n) / 1000n)],
          attempts.length === 0 ? null : ['Attempts', String(attempts.length)],
          payout.announcedConfirmations === null ? null : ['Confirmations', String(payout.announcedConfirmations)],
          ...payout.approvals.map(
            ({ by, atMs }) =>
              [
                'Approved by',
                <>
                  {deciderText(by, names)}, <At ms={atMs} />
                </>,
              ] as const,
          ),
          payout.pullPaymentId === null
            ? null
            : ['Pull payment', <a href={`/stores/${storeId}/pull-payments/${payout.pullPaymentId}`}>Open</a>],
          payout.orderRef === null ? null : ['Order', payout.orderRef],
          payout.batchId === null
            ? null
            : ['Batch', <a href={`/stores/${storeId}/payout-batches/${payout.batchId}`}>Open</a>],
          payout.invoiceId === null
            ? null
            : ['Refund of', <a href={`/stores/${storeId}/invoices/${payout.invoiceId}`}>Invoice</a>],
        ]}
      />
      <div class="fields">
        {payout.destination !== null && <CopyField id="destination" label="Destination" value={payout.destination} />}
        {txid !== null && <CopyField id="txid" label="Transaction ID" value={txid} />}
        {paymentHash !== null && <CopyField id="payment-hash" label="Payment hash" value={paymentHash} />}
        {state === 'settled' && preimage !== null && <CopyField id="preimage" label="Preimage" value={preimage} />}
        <CopyField id="payout-id" label="Payout id" value={payout.id} />
      </div>
    </Card>
  );
}

function Decisions({ payout, draft, by }: { payout: Payout; draft: FormDraft; by: Decider }) {
  const { state, batchId } = payout;
  const to = `/stores/${payout.storeId}/payouts/${payout.id}`;
  const canCancel = (state === 'awaiting_approval' || state === 'queued' || state === 'awaiting_claim') && !batchId;
  if (!canCancel && state !== 'unknown') return null;
  return (
    <Card
      title="Your decision"
      tone={state === 'unknown' ? 'stop' : state === 'awaiting_approval' ? 'warn' : undefined}
    >
      <div class="stack">
        {state === 'awaiting_approval' && <Approve payout={payout} to={to} by={by} />}
        {state === 'queued' && canCancel && <MarkPaid payout={payout} to={to} draft={draft} />}
        {state === 'unknown' && <Resolve payout={payout} to={to} draft={draft} />}
        {canCancel && (
          <Danger
            summary={state === 'awaiting_approval' ? 'Reject' : 'Cancel payout'}
            warning="No money is sent. The person who is paid sees that on the page of the claim. This cannot be undone."
          >
            <Action to={`${to}/cancel`} kind="stop">
              {state === 'awaiting_approval' ? 'Yes, reject' : 'Yes, cancel payout'}
            </Action>
          </Danger>
        )}
      </div>
    </Card>
  );
}

function Approve({ payout, to, by }: { payout: Payout; to: string; by: Decider }) {
  if (approverProblem(payout, by) !== null)
    return <p class="hint">Another person has to approve this: not who made it, and not who approved it.</p>;
  const [asked, also] = amountWords(payout);
  return (
    <Danger
      summary="Approve"
      warning={
        <>
          {asked} {also && `(${also}) `}go to <span class="mono">{ends(payout.destination ?? '', 16)}</span>.
          {payout.method === 'onchain' && ' You sign the transaction.'}
          {payout.amountSats === null && ' The amount in bitcoin is fixed by the rate of the moment when you approve.'}{' '}
          What is on its way cannot be called back.
        </>
      }
    >
      <Action to={`${to}/approve`} hidden={{ revision: String(payout.revision) }} kind="">
        Yes, approve
      </Action>
    </Danger>
  );
}

function MarkPaid({ payout: { method }, to, draft }: { payout: Payout; to: string; draft: FormDraft }) {
  return (
    <Danger
      summary="Mark as paid"
      isOpen={draft.errors.proof !== undefined}
      warning="If you paid it yourself, by your own wallet. SatLane then sends nothing."
    >
      <Form to={`${to}/mark-paid`} submit="Yes, mark as paid" quiet>
        <TextField
          draft={draft}
          name="proof"
          label={method === 'onchain' ? 'Transaction ID' : 'Preimage'}
          hint="It is shown to the person who is paid."
          maxlength={64}
          autocomplete="off"
          mono
          optional
        />
      </Form>
    </Danger>
  );
}

function Resolve({ payout, to, draft }: { payout: Payout; to: string; draft: FormDraft }) {
  return (
    <>
      {payout.method === 'lightning' && (
        <Danger
          summary="It was paid"
          isOpen={draft.errors.preimage !== undefined}
          warning="Enter the preimage that your node or wallet shows. It proves the payment."
        >
          <Form to={`${to}/resolve-paid`} submit="Mark as paid" quiet>
            <TextField draft={draft} name="preimage" label="Preimage" maxlength={64} autocomplete="off" mono />
          </Form>
        </Danger>
      )}
      <Danger
        summary="It failed"
        isOpen={draft.errors.confirmation !== undefined}
        warning="Only if your node or wallet is certain that no money moved. If the money moves after all, the person is paid twice."
      >
        <Form to={`${to}/resolve-failed`} submit="Mark as failed" quiet>
          <TextField
            draft={draft}
            name="confirmation"
            label="Payout id"
            hint="Enter the id of this payout, to confirm it."
            maxlength={36}
            autocomplete="off"
            mono
          />
        </Form>
      </Danger>
    </>
  );
}

function History({ view: { history, names } }: { view: PayoutView }) {
  return (
    <Card title="Timeline">
      <ol class="timeline">
        {history.map(({ type, atMs, state, by }) => (
          <li class={PAYOUT[state].tone}>
            <strong>{payoutEventText(type)}</strong>
            <small>
              <At ms={atMs} /> · {deciderText(by, names)}
            </small>
          </li>
        ))}
      </ol>
    </Card>
  );
}
