// What the product has written, as rows: the oracle reads the tables themselves and trusts nothing that was read for it.
// Called by the oracle.

import { type Packed, unpack } from '../../adapters/db/packed.ts';
import { BODIES, DEPOSIT_ENDPOINT, heardIn } from './address-terms.ts';
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
  /** null for what is no deposit. */
  depositAddressId: string | null;
  expiresAtMs: number;
  lateDeadlineMs: number;
}

export interface PaymentRow {
  invoiceId: string;
  /** The invoice, or the permanent address that it is a deposit to. */
  placeId: string;
  address: string;
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
  /** To the endpoint that is announced everything. */
  deliveries: number;
  /** What the endpoint of deposits receives, in order: `Processing 0`. */
  heard: string[];
  /** The columns that bills, mails and lists read say what the snapshot says. */
  isTrue: boolean;
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
  const events = d1.rows<StoredEvent>(EVENTS).map(eventRow);
  return {
    tip: d1.rows<{ hash: string; height: number }>(TIP)[0] ?? null,
    headers: d1.rows(HEADERS),
    invoices: d1.rows(INVOICES),
    payments: d1.rows(PAYMENTS),
    events: Map.groupBy(events, ({ invoiceId }) => invoiceId),
  };
}

type StoredEvent = Omit<EventRow, 'isTrue' | 'heard'> & {
  invoiceId: string;
  bodies: string;
  confirmedSats: number;
  snapshot: Packed;
};

function eventRow({ confirmedSats, snapshot, bodies, ...row }: StoredEvent): EventRow & { invoiceId: string } {
  const frozen = JSON.parse(unpack(snapshot)) as Record<string, string | null>;
  const isTrue =
    frozen.status === row.status &&
    frozen.review_reason === row.reviewReason &&
    frozen.amount_paid_sats === String(row.paidSats) &&
    frozen.amount_confirmed_sats === String(confirmedSats);
  return { ...row, isTrue, heard: heardIn(bodies) };
}

const TIP = 'SELECT tip_hash AS hash, tip_height AS height FROM chain_state';
const HEADERS = 'SELECT hash, height FROM headers WHERE stale = 0 ORDER BY height DESC';
const INVOICES = `
  SELECT id, status, version, seen_sats AS seenSats, confirmed_sats AS confirmedSats, marks,
    watch_until IS NOT NULL AS isWatched, deposit_address_id AS depositAddressId, expires_at AS expiresAtMs,
    late_deadline_at AS lateDeadlineMs
  FROM invoices`;
const PAYMENTS = `
  SELECT invoice_id AS invoiceId, coalesce(i.deposit_address_id, i.id) AS placeId, i.address, substr(p.id, 1, 64) AS txid,
    CAST(substr(p.id, 66) AS INTEGER) AS vout, value_sats AS sats, state, first_seen_at AS firstSeenMs,
    block_height AS height, details ->> 'blockHash' AS hash, details ->> 'inputs' AS inputs
  FROM payments p JOIN invoices i ON i.id = p.invoice_id`;
const EVENTS = `
  SELECT subject_id AS invoiceId, seq, type, created_at AS createdAtMs, status, review_reason AS reviewReason, seen_sats AS paidSats,
    confirmed_sats AS confirmedSats, snapshot,
    (SELECT count(*) FROM deliveries d WHERE d.created_at = e.created_at AND d.store_id = e.store_id
      AND d.log_seq = e.log_seq AND d.endpoint_id <> '${DEPOSIT_ENDPOINT.id}') AS deliveries,
    ${BODIES} AS bodies
  FROM events e WHERE subject = 'invoice' ORDER BY subject_id, seq`;
