// What a refund of an invoice comes to, and how much of what was paid it uses up (R28). Pure and exact: no float. Called by services/payouts
// for each refund.

import { amountDecimals } from '../money/currencies.ts';
import { type Decimal, divideHalfUp, formatDecimal, parseDecimal, pow10 } from '../money/fiat.ts';
import { fiatValue, quoteSats } from '../money/quote.ts';
import { formatBtc, MAX_SATS } from '../money/sats.ts';

/**
 * `rate_then`: the bitcoin that was paid. `current_rate`: its value in the invoice's currency, in bitcoin at today's rate. `overpaid`: what
 * was paid too much. `fiat`: its value, of which an approval fixes the bitcoin. `custom`: any amount; fiat at the invoice's rate, today's,
 * or that of the approval.
 */
export type RefundVariant =
  | { kind: 'rate_then' | 'current_rate' | 'overpaid' | 'fiat' }
  | { kind: 'custom'; amount: string; currency: string; rate: 'then' | 'now' | 'later' };

export interface RefundedInvoice {
  paidSats: bigint;
  /** Beyond its price; 0 for none. */
  overpaidSats: bigint;
  /** Of the price: fiat, or BTC. */
  currency: string;
  /** Fiat per bitcoin when the invoice was made; null where no rate is known. */
  rateThen: (currency: string) => string | null;
  rateNow: (currency: string) => string | null;
}

export interface RefundTerms {
  /** Percent, as a decimal text from 0 to 100. */
  subtractPercentage: string;
  /** Of what was paid, what no refund has used up; null where a refund may come to more. */
  leftSats: bigint | null;
}

interface RefundAmount {
  /** As a pull payment has it: with all decimals of its currency. */
  amount: string;
  currency: string;
  /** Fiat per bitcoin; null for bitcoin, and where the approval fixes it. */
  fixedRate: string | null;
  /** What it gives back of the payment, at the invoice's rate. */
  refundSats: bigint;
}

type RefundRefusal =
  | 'nothing_paid'
  | 'not_overpaid'
  | 'rate_missing'
  | 'amount_too_low'
  | 'over_paid'
  | 'bad_percentage';

/** @throws RangeError for an amount or a currency that readAmount refuses */
export function refundAmount(
  variant: RefundVariant,
  invoice: RefundedInvoice,
  { subtractPercentage, leftSats }: RefundTerms,
): RefundAmount | { refused: RefundRefusal } {
  const percent = parseDecimal(subtractPercentage);
  if (!percent || percent.units > 100n * pow10(percent.scale)) return { refused: 'bad_percentage' };
  const refund = wholeRefund(variant, invoice, (units) => less(units, percent));
  if ('refused' in refund) return refund;
  if (refund.refundSats <= 0n || refund.refundSats > MAX_SATS || isNothing(refund))
    return { refused: 'amount_too_low' };
  return leftSats !== null && refund.refundSats > leftSats ? { refused: 'over_paid' } : refund;
}

/** @param kept of an amount in its smallest unit, what is left of it after the percentage */
function wholeRefund(
  variant: RefundVariant,
  invoice: RefundedInvoice,
  kept: (units: bigint) => bigint,
): RefundAmount | { refused: RefundRefusal } {
  const { paidSats, overpaidSats, currency } = invoice;
  if (variant.kind === 'custom') return customRefund(variant, invoice, kept);
  if (paidSats <= 0n) return { refused: 'nothing_paid' };
  const refundSats = kept(paidSats);
  if (variant.kind === 'rate_then') return inBitcoin(refundSats, refundSats);
  if (variant.kind === 'overpaid')
    return overpaidSats > 0n ? inBitcoin(kept(overpaidSats), kept(overpaidSats)) : { refused: 'not_overpaid' };
  // A price in bitcoin has one rate at all times.
  if (currency === 'BTC') return inBitcoin(refundSats, refundSats);
  const then = rateOf(invoice.rateThen(currency));
  if (!then) return { refused: 'rate_missing' };
  const { units, scale } = fiatValue(paidSats, then.rate, amountDecimals(currency) ?? 2);
  const value = { units: kept(units), scale };
  if (variant.kind === 'fiat') return { amount: formatDecimal(value), currency, fixedRate: null, refundSats };
  const now = rateOf(invoice.rateNow(currency));
  return now ? inBitcoin(quoteSats(value, now.rate), refundSats) : { refused: 'rate_missing' };
}

function customRefund(
  { amount, currency, rate }: Extract<RefundVariant, { kind: 'custom' }>,
  { rateThen, rateNow }: RefundedInvoice,
  kept: (units: bigint) => bigint,
): RefundAmount | { refused: RefundRefusal } {
  const { units, scale } = unitsOf(amount, currency);
  const value = { units: kept(units), scale };
  if (currency === 'BTC' || currency === 'SATS') return inBitcoin(value.units, value.units);
  const then = rateOf(rateThen(currency));
  const now = rateOf(rateNow(currency));
  const fixed = rate === 'then' ? then : rate === 'now' ? now : null;
  const measure = then ?? now;
  if (!measure || (rate !== 'later' && !fixed)) return { refused: 'rate_missing' };
  const refundSats = quoteSats(value, measure.rate);
  return { amount: formatDecimal(value), currency, fixedRate: fixed?.text ?? null, refundSats };
}

function inBitcoin(sats: bigint, refundSats: bigint): RefundAmount {
  return { amount: formatBtc(sats), currency: 'BTC', fixedRate: null, refundSats };
}

function less(units: bigint, percent: Decimal): bigint {
  const whole = 100n * pow10(percent.scale);
  return divideHalfUp(units * (whole - percent.units), whole);
}

function isNothing({ amount }: RefundAmount): boolean {
  return /^[0.]+$/.test(amount);
}

function rateOf(text: string | null): { text: string; rate: Decimal } | null {
  const rate = text === null ? null : parseDecimal(text, 25);
  return text !== null && rate && rate.units > 0n ? { text, rate } : null;
}

/** In the smallest unit of the currency. */
function unitsOf(amount: string, currency: string): { units: bigint; scale: number } {
  const read = parseDecimal(amount, 25);
  const scale = amountDecimals(currency);
  if (!read || scale === null || read.scale > scale) throw new RangeError(`no amount of ${currency}: ${amount}`);
  return { units: read.units * pow10(scale - read.scale), scale };
}
