// The fields of a BitPay invoice, in full and as a notification carries them. Pure. Amounts of bitcoin are strings in BTC or
// whole numbers of sats, as BitPay has each; fiat and rates are JSON numbers, exact up to 15 digits; times are milliseconds.

import type { Invoice, Payment, Prompt, SpeedPolicy } from '../../invoice/invoice.ts';
import {
  confirmationsOf,
  destinationOf,
  isLive,
  payTarget,
  railOf,
  referenceOf,
  referenceText,
} from '../../invoice/methods.ts';
import { shopMetadata } from '../../invoice/shop-status.ts';
import { type InvoiceState, totalsOf } from '../../invoice/state.ts';
import { type Decimal, parseDecimal, toNumber } from '../../money/fiat.ts';
import { formatBtc } from '../../money/sats.ts';
import { addressOf } from '../../onchain/prompt.ts';
import { bitpayCheckout } from './checkout.ts';

export interface BitpayContext {
  /** Without a trailing slash. */
  origin: string;
  nowMs: number;
}

/** BitPay's names for how many confirmations are asked for. */
export const TRANSACTION_SPEEDS = {
  high: 'HighSpeed',
  medium: 'MediumSpeed',
  'low-medium': 'LowMediumSpeed',
  low: 'LowSpeed',
} as const satisfies Record<string, SpeedPolicy>;

/** Each with its name in metadata, which BTCPay Server gave it, and its name in `buyer`. */
export const BUYER_FIELDS = [
  ['buyerName', 'name'],
  ['buyerAddress1', 'address1'],
  ['buyerAddress2', 'address2'],
  ['buyerCity', 'locality'],
  ['buyerState', 'region'],
  ['buyerZip', 'postalCode'],
  ['buyerCountry', 'country'],
  ['buyerPhone', 'phone'],
  ['buyerEmail', 'email'],
] as const;

/** The data of a notification, but for the two statuses, which are those of the moment that it tells of. */
export function notificationData(state: InvoiceState, frame: BitpayContext) {
  const { invoice } = state;
  const metadata = shopMetadata(invoice);
  const buyer = BUYER_FIELDS.flatMap(([key]) => (metadata[key] === undefined ? [] : [[key, metadata[key]]]));
  return {
    ...money(state, frame),
    posData: textOf(metadata.posData),
    orderId: textOf(metadata.orderId),
    buyerFields: Object.fromEntries(buyer) as Record<string, unknown>,
  };
}

/** What a reader who knows only the id may see: nothing about the buyer or the order. Without the two statuses. */
export function publicData(state: InvoiceState, frame: BitpayContext) {
  const { invoice, payments, tipHeight } = state;
  const live = payments.filter(isLive);
  const { seenSats: paid, unpaidSats } = totalsOf(state);
  const ways = invoice.prompts.map((prompt) => wayOf(prompt, unpaidSats));
  const paymentUrls: Record<string, string> = Object.assign({}, ...ways.map(({ urls }) => urls));
  const common = money(state, frame);
  const exRates = common.exchangeRates.BTC;
  const price = invoice.amountSats ?? 0n;
  return {
    ...common,
    // A number where the invoice is asked for, a text in a notification: BitPay has it so.
    amountPaid: Number(paid),
    exRates,
    bitcoinAddress: addressOf(invoice),
    paymentUrls,
    addresses: Object.fromEntries(ways.map(({ code, destination }) => [code, destination])),
    // BitPay has one code for each currency, BTCPay Server one for each way to pay.
    paymentCodes: { ...Object.fromEntries(ways.map(({ code, urls }) => [code, urls])), BTC: paymentUrls },
    supportedTransactionCurrencies: { BTC: { enabled: true } },
    minerFees: { BTC: { satoshisPerByte: 0, totalFee: 0 } },
    cryptoInfo: ways.map(({ method, paymentType, destination, urls }) => {
      const own = live.filter((payment) => railOf(payment) === method);
      return {
        cryptoCode: 'BTC',
        paymentType,
        rate: common.rate,
        exRates,
        paid: formatBtc(paid),
        cryptoPaid: formatBtc(own.reduce((sum, { valueSats }) => sum + valueSats, 0n)),
        price: formatBtc(price),
        totalDue: formatBtc(price),
        due: common.btcDue,
        networkFee: formatBtc(0n),
        txCount: own.length,
        address: destination,
        url: `${frame.origin}/i/${invoice.id}`,
        paymentUrls: urls,
        payments: own.map((payment) => cryptoPayment(payment, invoice, paymentType)),
      };
    }),
    transactions: live.map((payment) => transactionData(payment, tipHeight)),
    displayAmountPaid: formatBtc(paid),
    paymentDisplaySubTotals: { BTC: formatBtc(price) },
    paymentDisplayTotals: { BTC: formatBtc(price) },
    targetConfirmations: invoice.confThreshold,
    transactionSpeed: speedOf(invoice),
    autoRedirect: invoice.checkout?.redirectAutomatically ?? false,
    redirectAutomatically: invoice.checkout?.redirectAutomatically ?? false,
    redirectURL: invoice.successUrl ?? undefined,
    closeURL: bitpayCheckout(invoice).closeUrl,
    lowFeeDetected: false,
    refundAddresses: [],
    refundAddressRequestPending: false,
    flags: { refundable: false },
  };
}

/** By the name of a method: its code in lists, its type, and its id, as BTCPay Server has them beside BitPay's fields. */
const NAMES: Record<string, { code: string; paymentType: string; id: string }> = {
  onchain: { code: 'BTC', paymentType: 'BTCLike', id: 'BTC-CHAIN' },
  lightning: { code: 'BTC-LN', paymentType: 'LightningLike', id: 'BTC-LN' },
};

const namesOf = (method: string) => NAMES[method] ?? { code: method, paymentType: method, id: method };

function wayOf(prompt: Prompt, unpaidSats: bigint) {
  const { destination, link } = payTarget(prompt, unpaidSats);
  const isLightning = link.startsWith('lightning:');
  const urls: Record<string, string> = isLightning
    ? { BOLT11: link, lightning: link }
    : link === ''
      ? {}
      : { BIP21: link, BIP72: link };
  return { method: prompt.method, ...namesOf(prompt.method), destination, urls };
}

function transactionData(payment: Payment, tipHeight: number | null) {
  return {
    amount: Number(payment.valueSats),
    confirmations: confirmationsOf(payment, tipHeight),
    time: new Date(payment.firstSeenMs).toISOString(),
    receivedTime: new Date(payment.firstSeenMs).toISOString(),
    txid: referenceOf(payment).name,
  };
}

/** What a till sees of what it has made: the order too, and nothing of the buyer. @param token as in fullData */
export function tillData(state: InvoiceState, frame: BitpayContext, token: string) {
  const { invoice } = state;
  const metadata = shopMetadata(invoice);
  return {
    ...publicData(state, frame),
    token,
    guid: bitpayCheckout(invoice).guid,
    posData: textOf(metadata.posData),
    orderId: textOf(metadata.orderId),
    itemDesc: textOf(metadata.itemDesc),
    itemCode: textOf(metadata.itemCode),
    physical: metadata.physical,
    taxIncluded: metadata.taxIncluded,
  };
}

/** Everything, for the invoice's own store. @param token by which its notification may be asked for again */
export function fullData(state: InvoiceState, frame: BitpayContext, token: string) {
  const { ipn } = bitpayCheckout(state.invoice);
  const metadata = shopMetadata(state.invoice);
  return {
    ...tillData(state, frame, token),
    buyer: Object.fromEntries(
      BUYER_FIELDS.flatMap(([key, name]) => (metadata[key] === undefined ? [] : [[name, metadata[key]]])),
    ),
    notificationURL: ipn?.url,
    fullNotifications: ipn?.isFull ?? false,
    extendedNotifications: ipn?.isExtended ?? false,
  };
}

function money(state: InvoiceState, { origin, nowMs }: BitpayContext) {
  const { invoice, payments } = state;
  const { seenSats, dueSats } = totalsOf(state);
  const priceSats = invoice.amountSats ?? 0n;
  // The buyer pays the network, and nothing is added for it: with and without are the same.
  const totals = { BTC: Number(priceSats) };
  const rails = new Set(payments.filter(isLive).map((payment) => namesOf(railOf(payment)).id));
  return {
    id: invoice.id,
    url: `${origin}/invoice?id=${invoice.id}`,
    ...priceOf(invoice),
    btcPrice: formatBtc(priceSats),
    btcPaid: formatBtc(seenSats),
    btcDue: formatBtc(dueSats > 0n ? dueSats : 0n),
    invoiceTime: invoice.createdAtMs,
    expirationTime: invoice.expiresAtMs,
    currentTime: nowMs,
    paymentSubtotals: totals,
    paymentTotals: totals,
    amountPaid: String(seenSats),
    ...(rails.size > 0 && { transactionCurrency: 'BTC', paymentMethodIds: [...rails] }),
    exchangeRates: { BTC: ratesOf(invoice) },
  };
}

/**
 * The price in the currency that it was given in, and what a bitcoin costs in it. In a currency that BitPay's SDKs do not know,
 * which one such invoice makes refuse the whole list, it is the same price in BTC.
 */
function priceOf({ fiatAmount, fiatCurrency, fiatRate, amountSats }: Invoice) {
  if (fiatCurrency !== null && isBitpayCurrency(fiatCurrency)) {
    return { price: numberOf(fiatAmount), currency: fiatCurrency, rate: numberOf(fiatRate) };
  }
  return { price: toNumber({ units: amountSats ?? 0n, scale: 8 }), currency: 'BTC', rate: 1 };
}

/** Of the currencies that we price in, those that are in no BitPay SDK's list: Node 8, PHP 10 and Python. */
const NOT_BITPAYS = new Set(['BYN', 'SLE', 'VES', 'XCG', 'ZWG']);

/** Does BitPay know this fiat currency? */
export function isBitpayCurrency(code: string): boolean {
  return !NOT_BITPAYS.has(code);
}

/** As they were when the invoice was made: its amount in sats hangs on them. */
function ratesOf({ fiatCurrency, fiatRate, usdRate }: Invoice): Record<string, number> {
  return {
    ...(usdRate === null ? {} : { USD: numberOf(usdRate) }),
    ...(fiatCurrency === null || fiatRate === null ? {} : { [fiatCurrency]: numberOf(fiatRate) }),
  };
}

function cryptoPayment(payment: Payment, invoice: Invoice, paymentType: string) {
  const isSettled = invoice.announced[payment.id] === 'settled';
  return {
    id: referenceText(payment),
    receivedDate: new Date(payment.firstSeenMs).toISOString(),
    value: formatBtc(payment.valueSats),
    fee: formatBtc(0n),
    paymentType,
    confirmed: isSettled,
    completed: isSettled,
    destination: destinationOf(payment, invoice.prompts),
  };
}

function speedOf({ checkout, confThreshold }: Invoice): string {
  const asked = Object.entries(TRANSACTION_SPEEDS).find(([, policy]) => policy === checkout?.speedPolicy)?.[0];
  if (asked !== undefined) return asked;
  return confThreshold === 0 ? 'high' : confThreshold === 1 ? 'medium' : confThreshold < 6 ? 'low-medium' : 'low';
}

function numberOf(text: string | null): number {
  const decimal: Decimal | null = text === null ? null : parseDecimal(text, 30);
  return decimal === null ? 0 : toNumber(decimal);
}

/** BitPay's fields are texts; what another dialect's client has put there goes out as its JSON. */
function textOf(value: unknown): string | undefined {
  return value === undefined || value === null || typeof value === 'string'
    ? (value ?? undefined)
    : JSON.stringify(value);
}
