// Test mode's stand-in for the chain: makes up the facts that lead to an event and commits them by the same road as the
// chain's. What could not follow on a real chain is refused.

import type { StoredFacts } from '../../adapters/db/facts.ts';
import { askedSats } from '../../core/invoice/due.ts';
import type { EventType, Invoice, Payment, Status } from '../../core/invoice/invoice.ts';
import { isLive } from '../../core/invoice/methods.ts';
import { lightningPayment } from '../../core/lightning/payment.ts';
import { lightningPromptOf } from '../../core/lightning/prompt.ts';
import { type SimulatedPayment, simulatedPayment } from '../../core/simulated/payment.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { advance, type ChangeRequest } from './advance.ts';
import { randomHash } from './mint.ts';
import { factsOfDeposit } from './observe.ts';

interface Simulation {
  event: EventType;
  /** Amount in sats; without it the amount that makes the event. */
  amountSats: bigint | null;
  /** How money arrives; on chain where it is left out, unless Lightning alone is offered. */
  method?: 'onchain' | 'lightning' | undefined;
}

/**
 * @throws ApiError not_found, test_mode_only, simulation_not_possible; invoice_already_paid and invoice_expired where more
 *   money changes nothing any more
 */
export async function simulate(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  simulation: Simulation,
): Promise<InvoiceSnapshot> {
  return simulateOn(deps, storeId, invoiceId, simulation).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
    // The id may be a permanent address's: what is sent there makes an invoice of its own.
    const depositId = crypto.randomUUID();
    const read = () => factsOfDeposit(deps, invoiceId, depositId);
    return simulateOn(deps, storeId, depositId, simulation, read);
  });
}

async function simulateOn(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  simulation: Simulation,
  read?: () => Promise<StoredFacts | null>,
): Promise<InvoiceSnapshot> {
  /** Set where something has to happen first, so that one call shows the whole story. */
  let first: EventType | null = null;
  const step = (event: EventType, amountSats: bigint | null) =>
    advance(
      deps,
      invoiceId,
      (facts) => {
        if (facts.invoice.storeId !== storeId) throw new ApiError('not_found');
        // What an address of an earlier version has received is an invoice of its name, and takes nothing more.
        if (!read && facts.invoice.depositAddressId === invoiceId) throw new ApiError('not_found');
        if (facts.invoice.environment !== 'test') throw new ApiError('test_mode_only');
        first = facts.invoice.status === 'pending' ? (FIRST[event] ?? null) : null;
        if (first) return null;
        const change = leadingTo(event, amountSats, facts, deps.now(), methodFor(simulation, facts.invoice));
        if (facts.isNew && !change.payments?.length) throw new ApiError('simulation_not_possible');
        return expected(event, change, facts, deps.now());
      },
      undefined,
      read,
    );
  let { invoice } = await step(simulation.event, simulation.amountSats);
  if (first) {
    await step(first, null);
    ({ invoice } = await step(simulation.event, null));
  }
  if (!invoice) throw new ApiError('simulation_not_possible');
  return invoice;
}

/** @throws ApiError simulation_not_possible */
function methodFor({ method }: Simulation, { prompts }: Pick<Invoice, 'prompts'>): string {
  const offered = prompts.map((prompt) => prompt.method);
  if (method === undefined) return offered.length === 1 && offered[0] === 'lightning' ? 'lightning' : 'onchain';
  if (offered.includes(method)) return method;
  throw new ApiError('simulation_not_possible', `The invoice cannot be paid by ${method}.`);
}

/** What a buyer sends where the invoice takes any amount. */
const ANY_AMOUNT_SATS = 10_000n;

/** Events that a buyer's money makes. */
const PAYING: ReadonlySet<EventType> = new Set<EventType>([
  'invoice.payment_seen',
  'invoice.paid',
  'invoice.late_paid',
  'invoice.underpaid',
  'invoice.overpaid',
]);

/**
 * The change, to be committed only if the event comes of it. Money that would first be seen after the late deadline is
 * credited no more, on a chain as here. @throws ApiError invoice_already_paid, invoice_expired
 */
function expected(
  event: EventType,
  change: ChangeRequest,
  { invoice, payments }: StoredFacts,
  nowMs: number,
): ChangeRequest {
  const isPaid = PAYING.has(event) && ['paid', 'late_paid', 'overpaid'].includes(invoice.status);
  const bringsMoney = PAYING.has(event) && (change.payments?.length ?? 0) > payments.length;
  if (bringsMoney && nowMs > invoice.lateDeadlineMs) {
    throw new ApiError(isPaid ? 'invoice_already_paid' : 'invoice_expired');
  }
  const refusal = (wouldBe: Status) =>
    isPaid
      ? new ApiError('invoice_already_paid')
      : new ApiError('simulation_not_possible', `${event} cannot follow: the invoice would be ${wouldBe}.`);
  return { ...change, expect: { event, refusal } };
}

/** What has to have happened before. */
export const FIRST: Partial<Record<EventType, EventType>> = {
  'invoice.payment_replaced': 'invoice.payment_seen',
  'invoice.payment_reverted': 'invoice.paid',
};

/** The facts that lead to an event. */
export function leadingTo(
  event: EventType,
  amountSats: bigint | null,
  facts: Pick<StoredFacts, 'invoice' | 'payments'>,
  nowMs: number,
  method = 'onchain',
): ChangeRequest {
  const { invoice, payments } = facts;
  const owed = invoice.amountSats ?? ANY_AMOUNT_SATS;
  const arrived = payments.filter(isLive).reduce((total, { valueSats }) => total + valueSats, 0n);
  // Any payment pays an invoice of any amount.
  const isTopped = invoice.amountSats === null && arrived > 0n;
  const missing = !isTopped && owed > arrived ? owed - arrived : 0n;
  const onTimeMs = Math.min(nowMs, invoice.expiresAtMs - 1);
  const afterExpiryMs = Math.max(nowMs, invoice.expiresAtMs);
  /** The network relays no payment below the dust limit. */
  const sendable = (sats: bigint) => askedSats(sats > 0n ? sats : 1n, invoice.prompts);
  const payment = paymentBy(method, facts);
  /** A block comes: with what was in the mempool, and with a payment of the amount asked for, or else of this one. */
  const confirm = (valueSats: bigint, firstSeenMs: number): ChangeRequest => {
    const arriving = amountSats ?? valueSats;
    return {
      payments: [...mined(payments), ...(arriving > 0n ? [payment(arriving, 'confirmed', firstSeenMs)] : [])],
    };
  };
  switch (event) {
    case 'invoice.created':
      return { announce: event };
    case 'invoice.payment_seen':
      // Over Lightning a payment has arrived when it is seen.
      if (method === 'lightning') throw new ApiError('simulation_not_possible');
      return { payments: [...payments, payment(amountSats ?? sendable(missing), 'mempool', onTimeMs)] };
    case 'invoice.payment_replaced':
      return {
        payments: payments.map((known) => (known.state === 'mempool' ? { ...known, state: 'replaced' } : known)),
      };
    case 'invoice.paid':
      return confirm(missing, onTimeMs);
    case 'invoice.late_paid':
      return confirm(missing, afterExpiryMs);
    case 'invoice.underpaid':
      return confirm(sendable(missing / 2n), onTimeMs);
    case 'invoice.overpaid':
      return confirm(missing + owed / 2n + invoice.toleranceAboveSats + 1n, onTimeMs);
    case 'invoice.expired':
      return { lookedAtMs: afterExpiryMs };
    case 'invoice.payment_reverted':
      return { payments: reorged(payments) };
    case 'invoice.requires_review':
      return {
        // There is money to decide about, as in every real review.
        ...(arrived > 0n && amountSats === null ? { payments: mined(payments) } : confirm(sendable(missing), nowMs)),
        marks: [...invoice.marks, { kind: 'review_opened', atMs: nowMs, by: 'simulator', reason: 'simulated' }],
      };
    case 'invoice.cancelled':
      if (invoice.status !== 'pending') throw new ApiError('simulation_not_possible');
      return { marks: [...invoice.marks, { kind: 'cancelled', atMs: nowMs, by: 'simulator' }] };
  }
}

/** What a buyer's money is by a method. */
function paymentBy(method: string, { invoice, payments }: Pick<StoredFacts, 'invoice' | 'payments'>) {
  return (valueSats: bigint, state: SimulatedPayment['state'], firstSeenMs: number): Payment =>
    method === 'lightning'
      ? lightningPayment(bolt11For(invoice, payments), valueSats, firstSeenMs)
      : simulatedPayment(invoice.id, payments.length, { valueSats, state, firstSeenMs });
}

/** Nothing takes back what came over Lightning. */
function reorged(payments: readonly Payment[]): Payment[] {
  return payments.map((known) => (known.method === 'lightning' ? known : { ...known, state: 'reorged' }));
}

/** The BOLT11 that the buyer was shown, where it was not paid yet. */
function bolt11For(invoice: Invoice, payments: readonly Payment[]) {
  const shown = lightningPromptOf(invoice)?.minted;
  if (shown && !payments.some(({ id }) => id === shown.paymentHash)) return shown;
  return { paymentHash: randomHash(), bolt11: '' };
}

/** What was in the made-up mempool gets its block. */
function mined(payments: readonly Payment[]): Payment[] {
  return payments.map((known) => (known.state === 'mempool' ? { ...known, state: 'confirmed' } : known));
}
