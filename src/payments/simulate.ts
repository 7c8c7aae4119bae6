// Test mode's stand-in for the chain: makes up the facts that lead to an event and commits them by the same road as the
// chain's. What could not follow on a real chain is refused.

import type { Facts } from '../db/facts.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { isSettled } from '../invoice/assess.ts';
import type { EventType, Payment } from '../invoice/invoice.ts';
import type { NativeInvoice } from '../invoice/native.ts';
import { advance, type Change } from './advance.ts';

export interface Simulation {
  event: EventType;
  /** Sats that arrive; without it the amount that makes the event. */
  amountSats: bigint | null;
}

/** A made-up payment has every confirmation that anyone may ask for. */
const SIMULATED_HEIGHT = 0;
const SIMULATED_BLOCK = '00'.repeat(32);

/** @throws ApiError not_found, test_mode_only, simulation_not_possible */
export async function simulate(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  simulation: Simulation,
): Promise<NativeInvoice> {
  const step = (event: EventType, amountSats: bigint | null) =>
    advance(deps, invoiceId, (facts) => {
      if (facts.invoice.storeId !== storeId) throw new ApiError('not_found');
      if (facts.invoice.environment !== 'test') throw new ApiError('test_mode_only');
      // Nothing to undo yet: pay first, so that one call shows the whole story.
      if (event === 'invoice.payment_reverted' && !isSettled(facts.invoice.history)) return null;
      return { ...leadingTo(event, amountSats, facts, deps.now()), expect: event };
    });
  let { invoice } = await step(simulation.event, simulation.amountSats);
  if (!invoice) {
    await step('invoice.paid', null);
    ({ invoice } = await step(simulation.event, null));
  }
  if (!invoice) throw new ApiError('simulation_not_possible');
  return invoice;
}

function leadingTo(event: EventType, amountSats: bigint | null, facts: Facts, nowMs: number): Change {
  const { invoice, payments } = facts;
  const owed = invoice.amountSats ?? 1n;
  const confirmed = payments
    .filter(({ state }) => state === 'confirmed')
    .reduce((sum, { valueSats }) => sum + valueSats, 0n);
  const missing = owed > confirmed ? owed - confirmed : 1n;
  const afterExpiry = Math.max(nowMs, invoice.expiresAtMs);
  const tipHeight = Math.max(facts.tipHeight ?? 0, SIMULATED_HEIGHT + invoice.confThreshold);
  const pay = (valueSats: bigint, firstSeenMs: number): Change => ({
    payments: [...settle(payments), payment(amountSats ?? valueSats, 'confirmed', firstSeenMs)],
    tipHeight,
  });
  switch (event) {
    case 'invoice.created':
      return { announce: event };
    case 'invoice.payment_seen':
      return { payments: [...payments, payment(amountSats ?? missing, 'mempool', onTime(facts, nowMs))] };
    case 'invoice.paid':
      return seen(payments) && amountSats === null
        ? { payments: settle(payments), tipHeight }
        : { ...pay(missing, onTime(facts, nowMs)) };
    case 'invoice.late_paid':
      return pay(missing, Math.min(afterExpiry, invoice.lateDeadlineMs));
    case 'invoice.underpaid':
      return pay(missing > 1n ? missing / 2n : 1n, onTime(facts, nowMs));
    case 'invoice.overpaid':
      return pay(missing + owed / 2n + invoice.toleranceAboveSats + 1n, onTime(facts, nowMs));
    case 'invoice.expired':
      return { lookedAtMs: afterExpiry };
    case 'invoice.payment_reverted':
      return {
        payments: payments.map((known) => ({ ...known, state: 'reorged', blockHash: null, blockHeight: null })),
      };
    case 'invoice.requires_review':
      return {
        marks: [...invoice.marks, { kind: 'review_opened', atMs: nowMs, by: 'simulator', reason: 'simulated' }],
      };
    case 'invoice.cancelled':
      return { marks: [...invoice.marks, { kind: 'cancelled', atMs: nowMs, by: 'simulator' }] };
  }
}

/** A moment at which a payment is still on time. */
function onTime({ invoice }: Facts, nowMs: number): number {
  return Math.min(nowMs, invoice.expiresAtMs - 1);
}

function seen(payments: readonly Payment[]): boolean {
  return payments.some(({ state }) => state === 'mempool');
}

/** What was in the made-up mempool gets its block. */
function settle(payments: readonly Payment[]): Payment[] {
  return payments.map((known) =>
    known.state === 'mempool'
      ? { ...known, state: 'confirmed', blockHeight: SIMULATED_HEIGHT, blockHash: SIMULATED_BLOCK }
      : known,
  );
}

function payment(valueSats: bigint, state: 'mempool' | 'confirmed', firstSeenMs: number): Payment {
  const random = crypto.getRandomValues(new Uint8Array(32));
  return {
    txid: Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    vout: 0,
    valueSats,
    method: 'simulated',
    state,
    firstSeenMs,
    blockHeight: state === 'confirmed' ? SIMULATED_HEIGHT : null,
    blockHash: state === 'confirmed' ? SIMULATED_BLOCK : null,
    inputs: [],
    missingSinceMs: null,
  };
}
