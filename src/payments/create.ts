// Makes an invoice in two round trips to D1: one reads everything that matters, one writes everything at once. The
// second gives the next free address to the invoice inside the same batch, so that however many requests run together
// none can share an address, none is lost, and nothing outside D1 is asked.

import { admit, type Caller, noteUse } from '../accounts/keys.ts';
import { mustHold } from '../accounts/permissions.ts';
import { hasFreeAddress, raiseFloor, refreshFundedIndex } from '../db/addresses.ts';
import {
  type Asker,
  type Creation,
  type CreationContext,
  creationContext,
  isKeyTaken,
  writeCreation,
} from '../db/creation.ts';
import type { StoredRate } from '../db/schema.ts';
import type { Deps } from '../deps.ts';
import { ApiError, messagesOf } from '../errors.ts';
import { assess } from '../invoice/assess.ts';
import type { Checkout, Invoice } from '../invoice/invoice.ts';
import { nativeInvoice } from '../invoice/native.ts';
import { confirmationsFor, DEPOSIT_WATCH_MS, GAP_RESERVE, IDEMPOTENCY_MS, isChainStale } from '../invoice/policy.ts';
import { isPermanent } from '../invoice/standing.ts';
import { type Decimal, formatDecimal, parseDecimal } from '../money/fiat.ts';
import { feeSats, fiatValue, quoteSats, toleranceSats } from '../money/quote.ts';
import { MAX_SATS } from '../money/sats.ts';
import { isFresh } from '../rates/freshness.ts';
import { sha256Hex } from '../vault.ts';
import { paymentUri } from '../wallet/bip21.ts';
import { POOL_LOW, refillPool } from './pool.ts';
import { targetsOf } from './targets.ts';
import { tell } from './tell.ts';

export interface Order {
  /** Sats; fiat; or whatever the buyer sends, which is shown in fiat where a currency is named. */
  price: { sats: bigint } | { fiat: Decimal; currency: string } | { any: true; currency: string | null };
  orderRef: string | null;
  callbackUrl: string | null;
  successUrl: string | null;
  buyerEmail: string | null;
  expiresInMinutes: number | null;
  metadata: Record<string, unknown>;
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

export interface Created {
  id: string;
  /** The invoice in the native shape, as the JSON text that was frozen with it. */
  snapshot: string;
  /** As it was made; null when an earlier request with the same Idempotency-Key made it. */
  invoice: Invoice | null;
}

const MINUTE_MS = 60_000;

/**
 * @param asker the caller's API key by its hash; or a store, for somebody who has been let in to it already
 * @param allowed whether the caller may make another invoice this minute; awaited while D1 answers
 * @param idempotencyKey the header, already validated; null without one
 * @param requestText the request in a canonical form, to tell the same request from another one
 * @throws ApiError with every code of integration guide §12, "Errors POST /v1/invoices can return"
 */
export async function create(
  deps: Deps,
  asker: Asker,
  allowed: Promise<boolean>,
  order: Order,
  idempotencyKey: string | null,
  requestText: string,
): Promise<Created> {
  const [requestHash, known, mayCreate] = await Promise.all([
    idempotencyKey === null ? '' : sha256Hex(requestText),
    readContext(deps, asker, order, idempotencyKey),
    allowed,
  ]);
  if (!mayCreate) throw new ApiError('rate_limited');
  if (known.answer) return replay(known.answer, requestHash);
  const draft = drawUp(deps, known, order);
  const use = idempotencyKey === null ? null : { key: idempotencyKey, requestHash };

  for (let tries = 0; tries < 3; tries++) {
    const written = await write(deps, known, draft, use);
    if (written === 'key_taken') {
      const again = await readContext(deps, asker, order, idempotencyKey);
      if (again.answer) return replay(again.answer, requestHash);
      continue;
    }
    if (written !== 'no_address') return written;
    await makeRoom(deps, known.caller, draft);
  }
  throw new ApiError('database_unavailable', 'No address could be issued in time. Retry.');
}

interface Context extends Omit<CreationContext, 'caller'> {
  nowMs: number;
  caller: Caller;
}

/** First round trip: the caller, its endpoints and wallet, the rates, the chain, and the key's earlier answer. */
async function readContext(deps: Deps, asker: Asker, order: Order, idempotencyKey: string | null): Promise<Context> {
  const nowMs = deps.now();
  const known = await creationContext(deps.db, {
    asker,
    currency: ('currency' in order.price && order.price.currency) || 'USD',
    network: deps.config.NETWORK,
    idempotencyKey: idempotencyKey ?? '',
    keysSinceMs: nowMs - IDEMPOTENCY_MS,
  });
  const caller = admit('keyHash' in asker ? asker.keyHash : null, known?.caller, nowMs);
  if ('ofStore' in asker && asker.ofStore !== caller.store.id) throw new ApiError('forbidden');
  // Without an answer there is nobody to admit: what follows is for the compiler.
  if (!known) throw new ApiError('api_key_invalid');
  mustHold(caller.permissions, 'btcpay.store.cancreateinvoice');
  noteUse(deps, caller);
  return { ...known, nowMs, caller };
}

function replay(answer: NonNullable<Context['answer']>, requestHash: string): Created {
  if (answer.requestHash !== requestHash) throw new ApiError('idempotency_conflict');
  return { id: answer.invoiceId, snapshot: answer.snapshot, invoice: null };
}

/** An invoice that lacks only its address. */
type Draft = Pick<Creation, 'invoice' | 'addressSlot' | 'endIndex' | 'event'>;

/** Decides the terms. Throws what the merchant has to know before an address is spent on it. */
function drawUp(deps: Deps, known: Context, order: Order): Draft {
  const { config } = deps;
  const { caller, terms, platform, nowMs } = known;
  const { store, wallet } = caller;
  const environment = store.testMode ? 'test' : 'live';
  if (!wallet || (environment === 'live' && wallet.network !== config.NETWORK)) throw new ApiError('no_active_xpub');
  if (environment === 'live' && isChainStale(known.chainSeenAtMs, nowMs)) throw new ApiError('chain_syncing');
  const usdRate = freshRate(known.usdRate, nowMs);
  const price = priced(order, known, nowMs);
  const toleranceBp = terms.toleranceBp ?? platform.toleranceBp ?? config.PAYMENT_TOLERANCE_BP;
  const tolerance = toleranceSats(price.sats ?? 0n, toleranceBp);
  const belowBp = order.terms?.toleranceBelowBp;
  const lateGraceMinutes = order.terms?.lateGraceMinutes ?? store.lateGraceMinutes;
  const id = crypto.randomUUID();
  const addressSlot = `address-of-${id}`;
  const expiresAtMs = nowMs + (order.expiresInMinutes ?? store.defaultExpiryMinutes) * MINUTE_MS;
  const lateDeadlineMs = expiresAtMs + lateGraceMinutes * MINUTE_MS;
  const invoice: Invoice = {
    id,
    storeId: store.id,
    environment,
    network: wallet.network,
    walletId: wallet.id,
    addressIndex: -1,
    address: addressSlot,
    script: '',
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
    watchUntilMs: isPermanent(order) ? nowMs + DEPOSIT_WATCH_MS : expiresAtMs,
    orderRef: order.orderRef,
    callbackUrl: order.callbackUrl,
    successUrl: order.successUrl ?? terms.successUrl,
    buyerEmail: order.buyerEmail,
    metadata: order.metadata,
    checkout: order.checkout,
    archivedAtMs: null,
    told: {},
    paymentUri: paymentUri({ address: addressSlot, amountSats: price.sats || undefined, label: store.name }),
    status: 'pending',
    version: 1,
    marks: [],
    history: { 'invoice.created': nowMs },
  };
  const blank = { terms: invoice, payments: [], marks: [], history: {}, tipHeight: null, lookedAtMs: 0 };
  // What costs nothing is paid by the next step, which tells of it.
  const assessment = { ...assess(blank), status: invoice.status };
  const native = nativeInvoice(invoice, [], assessment, { tipHeight: null, origin: config.ORIGIN });
  return {
    invoice,
    addressSlot,
    endIndex: environment === 'live' ? gapEnd(wallet) : Number.MAX_SAFE_INTEGER,
    event: { invoiceId: id, seq: 1, type: 'invoice.created', createdAtMs: nowMs, snapshot: JSON.stringify(native) },
  };
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

function priced(order: Order, known: Context, nowMs: number) {
  if ('sats' in order.price) {
    assertPayable(order.price.sats, order);
    return { sats: order.price.sats, fiatAmount: null, fiatCurrency: null, fiatRate: null };
  }
  const { currency } = order.price;
  if (currency === null) return { sats: null, fiatAmount: null, fiatCurrency: null, fiatRate: null };
  // What is sent to a permanent address is valued when it comes.
  if (isPermanent(order)) return { sats: null, fiatAmount: null, fiatCurrency: currency, fiatRate: null };
  // Where there are rates at all, a currency without one is not offered.
  if (!known.rate && known.usdRate) {
    throw new ApiError('invalid_currency', `currency: no exchange rate is known for ${currency}.`);
  }
  const rate = freshRate(known.rate, nowMs);
  if (rate === null) throw new ApiError('rate_unavailable');
  if ('any' in order.price) {
    return { sats: null, fiatAmount: null, fiatCurrency: currency, fiatRate: formatDecimal(rate) };
  }
  const { fiat } = order.price;
  const sats = quoteSats(fiat, rate);
  assertPayable(sats, order);
  return { sats, fiatAmount: formatDecimal(fiat), fiatCurrency: currency, fiatRate: formatDecimal(rate) };
}

/** Nothing at all may be the price only where the dialect knows such invoices, never by rounding. */
function assertPayable(sats: bigint, { price, checkout }: Order): void {
  const isFree =
    checkout !== null && ('sats' in price ? price.sats === 0n : 'fiat' in price && price.fiat.units === 0n);
  if (sats <= 0n && !isFree) throw new ApiError('invalid_amount');
  if (sats > MAX_SATS) throw new ApiError('invalid_amount', 'The amount is more than all bitcoin there will ever be.');
}

function freshRate(stored: StoredRate | null | undefined, nowMs: number): Decimal | null {
  return stored && isFresh(stored.asOfMs, nowMs) ? parseDecimal(stored.rate) : null;
}

/** The first index that would not be issued: the merchant's own wallet stops looking soon after. */
function gapEnd(wallet: { fundedIndex: number; gapLimit: number }): number {
  return wallet.fundedIndex + 1 + wallet.gapLimit - GAP_RESERVE;
}

/** Second round trip: address, invoice, event, deliveries and idempotency key, all or nothing. */
async function write(
  deps: Deps,
  known: Context,
  draft: Draft,
  use: { key: string; requestHash: string } | null,
): Promise<Created | 'key_taken' | 'no_address'> {
  const { invoice, event, addressSlot } = draft;
  const news = { before: null, after: { invoice, payments: [], confirmedSats: 0n, tipHeight: null } };
  const targets = targetsOf(event.type, known.endpoints, {
    ...news,
    atMs: event.createdAtMs,
    origin: deps.config.ORIGIN,
  });
  const idempotency = use && { ...use, keysSinceMs: known.nowMs - IDEMPOTENCY_MS };
  const issued = await writeCreation(deps.db, { ...draft, targets, idempotency }).catch((error: unknown) => {
    if (isKeyTaken(messagesOf(error))) return 'key_taken' as const;
    throw error;
  });
  if (issued === 'key_taken') return issued;
  if (!issued) return 'no_address';
  const snapshot = event.snapshot.replaceAll(addressSlot, issued.address);
  const { address, index: addressIndex } = issued;
  const paymentUri = invoice.paymentUri.replace(addressSlot, address);
  const placed = { ...invoice, address, addressIndex, paymentUri };
  tell(deps, { ...event, snapshot }, invoice, targets, known.endpoints);
  const { wallet } = known.caller;
  // Asked only now and then: the pool is counted by its own refill.
  if (wallet && issued.index % (POOL_LOW / 2) === 0) deps.background(refillPool(deps, wallet));
  // A recycled one lies far below the others: the next search need not walk up from there.
  else if (wallet && issued.isRecycled) deps.background(Promise.resolve(raiseFloor(deps.db, wallet.id)));
  return { id: invoice.id, snapshot, invoice: placed };
}

/** No address was free: because none is derived yet, or because the wallet's gap is used up. Mends what can be. */
async function makeRoom(deps: Deps, caller: Caller, draft: Draft): Promise<void> {
  const { wallet } = caller;
  if (!wallet) throw new ApiError('no_active_xpub');
  await refillPool(deps, wallet);
  if (draft.endIndex === Number.MAX_SAFE_INTEGER) return;
  const fundedIndex = await refreshFundedIndex(deps.db, wallet);
  const endIndex = gapEnd({ ...wallet, fundedIndex });
  if (endIndex <= draft.endIndex && !(await hasFreeAddress(deps.db, wallet.id, endIndex))) {
    throw new ApiError('gap_limit_exceeded');
  }
  draft.endIndex = endIndex;
}
