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
import type { Invoice } from '../invoice/invoice.ts';
import { nativeInvoice } from '../invoice/native.ts';
import { confirmationsFor, GAP_RESERVE, IDEMPOTENCY_MS, isChainStale } from '../invoice/policy.ts';
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
  /** Exactly one of the two prices. */
  price: { sats: bigint } | { fiat: Decimal; currency: string };
  orderRef: string | null;
  callbackUrl: string | null;
  successUrl: string | null;
  buyerEmail: string | null;
  expiresInMinutes: number | null;
  metadata: Record<string, string>;
}

export interface Created {
  id: string;
  /** The invoice in the native shape, as the JSON text that was frozen with it. */
  snapshot: string;
  /** True when an earlier request with the same Idempotency-Key made it. */
  replayed: boolean;
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
    if (written !== 'no_address') return { ...written, replayed: false };
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
    currency: 'fiat' in order.price ? order.price.currency : 'USD',
    network: deps.config.NETWORK,
    idempotencyKey: idempotencyKey ?? '',
    keysSinceMs: nowMs - IDEMPOTENCY_MS,
  });
  const caller = admit('keyHash' in asker ? asker.keyHash : null, known?.caller, nowMs);
  // Without an answer there is nobody to admit: what follows is for the compiler.
  if (!known) throw new ApiError('api_key_invalid');
  mustHold(caller.permissions, 'btcpay.store.cancreateinvoice');
  noteUse(deps, caller);
  return { ...known, nowMs, caller };
}

function replay(answer: NonNullable<Context['answer']>, requestHash: string): Created {
  if (answer.requestHash !== requestHash) throw new ApiError('idempotency_conflict');
  return { id: answer.invoiceId, snapshot: answer.snapshot, replayed: true };
}

/** An invoice that lacks only its address. */
type Draft = Pick<Creation, 'invoice' | 'addressSlot' | 'endIndex' | 'event'>;

/** Decides the terms. Throws what the merchant has to know before an address is spent on it. */
function drawUp(deps: Deps, known: Context, order: Order): Draft {
  const { config } = deps;
  const { caller, terms, nowMs } = known;
  const { store, wallet } = caller;
  const environment = store.testMode ? 'test' : 'live';
  if (!wallet || (environment === 'live' && wallet.network !== config.NETWORK)) throw new ApiError('no_active_xpub');
  if (environment === 'live' && isChainStale(known.chainSeenAtMs, nowMs)) throw new ApiError('chain_syncing');
  const usdRate = freshRate(known.usdRate, nowMs);
  const price = priced(order, known, nowMs);
  const tolerance = toleranceSats(price.sats, terms.toleranceBp ?? config.PAYMENT_TOLERANCE_BP);
  const id = crypto.randomUUID();
  const addressSlot = `address-of-${id}`;
  const expiresAtMs = nowMs + (order.expiresInMinutes ?? store.defaultExpiryMinutes) * MINUTE_MS;
  const lateDeadlineMs = expiresAtMs + store.lateGraceMinutes * MINUTE_MS;
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
    toleranceBelowSats: tolerance,
    toleranceAboveSats: tolerance,
    confThreshold: confirmationsFor(
      price.sats,
      usdRate === null ? null : formatDecimal(fiatValue(price.sats, usdRate)),
      { steps: terms.confirmationSteps, zeroConfCapSats: BigInt(terms.zeroConfCapSats) },
    ),
    feeSats: feeSats(price.sats, config.PLATFORM_FEE_BP),
    fiatAmount: price.fiatAmount,
    fiatCurrency: price.fiatCurrency,
    fiatRate: price.fiatRate,
    usdRate: usdRate === null ? null : formatDecimal(usdRate),
    lateGraceMinutes: store.lateGraceMinutes,
    createdAtMs: nowMs,
    expiresAtMs,
    lateDeadlineMs,
    watchUntilMs: expiresAtMs,
    orderRef: order.orderRef,
    callbackUrl: order.callbackUrl,
    successUrl: order.successUrl ?? terms.successUrl,
    buyerEmail: order.buyerEmail,
    metadata: order.metadata,
    paymentUri: paymentUri({ address: addressSlot, amountSats: price.sats, label: store.name }),
    status: 'pending',
    version: 1,
    marks: [],
    history: { 'invoice.created': nowMs },
  };
  const blank = { terms: invoice, payments: [], marks: [], history: {}, tipHeight: null, lookedAtMs: 0 };
  const native = nativeInvoice(invoice, [], assess(blank), { tipHeight: null, origin: config.ORIGIN });
  return {
    invoice,
    addressSlot,
    endIndex: environment === 'live' ? gapEnd(wallet) : Number.MAX_SAFE_INTEGER,
    event: { invoiceId: id, seq: 1, type: 'invoice.created', createdAtMs: nowMs, snapshot: JSON.stringify(native) },
  };
}

function priced(order: Order, known: Context, nowMs: number) {
  if ('sats' in order.price) {
    assertPayable(order.price.sats);
    return { sats: order.price.sats, fiatAmount: null, fiatCurrency: null, fiatRate: null };
  }
  const { fiat, currency } = order.price;
  // Where there are rates at all, a currency without one is not offered.
  if (!known.rate && known.usdRate) {
    throw new ApiError('invalid_currency', `currency: no exchange rate is known for ${currency}.`);
  }
  const rate = freshRate(known.rate, nowMs);
  if (rate === null) throw new ApiError('rate_unavailable');
  const sats = quoteSats(fiat, rate);
  assertPayable(sats);
  return { sats, fiatAmount: formatDecimal(fiat), fiatCurrency: currency, fiatRate: formatDecimal(rate) };
}

function assertPayable(sats: bigint): void {
  if (sats <= 0n) throw new ApiError('invalid_amount');
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
): Promise<{ id: string; snapshot: string } | 'key_taken' | 'no_address'> {
  const { invoice, event, addressSlot } = draft;
  const targets = targetsOf(event.type, invoice, known.endpoints);
  const idempotency = use && { ...use, keysSinceMs: known.nowMs - IDEMPOTENCY_MS };
  const issued = await writeCreation(deps.db, { ...draft, targets, idempotency }).catch((error: unknown) => {
    if (isKeyTaken(messagesOf(error))) return 'key_taken' as const;
    throw error;
  });
  if (issued === 'key_taken') return issued;
  if (!issued) return 'no_address';
  const snapshot = event.snapshot.replaceAll(addressSlot, issued.address);
  tell(deps, { ...event, snapshot }, invoice, targets, known.endpoints);
  const { wallet } = known.caller;
  // Asked only now and then: the pool is counted by its own refill.
  if (wallet && issued.index % (POOL_LOW / 2) === 0) deps.background(refillPool(deps, wallet));
  // A recycled one lies far below the others: the next search need not walk up from there.
  else if (wallet && issued.isRecycled) deps.background(Promise.resolve(raiseFloor(deps.db, wallet.id)));
  return { id: invoice.id, snapshot };
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
