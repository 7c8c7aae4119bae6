// The page of an invoice: what it is now, its payments, events, deliveries, evidence and actions.
// The script swaps the parts marked data-live for newer ones.

import { type InvoiceSnapshot, MAX_DEPOSITS_SHOWN } from '../../../core/snapshot/invoice.ts';
import { methodWords } from '../../ui/methods.ts';
import { CopyField, Moment } from '../../ui/parts.tsx';
import { btcText, rateText, satsText } from '../../ui/text.ts';
import type { FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { At, Badge, Callout, Card, FactList, PageHead, StatusBadge } from '../parts.tsx';
import { Refunds } from '../payouts/refunds-card.tsx';
import { ClockCard } from '../store/clock.tsx';
import { ends } from '../text.ts';
import { Decision, Operations } from './actions.tsx';
import { Deliveries, Timeline } from './history.tsx';
import { PaymentLine } from './payment.tsx';
import { Proofs } from './proofs.tsx';
import { Simulator } from './simulator.tsx';
import { type InvoiceView, isMoving } from './view.ts';
import { arrivedSatsOf, DECIDED, isAnyAmount, isUnconfirmable, meaningOf, nameOf, priceWords } from './words.ts';

interface InvoicePageProps {
  frame: StorePageContext;
  view: InvoiceView;
  draft: FormDraft;
}

export function InvoicePage({ frame, view, draft }: InvoicePageProps) {
  const { store, person } = frame;
  const { invoice } = view;
  const to = `/stores/${store.id}/invoices`;
  const mayAct = may(person, 'manager');
  return (
    <Shell
      title={`Invoice ${nameOf(invoice)}`}
      frame={frame}
      store={store}
      tab="/invoices"
      events={isMoving(invoice) ? `/pay/invoices/${invoice.id}/events` : undefined}
    >
      <div id="live-head" data-live>
        <PageHead
          title={nameOf(invoice)}
          badge={
            <>
              <StatusBadge status={invoice.status} />{' '}
              {invoice.environment === 'test' && <Badge tone="warn">Test</Badge>}
            </>
          }
          back={{ href: to, text: 'Invoices' }}
          lead={meaningOf(view)}
        />
      </div>
      {draft.problem !== null && <Callout tone="stop">{draft.problem}</Callout>}
      <div class="columns">
        <div class="column">
          <div id="live-money" data-live>
            {invoice.status === 'requires_review' && mayAct && <Decision frame={frame} view={view} draft={draft} />}
            <Money invoice={invoice} />
            <Payments view={view} />
            <Refunds
              refunds={view.refunds}
              to={mayAct && arrivedSatsOf(invoice) > 0n ? `${to}/${invoice.id}/refund` : null}
            />
          </div>
        </div>
        <div class="column side">
          {invoice.environment === 'test' && mayAct && <Simulator frame={frame} view={view} draft={draft} />}
          {invoice.environment === 'test' && store.testMode && mayAct && store.archivedAtMs === null && (
            <ClockCard store={store} invoice={invoice.id} />
          )}
          <Share view={view} />
          <Details view={view} showsBuyer={mayAct} />
          {mayAct && <Operations frame={frame} view={view} />}
        </div>
        <div class="column">
          <div id="live-story" data-live>
            <Timeline events={view.events} />
            <Deliveries frame={frame} view={view} />
          </div>
          <Proofs view={view} />
        </div>
      </div>
    </Shell>
  );
}

function Money({ invoice }: { invoice: InvoiceSnapshot }) {
  const [price, also] = priceWords(invoice);
  const [asked, paid] = [BigInt(invoice.amount_sats), BigInt(invoice.amount_paid_sats)];
  const confirmed = BigInt(invoice.amount_confirmed_sats);
  return (
    <Card>
      <div class="money">
        <p class="money-price">
          {price}
          {!isAnyAmount(invoice) && (
            <small>
              {invoice.amount_fiat !== null && `${also} · `}
              {btcText(asked)} BTC
            </small>
          )}
        </p>
        <FactList
          rows={[
            ['Received', satsText(paid)],
            isUnconfirmable(invoice) ? null : ['Confirmed', satsText(confirmed)],
            BigInt(invoice.amount_due_sats) > 0n && paid > 0n ? ['Missing', satsText(invoice.amount_due_sats)] : null,
            confirmed > asked && asked > 0n ? ['Overpaid by', satsText(confirmed - asked)] : null,
            invoice.fee_sats === '0' ? null : ['Fee', satsText(invoice.fee_sats)],
          ]}
        />
      </div>
      {asked > 0n && paid > 0n && (
        <progress value={Number(paid < asked ? paid : asked)} max={Number(asked)} aria-label="Received of the amount" />
      )}
    </Card>
  );
}

function Payments({ view: { invoice, isDeposit, preimages } }: { view: InvoiceView }) {
  const { payments } = invoice;
  return (
    <Card title="Payments">
      {isDeposit && payments.length >= MAX_DEPOSITS_SHOWN && (
        <p class="hint">The newest {MAX_DEPOSITS_SHOWN} are shown.</p>
      )}
      {payments.length === 0 && (
        <p class="hint">
          {invoice.status === 'pending'
            ? 'No payment yet. This page updates automatically.'
            : 'No payment has arrived.'}
        </p>
      )}
      <ul class="payments">
        {payments.map((payment) => (
          <PaymentLine payment={payment} invoice={invoice} preimage={preimages.get(payment.txid)} />
        ))}
      </ul>
    </Card>
  );
}

function Share({ view: { invoice, isDeposit } }: { view: InvoiceView }) {
  return (
    <Card
      title={isDeposit ? 'Page for deposits' : 'Checkout page'}
      lead={`Send this link to your ${isDeposit ? 'customer' : 'buyer'}.`}
    >
      <div class="fields">
        <CopyField id="checkout" label="Link" value={invoice.hosted_checkout_url} />
      </div>
      <p class="form-actions">
        <a class="button quiet" href={new URL(invoice.hosted_checkout_url).pathname} target="_blank" rel="noopener">
          Open page<span class="sr-only"> in a new tab</span>
        </a>
      </p>
    </Card>
  );
}

function Details({ view, showsBuyer }: { view: InvoiceView; showsBuyer: boolean }) {
  const { invoice, decision, isDeposit } = view;
  const decided = decision && DECIDED[decision.kind];
  // Plugins give the order there, too.
  const metadata = Object.entries(invoice.metadata).filter(
    ([name, value]) => name !== 'orderId' || value !== invoice.order_ref,
  );
  const rate = rateText(invoice);
  return (
    <Card title="Details">
      <FactList
        rows={[
          ['Created', <Moment iso={invoice.created_at} />],
          ['Payment methods', invoice.payment_methods.map((method) => methodWords(method).name).join(', ')],
          isDeposit ? null : ['Expires', <Moment iso={invoice.expires_at} />],
          isDeposit ? null : ['Late payments until', <Moment iso={invoice.late_payment_deadline_at} />],
          invoice.paid_at === null ? null : ['Paid', <Moment iso={invoice.paid_at} />],
          decided
            ? [
                decided,
                <>
                  <At ms={decision.atMs} />
                  {'note' in decision && decision.note !== '' && `: ${decision.note}`}
                </>,
              ]
            : null,
          rate === null ? null : ['Rate', rate],
          isAnyAmount(invoice) ? null : ['Tolerance', `± ${satsText(invoice.amount_tolerance_sats)}`],
          invoice.order_ref === null ? null : ['Order', invoice.order_ref],
          showsBuyer && invoice.buyer_email !== null ? ['Buyer', invoice.buyer_email] : null,
          ...metadata.map(([name, value]) => [name, value] as const),
        ]}
      />
      <div class="fields">
        {invoice.address !== '' && <CopyField id="address" label="Address" value={invoice.address} />}
        {invoice.lightning !== null && (
          <CopyField id="bolt11" label="BOLT11 invoice" value={invoice.lightning.bolt11}>
            {ends(invoice.lightning.bolt11, 16)}
          </CopyField>
        )}
        <CopyField id="invoice-id" label="Invoice id" value={invoice.id} />
      </div>
    </Card>
  );
}
