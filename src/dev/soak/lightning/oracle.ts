// Knows what was paid at each node and what each has said, and holds what the product has written against it. It shares no code with
// the product. Called by game.ts: check() after each step, checkOutcome() when nothing can come any more.

import { Violation } from '../violation.ts';
import type { SoakBolt11 } from './node.ts';
import type { LightningSoak, SoakInvoice } from './world.ts';

interface PaymentRow {
  invoiceId: string;
  method: string;
  id: string;
  sats: number;
  state: string;
  firstSeenMs: number;
}

interface InvoiceRow {
  id: string;
  status: string;
  seenSats: number;
  version: number;
}

interface EventRow {
  invoiceId: string;
  seq: number;
  type: string;
  atMs: number;
  status: string;
  deliveries: number;
}

interface OwnerRow {
  hash: string;
  invoiceId: string;
}

const ONCE = ['created', 'paid', 'late_paid', 'overpaid', 'expired', 'cancelled'].map((name) => `invoice.${name}`);
/** A payment that is held is under way for so long. */
const MAX_HELD_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;

export class LightningOracle {
  readonly #world: LightningSoak;
  /** Events already judged, by invoice. */
  readonly #judged = new Map<string, number>();

  constructor(world: LightningSoak) {
    this.#world = world;
  }

  check(): void {
    const { d1 } = this.#world.chain;
    const payments = Map.groupBy(d1.rows<PaymentRow>(PAYMENTS), ({ invoiceId }) => invoiceId);
    const events = Map.groupBy(d1.rows<EventRow>(EVENTS), ({ invoiceId }) => invoiceId);
    this.#checkCredited([...payments.values()].flat());
    for (const row of d1.rows<InvoiceRow>(INVOICES)) {
      const invoice = this.#world.invoices.find(({ id }) => id === row.id);
      // One whose answer was lost in a crash is made, and no test of ours knows it.
      if (!invoice) continue;
      const own = events.get(row.id) ?? [];
      checkEvents(row, own);
      checkSum(invoice, row, payments.get(row.id) ?? []);
      this.#checkExpiry(invoice, own, payments.get(row.id) ?? []);
    }
    this.#checkShared();
  }

  /** All is well again, and more than a day has passed. */
  checkOutcome(): void {
    const { d1 } = this.#world.chain;
    const payments = d1.rows<PaymentRow>(PAYMENTS);
    const open = d1.rows<OwnerRow>(`${OWNERS} AND watch_until IS NOT NULL`);
    if (open.length > 0) throw new Violation(`the end: ${open[0]?.hash} is still looked up`);
    if (this.#world.alarmMs !== null) throw new Violation('the end: an alarm is set, and nothing is open');
    for (const { hash, invoiceId } of d1.rows<OwnerRow>(OWNERS)) {
      const bolt11 = this.#bolt11(hash);
      // After a day in which the node knew nothing there is no more to be learnt.
      const isGivenUp = bolt11.hiddenAtMs !== null && bolt11.hiddenAtMs >= bolt11.expiresAtMs + DAY_MS;
      const isKnown = isGivenUp || payments.some(({ id }) => id === hash);
      if (bolt11.paidAtMs !== null && !bolt11.isForgotten && !isKnown)
        throw new Violation(`the end: ${hash} was paid and invoice ${invoiceId} does not know`);
    }
    const events = Map.groupBy(d1.rows<EventRow>(EVENTS), ({ invoiceId }) => invoiceId);
    for (const row of d1.rows<InvoiceRow>(INVOICES)) {
      const invoice = this.#world.invoices.find(({ id }) => id === row.id);
      const own = payments.filter(({ invoiceId }) => invoiceId === row.id);
      if (invoice) checkStatus(invoice, row, own, events.get(row.id) ?? []);
    }
  }

  /** Each hash once at most, and only what a look-up has shown, with the sum that it has shown. */
  #checkCredited(payments: PaymentRow[]): void {
    const seen = new Set<string>();
    for (const { id, sats, method } of payments) {
      if (method !== 'lightning') continue;
      if (seen.has(id)) throw new Violation(`${id} is credited twice`);
      seen.add(id);
      const bolt11 = this.#bolt11(id);
      if (bolt11.paidAtMs === null) throw new Violation(`${id} is credited and was not paid`);
      if (!bolt11.saidSats.has(BigInt(sats)))
        throw new Violation(`${id} is credited with ${sats} sats, which no look-up has shown`);
    }
  }

  /** What was paid in time is known before an invoice is said to have expired. */
  #checkExpiry({ id, expiresAtMs }: SoakInvoice, events: EventRow[], payments: PaymentRow[]): void {
    for (const { type, atMs, seq } of events.slice(this.#judged.get(id) ?? 0)) {
      if (type !== 'invoice.expired') continue;
      if (atMs < expiresAtMs) throw new Violation(`event ${seq}: it expired before its time`);
      for (const { hash } of this.#world.chain.d1.rows<OwnerRow>(`${OWNERS} AND invoice_id = ?`, id)) {
        const { paidAtMs, heldAtMs, isForgotten, state } = this.#bolt11(hash);
        if (isForgotten || payments.some((one) => one.id === hash)) continue;
        // A node says for a day that it knows nothing: nothing can be learnt after that.
        if (paidAtMs !== null && paidAtMs < expiresAtMs && atMs < expiresAtMs + DAY_MS)
          throw new Violation(`event ${seq}: it expired, and ${hash} had been paid`);
        if (state === 'held' && heldAtMs !== null && heldAtMs < expiresAtMs && atMs < expiresAtMs + MAX_HELD_MS)
          throw new Violation(`event ${seq}: it expired while ${hash} was under way`);
      }
    }
    this.#judged.set(id, events.length);
  }

  /** No two invoices show one BOLT11. */
  #checkShared(): void {
    const rows = this.#world.chain.d1.rows<{ hash: string }>(SHARED);
    if (rows.length > 0) throw new Violation(`${rows[0]?.hash} is shown by two invoices`);
  }

  #bolt11(hash: string): SoakBolt11 {
    const found = this.#world.bolt11s.find(({ fresh }) => fresh.paymentHash === hash);
    if (!found) throw new Violation(`${hash} is of no node`);
    return found;
  }
}

/** Numbered without a gap, none twice that comes once, each with one delivery; the row says what the last one says. */
function checkEvents(row: InvoiceRow, events: EventRow[]): void {
  for (const [index, { seq, type, deliveries }] of events.entries()) {
    if (seq !== index + 1) throw new Violation(`event ${seq} stands where ${index + 1} belongs`);
    if (deliveries !== (type === 'invoice.updated' ? 0 : 1))
      throw new Violation(`${type} has ${deliveries} deliveries to one endpoint`);
  }
  for (const once of ONCE)
    if (events.filter(({ type }) => type === once).length > 1) throw new Violation(`${once} was announced twice`);
  const last = events.at(-1);
  if (row.version !== last?.seq) throw new Violation(`version ${row.version}, last event ${last?.seq}`);
  if (row.status !== last.status) throw new Violation(`status ${row.status}, last event says ${last.status}`);
}

const LIVE = new Set(['settled', 'mempool', 'confirmed']);

function credited({ lateDeadlineMs }: SoakInvoice, payments: PaymentRow[]): PaymentRow[] {
  return payments.filter(({ state, firstSeenMs }) => LIVE.has(state) && firstSeenMs <= lateDeadlineMs);
}

const satsIn = (payments: PaymentRow[]) => payments.reduce((sum, { sats }) => sum + sats, 0);

function checkSum(invoice: SoakInvoice, row: InvoiceRow, payments: PaymentRow[]): void {
  const sats = satsIn(credited(invoice, payments));
  if (row.seenSats !== sats) throw new Violation(`${row.seenSats} sats are said to be paid, ${sats} are`);
}

/** The first question that is answered with yes decides. */
function checkStatus(invoice: SoakInvoice, row: InvoiceRow, payments: PaymentRow[], events: EventRow[]): void {
  const was = (...types: string[]) => events.some(({ type }) => types.includes(type));
  const all = satsIn(payments.filter(({ state }) => LIVE.has(state)));
  const counted = credited(invoice, payments);
  const sats = satsIn(counted);
  const onTime = satsIn(counted.filter(({ firstSeenMs }) => firstSeenMs < invoice.expiresAtMs));
  const questions: [boolean, string][] = [
    [was('invoice.cancelled') && all > 0, 'requires_review'],
    [was('invoice.cancelled'), 'cancelled'],
    [sats > invoice.most, 'overpaid'],
    [sats >= invoice.least && onTime >= invoice.least, 'paid'],
    [sats >= invoice.least, 'late_paid'],
    [all > sats, 'requires_review'],
    [sats > 0, 'underpaid'],
    [true, 'expired'],
  ];
  const [, status] = questions.find(([isSo]) => isSo) ?? [];
  if (row.status !== status) throw new Violation(`the end: ${row.status} should be ${status} (${sats} of ${all} sats)`);
}

const INVOICES = 'SELECT id, status, seen_sats AS seenSats, version FROM invoices';
const PAYMENTS = `
  SELECT invoice_id AS invoiceId, method, id, value_sats AS sats, state, first_seen_at AS firstSeenMs FROM payments`;
const EVENTS = `
  SELECT subject_id AS invoiceId, seq, type, created_at AS atMs, status,
    (SELECT count(*) FROM deliveries d WHERE d.created_at = e.created_at AND d.store_id = e.store_id
      AND d.log_seq = e.log_seq AND d.endpoint_id <> 'deposits') AS deliveries
  FROM events e WHERE subject = 'invoice' ORDER BY subject_id, seq`;
const OWNERS = `
  SELECT payment_hash AS hash, invoice_id AS invoiceId FROM bolt11_invoices
  WHERE invoice_id IS NOT NULL`;
const SHARED = `
  SELECT json_extract(p.value, '$.minted.paymentHash') AS hash FROM invoices i, json_each(i.prompts) p
  WHERE hash IS NOT NULL GROUP BY hash HAVING count(*) > 1`;
