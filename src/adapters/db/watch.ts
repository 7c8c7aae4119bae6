// What the watcher asks: which invoices, with the payments on the chain that are known of them.

import { eq, sql } from 'drizzle-orm';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { FINALITY_CONFIRMATIONS, isOnchain, type OnchainPayment, outpointOf } from '../../core/onchain/payment.ts';
import { type OnchainPrompt, onchainPromptOf } from '../../core/onchain/prompt.ts';
import { MAX_CONFIRMATIONS } from '../../core/payment/payment.ts';
import type { Database } from './database.ts';
import { toInvoice } from './invoices.ts';
import { paymentColumns, TXID, toPayment } from './payments.ts';
import { formerHolders, invoices, payments } from './schema.ts';
import type { UnissuedAddress } from './wallet-history.ts';

export interface Watched {
  invoice: Invoice;
  /** Where it is paid. */
  prompt: OnchainPrompt;
  payments: OnchainPayment[];
  /** Transactions that paid the address while it was another invoice's. */
  foreignTxids: ReadonlySet<string>;
}

/**
 * Live invoices that a look into the mempool may concern, those first whose time ends first: of many the ones that
 * wait for their buyer, not yesterday's. Settled ones are not among them, as what may still happen to those stands in blocks;
 * but for those that were settled by what waits in the mempool, and for permanent addresses, where the next deposit may be.
 */
export async function openInvoices(db: Database, limit: number): Promise<Watched[]> {
  const ids = await db.all<{ id: string }>(sql`
    SELECT id FROM (
      SELECT id FROM invoices
      WHERE environment = 'live' AND watch_until IS NOT NULL AND script <> ''
        AND (status IN ('pending', 'seen', 'underpaid', 'expired', 'cancelled') OR checkout ->> 'customerId' IS NOT NULL)
      ORDER BY watch_until LIMIT ${limit})
    UNION
    SELECT id FROM (
      SELECT i.id FROM payments p INDEXED BY payments_on_chain JOIN invoices i ON i.id = p.invoice_id
      WHERE p.method = 'onchain' AND p.state = 'mempool' AND p.details ->> '$.zeroConfSafe' AND i.environment = 'live'
        AND i.watch_until IS NOT NULL AND i.status IN ('paid', 'late_paid', 'overpaid')
      LIMIT ${limit})`);
  return watchedAmong(db, idsOf(ids));
}

/** Live invoices whose watch is to be decided again, those that wait longest first: the expiring ones among them. */
export async function dueInvoices(db: Database, nowMs: number, limit: number): Promise<Watched[]> {
  const ids = await db.all<{ id: string }>(sql`
    SELECT id FROM invoices
    WHERE environment = 'live' AND watch_until IS NOT NULL AND watch_until <= ${nowMs} AND script <> ''
    ORDER BY watch_until LIMIT ${limit}`);
  return watchedAmong(db, idsOf(ids));
}

/** These invoices, as far as they are live, watched, and paid on chain. */
export async function watchedAmong(db: Database, ids: string[]): Promise<Watched[]> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const [rows, paid, foreign] = await db.batch([
    db
      .select()
      .from(invoices)
      // The pluses keep SQLite from walking the index of all watched invoices instead of these few ids.
      .where(sql`id IN ${wanted} AND +environment = 'live' AND +watch_until IS NOT NULL`),
    db.select(paymentColumns).from(payments).where(sql`invoice_id IN ${wanted}`),
    db
      .select({ script: formerHolders.script, invoiceId: payments.invoiceId, id: payments.id })
      .from(formerHolders)
      .innerJoin(payments, eq(payments.invoiceId, formerHolders.invoiceId))
      .where(sql`${formerHolders.script} IN (SELECT script FROM invoices WHERE id IN ${wanted})`),
  ]);
  const paidBy = Map.groupBy(paid, (row) => row.invoiceId);
  return rows.flatMap((row) => {
    const invoice = toInvoice(row);
    const prompt = onchainPromptOf(invoice);
    if (!prompt) return [];
    const others = foreign.filter(({ script, invoiceId }) => script === prompt.script && invoiceId !== row.id);
    return {
      invoice,
      prompt,
      payments: (paidBy.get(row.id) ?? []).map(toPayment).filter(isOnchain),
      foreignTxids: new Set(others.map((payment) => outpointOf(payment).txid)),
    };
  });
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map((row) => row.id);
}

/** An invoice that a script was issued to. */
export interface Owner {
  script: string;
  invoiceId: string;
  createdAtMs: number;
  /** Of the merchant's wallet: a wallet may be registered by two accounts. */
  walletId: string;
  /** The address is its own still; false once it was given back to the pool. */
  isCurrent: 0 | 1;
}

export interface ScriptOwners {
  /** Live invoices that have or have had a script. */
  owners: Owner[];
  /** Of these scripts, addresses that wait in a pool. */
  unissued: UnissuedAddress[];
}

interface OwnerRow extends Omit<Owner, 'invoiceId'> {
  invoiceId: string | null;
  index: number;
}

/** What scripts (hex) are to us. */
export async function ownersOfScripts(db: Database, scripts: string[]): Promise<ScriptOwners> {
  // A script that was ever given out is among the addresses: what is not found there is not looked for again.
  const rows = await db.all<OwnerRow>(sql`
    WITH ours AS MATERIALIZED (
      SELECT a.script, a.invoice_id, a.wallet_id, a.idx, a.used_at
      FROM json_each(${JSON.stringify(scripts)}) AS wanted JOIN addresses a ON a.script = wanted.value)
    SELECT ours.script, i.id AS invoiceId, i.created_at AS createdAtMs, i.wallet_id AS walletId, 1 AS isCurrent,
      ours.idx AS "index"
    FROM ours JOIN invoices i ON i.id = ours.invoice_id AND i.environment = 'live'
    UNION ALL
    SELECT f.script, i.id, i.created_at, i.wallet_id, 0, i.address_index
    FROM (SELECT DISTINCT script FROM ours) AS former
    JOIN former_holders f ON f.script = former.script
    JOIN invoices i ON i.id = f.invoice_id AND i.environment = 'live'
    WHERE NOT EXISTS (SELECT 1 FROM ours WHERE ours.script = f.script AND ours.invoice_id = i.id)
    UNION ALL
    SELECT ours.script, NULL, 0, ours.wallet_id, 0, ours.idx
    FROM ours JOIN wallets w ON w.id = ours.wallet_id AND ours.idx >= w.pool_floor
    WHERE ours.invoice_id IS NULL AND ours.used_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM former_holders f WHERE f.script = ours.script)`);
  const found: ScriptOwners = { owners: [], unissued: [] };
  for (const { invoiceId, index, ...row } of rows) {
    if (invoiceId === null) found.unissued.push({ walletId: row.walletId, index });
    else found.owners.push({ ...row, invoiceId });
  }
  return found;
}

/** When the youngest of these invoices was created; 0 for none. */
export async function newestCreationMs(db: Database, invoiceIds: string[]): Promise<number> {
  const rows = await db.all<{ newest: number | null }>(sql`
    SELECT max(created_at) AS newest FROM invoices
    WHERE id IN (SELECT value FROM json_each(${JSON.stringify(invoiceIds)}))`);
  return rows[0]?.newest ?? 0;
}

/** Which of these invoices have a payment by which of these transactions. */
export async function knownPayers(
  db: Database,
  invoiceIds: string[],
  txids: string[],
): Promise<{ invoiceId: string; txid: string }[]> {
  return db.all(sql`
    SELECT DISTINCT invoice_id AS invoiceId, ${TXID} AS txid FROM payments p
    WHERE invoice_id IN (SELECT value FROM json_each(${JSON.stringify(invoiceIds)})) AND method = 'onchain'
      AND txid IN (SELECT value FROM json_each(${JSON.stringify(txids)}))`);
}

/** Outpoints that unconfirmed payments spend, with the invoices that hope for them. */
export async function unconfirmedInputs(
  db: Database,
): Promise<{ invoiceId: string; txid: string; outpoint: string }[]> {
  return db.all(sql`
    SELECT p.invoice_id AS invoiceId, ${TXID} AS txid, spent.value AS outpoint
    FROM payments p INDEXED BY payments_on_chain JOIN invoices i ON i.id = p.invoice_id, json_each(p.details, '$.inputs') AS spent
    WHERE p.method = 'onchain' AND p.state = 'mempool' AND i.environment = 'live' AND i.watch_until IS NOT NULL`);
}

/**
 * Invoices that new blocks can change without holding anything for them: by a payment that was too young at
 * `sinceHeight` or is in a block above it, and by one that is buried now and was not then.
 */
export async function invoicesMovedByTip(db: Database, sinceHeight: number, tipHeight: number): Promise<string[]> {
  const buried = FINALITY_CONFIRMATIONS - 1;
  // What was buried long ago cannot move.
  const youngest = Math.max(sinceHeight + 1 - MAX_CONFIRMATIONS, tipHeight - FINALITY_CONFIRMATIONS);
  const rows = await db.all<{ id: string }>(sql`
    SELECT i.id FROM payments p INDEXED BY payments_on_chain JOIN invoices i ON i.id = p.invoice_id
    WHERE p.method = 'onchain' AND p.state = 'confirmed' AND p.block_height > ${youngest}
      AND i.environment = 'live' AND i.watch_until IS NOT NULL
    UNION
    SELECT i.id FROM payments p INDEXED BY payments_on_chain JOIN invoices i ON i.id = p.invoice_id
    WHERE p.method = 'onchain' AND p.state = 'confirmed'
      AND p.block_height > ${sinceHeight - buried} AND p.block_height <= ${tipHeight - buried}
      AND i.environment = 'live' AND i.watch_until IS NOT NULL`);
  return rows.map((row) => row.id);
}
