// An invoice as Greenfield's clients read it. Money is decimal text, times are seconds, minutes are whole; nothing that a
// strictly typed client reads is left out. Called by every route that answers with an invoice.

import { greenfieldCheckout } from '../../../core/dialects/greenfield/checkout.ts';
import { greenfieldPayment } from '../../../core/dialects/greenfield/events.ts';
import { methodId } from '../../../core/dialects/greenfield/method-ids.ts';
import { redirectUrl } from '../../../core/dialects/redirect.ts';
import { creditedOf } from '../../../core/invoice/assess.ts';
import type { Invoice, Payment, Prompt, SpeedPolicy } from '../../../core/invoice/invoice.ts';
import { isLive, payTarget, railOf } from '../../../core/invoice/methods.ts';
import { markable, shopMetadata, shopStatus } from '../../../core/invoice/shop-status.ts';
import { type InvoiceState, totalsOf } from '../../../core/invoice/state.ts';
import { lightningPromptOf } from '../../../core/lightning/prompt.ts';
import { currencyDecimals } from '../../../core/money/currencies.ts';
import { formatDecimal, parseDecimal } from '../../../core/money/fiat.ts';
import { fiatValue } from '../../../core/money/quote.ts';
import { formatBtc, SATS_PER_BTC } from '../../../core/money/sats.ts';
import { onchainPromptOf } from '../../../core/onchain/prompt.ts';

const MINUTE_MS = 60_000;

/** @param origin without a trailing slash */
export function invoiceData(state: InvoiceState, origin: string) {
  const { invoice } = state;
  const pair = shopStatus(state);
  const { seenSats } = totalsOf(state);
  const { receipt, searchTerms } = greenfieldCheckout(invoice);
  const { currency, inCurrency } = priceIn(invoice);
  const isTopUp = invoice.amountSats === null;
  const isPaid = pair.status === 'Processing' || pair.status === 'Settled';
  // What the buyer sends in time is what an invoice of any amount was about.
  const amountSats = invoice.amountSats ?? (isPaid ? seenSats : 0n);
  return {
    id: invoice.id,
    storeId: invoice.storeId,
    amount: isTopUp && amountSats === 0n ? '0' : (invoice.fiatAmount ?? inCurrency(amountSats)),
    paidAmount: inCurrency(seenSats),
    currency,
    type: isTopUp ? 'TopUp' : 'Standard',
    checkoutLink: `${origin}/i/${invoice.id}`,
    createdTime: seconds(invoice.createdAtMs),
    expirationTime: seconds(invoice.expiresAtMs),
    monitoringExpiration: seconds(invoice.lateDeadlineMs),
    ...pair,
    availableStatusesForManualMarking: markable(pair),
    archived: invoice.archivedAtMs !== null,
    metadata: shopMetadata(invoice),
    checkout: checkoutData(state),
    receipt: { enabled: null, showQR: null, showPayments: null, ...receipt },
    ...(searchTerms && { additionalSearchTerms: searchTerms }),
  };
}

function checkoutData({ invoice, payments }: InvoiceState) {
  const checkout = greenfieldCheckout(invoice);
  const paymentMethods = invoice.prompts.map(({ method }) => methodId(method));
  const opened = checkout.defaultPaymentMethod ?? '';
  return {
    speedPolicy: checkout.speedPolicy ?? speedPolicyOf(invoice.confThreshold),
    paymentMethods,
    // Of a method that is not there a page could not be opened.
    defaultPaymentMethod: paymentMethods.includes(opened) ? opened : null,
    lazyPaymentMethods: checkout.lazyPaymentMethods ?? null,
    expirationMinutes: Math.ceil((invoice.expiresAtMs - invoice.createdAtMs) / MINUTE_MS),
    monitoringMinutes: Math.ceil((invoice.lateDeadlineMs - invoice.expiresAtMs) / MINUTE_MS),
    paymentTolerance: checkout.paymentTolerance ?? percentOf(invoice),
    redirectURL: redirectUrl(invoice, payments),
    redirectAutomatically: checkout.redirectAutomatically ?? false,
    defaultLanguage: checkout.defaultLanguage ?? null,
  };
}

/** The nearest of Greenfield's four that asks for no more than the invoice does. */
export function speedPolicyOf(confirmations: number): SpeedPolicy {
  if (confirmations >= 6) return 'LowSpeed';
  if (confirmations >= 2) return 'LowMediumSpeed';
  return confirmations === 1 ? 'MediumSpeed' : 'HighSpeed';
}

function percentOf({ amountSats, toleranceBelowSats }: Invoice): number {
  return amountSats ? Math.round((Number(toleranceBelowSats) / Number(amountSats)) * 10_000) / 100 : 0;
}

interface MethodOptions {
  /** Leaves out what was replaced, double-spent, or came too late to count. */
  onlyAccountedPayments: boolean;
  includeSensitive: boolean;
  /** Why there is no BOLT11, though there should be one. */
  lightningProblem: string | null;
}

/** The ways to pay, each under the names of BTCPay Server 2.x and 1.x. What was paid and is due is the invoice's by all of them. */
export function paymentMethodsData(state: InvoiceState, options: MethodOptions) {
  const { invoice, payments } = state;
  const credited = creditedOf({ terms: invoice, payments, marks: invoice.marks });
  const shown = (options.onlyAccountedPayments ? credited : payments)
    // A plugin would take what is older than the invoice for a payment that failed.
    .filter(({ state }) => state !== 'prior')
    .toSorted((a, b) => Number(isLive(b)) - Number(isLive(a)) || a.firstSeenMs - b.firstSeenMs);
  const { seenSats, dueSats, unpaidSats } = totalsOf(state);
  return invoice.prompts.map((prompt) => {
    const { destination, link } = payTarget(prompt, unpaidSats);
    const isByIt = (payment: Payment) => railOf(payment) === prompt.method;
    return {
      paymentMethodId: methodId(prompt.method),
      paymentMethod: methodId(prompt.method),
      cryptoCode: 'BTC',
      currency: 'BTC',
      destination,
      paymentLink: link,
      rate: priceIn(invoice).rate,
      paymentMethodPaid: formatBtc(credited.filter(isByIt).reduce((sum, { valueSats }) => sum + valueSats, 0n)),
      totalPaid: formatBtc(seenSats),
      due: signedBtc(dueSats),
      amount: formatBtc(invoice.amountSats ?? seenSats),
      networkFee: '0',
      paymentMethodFee: '0',
      activated: destination !== '',
      additionalData: additionalData(prompt, options),
      payments: shown.filter(isByIt).map((payment) => greenfieldPayment(payment, state)),
    };
  });
}

/** What BTCPay Server has here of each method. */
function additionalData(prompt: Prompt, { includeSensitive, lightningProblem }: MethodOptions) {
  const prompts = [prompt];
  const index = onchainPromptOf({ prompts })?.index;
  if (index !== undefined) return includeSensitive ? { keyPath: `0/${index}` } : {};
  const minted = lightningPromptOf({ prompts })?.minted;
  if (minted) return { paymentHash: minted.paymentHash, invoiceId: minted.paymentHash };
  // BTCPay Server leaves the client to guess.
  return lightningProblem === null ? {} : { error: lightningProblem };
}

/** The currency that an invoice was priced in: what a bitcoin is worth in it, and how sats are written in it. */
function priceIn({ fiatCurrency, fiatRate, checkout }: Invoice) {
  const rate = fiatRate === null ? null : parseDecimal(fiatRate);
  if (fiatCurrency !== null && fiatRate !== null && rate !== null) {
    const decimals = currencyDecimals(fiatCurrency) ?? 2;
    const inCurrency = (sats: bigint) => formatDecimal(fiatValue(sats, rate, decimals));
    return { currency: fiatCurrency, rate: fiatRate, inCurrency };
  }
  return checkout?.currency === 'SATS'
    ? { currency: 'SATS', rate: String(SATS_PER_BTC), inCurrency: String }
    : { currency: 'BTC', rate: '1', inCurrency: formatBtc };
}

function signedBtc(sats: bigint): string {
  return sats < 0n ? `-${formatBtc(-sats)}` : formatBtc(sats);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
