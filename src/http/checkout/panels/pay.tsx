// The panels that ask for money: the whole amount, the rest of it, or for patience. Called by panels/panel.tsx.

import type { Child } from 'hono/jsx';
import { takesAnyAmount } from '../../../core/snapshot/invoice.ts';
import { Icon } from '../../ui/icons.tsx';
import { satsText } from '../../ui/text.ts';
import { Hero, ReferenceField, ShopLinks, Transactions } from '../parts.tsx';
import { countdownText, networkConfirmationsText, shopName, shopNameCapital, waitText } from '../text.ts';
import { type CheckoutView, countdownOf, wayOf } from '../view.ts';
import type { Way } from '../ways.ts';
import { InvoiceTarget } from './target.tsx';

export function PayPanel({ view }: { view: CheckoutView }) {
  const { invoice } = view;
  const amountSats = takesAnyAmount(invoice) ? null : invoice.amount_sats;
  return (
    <>
      <StatusBar view={view} words="Waiting for payment" />
      <h1 tabindex={-1}>Scan with your {wayOf(view) === 'lightning' ? 'Lightning' : 'Bitcoin'} wallet</h1>
      <InvoiceTarget view={view} amountSats={amountSats} />
      <PayNote view={view} />
      <AnotherAmount view={view} />
    </>
  );
}

/** A frame has no page but this one. */
function AnotherAmount({ view: { intentId, isFramed } }: { view: CheckoutView }) {
  if (intentId === null || isFramed) return null;
  return (
    <p class="note">
      <a href={`/intents/${encodeURIComponent(intentId)}/amount`}>Enter another amount</a>
    </p>
  );
}

function PayNote({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const way = wayOf(view);
  const shop = way === 'both' ? `On-chain, ${shopName(store)}` : shopNameCapital(store);
  return (
    <p class="note">
      {way === 'lightning' && 'Your wallet shows the amount. The payment arrives in seconds. '}
      {way !== 'lightning' &&
        `Send ${takesAnyAmount(invoice) ? 'the amount you like' : 'this exact amount'} in one payment; your wallet adds the network fee. `}
      This page updates automatically. {way === 'both' && 'Over Lightning the payment arrives in seconds. '}
      {way !== 'lightning' &&
        invoice.conf_threshold > 0 &&
        `${shop} confirms your order after ${networkConfirmationsText(invoice)}, ${waitText(invoice.conf_threshold)}. `}
      {way === 'both' && 'If your wallet cannot read this code, choose Lightning or On-chain.'}
    </p>
  );
}

export function PayRestPanel({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const dueSats = invoice.amount_due_sats;
  const missingSats = BigInt(invoice.amount_sats) - BigInt(invoice.amount_paid_sats);
  const isRaised = BigInt(dueSats) > missingSats;
  return (
    <>
      <StatusBar view={view} words="Partly paid" />
      <h1 tabindex={-1}>
        Send {isRaised ? '' : 'the remaining '}
        {satsText(dueSats)}
      </h1>
      <Received view={view}>
        Send the rest {REST_WORDS[wayOf(view) ?? 'onchain']} and {shopName(store)} gets it as one payment.
      </Received>
      <InvoiceTarget view={view} amountSats={dueSats} />
      <p class="note">
        {isRaised
          ? `Only ${satsText(missingSats)} are missing, but the Bitcoin network does not carry payments below ${satsText(dueSats)}. This code holds that amount.`
          : 'This code holds the remaining amount only, so you do not pay twice.'}
      </p>
      <Transactions invoice={invoice} />
    </>
  );
}

const REST_WORDS: Record<Way, string> = {
  both: 'by this code',
  lightning: 'over Lightning',
  onchain: 'to the same address',
};

function Received({ view: { invoice }, children }: { view: CheckoutView; children: Child }) {
  return (
    <div class="received">
      <p>
        <strong>{satsText(invoice.amount_paid_sats)}</strong> of {satsText(invoice.amount_sats)} received. {children}
      </p>
      <progress value={Number(invoice.amount_paid_sats)} max={Number(invoice.amount_sats)} aria-label="Received" />
    </div>
  );
}

/** Lightning alone is offered, and the shop's node does not answer. */
export function UnavailablePanel({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  return (
    <>
      <StatusBar view={view} words="Lightning not available" />
      <Hero tone="warn" icon="bolt" title="Lightning is not available right now">
        <p>
          The Lightning wallet of {shopName(store)} does not answer. <strong>Please do not pay an earlier code.</strong>{' '}
          Keep this page open: it tries again automatically. If it takes too long, contact {shopName(store)} with this
          reference.
        </p>
      </Hero>
      {invoice.amount_paid_sats !== '0' && <Received view={view}>The shop keeps it for this order.</Received>}
      <ReferenceField invoice={invoice} />
      <ShopLinks view={view} />
      <Transactions invoice={invoice} />
    </>
  );
}

function StatusBar({ view, words }: { view: CheckoutView; words: string }) {
  const { startIso, endIso } = countdownOf(view);
  const [startMs, endMs] = [Date.parse(startIso), Date.parse(endIso)];
  return (
    <div class="status">
      <span class="pill">{words}</span>
      <span class="timer" role="timer" aria-label="Time left">
        <Icon name="clock" />
        <span data-countdown={endMs}>{countdownText(endMs - view.nowMs)}</span>
        <span class="timer-word"> left</span>
      </span>
      <progress
        class="line"
        data-until={endMs}
        value={Math.max(0, endMs - view.nowMs)}
        max={Math.max(1, endMs - startMs)}
        aria-hidden="true"
      />
    </div>
  );
}
