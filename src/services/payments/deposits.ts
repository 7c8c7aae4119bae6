// Permanent addresses (ElenPAY): each customer of a store has one, to which anything may be sent any number of times. Behind
// it is an invoice of any amount that never expires; each output is a deposit. Called by api/elenpay and the buyer's page.

import { invoiceOfCustomer, isCustomerTaken, watchDeposits } from '../../adapters/db/customer-addresses.ts';
import { statesOf } from '../../adapters/db/invoices.ts';
import { storeById } from '../../adapters/db/stores.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { DEPOSIT_CONFIRMATIONS, DEPOSIT_WATCH_MS, PERMANENT_MINUTES } from '../../core/invoice/policy.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import type { Details } from '../../core/invoice/transition.ts';
import { isFiatCurrency } from '../../core/money/currencies.ts';
import { addressOf } from '../../core/onchain/prompt.ts';
import { numberText } from '../../core/text/json.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { advance } from './advance.ts';
import { create } from './create.ts';

/** A watch with less than this gone is not written down again. */
const WATCH_RENEWED_AFTER_MS = 60 * 60_000;

/** Who asks: an API key that was admitted to its store. */
interface DepositAsker {
  keyHash: string;
  store: { id: string; testMode: boolean };
}

/** What goes with a customer's deposits; what is left out stays as it is. */
export interface DepositTerms {
  metadata?: Record<string, unknown>;
  successUrl?: string | null;
  redirectAutomatically?: boolean;
}

/**
 * The customer's address: always the same, for concurrent requests too. Each request has the mempool watched for a day.
 * @throws ApiError as create, the first time
 */
export async function depositAddress(
  deps: Deps,
  asker: DepositAsker,
  customerId: string,
  terms: DepositTerms,
): Promise<{ id: string; address: string }> {
  const invoice = await permanentInvoice(deps, asker, customerId, terms);
  return { id: invoice.id, address: addressOf(invoice) };
}

async function permanentInvoice(
  deps: Deps,
  asker: DepositAsker,
  customerId: string,
  terms: DepositTerms,
): Promise<Invoice> {
  const known = await read(deps, asker.store, customerId);
  if (known) return renewed(deps, known, customerId, terms);
  try {
    return await made(deps, asker, customerId, terms);
  } catch (error) {
    if (!isCustomerTaken(messagesOf(error))) throw error;
  }
  const others = await read(deps, asker.store, customerId);
  if (!others) throw new ApiError('database_unavailable');
  return others;
}

/** The customer's address with all deposits, the newest first. @throws ApiError not_found before the first request for one */
export async function readDeposits(
  deps: Deps,
  store: DepositAsker['store'],
  customerId: string,
): Promise<InvoiceState> {
  const invoice = await read(deps, store, customerId);
  const [state] = invoice ? await statesOf(deps.db, [invoice.id]) : [];
  if (!state) throw new ApiError('not_found');
  return { ...state, payments: state.payments.toSorted((a, b) => b.firstSeenMs - a.firstSeenMs) };
}

/** Has the mempool watched for a permanent address for a day from now; of any other invoice nothing changes. */
export async function expectDeposits(deps: Deps, invoiceId: string): Promise<void> {
  const untilMs = deps.now() + DEPOSIT_WATCH_MS;
  await watchDeposits(deps.db, invoiceId, untilMs, untilMs - WATCH_RENEWED_AFTER_MS);
}

function read(deps: Deps, store: DepositAsker['store'], customerId: string): Promise<Invoice | undefined> {
  return invoiceOfCustomer(deps.db, store.id, customerId, store.testMode ? 'test' : 'live');
}

async function made(deps: Deps, { keyHash, store }: DepositAsker, customerId: string, terms: DepositTerms) {
  const settings = await storeById(deps.db, store.id);
  const currency = settings && isFiatCurrency(settings.currency) ? settings.currency : null;
  const metadata = withCustomer(terms.metadata ?? {}, customerId);
  const order = {
    price: { any: true as const, currency },
    orderRef: orderRefOf(metadata),
    callbackUrl: null,
    successUrl: terms.successUrl ?? null,
    buyerEmail: null,
    expiresInMinutes: PERMANENT_MINUTES,
    metadata,
    checkout: {
      dialect: 'elenpay' as const,
      customerId,
      redirectAutomatically: terms.redirectAutomatically ?? false,
    },
    terms: { confirmations: DEPOSIT_CONFIRMATIONS },
  };
  const asked = { keyHash, ofStore: store.id };
  const { invoice } = await create(deps, asked, deps.allowCreate(keyHash), order, null, '');
  if (!invoice) throw new ApiError('internal');
  return invoice;
}

/** Watches on, and takes up what the client has changed since. */
async function renewed(deps: Deps, known: Invoice, customerId: string, terms: DepositTerms): Promise<Invoice> {
  await expectDeposits(deps, known.id);
  if (Object.keys(changed(known, customerId, terms)).length > 0) {
    await advance(deps, known.id, ({ invoice }) => {
      const details = changed(invoice, customerId, terms);
      return Object.keys(details).length > 0 ? { details } : null;
    });
  }
  return known;
}

function changed(invoice: Invoice, customerId: string, terms: DepositTerms): Partial<Details> {
  const details: Partial<Details> = {};
  const metadata = terms.metadata && withCustomer(terms.metadata, customerId);
  if (metadata && JSON.stringify(metadata) !== JSON.stringify(invoice.metadata)) {
    details.metadata = metadata;
    details.orderRef = orderRefOf(metadata);
  }
  const { successUrl, redirectAutomatically } = terms;
  if (successUrl !== undefined && successUrl !== invoice.successUrl) details.successUrl = successUrl;
  const { checkout } = invoice;
  if (checkout && redirectAutomatically !== undefined && redirectAutomatically !== checkout.redirectAutomatically) {
    details.checkout = { ...checkout, redirectAutomatically };
  }
  return details;
}

/** Events name the customer, whether the client said so again or not. */
function withCustomer(metadata: Record<string, unknown>, customerId: string): Record<string, unknown> {
  const isNamed = metadata.CustomerId !== undefined || metadata.customerId !== undefined;
  return isNamed ? metadata : { ...metadata, customerId };
}

/** What the client calls the order is found by that name in the dashboard and the native API, too. */
export function orderRefOf({ OrderId, orderId }: Record<string, unknown>): string | null {
  const name = OrderId ?? orderId;
  return typeof name === 'string' ? name : numberText(name);
}
