// A store's own payout: made with its destination, without a claim. Called by the APIs and the dashboard.

import { type StoreFacts, storeFactsOf } from '../../adapters/db/payout-facts.ts';
import { isHashTaken, payoutByHash } from '../../adapters/db/payouts.ts';
import { claimedPullPayment, insertPullPayment } from '../../adapters/db/pull-payments.ts';
import { orderRefOf } from '../../core/invoice/order-ref.ts';
import { amountOf, unitsOf } from '../../core/money/amounts.ts';
import type { ReadDestination } from '../../core/payout/destination.ts';
import type { Payout, PayoutMethod, PullPayment } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { amountIn, payableTo, type Wanted, wantedDestination } from './destinations.ts';
import { draftPayout, newId, rateOfToday } from './draft.ts';
import { DAY_LIMIT_MS } from './move.ts';
import type { Making } from './pull-payments.ts';
import { bolt11Taken } from './refusals.ts';
import { writeNew } from './write-new.ts';

interface OwnPayout extends Wanted {
  /** null for what the destination asks for. */
  amount: number | string | null;
  /** `BTC`, or a fiat currency. */
  currency: string;
  /** Fiat becomes sats by the rate of now; else by that of its approval. */
  fixesRate: boolean;
  /** Its maker approves it, and may: within the store's limits it needs no other approval. */
  isApproved: boolean;
  metadata: Record<string, unknown>;
  /** It gets a pull payment of its own, so that one id names a withdrawal everywhere; null for none. */
  withdrawal: Pick<PullPayment, 'dialect' | 'name' | 'description'> | null;
}

/** A request decides how long a BOLT11 has to last: the store asks for it when it has it already. */
const MIN_BOLT11_SECONDS = 0;
const METHODS: PayoutMethod[] = ['onchain', 'lightning'];
const MAX_TRIES = 5;

/**
 * The same BOLT11 with the same amount and metadata again is the same payout.
 * @throws ApiError validation_error, invalid_amount, amount_too_low, duplicate_destination, rate_unavailable; where another request holds
 *   the Idempotency-Key
 */
export async function createPayout(deps: Deps, storeId: string, wanted: OwnPayout, making: Making): Promise<Payout> {
  const read = wantedDestination(deps, wanted);
  const amount = amountOfOwn(wanted, read);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const known = { asked: read, orderRef: orderRefOf(wanted.metadata) };
    const facts = await storeFactsOf(deps.db, storeId, deps.now() - DAY_LIMIT_MS, known);
    try {
      const made = await written(deps, facts, { ...wanted, amount }, read, making);
      if (made) return made;
    } catch (error) {
      if (!isHashTaken(messagesOf(error))) throw error;
      return earlierOf(deps, storeId, { ...wanted, amount }, read);
    }
  }
  throw new ApiError('database_unavailable', 'Too many concurrent payouts. Try again.');
}

function amountOfOwn({ amount, currency }: OwnPayout, { amountMsat }: ReadDestination): string {
  if (amount !== null) return amountIn(currency, amount);
  if (currency === 'BTC' && amountMsat !== null && amountMsat % 1000n === 0n)
    return amountOf(amountMsat / 1000n, 'BTC');
  throw new ApiError('validation_error', 'amount: is needed.');
}

function written(
  deps: Deps,
  facts: StoreFacts,
  wanted: OwnPayout & { amount: string },
  read: ReadDestination,
  { by, use }: Making,
): Promise<Payout | null> {
  const { currency, isApproved, metadata, withdrawal } = wanted;
  const { store, rates, isOwn, sameOrderAs } = facts;
  const orderRef = orderRefOf(metadata);
  const nowMs = deps.now();
  const fixedRate = wanted.fixesRate && currency !== 'BTC' ? rateOfToday(rates, currency, nowMs) : null;
  const pullPayment = withdrawal && ownPullPayment(facts, { ...wanted, ...withdrawal }, fixedRate, by, nowMs);
  const environment = store.testMode ? ('test' as const) : ('live' as const);
  const order = { storeId: store.id, environment, pullPayment, amount: wanted.amount, currency, fixedRate, metadata };
  const draft = draftPayout({ ...order, orderRef, sameOrderAs, createdBy: by }, rates, nowMs);
  const terms = { methods: METHODS, minBolt11Seconds: MIN_BOLT11_SECONDS, isOwn, nowMs };
  const fact = {
    kind: 'claimed',
    destination: payableTo(read, draft, terms),
    approvedBy: isApproved ? by : null,
  } as const;
  const rows = pullPayment ? [insertPullPayment(deps.db, { ...pullPayment, refundSats: null }, null)] : [];
  return writeNew(deps, facts, draft, fact, { by, use, rows });
}

/** The payout's event tells of it. */
function ownPullPayment(
  { store }: StoreFacts,
  { amount, currency, dialect, name, description, metadata }: OwnPayout & PullPaymentName & { amount: string },
  fixedRate: string | null,
  createdBy: Making['by'],
  nowMs: number,
): PullPayment {
  return {
    ...{ storeId: store.id, id: newId(nowMs), environment: store.testMode ? 'test' : 'live', origin: 'withdrawal' },
    ...{
      dialect,
      invoiceId: null,
      name,
      description,
      amount,
      currency,
      fixedRate,
      isSingleUse: true,
      autoApprove: false,
    },
    ...{
      methods: METHODS,
      minBolt11Seconds: MIN_BOLT11_SECONDS,
      startsAtMs: null,
      expiresAtMs: null,
      archivedAtMs: null,
    },
    ...{
      metadata,
      orderRef: orderRefOf(metadata),
      redirectUrl: null,
      redirectAutomatically: false,
      createdAtMs: nowMs,
      createdBy,
      version: 0,
    },
  };
}

type PullPaymentName = NonNullable<OwnPayout['withdrawal']>;

/** @throws ApiError duplicate_destination where the BOLT11 is another one's */
async function earlierOf(
  deps: Deps,
  storeId: string,
  { amount, currency, metadata, withdrawal }: OwnPayout & { amount: string },
  { bolt11 }: ReadDestination,
): Promise<Payout> {
  const earlier = bolt11 ? await payoutByHash(deps.db, storeId, bolt11.paymentHash) : undefined;
  const isSame =
    earlier?.currency === currency &&
    unitsOf(earlier.amount, currency) === unitsOf(amount, currency) &&
    JSON.stringify(earlier.metadata) === JSON.stringify(metadata);
  if (!earlier || !isSame) throw bolt11Taken();
  const { pullPaymentId } = earlier;
  const claimed = pullPaymentId === null ? null : await claimedPullPayment(deps.db, pullPaymentId);
  // What a person has claimed is not what the store makes now.
  if ((claimed?.origin ?? null) !== (withdrawal && 'withdrawal')) throw bolt11Taken();
  return earlier;
}
