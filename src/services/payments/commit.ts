// The only writer of invoices after their creation, and of those that a deposit makes. One batch: the cached columns of each invoice, the
// payments that changed, the event and its deliveries. Either all of it is there or nothing; nothing is sent before it is.

import type { prepared } from '../../adapters/db/database.ts';
import type { StoredFacts } from '../../adapters/db/facts.ts';
import { insertInvoice, rewatch, updateInvoice } from '../../adapters/db/invoices.ts';
import { upsertPayment } from '../../adapters/db/payments.ts';
import { storedPrompts } from '../../adapters/db/prompts.ts';
import { liveMessage } from '../../adapters/rooms/messages.ts';
import { askedSats } from '../../core/invoice/due.ts';
import type { Invoice, LoggedEventType, Payment } from '../../core/invoice/invoice.ts';
import type { Details, Step } from '../../core/invoice/transition.ts';
import { isStillShown, lightningPromptOf } from '../../core/lightning/prompt.ts';
import type { Proof } from '../../core/onchain/payment.ts';
import { type InvoiceSnapshot, snapshotOf } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { appendAll, type Logging } from '../events/append.ts';
import { targetsOf } from '../events/targets.ts';
import { eventOf } from './event.ts';

/** A statement of a batch. */
export type Row = Parameters<typeof prepared>[1];

/** What was decided of one invoice. */
export interface Decided {
  /** As read: their version is the guard, and of an invoice that is made now that there is none. */
  facts: StoredFacts;
  /** null: the invoice stays as it is. */
  step: Step | null;
  /** What proves a payment. */
  proofOf?: ((payment: Payment) => Proof | undefined) | undefined;
  /** Written in the same batch. */
  rows?: Row[] | undefined;
}

export interface Advanced {
  /** The event that was logged; null when nothing changed. */
  type: LoggedEventType | null;
  /** The invoice as committed; null when nothing changed. */
  invoice: InvoiceSnapshot | null;
}

const UNCHANGED: Advanced = { type: null, invoice: null };

/**
 * Commits what was decided of different invoices: all in one batch, or nothing.
 * @returns what became of each; null when another writer was first: read again and decide again
 */
export async function commitAll(deps: Deps, decided: readonly Decided[]): Promise<Advanced[] | null> {
  const written = decided.map((one) => ({ ...one, logging: one.step?.type ? loggingOf(deps, one, one.step) : null }));
  const entries = written.flatMap(({ logging }) => logging?.entry ?? []);
  const watches = decided.flatMap(({ facts, step }) => (step?.type === null ? rewatched(deps, facts, step) : []));
  const logged = entries.length + watches.length === 0 ? [] : await appendAll(deps, entries, watches);
  if (!logged) return null;
  let at = 0;
  return written.map(({ facts, step, logging }) => {
    const event = logging && logged[at++];
    if (!step?.type || !event) return UNCHANGED;
    endUnwanted(deps, step, facts.invoice);
    const { id, depositAddressId } = step.invoice;
    deps.background(deps.rooms.publish(depositAddressId ?? id, [liveMessage(event)]));
    return { type: step.type, invoice: logging.snapshot };
  });
}

/** How long an invoice is watched and when it was looked at are kept without an event. */
function rewatched({ db }: Deps, { invoice: before }: StoredFacts, { invoice }: Step): Row[] {
  const { watchUntilMs, prompts } = invoice;
  const isLook = prompts !== before.prompts;
  if (!isLook && watchUntilMs === before.watchUntilMs) return [];
  return [rewatch(db, invoice.id, before.version, { watchUntilMs, ...(isLook ? { prompts } : {}) })];
}

/** Named only if they change, for the index that order_ref is in. */
function detailsChanged(before: Invoice, after: Invoice): Partial<Details> {
  const { metadata, orderRef, buyerEmail, archivedAtMs, successUrl, checkout } = after;
  return {
    ...(metadata === before.metadata ? {} : { metadata }),
    ...(orderRef === before.orderRef ? {} : { orderRef }),
    ...(buyerEmail === before.buyerEmail ? {} : { buyerEmail }),
    ...(archivedAtMs === before.archivedAtMs ? {} : { archivedAtMs }),
    ...(successUrl === before.successUrl ? {} : { successUrl }),
    ...(checkout === before.checkout ? {} : { checkout }),
  };
}

/** A BOLT11 that is shown no more should not be paid either: its node ends it, where it can. */
function endUnwanted(deps: Deps, { invoice, payments, assessment }: Step, { prompts }: Invoice): void {
  const before = lightningPromptOf({ prompts });
  const hash = before?.minted?.paymentHash;
  if (!before?.connectionId || !hash || payments.some(({ id }) => id === hash)) return;
  const asked = askedSats(assessment.dueSats, invoice.prompts);
  if (isStillShown(invoice, hash, asked)) return;
  deps.background(deps.lightning.end(invoice.storeId, hash));
}

/** The event of a step, its deliveries, and what it changes. */
function loggingOf(
  deps: Deps,
  { facts, proofOf, rows = [] }: Decided,
  step: Step,
): { entry: Logging; snapshot: InvoiceSnapshot } | null {
  const { db } = deps;
  const { type, invoice, assessment, atMs } = step;
  if (type === null) return null;
  const snapshot = snapshotOf(invoice, step.payments, assessment, {
    tipHeight: step.tipHeight,
    origin: deps.config.ORIGIN,
  });
  const event = eventOf(type, invoice, assessment, snapshot, atMs);
  const targets = targetsOf(type, facts.endpoints, {
    before: facts.isNew ? null : facts,
    after: { invoice, payments: step.payments, confirmedSats: assessment.confirmedSats, tipHeight: step.tipHeight },
    atMs,
    origin: deps.config.ORIGIN,
  });

  const sums = { seenSats: Number(assessment.seenSats), confirmedSats: Number(assessment.confirmedSats) };
  const update = updateInvoice(db, invoice.id, facts.invoice.status, {
    status: assessment.status,
    ...sums,
    version: invoice.version,
    marks: invoice.marks,
    history: invoice.history,
    announced: invoice.announced,
    ...detailsChanged(facts.invoice, invoice),
    ...(invoice.prompts === facts.invoice.prompts ? {} : { prompts: storedPrompts(invoice) }),
    // Named only if it changes: D1 bills the rewriting of an index even where the value stays.
    ...(invoice.watchUntilMs === facts.invoice.watchUntilMs ? {} : { watchUntilMs: invoice.watchUntilMs }),
  });
  const payments = step.changed.map((payment) => upsertPayment(db, invoice.id, payment, proofOf?.(payment)));
  const entry = { event, receivers: { targets, endpoints: facts.endpoints } };
  if (facts.isNew)
    return { snapshot, entry: { ...entry, changes: payments, making: insertInvoice(db, invoice, sums) } };
  return { snapshot, entry: { ...entry, changes: [update, ...payments, ...rows] } };
}
