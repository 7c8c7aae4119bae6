// The page of a batch: what to do next, what the transaction pays, and what can still change it. Called by batches.tsx.

import type { PayoutBatch } from '../../../core/payout/batch.ts';
import { batchSnapshot } from '../../../core/payout/batch-snapshot.ts';
import type { Payout } from '../../../core/payout/payout.ts';
import { MAX_UPLOAD_BYTES } from '../../../core/psbt/upload.ts';
import { CopyField } from '../../ui/parts.tsx';
import { satsText } from '../../ui/text.ts';
import { FileField, Form, TextArea } from '../fields.tsx';
import type { FormDraft } from '../forms.ts';
import type { StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { ListTable } from '../listing.tsx';
import { At, Callout, Card, FactList, PageHead } from '../parts.tsx';
import { type BatchPageProps, type BatchView, Changes, canChange } from './batch-changes.tsx';
import { BatchBadge, PausedNote, paidSats } from './batch-list.tsx';
import { batchTitle, feeRateText, nextStep, signerName } from './batch-words.ts';
import { PayoutBadge } from './table.tsx';
import { amountWords, deciderText } from './words.ts';

export function BatchPage({ frame, view, draft }: BatchPageProps) {
  const { store, deps } = frame;
  const { batch, versions, payouts, isPaused } = view;
  const to = `/stores/${store.id}/payout-batches`;
  const others = versions.filter(({ id }) => id !== batch.id);
  const isWaiting = batch.state === 'awaiting_signatures';
  return (
    <Shell title={batchTitle(batch)} frame={frame} store={store} tab="/payouts">
      <PageHead
        title={batchTitle(batch)}
        badge={<BatchBadge batch={batch} others={others} />}
        back={{ href: to, text: 'Batches' }}
        lead={nextStep(batch, others, deps.now())}
      />
      {draft.problem !== null && <Callout tone="stop">{draft.problem}</Callout>}
      {batch.refusal !== null && <Callout tone="stop">{batch.refusal}</Callout>}
      {isPaused && isWaiting && <PausedNote to={`/stores/${store.id}/payouts/limits`} />}
      <div class="columns">
        <div class="column">
          {isWaiting && <Signing frame={frame} batch={batch} draft={draft} />}
          <Card title="What it pays">
            {payouts.length === 0 ? (
              <p class="hint">Nothing: all of its coins go back to your wallet.</p>
            ) : (
              <Paid payouts={payouts} />
            )}
          </Card>
        </div>
        <div class="column side">
          <Details view={view} nowMs={deps.now()} />
          <Changes frame={frame} view={view} draft={draft} />
          {others.length > 0 && (
            <Card title="Other versions" lead="They spend the same coins: one of them at most can be in a block.">
              <ul class="lines">
                {others.map((other) => (
                  <li>
                    <div>
                      <a href={`${to}/${other.id}`}>{batchTitle(other)}</a>
                      <p class="hint">{feeRateText(other)}</p>
                    </div>
                    <BatchBadge batch={other} others={versions} />
                  </li>
                ))}
              </ul>
            </Card>
          )}
        </div>
      </div>
    </Shell>
  );
}

function Signing({ frame, batch, draft }: { frame: StorePageContext; batch: PayoutBatch; draft: FormDraft }) {
  if (!canChange(frame))
    return (
      <Card title="Sign it">
        <p class="hint">A manager or an owner signs it in the wallet of the store.</p>
      </Card>
    );
  const to = `/stores/${batch.storeId}/payout-batches/${batch.id}`;
  return (
    <Card title="Sign it" tone="warn">
      <ol class="steps">
        <li>
          <p>
            Download the transaction (a PSBT). <a href="/docs/sign-a-batch">How to sign with each wallet</a>
          </p>
          <p class="form-actions">
            <a class="button" href={`${to}/psbt`} download>
              Download PSBT
            </a>
            <a class="button quiet" href={`${to}/text`}>
              Show as text or QR code
            </a>
          </p>
        </li>
        <li>Open it in your wallet, compare the amounts and addresses with those below, and sign it there.</li>
        <li>
          <p>Upload what your wallet saved. SatLane checks that nothing was changed, and sends it.</p>
          <Form to={`${to}/signed`} submit="Upload and send" takesFile>
            <FileField draft={draft} name="file" label="Signed file" hint="A .psbt or .txn file." />
            <TextArea
              draft={draft}
              name="text"
              label="Or its text"
              hint="The signed PSBT in base64 or hex, or the transaction in hex."
              rows={3}
              maxlength={2 * MAX_UPLOAD_BYTES}
              secret
              required={false}
            />
          </Form>
        </li>
      </ol>
      <p class="hint">If your wallet sends it by itself, that is fine: SatLane finds the transaction.</p>
    </Card>
  );
}

function Paid({ payouts }: { payouts: Payout[] }) {
  const rows = payouts.map((payout) => {
    const [asked] = amountWords(payout);
    const sats = satsText(payout.amountSats ?? 0n);
    return {
      href: `/stores/${payout.storeId}/payouts/${payout.id}`,
      name: payout.destination ?? payout.id,
      status: <PayoutBadge payout={payout} />,
      amount: [sats, asked === sats ? '' : asked] as const,
      created: <At ms={payout.createdAtMs} />,
    };
  });
  return <ListTable what="Destination" caption="Payouts of this batch" rows={rows} />;
}

/** Of one key, how many coins are signed; of several, whose signatures are there. */
function signatureRows({ signatures, signed_inputs, inputs }: ReturnType<typeof batchSnapshot>) {
  const { required, present, signers } = signatures;
  const namesOf = (signed: boolean) => signers.filter((one) => one.signed === signed).map(signerName);
  const [done, open] = [namesOf(true), namesOf(false)];
  const row = (term: string, value: string, isShown = true) => (isShown ? ([term, value] as const) : null);
  if (signers.length === 1) return [row('Signed', `${signed_inputs} of ${inputs} coins`, signed_inputs > 0)];
  return [
    row('Signatures', `${present} of ${required}`),
    row('Signed by', done.join(', '), done.length > 0),
    row('Can still sign', open.join(', '), present < required),
  ];
}

function Details({ view: { batch, payouts, names }, nowMs }: { view: BatchView; nowMs: number }) {
  const shown = batchSnapshot(batch, new Map(), nowMs);
  const confirmations = payouts.find(({ batchId }) => batchId === batch.id)?.announcedConfirmations ?? null;
  return (
    <Card title="Details">
      <FactList
        rows={[
          payouts.length === 0 ? null : ['Paid out', satsText(paidSats(batch))],
          ['Fee', satsText(shown.fee_sats)],
          ['Fee rate', feeRateText(batch)],
          ['Back to your wallet', satsText(shown.change_sats)],
          ['Coins spent', String(shown.inputs)],
          ...signatureRows(shown),
          confirmations === null ? null : ['Confirmations', `${confirmations} of 6`],
          batch.blockHeight === null ? null : ['Block', batch.blockHeight.toLocaleString('en-US')],
          [
            'Created by',
            <>
              {deciderText(batch.createdBy, names)}, <At ms={batch.createdAtMs} />
            </>,
          ],
          batch.downloadedAtMs === null ? null : ['PSBT first given out', <At ms={batch.downloadedAtMs} />],
          batch.uploadedAtMs === null ? null : ['Signed copy uploaded', <At ms={batch.uploadedAtMs} />],
          batch.broadcastAtMs === null ? null : ['Sent to the network', <At ms={batch.broadcastAtMs} />],
        ]}
      />
      <div class="fields">
        {batch.txid !== null && <CopyField id="txid" label="Transaction ID" value={batch.txid} />}
        {batch.conflictTxid !== null && (
          <CopyField id="conflict-txid" label="The other transaction" value={batch.conflictTxid} />
        )}
        <CopyField id="batch-id" label="Batch id" value={batch.id} />
      </div>
    </Card>
  );
}
