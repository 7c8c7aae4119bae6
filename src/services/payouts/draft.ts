// What a pull payment and a payout are before anything has happened to them. Called by what makes them.

import type { PayoutFacts } from '../../adapters/db/payout-facts.ts';
import { isFresh } from '../../adapters/rates/freshness.ts';
import type { Environment } from '../../core/invoice/invoice.ts';
import { unitsOf } from '../../core/money/amounts.ts';
import { parseDecimal } from '../../core/money/fiat.ts';
import { quoteSats } from '../../core/money/quote.ts';
import type { FixedRate } from '../../core/payout/facts.ts';
import type { Decider, Payout, PullPayment } from '../../core/payout/payout.ts';
import { ApiError } from '../../errors.ts';

type Rates = PayoutFacts['rates'];

/** What is asked for: a decimal text in `currency` (`BTC`, or a fiat currency), with the currency's decimals at most. */
interface Asked {
  amount: string;
  currency: string;
}

interface PayoutOrder extends Asked {
  storeId: string;
  environment: Environment;
  pullPayment: Pick<PullPayment, 'id' | 'invoiceId' | 'expiresAtMs'> | null;
  /** Fiat per bitcoin; null for bitcoin, and where an approval fixes it. */
  fixedRate: string | null;
  metadata: Record<string, unknown>;
  orderRef: string | null;
  sameOrderAs: string | null;
  createdBy: Decider;
}

/** Without a destination, and without an event: version 0. */
export function draftPayout(order: PayoutOrder, rates: Rates, nowMs: number): Payout {
  const { storeId, environment, pullPayment, amount, currency, fixedRate, metadata, createdBy, orderRef, sameOrderAs } =
    order;
  return {
    ...{ storeId, id: newId(nowMs), environment, metadata, createdBy, createdAtMs: nowMs, version: 0 },
    ...{ pullPaymentId: pullPayment?.id ?? null, invoiceId: pullPayment?.invoiceId ?? null },
    ...{ state: 'awaiting_claim', method: null, destination: null, revision: 0, approvals: [], attempts: [] },
    ...{ amount, currency, amountSats: satsOf(order, fixedRate), rate: currency === 'BTC' ? null : fixedRate },
    usdRate: freshRate(rates, 'USD', nowMs),
    ...{ bolt11: null, paymentHash: null, bolt11ExpiresAtMs: null, preimage: null, feeMsat: null },
    ...{ batchId: null, txid: null, vout: null, blockHeight: null, blockHash: null, announcedConfirmations: null },
    ...{ dueAtMs: pullPayment?.expiresAtMs ?? null, leaseUntilMs: null, endingReason: null, alertedAtMs: null },
    ...{ settledAtMs: null, settledRate: null, settledCurrency: null, reason: null, orderRef, sameOrderAs },
  };
}

/** null where it is not known without a rate. */
function satsOf({ amount, currency }: Asked, rate: string | null): bigint | null {
  if (currency === 'BTC') return unitsOf(amount, 'BTC');
  return rate === null ? null : fixedAt({ amount, currency }, rate).amountSats;
}

/** @param rate fiat per bitcoin */
export function fixedAt({ amount }: Asked, rate: string): FixedRate {
  const [fiat, perBitcoin] = [parseDecimal(amount, 25), parseDecimal(rate, 25)];
  if (!fiat || !perBitcoin) throw new RangeError(`no amount at a rate: ${amount}, ${rate}`);
  return { rate, amountSats: quoteSats(fiat, perBitcoin) };
}

/** What a bitcoin is worth in the store's currency, for what is settled now. */
export function rateOfStore({ store: { currency }, rates }: Pick<PayoutFacts, 'store' | 'rates'>, nowMs: number) {
  const rate = freshRate(rates, currency, nowMs);
  return rate === null ? null : { rate, currency };
}

/** null where none is known, or it is old. */
export function freshRate(rates: Rates, currency: string, nowMs: number): string | null {
  const stored = rates[currency];
  return stored && isFresh(stored.asOfMs, nowMs) ? stored.rate : null;
}

/** @throws ApiError rate_unavailable */
export function rateOfToday(rates: Rates, currency: string, nowMs: number): string {
  const rate = freshRate(rates, currency, nowMs);
  if (rate === null) throw new ApiError('rate_unavailable');
  return rate;
}

/** UUID version 7 (RFC 9562): ids sort by time, and 74 of their bits cannot be guessed. */
export function newId(nowMs: number): string {
  return `${idsFrom(nowMs)}-7${crypto.randomUUID().slice(15)}`;
}

/** All ids that are made from then on sort after it, and all earlier ones before it. */
export function idsFrom(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}
