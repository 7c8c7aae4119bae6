// What the product has written, as rows: the oracle reads the tables themselves and trusts nothing that was read for it.
// Called by the oracle.

import type { World } from './world.ts';

export interface InvoiceRow {
  id: string;
  status: string;
  version: number;
  seenSats: number;
  confirmedSats: number;
  marks: string;
  /** 0 or 1. */
  isWatched: number;
}

export interface PaymentRow {
  invoiceId: string;
  txid: string;
  vout: number;
  sats: number;
  state: string;
  firstSeenMs: number;
  height: number | null;
  hash: string | null;
  inputs: string;
}

export interface EventRow {
  seq: number;
  type: string;
  createdAtMs: number;
  status: string;
  reviewReason: string | null;
  paidSats: number;
  deliveries: number;
  /** 0 or 1: the columns that bills, mails and lists read say what the snapshot says. */
  isTrue: number;
}

export interface Records {
  tip: { hash: string; height: number } | null;
  /** Our chain, from its tip downwards. */
  headers: { hash: string; height: number }[];
  invoices: InvoiceRow[];
  payments: PaymentRow[];
  /** By invoice, in the order of their numbers. */
  events: Map<string, EventRow[]>;
}

export function recordsOf({ d1 }: World): Records {
  const events = d1.rows<EventRow & { invoiceId: string }>(EVENTS);
  return {
    tip: d1.rows<{ hash: string; height: number }>(TIP)[0] ?? null,
    headers: d1.rows(HEADERS),
    invoices: d1.rows(INVOICES),
    payments: d1.rows(PAYMENTS),
    events: Map.groupBy(events, ({ invoiceId }) => invoiceId),
  };
}

const TIP = 'SELECT tip_hash AS hash, tip_height AS height FROM chain_state';
const HEADERS = 'SELECT hash, height FROM headers WHERE stale = 0 ORDER BY height DESC';
const INVOICES = `
  SELECT id, status, version, seen_sats AS seenSats, confirmed_sats AS confirmedSats, marks,
    watch_until IS NOT NULL AS isWatched
  FROM invoices`;
const PAYMENTS = `
  SELECT invoice_id AS invoiceId, substr(id, 1, 64) AS txid, CAST(substr(id, 66) AS INTEGER) AS vout, value_sats AS sats, state, first_seen_at AS firstSeenMs,
    block_height AS height, details ->> 'blockHash' AS hash, details ->> 'inputs' AS inputs
  FROM payments`;
const EVENTS = `
  SELECT subject_id AS invoiceId, seq, type, created_at AS createdAtMs, snapshot ->> 'status' AS status,
    snapshot ->> 'review_reason' AS reviewReason, CAST(snapshot ->> 'amount_paid_sats' AS INTEGER) AS paidSats,
    (SELECT count(*) FROM deliveries d WHERE d.created_at = e.created_at AND d.store_id = e.store_id
      AND d.log_seq = e.log_seq) AS deliveries,
    (status, review_reason, seen_sats, confirmed_sats) IS (snapshot ->> 'status', snapshot ->> 'review_reason',
      CAST(snapshot ->> 'amount_paid_sats' AS INTEGER), CAST(snapshot ->> 'amount_confirmed_sats' AS INTEGER)) AS isTrue
  FROM events e WHERE subject = 'invoice' ORDER BY subject_id, seq`;
