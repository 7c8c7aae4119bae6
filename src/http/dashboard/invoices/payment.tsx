// One payment of an invoice, whichever way it came. Called by page.tsx.

import type { InvoiceSnapshot, PaymentSnapshot } from '../../../core/snapshot/invoice.ts';
import { methodWords } from '../../ui/methods.ts';
import { CopyField, Moment } from '../../ui/parts.tsx';
import { confirmationsText, satsText } from '../../ui/text.ts';
import { Badge } from '../parts.tsx';
import { ends, paymentWord } from '../text.ts';

interface PaymentLineProps {
  payment: PaymentSnapshot;
  invoice: InvoiceSnapshot;
  /** What proves a payment over Lightning. */
  preimage: string | undefined;
}

export function PaymentLine({ payment, invoice, preimage }: PaymentLineProps) {
  const { word, tone } = paymentWord(payment);
  const { reference, hasConfirmations } = methodWords(payment.method);
  return (
    <li>
      <div class="payment-head">
        <strong>{satsText(payment.amount_sats)}</strong>
        <Badge tone={tone}>{word}</Badge>
        {!payment.credited && <Badge tone="warn">Not credited</Badge>}
      </div>
      {hasConfirmations && payment.valid && invoice.environment === 'live' && (
        <Confirmations payment={payment} threshold={invoice.conf_threshold} />
      )}
      <p class="hint">
        {payment.block_height === null ? 'Came' : 'First seen'} <Moment iso={payment.first_seen_at} />
        {payment.block_height !== null && `, in block ${payment.block_height.toLocaleString('en-US')}`}
      </p>
      <div class="fields">
        <CopyField id={`payment-${payment.txid.slice(0, 12)}-${payment.vout}`} label={reference} value={payment.txid}>
          {ends(payment.txid, 10)}
        </CopyField>
      </div>
      {preimage !== undefined && (
        <details class="more" id={`preimage-${payment.txid.slice(0, 12)}`}>
          <summary>Preimage</summary>
          <p class="hint">It proves the payment: its SHA-256 is the payment hash. The buyer’s wallet shows the same.</p>
          <CopyField id={`preimage-of-${payment.txid.slice(0, 12)}`} label="Preimage" value={preimage} />
        </details>
      )}
    </li>
  );
}

function Confirmations({ payment, threshold }: { payment: PaymentSnapshot; threshold: number }) {
  const wanted = Math.max(1, threshold);
  return (
    <p class="confirmations">
      <progress
        value={Math.min(payment.confirmations, wanted)}
        max={wanted}
        aria-label="Confirmations of those required"
      />
      <span>
        {confirmationsText(payment.confirmations)} of {threshold} required
      </span>
    </p>
  );
}
