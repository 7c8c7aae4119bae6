// The form of a claim: one field for where the money goes, and the amount where it may be chosen. Without a script: a plain form, which
// answers with the page again and says what is wrong, or goes on to the state of the claim. Called by panels.tsx.

import { qrText } from '../../core/lightning/link.ts';
import type { PublicPullPayment } from '../../services/payouts/public.ts';
import { shopName, shopNameCapital } from '../checkout/text.ts';
import { Icon } from '../ui/icons.tsx';
import { QrCode } from '../ui/qr.tsx';
import { moneyText } from '../ui/text.ts';
import type { ClaimDraft, ClaimView } from './view.ts';

/** A BOLT11 invoice with hints of private channels, or an address with both ways. */
const MAX_DESTINATION = 7_200;

export function ClaimForm({ view }: { view: ClaimView }) {
  const { pullPayment, draft, path } = view;
  const { store, isSingleUse } = pullPayment;
  return (
    <>
      <h1 tabindex={-1}>Where should {shopName(store)} send your money?</h1>
      {pullPayment.description !== '' && <p class="note">{pullPayment.description}</p>}
      {pullPayment.lnurl !== null && <Scan lnurl={pullPayment.lnurl} />}
      <form method="post" action={path} class="amount-form">
        {draft.problem?.field === 'form' && <Problem draft={draft} field="form" />}
        <label for="destination">{LABELS[kindOf(pullPayment)]}</label>
        <p id="destination-hint" class="form-hint">
          {HINTS[kindOf(pullPayment)]}
        </p>
        <textarea
          id="destination"
          name="destination"
          rows={3}
          required
          maxlength={MAX_DESTINATION}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          {...wired(draft, 'destination', 'destination-hint')}
        >
          {draft.destination}
        </textarea>
        <Problem draft={draft} field="destination" />
        {!isSingleUse && <AmountField pullPayment={pullPayment} draft={draft} />}
        <button type="submit" class="button">
          Claim {isSingleUse ? moneyText(pullPayment.amount, pullPayment.currency) : 'this amount'}
        </button>
      </form>
      <p class="note">
        Check it well: a payment in bitcoin cannot be taken back.{' '}
        {!pullPayment.isRateFixed &&
          `${shopNameCapital(store)} converts the amount to bitcoin at the rate of the moment when it approves your claim.`}
      </p>
    </>
  );
}

/** One scan or one tap, and the wallet claims it. */
function Scan({ lnurl }: { lnurl: string }) {
  const link = `lightning:${lnurl}`;
  return (
    <div class="target">
      <QrCode data={qrText(link)} label="QR code by which a Lightning wallet claims the money" />
      <div class="target-text">
        <p class="note">
          Scan it with a Lightning wallet that can withdraw by LNURL. It asks for the money by itself. Or enter below
          where the money goes.
        </p>
        <a class="button quiet" id="open-wallet" href={link}>
          <Icon name="wallet" />
          Open in Lightning wallet
        </a>
      </div>
    </div>
  );
}

function AmountField({ pullPayment, draft }: { pullPayment: PublicPullPayment; draft: ClaimDraft }) {
  const { currency, leftAmount } = pullPayment;
  return (
    <>
      <label for="amount">Amount</label>
      <p id="amount-hint" class="form-hint">
        Up to {moneyText(leftAmount, currency)}. Leave it empty for all of it, or for the amount of your Lightning
        invoice.
      </p>
      <div class="amount-entry">
        <input
          id="amount"
          name="amount"
          type="text"
          inputmode="decimal"
          autocomplete="off"
          maxlength={40}
          value={draft.amount}
          {...wired(draft, 'amount', 'amount-hint')}
        />
        <span aria-hidden="true">{currency}</span>
      </div>
      <Problem draft={draft} field="amount" />
    </>
  );
}

function Problem({
  draft: { problem },
  field,
}: {
  draft: ClaimDraft;
  field: NonNullable<ClaimDraft['problem']>['field'];
}) {
  if (problem?.field !== field) return null;
  return (
    <p id={`${field}-problem`} class="problem" role="alert">
      {problem.words}
    </p>
  );
}

/** The attributes that tie a field to its words; a wrong one has the focus. */
function wired({ problem }: ClaimDraft, field: 'destination' | 'amount', hint: string) {
  const isWrong = problem?.field === field;
  return {
    'aria-describedby': isWrong ? `${hint} ${field}-problem` : hint,
    'aria-invalid': isWrong ? ('true' as const) : undefined,
    autofocus: isWrong || undefined,
  };
}

type Kind = 'both' | 'onchain' | 'lightning';

function kindOf({ methods }: PublicPullPayment): Kind {
  if (methods.length > 1) return 'both';
  return methods[0] ?? 'both';
}

const LABELS: Record<Kind, string> = {
  both: 'Bitcoin address or Lightning',
  onchain: 'Bitcoin address',
  lightning: 'Lightning invoice or address',
};

const HINTS: Record<Kind, string> = {
  both: 'Paste a Bitcoin address, a Lightning invoice, an LNURL, or a Lightning address such as you@wallet.example.',
  onchain: 'Paste an address from your wallet. It begins with bc1, 1 or 3.',
  lightning: 'Paste a Lightning invoice, an LNURL, or a Lightning address such as you@wallet.example.',
};
