// The panels of the page of a claim: the form, and what became of it, each with what to do next. Called by page.tsx.

import { safeWebUrl } from '../checkout/links.ts';
import { RETURN_AFTER_SECONDS, ReturnNote } from '../checkout/panels/done.tsx';
import { Hero, ReferenceField } from '../checkout/parts.tsx';
import { shopName, shopNameCapital } from '../checkout/text.ts';
import type { CheckoutStore } from '../checkout/view.ts';
import { Icon } from '../ui/icons.tsx';
import { CopyField, Moment } from '../ui/parts.tsx';
import { confirmationsText, satsText } from '../ui/text.ts';
import { ClaimForm } from './form.tsx';
import { type ClaimSituation, type ClaimView, claimSituation, FINAL_CONFIRMATIONS } from './view.ts';

const PANELS = {
  open: ClaimForm,
  not_started: NotStartedPanel,
  expired: ExpiredPanel,
  archived: ArchivedPanel,
  used_up: UsedUpPanel,
  approval: ApprovalPanel,
  sending: SendingPanel,
  confirming: ConfirmingPanel,
  sent: SentPanel,
  failed: FailedPanel,
} as const satisfies Record<ClaimSituation, unknown>;

interface PanelProps {
  view: ClaimView;
}

export function ClaimPanel({ view }: PanelProps) {
  const SituationPanel = PANELS[claimSituation(view)];
  return <SituationPanel view={view} />;
}

function NotStartedPanel({ view: { pullPayment } }: PanelProps) {
  const { startsAtMs } = pullPayment;
  return (
    <Hero tone="wait" icon="clock" title="You cannot claim this yet">
      <p>
        Come back{' '}
        {startsAtMs === null ? (
          'later'
        ) : (
          <>
            after <Moment iso={new Date(startsAtMs).toISOString()} />
          </>
        )}
        . Keep this link until then.
      </p>
    </Hero>
  );
}

function ExpiredPanel({ view }: PanelProps) {
  return (
    <>
      <Hero tone="stop" icon="clock" title="The time to claim this is over">
        <p>Nothing was sent. Contact {shopName(view.pullPayment.store)} with this reference and ask for a new link.</p>
      </Hero>
      <Ask view={view} />
    </>
  );
}

function ArchivedPanel({ view }: PanelProps) {
  return (
    <>
      <Hero tone="stop" icon="cross" title="This is no longer paid">
        <p>
          {shopNameCapital(view.pullPayment.store)} has withdrawn it. Contact the shop with this reference if you did
          not expect that.
        </p>
      </Hero>
      <Ask view={view} />
    </>
  );
}

function UsedUpPanel({ view }: PanelProps) {
  return (
    <>
      <Hero tone="good" icon="check" title="Everything is claimed">
        <p>
          All of it was claimed. The page that you saw after your claim shows its state. If you claimed nothing, contact{' '}
          {shopName(view.pullPayment.store)} with this reference.
        </p>
      </Hero>
      <Ask view={view} />
    </>
  );
}

function ApprovalPanel({ view }: PanelProps) {
  const name = shopNameCapital(view.pullPayment.store);
  return (
    <>
      <Hero tone="wait" icon="clock" title={`Waiting for ${name}’s approval`}>
        <p>
          {name} checks your claim before it pays. You do not need to do anything else.{' '}
          <strong>You may close this page</strong> and come back by the same address.
        </p>
      </Hero>
      <Facts view={view} />
      <WayBack view={view} />
    </>
  );
}

function SendingPanel({ view }: PanelProps) {
  const { claim, store } = view.pullPayment;
  return (
    <>
      <Hero tone="wait" icon="bolt" title="Your money is on its way">
        <p>
          {claim?.method === 'lightning'
            ? 'The payment usually arrives in seconds. Keep your wallet open.'
            : `${shopNameCapital(store)} sends it with its next transaction. This page shows the transaction then.`}{' '}
          {claim?.state === 'unknown' && 'It takes longer than usual. Please do not claim it a second time. '}
          <strong>You may close this page.</strong>
        </p>
      </Hero>
      <Facts view={view} />
      <WayBack view={view} />
    </>
  );
}

function ConfirmingPanel({ view }: PanelProps) {
  const confirmations = view.pullPayment.claim?.confirmations ?? 0;
  return (
    <>
      <Hero tone="wait" icon="check" title="Your money is on its way">
        <p>
          Your wallet shows the transaction. It is final after {FINAL_CONFIRMATIONS} network confirmations, about an
          hour. <strong>You may close this page.</strong>
        </p>
      </Hero>
      <div class="received">
        <p>
          {confirmations} of {confirmationsText(FINAL_CONFIRMATIONS)}
        </p>
        <progress value={confirmations} max={FINAL_CONFIRMATIONS} aria-label="Confirmations" />
      </div>
      <Facts view={view} />
      <WayBack view={view} />
    </>
  );
}

function SentPanel({ view }: PanelProps) {
  const { store, claim, redirectAutomatically, redirectUrl } = view.pullPayment;
  return (
    <>
      <Hero tone="good" icon="check" title="Your money is sent">
        <p>
          {claim?.reason === 'marked_paid'
            ? `${shopNameCapital(store)} has marked this as paid. If it did not arrive, contact the shop with this reference.`
            : `${shopNameCapital(store)} has paid you${claim?.method === 'lightning' ? ' over Lightning' : ''}. Check your wallet.`}
        </p>
      </Hero>
      <Facts view={view} />
      <WayBack view={view} />
      {redirectAutomatically && safeWebUrl(redirectUrl) && <ReturnNote seconds={RETURN_AFTER_SECONDS} />}
      <Rest view={view} />
    </>
  );
}

function FailedPanel({ view }: PanelProps) {
  const { store, claim } = view.pullPayment;
  return (
    <>
      <Hero tone="stop" icon="alert" title="The payment was not sent">
        <p>
          {claim?.reason === 'rejected'
            ? `${shopNameCapital(store)} did not approve this claim.`
            : 'The payment could not be delivered.'}{' '}
          No money was sent. Contact {shopName(store)} with this reference.
        </p>
      </Hero>
      <Ask view={view} />
      <Rest view={view} />
    </>
  );
}

/** What is still there can be claimed. */
function Rest({ view: { pullPayment, path } }: PanelProps) {
  const { isSingleUse, problem, leftAmount } = pullPayment;
  if (isSingleUse || problem !== null || /^[0.]*$/.test(leftAmount)) return null;
  return (
    <p class="note">
      There is something left: <a href={path}>make another claim</a>.
    </p>
  );
}

/** Of the claim, for a wallet's history or a talk with the shop. */
function Facts({ view: { pullPayment } }: PanelProps) {
  const { claim, currency } = pullPayment;
  if (claim?.destination == null) return null;
  const { destination, txid, paymentHash, preimage, amountSats } = claim;
  return (
    <div class="fields">
      <CopyField id="destination" label="To" value={destination}>
        <span class={destination.length > 100 ? 'clip' : undefined}>{destination}</span>
      </CopyField>
      {currency !== 'BTC' && amountSats !== null && (
        <CopyField id="claimed" label="Amount in sats" value={String(amountSats)}>
          {satsText(amountSats)}
        </CopyField>
      )}
      {txid !== null && <CopyField id="txid" label="Transaction ID" value={txid} />}
      {paymentHash !== null && <CopyField id="payment-hash" label="Payment hash" value={paymentHash} />}
      {preimage !== null && <CopyField id="preimage" label="Proof of payment" value={preimage} />}
    </div>
  );
}

function Ask({ view: { pullPayment } }: PanelProps) {
  const { id, store } = pullPayment;
  const support = supportOf(store);
  return (
    <>
      <ReferenceField invoice={{ id }} />
      {support && (
        <div class="actions">
          <a class="button" href={support}>
            Contact the shop
          </a>
        </div>
      )}
    </>
  );
}

const supportOf = ({ supportUrl }: CheckoutStore) => safeWebUrl(supportUrl)?.href;

function WayBack({ view }: PanelProps) {
  const back = safeWebUrl(view.pullPayment.redirectUrl)?.href;
  if (!back) return null;
  const isSent = claimSituation(view) === 'sent';
  return (
    <div class="actions">
      <a class={`button back${isSent ? '' : ' quiet'}`} href={back}>
        <Icon name="back" />
        Back to {shopName(view.pullPayment.store)}
      </a>
    </div>
  );
}
