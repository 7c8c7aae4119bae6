// Writes a new invoice in one batch: the address, the invoice, its event, the deliveries. SQL that is written once: the busiest
// path. Called by payments/create.ts alone; creation-context.ts reads what it is decided on.

import type { Invoice } from '../../core/invoice/invoice.ts';
import type { OnchainPrompt } from '../../core/onchain/prompt.ts';
import { type Bolt11Row, insertFirstBolt11 } from './bolt11-invoices.ts';
import {
  type ContextRow,
  type CreationContext,
  type CreationQuestion,
  contextOf,
  contextUnless,
  isStillSo,
} from './creation-context.ts';
import { type Database, prepared } from './database.ts';
import { type DeliveryTarget, insertDeliveries } from './deliveries.ts';
import { appendEvent, type NewEvent } from './events.ts';
import { claimKey, isKeyFree, type KeyUse } from './idempotency.ts';
import { NO_PLACE, storedPrompts } from './prompts.ts';
import { batchTogether } from './together.ts';

export interface Creation {
  invoice: Invoice;
  /** null for an invoice without an address. */
  onchain: {
    /** Lacks an address: what stands in the place of one stands for it wherever it belongs. */
    prompt: OnchainPrompt;
    /** Addresses from this index are not given out. */
    endIndex: number;
  } | null;
  event: NewEvent;
  /** The one that is minted already; null for none, or where no node has to be asked about it. */
  bolt11: Bolt11Row | null;
  targets: DeliveryTarget[];
  idempotency: KeyUse | null;
  /** What it was decided on, and how that was asked for: it is written only while that stands. null where it stands for good. */
  decidedOn: { question: CreationQuestion; settled: string } | null;
}

export interface IssuedAddress {
  index: number;
  address: string;
  script: string;
  /** 1 when another invoice held it before. */
  isRecycled: 0 | 1;
}

/** The wallet's first free address becomes the invoice's, or the permanent address's. D1 runs one batch at a time: no two can get the same one. */
const claimIf = (condition: string) => `
  UPDATE addresses SET invoice_id = ?2
  WHERE wallet_id = ?1 AND ${condition} AND idx = (
    SELECT idx FROM addresses
    WHERE wallet_id = ?1 AND idx >= (SELECT pool_floor FROM wallets WHERE id = ?1) AND idx < ?3
      AND invoice_id IS NULL AND used_at IS NULL ORDER BY idx LIMIT 1)
  RETURNING idx AS "index", address, script,
    EXISTS (SELECT 1 FROM former_holders WHERE former_holders.script = addresses.script) AS "isRecycled"`;

/**
 * @param holderId of the invoice, or of the permanent address
 * @param only what has to hold, its parameters from the fourth on
 */
export function claimAddress(
  db: Database,
  walletId: string,
  holderId: string,
  endIndex: number,
  only: Condition = NO_CONDITION,
) {
  return db.$client.prepare(claimIf(only.sql)).bind(walletId, holderId, endIndex, ...only.values);
}

/** In SQL, with the values of its parameters. */
interface Condition {
  sql: string;
  values: (string | number)[];
}

const NO_CONDITION: Condition = { sql: 'true', values: [] };

/** Columns that the invoice brings, as JSON, in the order of INSERT. The rest comes from the address. */
const FROM_INVOICE = [
  ...['id', 'store_id', 'environment', 'network', 'amount_sats', 'tolerance_below_sats'],
  ...['tolerance_above_sats', 'conf_threshold', 'fee_sats', 'fiat_amount', 'fiat_currency', 'fiat_rate', 'usd_rate'],
  ...['late_grace_minutes', 'created_at', 'expires_at', 'late_deadline_at', 'watch_until', 'order_ref', 'callback_url'],
  ...['success_url', 'buyer_email', 'metadata', 'status', 'version', 'marks', 'history', 'checkout', 'prompts'],
];

const insertInvoice = (place: string, from: string) => `
  INSERT INTO invoices (${FROM_INVOICE.join(', ')}, payment_uri, wallet_id, address_index, address, script, log)
  SELECT ${FROM_INVOICE.map((_, index) => `?1 ->> ${index}`).join(', ')}, ${place},
    json_array((SELECT coalesce(max(log_seq), 0) + 1 FROM events WHERE events.store_id = ?1 ->> 1))
  ${from}`;

const INSERT_WITH_ADDRESS = insertInvoice(
  'replace(?5, ?4, address), wallet_id, idx, address, script',
  `FROM addresses
  WHERE wallet_id = ?2 AND idx >= (SELECT pool_floor FROM wallets WHERE id = ?2) AND invoice_id = ?3 LIMIT 1`,
);
const insertWithoutAddress = (condition: string) => insertInvoice(NO_PLACE, `WHERE ${condition}`);

interface Written {
  /** The number of the event in its store's log. */
  logSeq: number;
  /** null for an invoice without one. */
  issued: IssuedAddress | null;
}

/**
 * Address, invoice, event, deliveries and idempotency key, all or nothing.
 * @param hold as batchTogether has it
 * @returns where nothing was written, what a creation is to be decided on now: something of it is another, the key has been
 *   used, or no address was free. null where that is not asked for, or its asker is gone
 */
export async function writeCreation(
  db: Database,
  creation: Creation,
  hold: (work: Promise<unknown>) => void,
): Promise<Written | CreationContext | null> {
  const { invoice, onchain, event, bolt11, targets, idempotency, decidedOn } = creation;
  const d1 = db.$client;
  const { id } = invoice;
  const columns = JSON.stringify(columnsOf(invoice));
  const { walletId, address: slot, uri } = onchain?.prompt ?? { walletId: '', address: '', uri: '' };
  const only = conditionOf(creation, onchain ? 4 : 2);
  // Where the first statement does nothing there is no invoice, and all that follows it writes nothing.
  const statements = [
    ...(onchain
      ? [
          claimAddress(db, walletId, id, onchain.endIndex, only),
          d1.prepare(INSERT_WITH_ADDRESS).bind(columns, walletId, id, slot, uri),
        ]
      : [d1.prepare(insertWithoutAddress(only.sql)).bind(columns, ...only.values)]),
    appendEvent(db, event, { slot, expression: 'address' }),
    ...insertDeliveries(db, event, targets),
    ...(idempotency ? claimKey(db, event, idempotency) : []),
    // A repeated request may bring the same one, and makes no invoice.
    ...(bolt11 ? [prepared(db, insertFirstBolt11(db, bolt11))] : []),
    ...(decidedOn ? [contextUnless(db, decidedOn.question, id)] : []),
  ];
  // A request that makes one waits for others; what an object makes after a payment does not.
  const written = decidedOn ? batchTogether(db, statements, hold) : d1.batch(statements);
  const results = (await written) as D1Result<IssuedAddress | { logSeq: number } | ContextRow>[];
  const [issued, logged] = (onchain ? [0, 2] : [0, 1]).map((index) => results[index]?.results[0]);
  if (logged && 'logSeq' in logged)
    return { logSeq: logged.logSeq, issued: issued && 'address' in issued ? issued : null };
  const instead = decidedOn && results.at(-1)?.results[0];
  return instead && 'settled' in instead ? contextOf(instead) : null;
}

/** @param first the number of its first parameter */
function conditionOf({ invoice, idempotency, decidedOn }: Creation, first: number): Condition {
  const still = decidedOn ? isStillSo(decidedOn.question, decidedOn.settled, first) : NO_CONDITION;
  if (!idempotency) return still;
  const free = isKeyFree(invoice.storeId, idempotency, first + still.values.length);
  return { sql: `${still.sql} AND ${free.sql}`, values: [...still.values, ...free.values] };
}

/** In the order of FROM_INVOICE. */
function columnsOf(invoice: Invoice): unknown[] {
  const others = storedPrompts(invoice);
  return [
    ...[invoice.id, invoice.storeId, invoice.environment, invoice.network],
    ...[invoice.amountSats === null ? null : Number(invoice.amountSats), Number(invoice.toleranceBelowSats)],
    ...[Number(invoice.toleranceAboveSats), invoice.confThreshold, Number(invoice.feeSats)],
    ...[invoice.fiatAmount, invoice.fiatCurrency, invoice.fiatRate, invoice.usdRate, invoice.lateGraceMinutes],
    ...[invoice.createdAtMs, invoice.expiresAtMs, invoice.lateDeadlineMs, invoice.watchUntilMs, invoice.orderRef],
    ...[invoice.callbackUrl, invoice.successUrl, invoice.buyerEmail, JSON.stringify(invoice.metadata)],
    ...[invoice.status, invoice.version, JSON.stringify(invoice.marks), JSON.stringify(invoice.history)],
    ...[invoice.checkout && JSON.stringify(invoice.checkout), others && JSON.stringify(others)],
  ];
}
