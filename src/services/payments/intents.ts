// Payments whose amount the buyer enters (ElenPAY): an intent becomes an invoice by it. Another amount, entered before any payment,
// makes another invoice in its place; a payment to the earlier one still counts. Called by api/elenpay and the buyer's page.

import { type Intent, insertIntent, intentById, nameInvoice } from '../../adapters/db/intents.ts';
import { storeById } from '../../adapters/db/stores.ts';
import type { Status } from '../../core/invoice/invoice.ts';
import { orderRefOf } from '../../core/invoice/order-ref.ts';
import { compareDecimals, parseDecimal } from '../../core/money/fiat.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { create } from './create.ts';
import type { Order } from './draft.ts';
import type { StoreBranding } from './read.ts';

type IntentTerms = Pick<Intent, 'metadata' | 'successUrl' | 'checkout'>;

/** @throws ApiError rate_limited, when the key has made too many invoices and intents this minute */
export async function createIntent(
  deps: Deps,
  { keyHash, store }: { keyHash: string; store: { id: string } },
  { metadata, successUrl, checkout }: IntentTerms,
): Promise<Intent> {
  const [mayCreate, settings] = await Promise.all([deps.allowCreate(keyHash), storeById(deps.db, store.id)]);
  if (!mayCreate) throw new ApiError('rate_limited');
  const intent: Intent = {
    id: crypto.randomUUID(),
    storeId: store.id,
    currency: settings?.currency ?? 'USD',
    metadata,
    checkout,
    successUrl,
    invoiceId: null,
    earlierIds: [],
    createdAtMs: deps.now(),
  };
  await insertIntent(deps.db, intent);
  return intent;
}

/**
 * The merchant's view, with the invoice that was paid, or that the buyer entered last.
 * @throws ApiError not_found, for another store's intent too
 */
export async function readIntent(deps: Deps, storeId: string, id: string): Promise<Intent> {
  const { intent, paidId } = await found(deps, id);
  if (intent.storeId !== storeId) throw new ApiError('not_found');
  return { ...intent, invoiceId: paidId ?? intent.invoiceId };
}

/** What the buyer's page shows. */
export interface IntentView {
  id: string;
  currency: string;
  store: StoreBranding;
  isTest: boolean;
  /** The invoice to go to; null where the buyer is to enter an amount. */
  invoiceId: string | null;
  /** The buyer may enter another amount in the place of that invoice. */
  mayChange: boolean;
  /** The invoice before has expired. */
  isRetry: boolean;
}

/** @throws ApiError not_found */
export async function readPublicIntent(deps: Deps, id: string): Promise<IntentView> {
  const { intent, store, isTest, paidId, openId, mayChange } = await found(deps, id);
  const invoiceId = paidId ?? openId;
  return {
    id,
    currency: intent.currency,
    store,
    isTest,
    invoiceId,
    mayChange,
    isRetry: intent.invoiceId !== invoiceId,
  };
}

type EnteredPrice = Extract<Order['price'], { sats: bigint } | { fiat: unknown }>;

/**
 * Makes the invoice of an amount, or finds the one that is there already: of the same amount, or paid.
 * @param allowed whether the buyer may make another invoice this minute
 * @returns the invoice's id
 * @throws ApiError not_found, rate_limited, and as create
 */
export async function payIntent(
  deps: Deps,
  id: string,
  price: EnteredPrice,
  allowed: Promise<boolean>,
): Promise<string> {
  const { intent, invoice, paidId, openId, mayChange } = await found(deps, id);
  if (paidId !== null) return paidId;
  if (openId !== null && (!mayChange || costs(invoice, price))) return openId;
  const order: Order = {
    price,
    orderRef: orderRefOf(intent.metadata),
    callbackUrl: null,
    successUrl: intent.successUrl,
    buyerEmail: null,
    expiresInMinutes: null,
    metadata: intent.metadata,
    checkout: { ...intent.checkout, intentId: id },
  };
  // Of several concurrent requests one creates the invoice, and all get it. A client's key never begins with a blank.
  const once = ` intent ${id} after ${intent.invoiceId}`;
  const made = await create(deps, { storeId: intent.storeId }, allowed, order, once, id);
  await nameInvoice(deps.db, id, made.id, intent.invoiceId);
  return made.id;
}

/** No payment has reached an invoice of these. */
const UNPAID: readonly Status[] = ['pending', 'expired', 'cancelled'];
/** Each takes an address of the shop's wallet, or a BOLT11 of its node. */
const MAX_CHANGES = 10;

async function found(deps: Deps, id: string) {
  const [row] = await intentById(deps.db, id, UNPAID);
  if (!row) throw new ApiError('not_found');
  const { intent, invoice, paidEarlierId } = row;
  const isPaid = invoice !== null && !UNPAID.includes(invoice.status);
  const paidId = isPaid ? intent.invoiceId : paidEarlierId;
  const openId = invoice?.status === 'pending' ? intent.invoiceId : null;
  const mayChange = paidId === null && openId !== null && intent.earlierIds.length < MAX_CHANGES;
  return { ...row, paidId, openId, mayChange };
}

function costs(invoice: { amountSats: number | null; fiatAmount: string | null } | null, price: EnteredPrice): boolean {
  const fiat = parseDecimal(invoice?.fiatAmount ?? '');
  if ('sats' in price) return fiat === null && BigInt(invoice?.amountSats ?? 0) === price.sats;
  return fiat !== null && compareDecimals(fiat, price.fiat) === 0;
}
