// Pieces that several panels share: the hero, a value to copy, a time, the ways back to the shop, the transactions.

import type { Child } from 'hono/jsx';
import type { PublicInvoice } from '../invoice/native.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { confirmationsText, satsText, timeText } from '../ui/text.ts';
import { webUrl } from './links.ts';
import { type CheckoutView, livePayments, situationOf } from './view.ts';

export type Tone = 'good' | 'wait' | 'warn' | 'stop';

/** The top of a panel that has news: what happened, and what it means for the buyer. */
export function Hero({ tone, icon, title, children }: { tone: Tone; icon: IconName; title: string; children: Child }) {
  return (
    <div class={`hero ${tone}`}>
      <span class="badge">
        <Icon name={icon} />
      </span>
      <h1 tabindex={-1}>{title}</h1>
      <div class="lead">{children}</div>
    </div>
  );
}

/** A labelled value with a copy button. `value` is what is copied; children, if any, are what is shown. */
export function CopyField(props: { id: string; label: string; value: string; children?: Child }) {
  const { id, label, value, children } = props;
  return (
    <div class="field">
      <div class="field-text">
        <span class="field-label">{label}</span>
        <span class="field-value" id={id}>
          {children ?? value}
        </span>
      </div>
      <CopyButton from={id} label={label} value={value} />
    </div>
  );
}

function CopyButton({ from, label, value }: { from: string; label: string; value: string }) {
  return (
    <button type="button" class="copy" id={`copy-${from}`} data-copy={value} data-from={from} data-label={label}>
      <Icon name="copy" />
      <Icon name="check" />
      <span class="copy-word">Copy</span>
      <span class="sr-only"> {label}</span>
    </button>
  );
}

/** Groups of four are easy to compare with what the wallet shows. The groups hold no blanks, so a copy stays whole. */
export function Address({ address }: { address: string }) {
  const groups = address.match(/.{1,4}/g) ?? [];
  return (
    <span class="address">
      {groups.map((group) => (
        <>
          <span>{group}</span>
          <wbr />
        </>
      ))}
    </span>
  );
}

/** A moment in UTC; the script rewrites it in the buyer's own time zone. */
export function Moment({ iso }: { iso: string }) {
  return (
    <time datetime={iso} data-local="">
      {timeText(iso)}
    </time>
  );
}

/** What a buyer quotes to the shop when something went wrong. */
export function Reference({ invoice }: { invoice: PublicInvoice }) {
  return (
    <div class="fields">
      <CopyField id="reference" label="Reference" value={invoice.id} />
    </div>
  );
}

/** Help from the shop and the way back to it. Where nothing was paid, the way back is not the thank-you page. */
export function ShopLinks({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const paid = situationOf(view) === 'done';
  const success = webUrl(invoice.success_url);
  const back = success && (paid ? success.href : `${success.origin}/`);
  const support = paid ? undefined : webUrl(store.supportUrl)?.href;
  if (!back && !support) return null;
  return (
    <div class="actions">
      {support && (
        <a class="button" href={support} target={view.isFramed ? '_top' : undefined}>
          Contact the shop
        </a>
      )}
      {back && (
        <a class={`button back${support ? ' quiet' : ''}`} href={back} target={view.isFramed ? '_top' : undefined}>
          <Icon name="back" />
          Back to the shop
        </a>
      )}
    </div>
  );
}

/** The payments that arrived, folded away: for a wallet's history or a talk with the shop. */
export function Transactions({ invoice }: { invoice: PublicInvoice }) {
  const payments = livePayments(invoice);
  if (payments.length === 0) return null;
  return (
    <details class="transactions" id="transactions">
      <summary>{payments.length === 1 ? 'Transaction' : `${payments.length} transactions`}</summary>
      <ul>
        {payments.map((payment) => (
          <li>
            <span class="mono">{payment.txid}</span>
            <span>
              {satsText(payment.amount_sats)} ·{' '}
              {payment.status === 'mempool' ? 'not confirmed yet' : confirmationsText(payment.confirmations)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The end of a page that asks for money: what to quote, and where the money goes. */
export function ReferenceFooter({ id }: { id: string }) {
  return (
    <footer>
      <p>
        Reference <span class="mono">{id}</span>
      </p>
      <p>Straight to the shop’s own wallet · powered by SatLane</p>
    </footer>
  );
}

/** Where the script says what changed, and, for everybody to see, that it cannot know what changed. */
export function LiveRegions() {
  return (
    <>
      <p id="connection" class="connection" role="status" aria-live="polite" />
      <div id="announcer" class="sr-only" role="status" aria-live="polite" />
    </>
  );
}
