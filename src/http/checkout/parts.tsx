// Pieces that several panels share: the hero, the reference, the ways back to the shop, the transactions.

import type { Child } from 'hono/jsx';
import type { PaymentSnapshot, PublicInvoice } from '../../core/snapshot/invoice.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { methodWords } from '../ui/methods.ts';
import { CopyField } from '../ui/parts.tsx';
import { confirmationsText, satsText } from '../ui/text.ts';
import { safeWebUrl } from './links.ts';
import { type CheckoutView, isWithoutBlocks, livePayments, situationOf } from './view.ts';

type Tone = 'good' | 'wait' | 'warn' | 'stop';

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

/** What a buyer quotes to the shop when something went wrong. */
export function ReferenceField({ invoice: { id } }: { invoice: Pick<PublicInvoice, 'id'> }) {
  return (
    <div class="fields">
      <CopyField id="reference" label="Reference" value={id} />
    </div>
  );
}

/** Help from the shop and the way back to it. Where nothing was paid, the way back is not the thank-you page. */
export function ShopLinks({ view }: { view: CheckoutView }) {
  const { invoice, store } = view;
  const paid = situationOf(view) === 'done';
  const success = safeWebUrl(invoice.success_url);
  const back = success && (paid ? success.href : `${success.origin}/`);
  const support = paid ? undefined : safeWebUrl(store.supportUrl)?.href;
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

/** Where the money cannot stay with the shop: on the request's own page, which a frame opens in a tab. */
export function RefundLink({ view: { invoice, takesRefundRequests, isFramed } }: { view: CheckoutView }) {
  if (!takesRefundRequests || livePayments(invoice).length === 0) return null;
  return (
    <p class="note">
      <a href={`/refund/${encodeURIComponent(invoice.id)}`} target={isFramed ? '_blank' : undefined} rel="noopener">
        Ask for a refund
      </a>
    </p>
  );
}

/** The payments that arrived, folded away: for a wallet's history or a talk with the shop. */
export function Transactions({ invoice }: { invoice: PublicInvoice }) {
  const payments = livePayments(invoice);
  if (payments.length === 0) return null;
  return (
    <details class="transactions" id="transactions">
      <summary>{countText(payments)}</summary>
      <ul>
        {payments.map((payment) => (
          <li>
            <span class="mono">{payment.txid}</span>
            <span>
              {satsText(payment.amount_sats)} · {progressText(payment)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function countText(payments: readonly PaymentSnapshot[]): string {
  const name = payments.some(isWithoutBlocks) ? 'payment' : 'transaction';
  if (payments.length > 1) return `${payments.length} ${name}s`;
  const [first] = payments;
  return name === 'payment' && first ? `${methodWords(first.method).name} payment` : 'Transaction';
}

function progressText(payment: PaymentSnapshot): string {
  if (isWithoutBlocks(payment)) return `over ${methodWords(payment.method).name}`;
  return payment.confirmations === 0 ? 'not confirmed yet' : confirmationsText(payment.confirmations);
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
