// What an order becomes: price, terms, an invoice that lacks only its address. Decided from what was read in one go; throws
// what the merchant has to know before an address is spent on it. Called by create.ts.

import type { Creation } from '../../adapters/db/creation.ts';
import type { NewEvent } from '../../adapters/db/events.ts';
import type { StoredRate } from '../../adapters/db/schema.ts';
import { isFresh } from '../../adapters/rates/freshness.ts';
import { assess } from '../../core/invoice/assess.ts';
import type { Checkout, Invoice, Prompt } from '../../core/invoice/invoice.ts';
import { confirmationsFor } from '../../core/invoice/policy.ts';
import { type Decimal, formatDecimal, parseDecimal } from '../../core/money/fiat.ts';
import { feeSats, fiatValue, toleranceSats } from '../../core/money/quote.ts';
import { MAX_SATS } from '../../core/money/sats.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import { snapshotOf } from '../../core/snapshot/invoice.ts';
import type { Config } from '../../env.ts';
import { ApiError } from '../../errors.ts';
import type { Context } from './context.ts';
import { eventOf } from './event.ts';
import { assertSatsPayable, payableSats } from './limits.ts';
import { gapEnd, leastOf, type Methods, offersOf, promptsOf } from './offers.ts';

export interface Order {
  /** Sats; fiat; or any amount that the buyer sends, shown in fiat if a currency is given. */
  price: { sats: bigint } | { fiat: Decimal; currency: string } | { any: true; currency: string | null };
  orderRef: string | null;
  callbackUrl: string | null;
  successUrl: string | null;
  buyerEmail: string | null;
  expiresInMinutes: number | null;
  metadata: Record<string, unknown>;
  /** The ways to pay it, by their names; left out or null for what the store has settled. */
  paymentMethods?: readonly string[] | null;
  /** What a dialect's client asked for beside; null for the native API. */
  checkout: Checkout | null;
  /** Where a dialect's client may settle what is otherwise the store's and the deployment's to say. */
  terms?: {
    lateGraceMinutes?: number;
    /** Basis points of the price that may be missing. */
    toleranceBelowBp?: number;
    /** 0 is heard only below the store's zero-conf cap. */
    confirmations?: number;
  };
}

const MINUTE_MS = 60_000;

/** An invoice that lacks only its address, where it gets one. */
export type InvoiceDraft = Pick<Creation, 'invoice' | 'onchain' | 'event' | 'bolt11'>;

/**
 * Asks each method of the store for its offer.
 * @throws ApiError invalid_amount, invalid_currency, rate_unavailable; where no method has an offer, why: no_active_xpub, chain_syncing
 */
export async function draftInvoice(
  config: Config,
  known: Context,
  order: Order,
  methods: Methods,
): Promise<InvoiceDraft> {
  const { caller, terms, platform, nowMs } = known;
  const { store, wallet } = caller;
  const environment = store.testMode ? 'test' : 'live';
  const named = order.paymentMethods ?? store.paymentMethods;
  const offers = await offersOf(methods, named, config, known);
  const usdRate = freshRate(known.usdRate, nowMs);
  const price = priced(order, known, leastOf(offers));
  const toleranceBp = terms.toleranceBp ?? platform.toleranceBp ?? config.PAYMENT_TOLERANCE_BP;
  const tolerance = toleranceSats(price.sats ?? 0n, toleranceBp);
  const belowBp = order.terms?.toleranceBelowBp;
  const lateGraceMinutes = order.terms?.lateGraceMinutes ?? store.lateGraceMinutes;
  const id = crypto.randomUUID();
  const expiresAtMs = nowMs + (order.expiresInMinutes ?? store.defaultExpiryMinutes) * MINUTE_MS;
  const lateDeadlineMs = expiresAtMs + lateGraceMinutes * MINUTE_MS;
  const prompts = await promptsOf(offers, { invoiceId: id, amountSats: price.sats, label: store.name });
  const invoice: Invoice = {
    id,
    storeId: store.id,
    environment,
    network: wallet?.network ?? config.NETWORK,
    depositAddressId: null,
    prompts,
    amountSats: price.sats,
    toleranceBelowSats: belowBp === undefined ? tolerance : ((price.sats ?? 0n) * BigInt(belowBp)) / 10_000n,
    toleranceAboveSats: tolerance,
    confThreshold: confirmations(price.sats, known, order, usdRate),
    feeSats: feeSats(price.sats ?? 0n, platform.feeBp ?? config.PLATFORM_FEE_BP),
    fiatAmount: price.fiatAmount,
    fiatCurrency: price.fiatCurrency,
    fiatRate: price.fiatRate,
    usdRate: usdRate === null ? null : formatDecimal(usdRate),
    lateGraceMinutes,
    createdAtMs: nowMs,
    expiresAtMs,
    lateDeadlineMs,
    watchUntilMs: expiresAtMs,
    orderRef: order.orderRef,
    callbackUrl: order.callbackUrl,
    successUrl: order.successUrl ?? terms.successUrl,
    buyerEmail: order.buyerEmail,
    metadata: order.metadata,
    checkout: order.checkout,
    archivedAtMs: null,
    announced: {},
    status: 'pending',
    version: 1,
    marks: [],
    history: { 'invoice.created': nowMs },
  };
  const prompt = onchainPromptOf(invoice);
  const endIndex = wallet && environment === 'live' ? gapEnd(wallet) : Number.MAX_SAFE_INTEGER;
  return { invoice, onchain: prompt ? { prompt, endIndex } : null, event: createdEvent(invoice, config), bolt11: null };
}

/** The same invoice with other prompts: it has no address where the on-chain one is not among them. */
export function withPrompts(config: Config, draft: InvoiceDraft, prompts: Prompt[]): InvoiceDraft {
  const invoice = { ...draft.invoice, prompts };
  const onchain = onchainPromptOf(invoice) ? draft.onchain : null;
  return { ...draft, invoice, onchain, event: createdEvent(invoice, config) };
}

export function createdEvent(invoice: Invoice, { ORIGIN: origin }: Config): NewEvent {
  const blank = { terms: invoice, payments: [], marks: [], history: {}, tipHeight: null, lookedAtMs: 0 };
  // What costs nothing is paid by the next step, which tells of it.
  const assessment = { ...assess(blank), status: invoice.status };
  const snapshot = snapshotOf(invoice, [], assessment, { tipHeight: null, origin });
  return eventOf('invoice.created', invoice, assessment, snapshot, invoice.createdAtMs);
}

/** What the client asks for where it may, else by the worth; money of unknown worth is treated as much. */
function confirmations(sats: bigint | null, known: Context, order: Order, usdRate: Decimal | null): number {
  const zeroConfCapSats = BigInt(known.terms.zeroConfCapSats);
  const worth = sats === null || usdRate === null ? null : formatDecimal(fiatValue(sats, usdRate));
  const usual = { steps: known.terms.confirmationSteps, zeroConfCapSats };
  const wanted = order.terms?.confirmations;
  if (wanted === undefined) return confirmationsFor(sats ?? MAX_SATS, worth, usual);
  return wanted === 0 && (sats === null || sats > zeroConfCapSats) ? 1 : wanted;
}

function priced(order: Order, known: Context, leastSats: bigint) {
  const { price, checkout } = order;
  // Nothing at all may be the price only where the dialect knows such invoices.
  const isFreeAllowed = checkout !== null;
  if ('sats' in price) {
    assertSatsPayable(price.sats, leastSats, isFreeAllowed);
    return { sats: price.sats, fiatAmount: null, fiatCurrency: null, fiatRate: null };
  }
  const { currency } = price;
  if (currency === null) return { sats: null, fiatAmount: null, fiatCurrency: null, fiatRate: null };
  // Where there are rates at all, a currency without one is not offered.
  if (!known.rate && known.usdRate) {
    throw new ApiError('invalid_currency', `currency: no exchange rate is known for ${currency}.`);
  }
  const rate = freshRate(known.rate, known.nowMs);
  if (rate === null) throw new ApiError('rate_unavailable');
  const fiatRate = formatDecimal(rate);
  if ('any' in price) return { sats: null, fiatAmount: null, fiatCurrency: currency, fiatRate };
  const sats = payableSats({ amount: price.fiat, currency, rate }, leastSats, isFreeAllowed);
  return { sats, fiatAmount: formatDecimal(price.fiat), fiatCurrency: currency, fiatRate };
}

function freshRate(stored: StoredRate | null | undefined, nowMs: number): Decimal | null {
  return stored && isFresh(stored.asOfMs, nowMs) ? parseDecimal(stored.rate) : null;
}
