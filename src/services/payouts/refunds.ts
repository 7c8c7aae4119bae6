// Gives an invoice's money back: a pull payment that names the invoice, for the person who paid to claim. All refunds of an invoice come
// to no more than it was paid, however many are made in one moment. Called by the APIs and the dashboard.

import { refundedSatsOf } from '../../adapters/db/pull-payments.ts';
import { bounds } from '../../core/invoice/assess.ts';
import { confirmationsOf, isLive } from '../../core/invoice/methods.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import { type RefundVariant, refundAmount } from '../../core/payout/amounts.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { type KnownRate, readRates } from '../payments/rates.ts';
import { readState } from '../payments/read.ts';
import { type ClaimedPullPayment, createPullPayment, type Making, type PullPaymentOrder } from './pull-payments.ts';

export type { RefundVariant };

/** What its maker settles of the pull payment: the rest follows from the invoice. */
interface RefundOrder
  extends Pick<
    PullPaymentOrder,
    'dialect' | 'description' | 'autoApprove' | 'methods' | 'minBolt11Seconds' | 'expiresAtMs' | 'metadata'
  > {
  /** null for one that names the order; the buyer sees it. */
  name: string | null;
  variant: RefundVariant;
  /** Percent, as a decimal text from 0 to 100. */
  subtractPercentage: string;
  /** A custom amount may be more than what was paid. */
  mayExceed: boolean;
  /** One claim of the whole amount uses it up. */
  isSingleUse?: boolean;
}

/**
 * @throws ApiError not_found, refund_exceeds_paid, amount_too_low, rate_unavailable, validation_error; where another request holds the
 *   Idempotency-Key
 */
export async function refund(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  { variant, subtractPercentage, mayExceed, isSingleUse = false, ...order }: RefundOrder,
  making: Making,
): Promise<ClaimedPullPayment> {
  const { state, invoice, leftSats } = await refundFacts(deps, storeId, invoiceId);
  const isBounded = !(mayExceed && variant.kind === 'custom');
  const amount = refundAmount(variant, invoice, { subtractPercentage, leftSats: isBounded ? leftSats : null });
  if ('refused' in amount) throw refundError(amount.refused);
  return createPullPayment(
    deps,
    storeId,
    {
      ...order,
      ...amount,
      name: order.name ?? `Refund ${state.invoice.orderRef ?? invoiceId}`,
      ...{ origin: 'refund', invoiceId, isSingleUse, startsAtMs: null },
      ...{ redirectUrl: null, redirectAutomatically: false },
    },
    making,
    { invoice: state.invoice, paidSats: isBounded ? invoice.paidSats : null },
  );
}

const WHOLE_VARIANTS = ['rate_then', 'current_rate', 'overpaid', 'fiat'] as const;

/**
 * What each variant comes to now; those that cannot be made, for lack of a payment or of a rate, are left out.
 * @param leftSats what can still be given back; null: as if there were no refunds
 */
export function quoteRefunds(invoice: ReturnType<typeof refundedInvoice>, leftSats: bigint | null) {
  return WHOLE_VARIANTS.flatMap((kind) => {
    const quote = refundAmount({ kind }, invoice, { subtractPercentage: '0', leftSats });
    return 'refused' in quote ? [] : [{ kind, amount: quote.amount, currency: quote.currency }];
  });
}

/** @throws ApiError not_found */
export async function refundFacts(deps: Deps, storeId: string, invoiceId: string) {
  const [state, rates, refundedSats] = await Promise.all([
    readState(deps, storeId, invoiceId),
    readRates(deps),
    refundedSatsOf(deps.db, invoiceId, deps.now()),
  ]);
  const invoice = refundedInvoice(state, rates);
  return { state, invoice, leftSats: invoice.paidSats - refundedSats };
}

/** All that is there for good, credited or not: what came too late goes back too. */
function arrivedSats({ payments, tipHeight }: InvoiceState): bigint {
  return payments
    .filter((payment) => isLive(payment) && confirmationsOf(payment, tipHeight) > 0)
    .reduce((total, { valueSats }) => total + valueSats, 0n);
}

/** An invoice as refundAmount reads it. */
export function refundedInvoice(state: InvoiceState, rates: Record<string, KnownRate>) {
  const { invoice } = state;
  const paidSats = arrivedSats(state);
  const { amountSats, fiatCurrency, fiatRate, usdRate } = invoice;
  const { most } = bounds(invoice);
  const isOver = amountSats !== null && most !== null && paidSats > most;
  return {
    paidSats,
    overpaidSats: isOver ? paidSats - amountSats : 0n,
    currency: fiatCurrency ?? 'BTC',
    rateThen: (currency: string) => (currency === fiatCurrency ? fiatRate : currency === 'USD' ? usdRate : null),
    rateNow: (currency: string) => (rates[currency]?.isFresh ? rates[currency].rate : null),
  };
}

type RefundRefusal = Extract<ReturnType<typeof refundAmount>, { refused: unknown }>['refused'];

function refundError(refusal: RefundRefusal): ApiError {
  switch (refusal) {
    case 'nothing_paid':
      return new ApiError('refund_exceeds_paid', 'The invoice has no confirmed payment to give back.');
    case 'over_paid':
      return new ApiError('refund_exceeds_paid');
    case 'not_overpaid':
      return new ApiError('validation_error', 'variant: the invoice is not overpaid.');
    case 'rate_missing':
      return new ApiError('rate_unavailable');
    case 'amount_too_low':
      return new ApiError('amount_too_low', 'amount: nothing would be left to give back.');
    case 'bad_percentage':
      return new ApiError('validation_error', 'subtract_percentage: must be from 0 to 100.');
  }
}
