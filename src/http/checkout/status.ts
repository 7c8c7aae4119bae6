// The state of a checkout as JSON, under the names that BTCPay Server's checkout page uses. Public: nothing that only the
// shop knows. Called by routes.ts.

import { qrText } from '../../core/lightning/link.ts';
import { formatBtc } from '../../core/money/sats.ts';
import { takesAnyAmount } from '../../core/snapshot/invoice.ts';
import { toldStatus } from './embed.ts';
import { safeWebUrl } from './links.ts';
import { type CheckoutView, confirmationsSoFar, livePayments, wayOf } from './view.ts';
import { walletLink } from './ways.ts';

const METHODS = {
  onchain: { paymentMethodId: 'BTC-CHAIN', paymentMethodName: 'Bitcoin' },
  lightning: { paymentMethodId: 'BTC-LN', paymentMethodName: 'Lightning' },
};

const STATUS = { paid: 'Processing', complete: 'Settled', expired: 'Expired', invalid: 'Invalid', new: 'New' } as const;

export function statusOf(view: CheckoutView) {
  const { invoice, store, nowMs } = view;
  const endsMs = Date.parse(invoice.expires_at);
  const maxSeconds = Math.max(0, Math.round((endsMs - Date.parse(invoice.created_at)) / 1000));
  const leftSeconds = Math.max(0, Math.ceil((endsMs - nowMs) / 1000));
  const isAny = takesAnyAmount(invoice);
  const dueSats = BigInt(invoice.amount_due_sats);
  const rails = (['onchain', 'lightning'] as const).filter((rail) => invoice.payment_methods.includes(rail));
  // As there, the code for both rails is the on-chain method's.
  const way = wayOf(view) ?? rails[0] ?? 'onchain';
  const { paymentMethodId } = METHODS[way === 'lightning' ? 'lightning' : 'onchain'];
  const link = walletLink(invoice, way, dueSats);
  return {
    invoiceId: invoice.id,
    status: STATUS[toldStatus(view) ?? 'new'],
    paymentMethodId,
    paymentMethodCurrency: 'BTC',
    address: way === 'lightning' ? (invoice.lightning?.bolt11 ?? '') : invoice.address,
    due: formatBtc(dueSats),
    paid: formatBtc(BigInt(invoice.amount_paid_sats)),
    orderAmount: invoice.amount_btc,
    orderAmountFiat: invoice.amount_fiat === null ? null : `${invoice.amount_fiat} ${invoice.fiat_currency}`,
    rate: invoice.btc_fiat_rate === null ? null : String(invoice.btc_fiat_rate),
    invoiceBitcoinUrl: link,
    invoiceBitcoinUrlQR: qrText(link),
    expirationSeconds: leftSeconds,
    maxTimeSeconds: maxSeconds,
    maxTimeMinutes: Math.floor(maxSeconds / 60),
    timeLeft: `${Math.floor(leftSeconds / 60)}:${String(leftSeconds % 60).padStart(2, '0')}`,
    merchantRefLink: safeWebUrl(invoice.success_url)?.href ?? null,
    receiptLink: view.hasReceipt ? `/i/${invoice.id}/receipt` : null,
    redirectAutomatically: view.returnsByItself,
    availablePaymentMethods: rails.map((rail, order) => ({ ...METHODS[rail], displayed: true, order })),
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
