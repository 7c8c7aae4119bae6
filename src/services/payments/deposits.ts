// Permanent addresses: each customer of a store has one, to which anything may be sent any number of times. What comes there is
// found by jobs/watch and becomes an invoice for itself (observe.ts). Called by the dialect that knows such addresses and by the
// buyer's page.

import {
  depositAddressById,
  depositAddressOf,
  depositsOf,
  insertDepositAddress,
  isCustomerTaken,
  updateDepositAddress,
  watchDeposits,
} from '../../adapters/db/deposit-addresses.ts';
import { statesOf } from '../../adapters/db/invoices.ts';
import { storeById } from '../../adapters/db/stores.ts';
import type { DepositAddress } from '../../core/deposit/deposit.ts';
import type { Checkout } from '../../core/invoice/invoice.ts';
import { confirmationsOf, isLive, referenceOf } from '../../core/invoice/methods.ts';
import { DEPOSIT_WATCH_MS } from '../../core/invoice/policy.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import { isFiatCurrency } from '../../core/money/currencies.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { questionOf, readContext } from './context.ts';
import { issue } from './issue.ts';
import { gapEnd, usableWallet } from './offers.ts';
import { pageRequested } from './pages.ts';
import type { StoreBranding } from './read.ts';

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

/** What the dialect that asks says of all its addresses. */
interface DepositRules {
  checkout: Checkout;
  confThreshold: number;
}

/**
 * The customer's address: always the same, for concurrent requests too. Each request has the mempool watched for a day.
 * @throws ApiError as create, the first time
 */
export async function depositAddress(
  deps: Deps,
  asker: DepositAsker,
  customerId: string,
  rules: DepositRules,
  terms: DepositTerms,
): Promise<Pick<DepositAddress, 'id' | 'address'>> {
  const known = await find(deps, asker.store, customerId);
  if (known) return renewed(deps, known, terms);
  try {
    return await made(deps, asker, customerId, rules, terms);
  } catch (error) {
    if (!isCustomerTaken(messagesOf(error))) throw error;
  }
  const others = await find(deps, asker.store, customerId);
  if (!others) throw new ApiError('database_unavailable');
  return others;
}

export interface Deposits {
  address: DepositAddress;
  /** The invoices of its deposits, the newest first; one of an earlier version holds several. */
  deposits: InvoiceState[];
}

/** @throws ApiError not_found before the first request for the customer's address */
export async function readDeposits(
  deps: Deps,
  store: DepositAsker['store'],
  customerId: string,
  page: { skip: number; take: number },
): Promise<Deposits> {
  const address = await find(deps, store, customerId);
  if (!address) throw new ApiError('not_found');
  return { address, deposits: await newest(deps, address.id, page) };
}

interface TopUpView {
  address: DepositAddress;
  store: StoreBranding;
  /** The newest first. */
  deposits: { txid: string; sats: bigint; confirmations: number; firstSeenMs: number }[];
}

/** Shown on the buyer's page: an older deposit is the shop's to tell of. */
const SHOWN = 25;

/**
 * The buyer's view of an address, whose mempool is looked at from now on.
 * @param hasStream a stream says how long
 * @throws ApiError not_found
 */
export async function readTopUp(deps: Deps, id: string, hasStream: boolean): Promise<TopUpView> {
  const [[found], states] = await Promise.all([
    depositAddressById(deps.db, id),
    newest(deps, id, { skip: 0, take: SHOWN }),
  ]);
  if (!found) throw new ApiError('not_found');
  if (found.address.environment === 'live') {
    deps.background(renewWatch(deps, id));
    if (!hasStream) pageRequested(deps, { onchain: id, lightning: null });
  }
  const deposits = states.flatMap(({ payments, tipHeight }) =>
    payments.filter(isLive).map((payment) => ({
      txid: referenceOf(payment).name,
      sats: payment.valueSats,
      confirmations: confirmationsOf(payment, tipHeight),
      firstSeenMs: payment.firstSeenMs,
    })),
  );
  return { ...found, deposits: deposits.toSorted((a, b) => b.firstSeenMs - a.firstSeenMs) };
}

async function newest(deps: Deps, id: string, page: { skip: number; take: number }): Promise<InvoiceState[]> {
  const ids = await depositsOf(deps.db, id, page);
  const states = new Map((await statesOf(deps.db, ids)).map((state) => [state.invoice.id, state]));
  return ids.flatMap((one) => states.get(one) ?? []);
}

function find(deps: Deps, store: DepositAsker['store'], customerId: string): Promise<DepositAddress | undefined> {
  return depositAddressOf(deps.db, store.id, store.testMode ? 'test' : 'live', customerId);
}

async function made(
  deps: Deps,
  { keyHash, store }: DepositAsker,
  customerId: string,
  { checkout, confThreshold }: DepositRules,
  { metadata, successUrl = null, redirectAutomatically = false }: DepositTerms,
): Promise<Pick<DepositAddress, 'id' | 'address'>> {
  const [settings, known, mayCreate] = await Promise.all([
    storeById(deps.db, store.id),
    readContext(deps, questionOf(deps, { keyHash, ofStore: store.id }, null, null)),
    deps.allowCreate(keyHash),
  ]);
  if (!mayCreate) throw new ApiError('rate_limited');
  const wallet = usableWallet(deps.config, known);
  const environment = known.caller.store.testMode ? ('test' as const) : ('live' as const);
  const endIndex = environment === 'live' ? gapEnd(wallet) : Number.MAX_SAFE_INTEGER;
  const row = {
    id: crypto.randomUUID(),
    storeId: store.id,
    environment,
    network: wallet.network,
    customerId,
    walletId: wallet.id,
    confThreshold,
    fiatCurrency: settings && isFiatCurrency(settings.currency) ? settings.currency : null,
    metadata: withCustomer(metadata ?? {}, customerId),
    successUrl: successUrl ?? known.terms.successUrl,
    checkout: { ...checkout, redirectAutomatically },
    watchUntilMs: environment === 'live' ? known.nowMs + DEPOSIT_WATCH_MS : null,
    createdAtMs: known.nowMs,
  };
  const { address } = await issue(deps, wallet, endIndex, (end) => insertDepositAddress(deps.db, row, end));
  return { id: row.id, address };
}

/** Watches on, and takes up what the client has changed since. */
async function renewed(deps: Deps, known: DepositAddress, terms: DepositTerms): Promise<DepositAddress> {
  await renewWatch(deps, known.id);
  const { successUrl = known.successUrl, redirectAutomatically = known.checkout.redirectAutomatically } = terms;
  const metadata = terms.metadata ? withCustomer(terms.metadata, known.customerId) : known.metadata;
  const hasChanged =
    JSON.stringify(metadata) !== JSON.stringify(known.metadata) ||
    successUrl !== known.successUrl ||
    redirectAutomatically !== known.checkout.redirectAutomatically;
  if (hasChanged) {
    const checkout = { ...known.checkout, redirectAutomatically };
    await updateDepositAddress(deps.db, known.id, { metadata, successUrl, checkout });
  }
  return known;
}

async function renewWatch(deps: Deps, id: string): Promise<void> {
  const untilMs = deps.now() + DEPOSIT_WATCH_MS;
  await watchDeposits(deps.db, id, untilMs, untilMs - WATCH_RENEWED_AFTER_MS);
}

/** Events name the customer, whether the client said so again or not. */
function withCustomer(metadata: Record<string, unknown>, customerId: string): Record<string, unknown> {
  const isNamed = metadata.CustomerId !== undefined || metadata.customerId !== undefined;
  return isNamed ? metadata : { ...metadata, customerId };
}
