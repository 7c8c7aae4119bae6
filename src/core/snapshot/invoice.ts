// An invoice as JSON (integration guide §4): frozen with every event, shown by pages and the native API, and the part of it that a
// buyer may see. Called by payments/ when an event is frozen and by the pages and routes that show an invoice.

import { redirectUrl } from '../dialects/redirect.ts';
import { type Assessment, creditedOf } from '../invoice/assess.ts';
import { askedSats } from '../invoice/due.ts';
import type { Invoice, Payment } from '../invoice/invoice.ts';
import { confirmationsOf, isLive, railOf, referenceOf } from '../invoice/methods.ts';
import { type MintedPrompt, shownLightning } from '../lightning/prompt.ts';
import { formatBtc } from '../money/sats.ts';
import { addressOf } from '../onchain/prompt.ts';
import { paymentLink } from './link.ts';

export interface PaymentSnapshot {
  /** The way to pay by which it came, as `payment_methods` names it. */
  method: string;
  txid: string;
  vout: number;
  amount_sats: string;
  status: Payment['state'];
  confirmations: number;
  block_height: number | null;
  first_seen_at: string;
  /** It is on its way or here: false for one that is gone, or older than the invoice. */
  valid: boolean;
  credited: boolean;
}

interface LightningSnapshot {
  bolt11: string;
  payment_hash: string;
  amount_sats: string;
  expires_at: string;
}

/** What anyone who holds the invoice's id may see: enough to pay and to follow the payment. */
export interface PublicInvoice {
  id: string;
  status: Invoice['status'];
  environment: Invoice['environment'];
  address: string;
  amount_sats: string;
  amount_btc: string;
  amount_fiat: number | null;
  fiat_currency: string | null;
  btc_usd_rate: number | null;
  btc_fiat_rate: number | null;
  amount_tolerance_sats: string;
  amount_paid_sats: string;
  amount_confirmed_sats: string;
  amount_due_sats: string;
  expires_at: string;
  late_payment_grace_minutes: number;
  late_payment_deadline_at: string;
  conf_threshold: number;
  /** The ways to pay it, in the order in which they are offered. */
  payment_methods: string[];
  /** null where Lightning is not offered, and until the first look at the ways to pay. */
  lightning: LightningSnapshot | null;
  payment_uri: string;
  hosted_checkout_url: string;
  success_url: string | null;
  payments: PaymentSnapshot[];
  created_at: string;
  seen_at: string | null;
  paid_at: string | null;
}

/** What the merchant sees. */
export interface InvoiceSnapshot extends PublicInvoice {
  store_id: string;
  fee_sats: string;
  order_ref: string | null;
  callback_url: string | null;
  buyer_email: string | null;
  metadata: Record<string, string>;
  review_reason: string | null;
}

/** Renders an invoice as of one assessment. `origin` is the deployment's public origin, without a trailing slash. */
export function snapshotOf(
  invoice: Invoice,
  payments: readonly Payment[],
  assessment: Assessment,
  context: { tipHeight: number | null; origin: string },
): InvoiceSnapshot {
  const { history } = invoice;
  const credited = creditedOf({ terms: invoice, payments, marks: invoice.marks });
  const dueSats = askedSats(assessment.dueSats, invoice.prompts);
  const minted = shownLightning({ ...invoice, status: assessment.status }, dueSats);
  return {
    id: invoice.id,
    store_id: invoice.storeId,
    status: assessment.status,
    environment: invoice.environment,
    address: addressOf(invoice),
    amount_sats: String(invoice.amountSats ?? 0n),
    amount_btc: formatBtc(invoice.amountSats ?? 0n),
    amount_fiat: numberOrNull(invoice.fiatAmount),
    fiat_currency: invoice.fiatCurrency,
    btc_usd_rate: numberOrNull(invoice.usdRate),
    btc_fiat_rate: numberOrNull(invoice.fiatRate),
    amount_tolerance_sats: String(invoice.toleranceBelowSats),
    amount_paid_sats: String(assessment.seenSats),
    amount_confirmed_sats: String(assessment.confirmedSats),
    amount_due_sats: String(dueSats),
    expires_at: iso(invoice.expiresAtMs),
    late_payment_grace_minutes: invoice.lateGraceMinutes,
    late_payment_deadline_at: iso(invoice.lateDeadlineMs),
    conf_threshold: invoice.confThreshold,
    fee_sats: String(invoice.feeSats),
    payment_methods: invoice.prompts.map(({ method }) => method),
    lightning: minted && lightningSnapshot(minted),
    payment_uri: paymentLink(invoice, minted, dueSats),
    hosted_checkout_url: `${context.origin}/${pageOf(invoice)}`,
    order_ref: invoice.orderRef,
    callback_url: invoice.callbackUrl,
    success_url: redirectUrl(invoice, payments),
    buyer_email: invoice.buyerEmail,
    metadata: asTexts(invoice.metadata),
    payments: shown(invoice, payments).map((payment) => ({
      ...paymentSnapshot(payment, context.tipHeight),
      credited: credited.includes(payment),
    })),
    review_reason: assessment.reviewReason,
    created_at: iso(invoice.createdAtMs),
    seen_at: isoOrNull(history['invoice.payment_seen']),
    paid_at: isoOrNull(history['invoice.paid'] ?? history['invoice.late_paid'] ?? history['invoice.overpaid']),
  };
}

function lightningSnapshot({ bolt11, paymentHash, amountSats, expiresAtMs }: MintedPrompt): LightningSnapshot {
  return { bolt11, payment_hash: paymentHash, amount_sats: String(amountSats), expires_at: iso(expiresAtMs) };
}

function paymentSnapshot(payment: Payment, tipHeight: number | null): Omit<PaymentSnapshot, 'credited'> {
  const { name, index, height } = referenceOf(payment);
  return {
    method: railOf(payment),
    txid: name,
    vout: index ?? 0,
    amount_sats: String(payment.valueSats),
    status: payment.state,
    confirmations: confirmationsOf(payment, tipHeight),
    block_height: height,
    first_seen_at: iso(payment.firstSeenMs),
    valid: isLive(payment),
  };
}

/** A deposit's page is its address's: the buyer knows that one. */
function pageOf({ id, depositAddressId }: Invoice): string {
  return depositAddressId === null ? `i/${id}` : `o/${depositAddressId}`;
}

/** Invoices of deposits that are older than today's hold all that came to the address until then. */
export const MAX_DEPOSITS_SHOWN = 25;

function shown(invoice: Invoice, payments: readonly Payment[]): readonly Payment[] {
  if (invoice.depositAddressId === null || payments.length <= MAX_DEPOSITS_SHOWN) return payments;
  return payments.toSorted((a, b) => a.firstSeenMs - b.firstSeenMs).slice(-MAX_DEPOSITS_SHOWN);
}

/** The native API's map of texts; what another dialect put there in another shape is shown as its JSON. */
function asTexts(metadata: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** Leaves out what only the merchant may see. A closed list: a new field stays private until it is added here. */
export function publicInvoice(invoice: InvoiceSnapshot): PublicInvoice {
  return {
    id: invoice.id,
    status: invoice.status,
    environment: invoice.environment,
    address: invoice.address,
    amount_sats: invoice.amount_sats,
    amount_btc: invoice.amount_btc,
    amount_fiat: invoice.amount_fiat,
    fiat_currency: invoice.fiat_currency,
    btc_usd_rate: invoice.btc_usd_rate,
    btc_fiat_rate: invoice.btc_fiat_rate,
    amount_tolerance_sats: invoice.amount_tolerance_sats,
    amount_paid_sats: invoice.amount_paid_sats,
    amount_confirmed_sats: invoice.amount_confirmed_sats,
    amount_due_sats: invoice.amount_due_sats,
    expires_at: invoice.expires_at,
    late_payment_grace_minutes: invoice.late_payment_grace_minutes,
    late_payment_deadline_at: invoice.late_payment_deadline_at,
    conf_threshold: invoice.conf_threshold,
    payment_methods: invoice.payment_methods,
    lightning: invoice.lightning,
    payment_uri: invoice.payment_uri,
    hosted_checkout_url: invoice.hosted_checkout_url,
    success_url: invoice.success_url,
    payments: invoice.payments.map(publicPayment),
    created_at: invoice.created_at,
    seen_at: invoice.seen_at,
    paid_at: invoice.paid_at,
  };
}

function publicPayment(payment: PaymentSnapshot): PaymentSnapshot {
  return {
    method: payment.method,
    txid: payment.txid,
    vout: payment.vout,
    amount_sats: payment.amount_sats,
    status: payment.status,
    confirmations: payment.confirmations,
    block_height: payment.block_height,
    first_seen_at: payment.first_seen_at,
    valid: payment.valid,
    credited: payment.credited,
  };
}

/** Fiat and rates are exact decimals inside; JSON numbers exist only here, on the way out. */
function numberOrNull(decimal: string | null): number | null {
  return decimal === null ? null : Number(decimal);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : iso(ms);
}

/** True for an invoice that takes any amount. */
export function takesAnyAmount(invoice: PublicInvoice): boolean {
  return invoice.amount_sats === '0';
}

/** A frozen invoice with its payments' confirmations as of a newer tip. */
export function withTip<T extends PublicInvoice>(invoice: T, tipHeight: number | null): T {
  if (tipHeight === null) return invoice;
  const payments = invoice.payments.map((payment) =>
    payment.valid && payment.block_height !== null
      ? { ...payment, confirmations: Math.max(payment.confirmations, tipHeight - payment.block_height + 1) }
      : payment,
  );
  return { ...invoice, payments };
}
