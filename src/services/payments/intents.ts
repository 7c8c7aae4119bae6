// Payments whose amount the buyer enters (ElenPAY): an intent becomes an invoice by it. There is one invoice at a time;
// another amount may be entered only where the one before has expired unpaid. Called by api/elenpay and the buyer's page.

import { type Intent, insertIntent, intentById, nameInvoice } from '../../adapters/db/intents.ts';
import { storeById } from '../../adapters/db/stores.ts';
import type { Status } from '../../core/invoice/invoice.ts';
import { orderRefOf } from '../../core/invoice/order-ref.ts';
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
    createdAtMs: deps.now(),
  };
  await insertIntent(deps.db, intent);
  return intent;
}

/** The merchant's view. @throws ApiError not_found, for another store's intent too */
export async function readIntent(deps: Deps, storeId: string, id: string): Promise<Intent> {
  const { intent } = await found(deps, id);
  if (intent.storeId !== storeId) throw new ApiError('not_found');
  return intent;
}

/** What the buyer's page shows. */
export interface IntentView {
  id: string;
  currency: string;
  store: StoreBranding;
  isTest: boolean;
  /** The invoice to go to; null where the buyer is to enter an amount. */
  invoiceId: string | null;
  /** The invoice before has expired. */
  isRetry: boolean;
}

/** @throws ApiError not_found */
export async function readPublicIntent(deps: Deps, id: string): Promise<IntentView> {
  const { intent, store, isTest, invoiceStatus } = await found(deps, id);
  const isRetry = invoiceStatus !== null && IS_OVER.has(invoiceStatus);
  const invoiceId = isRetry ? null : intent.invoiceId;
  return { id, currency: intent.currency, store, isTest, invoiceId, isRetry };
}

/** Nothing was paid, and nothing is to be paid any more. */
const IS_OVER: ReadonlySet<Status> = new Set<Status>(['expired', 'cancelled']);

/**
 * Makes the invoice of an amount, or finds the one that is there already.
 * @param allowed whether the buyer may make another invoice this minute
 * @returns the invoice's id
 * @throws ApiError not_found, rate_limited, and as create
 */
export async function payIntent(
  deps: Deps,
  id: string,
  price: Extract<Order['price'], { sats: bigint } | { fiat: unknown }>,
  allowed: Promise<boolean>,
): Promise<string> {
  const { intent, invoiceStatus } = await found(deps, id);
  if (intent.invoiceId !== null && invoiceStatus !== null && !IS_OVER.has(invoiceStatus)) return intent.invoiceId;
  const order: Order = {
    price,
    orderRef: orderRefOf(intent.metadata),
    callbackUrl: null,
    successUrl: intent.successUrl,
    buyerEmail: null,
    expiresInMinutes: null,
    metadata: intent.metadata,
    checkout: intent.checkout,
  };
  // Of several concurrent requests one creates the invoice, and all get it. A client's key never begins with a blank.
  const once = ` intent ${id} after ${intent.invoiceId}`;
  const made = await create(deps, { storeId: intent.storeId }, allowed, order, once, id);
  await nameInvoice(deps.db, id, made.id, intent.invoiceId);
  return made.id;
}

async function found(deps: Deps, id: string) {
  const [row] = await intentById(deps.db, id);
  if (!row) throw new ApiError('not_found');
  return row;
}
