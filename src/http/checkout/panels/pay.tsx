// The panels that ask for money: the whole amount, or the rest of it. Called by panels/panel.tsx.

import { linkOf } from '../../../core/onchain/prompt.ts';
import { takesAnyAmount } from '../../../core/snapshot/invoice.ts';
import { Icon } from '../../ui/icons.tsx';
import { Address, CopyField } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr.tsx';
import { btcText, satsText } from '../../ui/text.ts';
import { Transactions } from '../parts.tsx';
import { countdownText, networkConfirmationsText, shopName, shopNameCapital, waitText } from '../text.ts';
import { type CheckoutView, countdownOf } from '../view.ts';

export function PayPanel({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const amountSats = takesAnyAmount(invoice) ? null : invoice.amount_sats;
  return (
    <>
      <StatusBar view={view} words="Waiting for payment" />
      <h1 tabindex={-1}>Scan with your Bitcoin wallet</h1>
      <PaymentTarget address={invoice.address} amountSats={amountSats} uri={invoice.payment_uri} />
      <p class="note">
        Send {amountSats === null ? 'the amount you like' : 'this exact amount'} in one payment; your wallet adds the
        network fee. This page updates automatically.{' '}
        {invoice.conf_threshold > 0 &&
          `${shopNameCapital(store)} confirms your order after ${networkConfirmationsText(invoice)}, ${waitText(invoice.conf_threshold)}.`}
      </p>
    </>
  );
}

export function PayRestPanel({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const dueSats = invoice.amount_due_sats;
  const missingSats = BigInt(invoice.amount_sats) - BigInt(invoice.amount_paid_sats);
  const isRaised = BigInt(dueSats) > missingSats;
  const uri = linkOf({ uri: invoice.payment_uri }, BigInt(dueSats));
  return (
    <>
      <StatusBar view={view} words="Partly paid" />
      <h1 tabindex={-1}>
        Send {isRaised ? '' : 'the remaining '}
        {satsText(dueSats)}
      </h1>
      <div class="received">
        <p>
          <strong>{satsText(invoice.amount_paid_sats)}</strong> of {satsText(invoice.amount_sats)} received. Send the
          rest to the same address and {shopName(store)} gets it as one payment.
        </p>
        <progress value={Number(invoice.amount_paid_sats)} max={Number(invoice.amount_sats)} aria-label="Received" />
      </div>
      <PaymentTarget address={invoice.address} amountSats={dueSats} uri={uri} />
      <p class="note">
        {isRaised
          ? `Only ${satsText(missingSats)} are missing, but the Bitcoin network does not carry payments below ${satsText(dueSats)}. This code holds that amount.`
          : 'This code holds the remaining amount only, so you do not pay twice.'}
      </p>
      <Transactions invoice={invoice} />
    </>
  );
}

/** One amount to one address, in every way a wallet takes it: scan, tap, copy. */
export function PaymentTarget(props: { address: string; amountSats: string | null; uri: string }) {
  const { address, amountSats, uri } = props;
  const amount = amountSats === null ? null : btcText(amountSats);
  return (
    <div class="target">
      <QrCode data={uri} label={`QR code of a payment ${amount === null ? '' : `of ${amount} BTC `}to ${address}`} />
      <div class="target-text">
        <a class="button" id="open-wallet" href={uri}>
          <Icon name="wallet" />
          Open in wallet
        </a>
        <div class="fields">
          {amount !== null && <CopyField id="amount" label="Amount in BTC" value={amount} />}
          <CopyField id="address" label="Address" value={address}>
            <Address address={address} />
          </CopyField>
        </div>
      </div>
    </div>
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
