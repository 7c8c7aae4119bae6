// A store's promises of money to those who claim it: made, read, listed, archived. Called by the APIs and the pages of claims.

import type { KeyUse } from '../../adapters/db/idempotency.ts';
import { type ClaimFacts, storeFactsOf } from '../../adapters/db/payout-facts.ts';
import { insertPayout, listPayouts } from '../../adapters/db/payouts.ts';
import {
  archivingPullPayment,
  claimedPullPayment,
  insertPullPayment,
  listPullPayments,
  type PullPaymentQuery,
} from '../../adapters/db/pull-payments.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { orderRefOf } from '../../core/invoice/order-ref.ts';
import { amountOf } from '../../core/money/amounts.ts';
import type { Decider, PullPayment } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { append } from '../events/append.ts';
import { targetsOfPullPayment, targetsOfSubject } from '../events/targets.ts';
import { draftPayout, newId, rateOfToday } from './draft.ts';
import { pullPaymentEvent } from './event.ts';
import { DAY_LIMIT_MS, move } from './move.ts';

export type ClaimedPullPayment = ClaimFacts['pullPayment'];

/** What its maker settles. */
export interface PullPaymentOrder
  extends Omit<
    PullPayment,
    'storeId' | 'id' | 'environment' | 'archivedAtMs' | 'orderRef' | 'createdAtMs' | 'createdBy' | 'version'
  > {
  /** A fiat amount becomes sats by the rate of now: in the place of `fixedRate`. */
  fixesRate?: boolean;
  /** Of what the invoice was paid it gives back so much; null where it names no invoice. */
  refundSats: bigint | null;
}

export interface Making {
  /** Who makes it, for the record. */
  by: Decider;
  use: KeyUse | null;
}

const MAX_TRIES = 5;

/** What a refund gives back. */
interface Refunded {
  invoice: Invoice;
  /** What all refunds of the invoice may come to; null where it may be more. */
  paidSats: bigint | null;
}

/**
 * One that a single claim uses up has its payout from now on.
 * @throws ApiError rate_unavailable; refund_exceeds_paid where they would come to more; where another request holds the Idempotency-Key
 */
export async function createPullPayment(
  deps: Deps,
  storeId: string,
  { refundSats, fixesRate = false, ...order }: PullPaymentOrder,
  { by, use }: Making,
  refunded: Refunded | null = null,
): Promise<ClaimedPullPayment> {
  const nowMs = deps.now();
  const orderRef = orderRefOf(order.metadata);
  const facts = await storeFactsOf(deps.db, storeId, nowMs - DAY_LIMIT_MS, { orderRef });
  const { store, rates, endpoints, sameOrderAs } = facts;
  const made: PullPayment = {
    ...order,
    fixedRate: fixesRate && order.currency !== 'BTC' ? rateOfToday(rates, order.currency, nowMs) : order.fixedRate,
    ...{ storeId, id: newId(nowMs), environment: store.testMode ? 'test' : 'live', archivedAtMs: null },
    ...{ orderRef, createdAtMs: nowMs, createdBy: by, version: 1 },
  };
  const type = refunded ? 'refund.created' : 'pull_payment.created';
  const event = pullPaymentEvent(made, type, by, nowMs);
  const step = { pullPayment: made, invoice: refunded?.invoice ?? null, atMs: nowMs };
  const receivers = { targets: targetsOfPullPayment(type, endpoints, step), endpoints };
  const payout = draftPayout({ ...made, pullPayment: made, sameOrderAs }, rates, nowMs);
  const logged = await append(deps, event, receivers, made.isSingleUse ? [insertPayout(deps.db, payout)] : [], {
    making: insertPullPayment(deps.db, { ...made, refundSats }, refunded?.paidSats ?? null),
    use,
  });
  // Another refund was first.
  if (!logged) throw new ApiError('refund_exceeds_paid');
  return { ...made, claimedAmount: nothingOf(made), paidAmount: nothingOf(made), sameOrderAs };
}

/** The merchant's view. @throws ApiError not_found, for another store's too */
export async function readPullPayment(deps: Deps, storeId: string, id: string): Promise<ClaimedPullPayment> {
  const pullPayment = await readAnyPullPayment(deps, id);
  if (pullPayment.storeId !== storeId) throw new ApiError('not_found');
  return pullPayment;
}

/** Of any store: what of it is shown is the caller's to decide. @throws ApiError not_found */
export async function readAnyPullPayment(deps: Deps, id: string): Promise<ClaimedPullPayment> {
  const pullPayment = await claimedPullPayment(deps.db, id);
  if (!pullPayment) throw new ApiError('not_found');
  return pullPayment;
}

interface PageOfPullPayments {
  pullPayments: ClaimedPullPayment[];
  /** The last id, where another page follows. */
  next: string | null;
}

/** A store's, newest first. */
export async function readPullPayments(deps: Deps, query: PullPaymentQuery): Promise<PageOfPullPayments> {
  const rows = await listPullPayments(deps.db, { ...query, limit: query.limit + 1 });
  const pullPayments = rows.slice(0, query.limit);
  return { pullPayments, next: rows.length > query.limit ? (pullPayments.at(-1)?.id ?? null) : null };
}

/** It takes no more claims, and those that are not on their way are cancelled. @throws ApiError not_found */
export async function archivePullPayment(
  deps: Deps,
  storeId: string,
  id: string,
  { by, use }: Making,
): Promise<ClaimedPullPayment> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const pullPayment = await readPullPayment(deps, storeId, id);
    if (pullPayment.archivedAtMs === null && !(await archived(deps, pullPayment, { by, use }))) continue;
    await endClaims(deps, pullPayment, by);
    return readPullPayment(deps, storeId, id);
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the pull payment. Try again.');
}

async function archived(deps: Deps, pullPayment: PullPayment, { by, use }: Making): Promise<boolean> {
  const nowMs = deps.now();
  const { endpoints } = await storeFactsOf(deps.db, pullPayment.storeId, nowMs - DAY_LIMIT_MS);
  const after = { ...pullPayment, archivedAtMs: nowMs, version: pullPayment.version + 1 };
  const event = pullPaymentEvent(after, 'pull_payment.archived', by, nowMs);
  const receivers = { targets: targetsOfSubject(event.type, endpoints), endpoints };
  const change = archivingPullPayment(deps.db, pullPayment, nowMs);
  return (await append(deps, event, receivers, [change], { use })) !== null;
}

const CLAIMS_AT_ONCE = 100;
const NOT_ON_THEIR_WAY = ['awaiting_claim', 'awaiting_approval', 'queued'] as const;

/** Those that a crash leaves are ended by the next request to archive it. */
async function endClaims(deps: Deps, { storeId, id }: PullPayment, by: Decider): Promise<void> {
  let after: string | undefined;
  do {
    const query = { storeId, pullPaymentId: id, states: NOT_ON_THEIR_WAY, after, limit: CLAIMS_AT_ONCE };
    const claims = await listPayouts(deps.db, query);
    for (const claim of claims)
      await move(deps, claim, () => ({ kind: 'link_ended', reason: 'link_archived' }), { by });
    after = claims.length < CLAIMS_AT_ONCE ? undefined : claims.at(-1)?.id;
  } while (after !== undefined);
}

const nothingOf = ({ currency }: PullPayment): string => amountOf(0n, currency);
