// What the watcher asks: which invoices, with the payments on the chain that are known of them.

import { eq, type SQL, sql } from 'drizzle-orm';
import type { Invoice } from '../../core/invoice/invoice.ts';
import {
  FINALITY_CONFIRMATIONS,
  isOnchain,
  type OnchainPayment,
  outpointOf,
  SOLE_WITNESS_LIMIT_SATS,
} from '../../core/onchain/payment.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import { MAX_CONFIRMATIONS } from '../../core/payment/payment.ts';
import type { Database } from './database.ts';
import { toInvoice } from './invoices.ts';
import { paymentColumns, TXID, toPayment } from './payments.ts';
import { depositAddresses, formerHolders, invoices, payments } from './schema.ts';
import type { UnissuedAddress } from './wallet-history.ts';

/** An address that is looked at. */
interface WatchedPlace {
  /** Of the invoice, or of the permanent address. */
  id: string;
  address: string;
  script: string;
  /** Nothing that is older pays here. */
  createdAtMs: number;
  payments: OnchainPayment[];
  /** Transactions that paid the address while it was another invoice's. */
  foreignTxids: ReadonlySet<string>;
}

interface WatchedInvoice extends WatchedPlace {
  invoice: Invoice;
}

/** A permanent address, with the invoices of its deposits: the newest, and those that were asked for. */
export interface WatchedAddress extends WatchedPlace {
  deposits: { invoice: Invoice; payments: OnchainPayment[] }[];
}

export type Watched = WatchedInvoice | WatchedAddress;

/** The invoices that are watched at one address. */
export function invoicesAt(watched: Watched): Invoice[] {
  return 'invoice' in watched ? [watched.invoice] : watched.deposits.map(({ invoice }) => invoice);
}

/**
 * Live invoices that a look into the mempool may concern, those first whose time ends first: of many the ones that
 * wait for their buyer, not yesterday's. Settled ones are not among them, as what may still happen to those stands in blocks;
 * but for those that were settled by what waits in the mempool. Permanent addresses while a deposit is expected.
 */
export async function openPlaces(db: Database, nowMs: number, limit: number): Promise<Watched[]> {
  const ids = await db.all<{ id: string }>(sql`
    SELECT id FROM (
      SELECT id FROM invoices
      WHERE environment = 'live' AND watch_until IS NOT NULL AND script <> '' AND deposit_address_id IS NULL
        AND status IN ('pending', 'seen', 'underpaid', 'expired', 'cancelled')
      ORDER BY watch_until LIMIT ${limit})
    UNION
    SELECT id FROM (
      SELECT id FROM deposit_addresses WHERE watch_until > ${nowMs} ORDER BY watch_until LIMIT ${limit})
    UNION
    SELECT id FROM (
      SELECT i.id FROM payments p INDEXED BY payments_on_chain JOIN invoices i ON i.id = p.invoice_id
      WHERE p.method = 'onchain' AND p.state = 'mempool' AND p.details ->> '$.zeroConfSafe' AND i.environment = 'live'
        AND i.watch_until IS NOT NULL AND i.status IN ('paid', 'late_paid', 'overpaid')
      LIMIT ${limit})`);
  return watchedAmong(db, idsOf(ids));
}

/** A place in the order in which watches are to be decided again. */
export interface WatchTurn {
  id: string;
  watchUntilMs: number;
}

export const FIRST_TURN: WatchTurn = { id: '', watchUntilMs: 0 };

/**
 * Live invoices whose watch is to be decided again, those that wait longest first: the expiring ones among them.
 * @returns the places of the next `limit` after a turn, and where to go on; null at the end
 */
export async function duePlaces(
  db: Database,
  nowMs: number,
  limit: number,
  after = FIRST_TURN,
): Promise<{ places: Watched[]; next: WatchTurn | null }> {
  const due = await db.all<WatchTurn>(sql`
    SELECT id, watch_until AS watchUntilMs FROM invoices
    WHERE environment = 'live' AND watch_until IS NOT NULL AND watch_until <= ${nowMs} AND script <> ''
      AND (watch_until, id) > (${after.watchUntilMs}, ${after.id})
    ORDER BY watch_until, id LIMIT ${limit}`);
  return { places: await watchedAmong(db, idsOf(due)), next: (due.length === limit && due.at(-1)) || null };
}

/** Of an address so many deposits are looked at, beside those that were asked for, and an old one. */
export const NEWEST_DEPOSITS = 50;

/**
 * These invoices, as far as they are live, watched or settled, and paid on chain, and these permanent addresses; in the place of a
 * deposit its address.
 */
export async function watchedAmong(db: Database, ids: string[]): Promise<Watched[]> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const places = sql`SELECT id FROM deposit_addresses WHERE id IN ${wanted} AND environment = 'live'
    UNION SELECT deposit_address_id FROM invoices WHERE id IN ${wanted} AND +environment = 'live' AND deposit_address_id IS NOT NULL`;
  const deposits = sql`SELECT newest.value FROM (${places}) AS place, json_each((SELECT json_group_array(id) FROM (
      SELECT id FROM invoices INDEXED BY invoices_by_deposit_address WHERE deposit_address_id = place.id
      ORDER BY created_at DESC, id DESC LIMIT ${NEWEST_DEPOSITS}))) AS newest
    UNION SELECT id FROM invoices WHERE id IN ${wanted} AND deposit_address_id IS NOT NULL
    UNION SELECT id FROM invoices WHERE id IN (${places})`;
  const [rows, paid, foreign, addresses, deposited, depositsPaid] = await db.batch([
    db
      .select()
      .from(invoices)
      // The pluses keep SQLite from walking the index of all watched invoices instead of these few ids.
      .where(
        sql`id IN ${wanted} AND +environment = 'live' AND deposit_address_id IS NULL
          AND (+watch_until IS NOT NULL OR status IN ('paid', 'late_paid', 'overpaid'))`,
      ),
    db.select(paymentColumns).from(payments).where(sql`invoice_id IN ${wanted}`),
    db
      .select({ script: formerHolders.script, invoiceId: payments.invoiceId, id: payments.id })
      .from(formerHolders)
      .innerJoin(payments, eq(payments.invoiceId, formerHolders.invoiceId))
      .where(sql`${formerHolders.script} IN (SELECT script FROM invoices WHERE id IN ${wanted}
        UNION SELECT script FROM deposit_addresses WHERE id IN (${places}))`),
    db.select().from(depositAddresses).where(sql`id IN (${places})`),
    db.select().from(invoices).where(sql`id IN (${deposits})`),
    db.select(paymentColumns).from(payments).where(sql`invoice_id IN (${deposits})`),
  ]);
  const paidBy = Map.groupBy(paid, (row) => row.invoiceId);
  const depositsPaidBy = Map.groupBy(depositsPaid, (row) => row.invoiceId);
  const depositsTo = Map.groupBy(deposited, (row) => row.depositAddressId);
  const foreignAt = (script: string, ownId: string) => {
    const others = foreign.filter((one) => one.script === script && one.invoiceId !== ownId);
    return new Set(others.map((payment) => outpointOf(payment).txid));
  };
  const watchedInvoices = rows.flatMap((row) => {
    const invoice = toInvoice(row);
    const prompt = onchainPromptOf(invoice);
    if (!prompt) return [];
    const { address, script } = prompt;
    const foreignTxids = foreignAt(script, row.id);
    const payments = (paidBy.get(row.id) ?? []).map(toPayment).filter(isOnchain);
    return { id: row.id, address, script, createdAtMs: row.createdAtMs, invoice, payments, foreignTxids };
  });
  const watchedAddresses = addresses.map(({ id, address, script, createdAtMs }) => {
    const deposits = (depositsTo.get(id) ?? []).map((row) => ({
      invoice: toInvoice(row),
      payments: (depositsPaidBy.get(row.id) ?? []).map(toPayment).filter(isOnchain),
    }));
    const payments = deposits.flatMap((deposit) => deposit.payments);
    return { id, address, script, createdAtMs, deposits, payments, foreignTxids: foreignAt(script, id) };
  });
  return [...watchedInvoices, ...watchedAddresses];
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map((row) => row.id);
}

/** An invoice that a script was issued to, or a permanent address. */
export interface Owner {
  script: string;
  invoiceId: string;
  /** What comes there is a deposit, an invoice of its own. Of an old address some is not: an invoice of its own name has it. */
  takesDeposits: 0 | 1;
  isOld: 0 | 1;
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
      ours.idx AS "index", 0 AS takesDeposits, 0 AS isOld
    FROM ours JOIN invoices i ON i.id = ours.invoice_id AND i.environment = 'live' AND i.deposit_address_id IS NULL
    UNION ALL
    SELECT ours.script, d.id, d.created_at, ours.wallet_id, 1, ours.idx, 1, EXISTS (SELECT 1 FROM invoices WHERE id = d.id)
    FROM ours CROSS JOIN deposit_addresses d ON d.id = ours.invoice_id AND d.environment = 'live'
    UNION ALL
    SELECT f.script, i.id, i.created_at, i.wallet_id, 0, i.address_index, 0, 0
    FROM (SELECT DISTINCT script FROM ours) AS former
    JOIN former_holders f ON f.script = former.script
    JOIN invoices i ON i.id = f.invoice_id AND i.environment = 'live'
    WHERE NOT EXISTS (SELECT 1 FROM ours WHERE ours.script = f.script AND ours.invoice_id = i.id)
    UNION ALL
    SELECT ours.script, NULL, 0, ours.wallet_id, 0, ours.idx, 0, 0
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
 * Invoices that new blocks can change without holding anything for them: by a payment in a block above `sinceHeight`; by one
 * that has its confirmations now, or has more of them where its shop hears of each; and by one that is buried now and was not at
 * `sinceHeight`. Those whose next confirmation brings nothing are not among them.
 */
export async function invoicesMovedByTip(db: Database, sinceHeight: number, tipHeight: number): Promise<string[]> {
  const buried = FINALITY_CONFIRMATIONS - 1;
  // What was buried long ago cannot move.
  const youngest = Math.max(sinceHeight + 1 - MAX_CONFIRMATIONS, tipHeight - FINALITY_CONFIRMATIONS);
  const hasReached = (confirmations: SQL) => sql`(p.block_height + ${confirmations} - 1 <= ${tipHeight})`;
  // What a reorg takes stays announced as settled, and has to reach its confirmations again.
  const reaches = (confirmations: SQL) =>
    sql`(${hasReached(confirmations)} AND p.block_height + ${confirmations} - 1 > ${sinceHeight})`;
  const threshold = sql`i.conf_threshold`;
  // A block that one explorer alone shows settles no large payment before it is this deep.
  const large = Number(SOLE_WITNESS_LIMIT_SATS);
  const isUnsettled = sql`i.told ->> ('$."' || p.id || '"') IS NOT 'settled'`;
  const rows = await db.all<{ id: string }>(sql`
    SELECT i.id FROM payments p INDEXED BY payments_on_chain JOIN invoices i ON i.id = p.invoice_id
    WHERE p.method = 'onchain' AND p.state = 'confirmed' AND p.block_height > ${youngest}
      AND i.environment = 'live'
      AND (p.block_height > ${sinceHeight}
        OR ${reaches(threshold)}
        OR (${hasReached(threshold)} AND ${isUnsettled})
        OR (coalesce(i.amount_sats, ${large}) >= ${large} AND ${reaches(sql`${MAX_CONFIRMATIONS}`)})
        OR (i.checkout ->> '$.announcesConfirmations' AND ${isUnsettled})
        OR (i.checkout ->> '$.tellsCompletion' AND ${hasReached(sql`${MAX_CONFIRMATIONS}`)}))
    UNION
    SELECT i.id FROM payments p INDEXED BY payments_on_chain JOIN invoices i ON i.id = p.invoice_id
    WHERE p.method = 'onchain' AND p.state = 'confirmed'
      AND p.block_height > ${sinceHeight - buried} AND p.block_height <= ${tipHeight - buried}
      AND i.environment = 'live' AND i.watch_until IS NOT NULL`);
  return rows.map((row) => row.id);
}
