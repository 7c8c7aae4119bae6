// The state of a checkout as JSON, under the names that BTCPay Server's checkout page uses. Public: nothing that only the
// shop knows. Called by routes.ts.

import { formatBtc } from '../../core/money/sats.ts';
import { takesAnyAmount } from '../../core/snapshot/invoice.ts';
import { withAmount } from '../../core/wallet/bip21.ts';
import { toldStatus } from './embed.ts';
import { safeWebUrl } from './links.ts';
import { type CheckoutView, confirmationsSoFar, livePayments } from './view.ts';

const METHOD = 'BTC-CHAIN';

const STATUS = { paid: 'Processing', complete: 'Settled', expired: 'Expired', invalid: 'Invalid', new: 'New' } as const;

export function statusOf(view: CheckoutView) {
  const { invoice, store, nowMs } = view;
  const endsMs = Date.parse(invoice.expires_at);
  const maxSeconds = Math.max(0, Math.round((endsMs - Date.parse(invoice.created_at)) / 1000));
  const leftSeconds = Math.max(0, Math.ceil((endsMs - nowMs) / 1000));
  const isAny = takesAnyAmount(invoice);
  const dueSats = BigInt(invoice.amount_due_sats);
  const link = dueSats > 0n ? withAmount(invoice.payment_uri, dueSats) : invoice.payment_uri;
  return {
    invoiceId: invoice.id,
    status: STATUS[toldStatus(view) ?? 'new'],
    paymentMethodId: METHOD,
    paymentMethodCurrency: 'BTC',
    address: invoice.address,
    due: formatBtc(dueSats),
    paid: formatBtc(BigInt(invoice.amount_paid_sats)),
    orderAmount: invoice.amount_btc,
    orderAmountFiat: invoice.amount_fiat === null ? null : `${invoice.amount_fiat} ${invoice.fiat_currency}`,
    rate: invoice.btc_fiat_rate === null ? null : String(invoice.btc_fiat_rate),
    invoiceBitcoinUrl: link,
    invoiceBitcoinUrlQR: link,
    expirationSeconds: leftSeconds,
    maxTimeSeconds: maxSeconds,
    maxTimeMinutes: Math.floor(maxSeconds / 60),
    timeLeft: `${Math.floor(leftSeconds / 60)}:${String(leftSeconds % 60).padStart(2, '0')}`,
    merchantRefLink: safeWebUrl(invoice.success_url)?.href ?? null,
    receiptLink: view.hasReceipt ? `/i/${invoice.id}/receipt` : null,
    redirectAutomatically: view.returnsByItself,
    availablePaymentMethods: [{ paymentMethodId: METHOD, displayed: true, paymentMethodName: 'Bitcoin', order: 0 }],
    storeName: store.name,
    txCount: livePayments(invoice).length,
    isModal: view.isFramed,
    isUnsetTopUp: isAny && invoice.amount_paid_sats === '0',
    networkFee: '0',
    requiredConfirmations: invoice.conf_threshold,
    receivedConfirmations: confirmationsSoFar(invoice),
    activated: true,
  };
}
