// The only writer of invoices after their creation, and of those that a deposit makes. One batch: the invoice's cached columns, the payments that changed,
// the event and its deliveries. Either all of it is there or nothing; nothing is sent before it is.

import type { prepared } from '../../adapters/db/database.ts';
import type { StoredFacts } from '../../adapters/db/facts.ts';
import { insertInvoice, updateInvoice } from '../../adapters/db/invoices.ts';
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
import { append } from '../events/append.ts';
import { targetsOf } from '../events/targets.ts';
import { eventOf } from './event.ts';

/** A statement of a batch. */
export type Row = Parameters<typeof prepared>[1];

interface Decided extends Step {
  type: LoggedEventType;
  /** What proves a payment. */
  proofOf: ((payment: Payment) => Proof | undefined) | undefined;
  rows: Row[] | undefined;
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

/**
 * @param facts as read: their version is the guard, and of an invoice that is made now that there is none
 * @returns the invoice as committed, or null when another writer was first: read again and decide again
 */
export async function commit(deps: Deps, facts: StoredFacts, step: Decided): Promise<InvoiceSnapshot | null> {
  const { db } = deps;
  const { type, invoice, assessment, atMs } = step;
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
  const update = updateInvoice(db, invoice.id, {
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
  const payments = step.changed.map((payment) => upsertPayment(db, invoice.id, payment, step.proofOf?.(payment)));
  const receivers = { targets, endpoints: facts.endpoints };
  const logged = facts.isNew
    ? await append(deps, event, receivers, payments, { making: insertInvoice(db, invoice, sums) })
    : await append(deps, event, receivers, [update, ...payments, ...(step.rows ?? [])]);
  if (!logged) return null;
  endUnwanted(deps, step, facts.invoice);
  deps.background(deps.rooms.publish(invoice.depositAddressId ?? invoice.id, [liveMessage(logged)]));
  return snapshot;
}
