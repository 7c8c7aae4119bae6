// What has to add up in an invoice's own records on any chain. Called by oracle.ts.

import { satsIn } from './holdings.ts';
import type { EventRow, InvoiceRow, PaymentRow } from './records.ts';
import { Violation } from './violation.ts';
import type { InvoiceTerms } from './world.ts';

/** At most once each; the other events may come again. */
const ONCE = new Set(
  ['created', 'payment_seen', 'paid', 'late_paid', 'expired', 'overpaid', 'cancelled'].map((name) => `invoice.${name}`),
);

/** Numbered without a gap, none twice that comes once, each with one delivery; the row says what the last one says. */
export function checkEvents(row: InvoiceRow, events: EventRow[]): void {
  const seen = new Set<string>();
  for (const [index, { seq, type, deliveries, isTrue }] of events.entries()) {
    if (seq !== index + 1) throw new Violation(`event ${seq} stands where ${index + 1} belongs`);
    if (!isTrue) throw new Violation(`the columns of event ${seq} say something else than its snapshot`);
    if (ONCE.has(type) && seen.has(type)) throw new Violation(`${type} was announced twice`);
    seen.add(type);
    if (deliveries !== (type === 'invoice.updated' ? 0 : 1)) {
      throw new Violation(`${type} has ${deliveries} deliveries to one endpoint`);
    }
  }
  const last = events.at(-1);
  if (row.version !== last?.seq) throw new Violation(`version ${row.version}, last event ${last?.seq}`);
  if (row.status !== last.status) throw new Violation(`status ${row.status}, last event says ${last.status}`);
}

interface Books {
  row: InvoiceRow;
  last: EventRow;
  payments: PaymentRow[];
}

/** What is said to be paid is the sum of the payments that count, none of which spend the same coin. */
export function checkSats(terms: InvoiceTerms, { row, last, payments }: Books): void {
  const live = payments.filter(({ state }) => state === 'mempool' || state === 'confirmed');
  const credited = satsIn(live.filter(({ firstSeenMs }) => firstSeenMs <= terms.lateDeadlineMs));
  if (row.seenSats !== credited) throw new Violation(`${row.seenSats} sats are said to be seen, ${credited} are`);
  if (last.paidSats !== credited) throw new Violation(`${last.paidSats} sats are shown as paid, ${credited} are`);
  const spenders = new Map<string, string>();
  for (const { txid, inputs } of live) {
    for (const input of JSON.parse(inputs) as string[]) {
      const other = spenders.get(input) ?? txid;
      if (other !== txid) throw new Violation(`${txid} and ${other} spend one coin and both count`);
      spenders.set(input, txid);
    }
  }
}
