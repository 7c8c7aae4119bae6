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
  const { state, invoice, paidSats, refundedSats } = await refundFacts(deps, storeId, invoiceId);
  const isBounded = !(mayExceed && variant.kind === 'custom');
  const leftSats = isBounded ? paidSats - refundedSats : null;
  const amount = refundAmount(variant, invoice, { subtractPercentage, leftSats });
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
    { invoice: state.invoice, paidSats: isBounded ? paidSats : null },
  );
}

/** What each variant would give back now, with the currency; null where it cannot, for lack of a payment or of a rate. */
export async function quoteRefunds(deps: Deps, state: InvoiceState) {
  const invoice = refundedInvoice(state, arrivedSats(state), await readRates(deps));
  const quoteOf = (kind: Exclude<RefundVariant['kind'], 'custom'>) => {
    const quote = refundAmount({ kind }, invoice, { subtractPercentage: '0', leftSats: null });
    return 'refused' in quote ? null : { amount: quote.amount, currency: quote.currency };
  };
  return {
    ...{ rateThen: quoteOf('rate_then'), currentRate: quoteOf('current_rate') },
    ...{ overpaid: quoteOf('overpaid'), fiat: quoteOf('fiat'), invoiceCurrency: invoice.currency },
  };
}

interface RefundPreview {
  /** That can still be given back. */
  leftSats: bigint;
  /** Of the invoice's price: fiat, or BTC. */
  currency: string;
  /** What each variant comes to now; those that cannot be made are left out. */
  options: { kind: Exclude<RefundVariant['kind'], 'custom'>; amount: string; currency: string }[];
}

const WHOLE_VARIANTS = ['rate_then', 'current_rate', 'overpaid', 'fiat'] as const;

/** @throws ApiError not_found */
export async function previewRefund(deps: Deps, storeId: string, invoiceId: string): Promise<RefundPreview> {
  const { invoice, paidSats, refundedSats } = await refundFacts(deps, storeId, invoiceId);
  const leftSats = paidSats - refundedSats;
  const options = WHOLE_VARIANTS.flatMap((kind) => {
    const amount = refundAmount({ kind }, invoice, { subtractPercentage: '0', leftSats });
    return 'refused' in amount ? [] : [{ kind, amount: amount.amount, currency: amount.currency }];
  });
  return { leftSats, currency: invoice.currency, options };
}

/** @throws ApiError not_found */
export async function refundFacts(deps: Deps, storeId: string, invoiceId: string) {
  const [state, rates, refundedSats] = await Promise.all([
    readState(deps, storeId, invoiceId),
    readRates(deps),
    refundedSatsOf(deps.db, invoiceId, deps.now()),
  ]);
  const paidSats = arrivedSats(state);
  return { state, invoice: refundedInvoice(state, paidSats, rates), paidSats, refundedSats };
}

/** All that is there for good, credited or not: what came too late goes back too. */
function arrivedSats({ payments, tipHeight }: InvoiceState): bigint {
  return payments
    .filter((payment) => isLive(payment) && confirmationsOf(payment, tipHeight) > 0)
    .reduce((total, { valueSats }) => total + valueSats, 0n);
}

function refundedInvoice({ invoice }: InvoiceState, paidSats: bigint, rates: Record<string, KnownRate>) {
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
