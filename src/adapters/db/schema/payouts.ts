// Money that goes out: pull payments, payouts, the transactions that carry payouts, and a store's limits.

import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Environment } from '../../../core/invoice/invoice.ts';
import type { BatchState, PayoutBatch } from '../../../core/payout/batch.ts';
import type { Decider, Payout, PayoutMethod, PayoutState, PullPayment } from '../../../core/payout/payout.ts';
import type { Plan } from '../../../core/psbt/select.ts';
import { ms, sats, written } from './columns.ts';

/** An amount of money in the smallest unit of its currency: sats, cents. Exact below 2^53. */
const units = (name: string) => integer(name, { mode: 'number' });

export const pullPayments = sqliteTable(
  'pull_payments',
  {
    /** Made with its time first (UUID version 7), so that a store's list needs no index by time. */
    id: text().primaryKey(),
    storeId: text('store_id').notNull(),
    environment: text().$type<Environment>().notNull(),
    origin: text().$type<PullPayment['origin']>().notNull(),
    dialect: text(),
    invoiceId: text('invoice_id'),
    name: text().notNull(),
    description: text().notNull(),
    amount: units('amount').notNull(),
    currency: text().notNull(),
    fixedRate: text('fixed_rate'),
    /** Of what the invoice was paid it gives back so much, at the invoice's rate; null where it names no invoice. */
    refundSats: sats('refund_sats'),
    isSingleUse: integer('is_single_use', { mode: 'boolean' }).notNull(),
    autoApprove: integer('auto_approve', { mode: 'boolean' }).notNull(),
    methods: text({ mode: 'json' }).$type<PayoutMethod[]>().notNull(),
    minBolt11Seconds: integer('min_bolt11_seconds').notNull(),
    startsAtMs: ms('starts_at'),
    expiresAtMs: ms('expires_at'),
    archivedAtMs: ms('archived_at'),
    metadata: written().notNull(),
    orderRef: text('order_ref'),
    redirectUrl: text('redirect_url'),
    redirectAutomatically: integer('redirect_automatically', { mode: 'boolean' }).notNull(),
    /** SHA-256 of the secret of its LNURL, hex; null while it has none. */
    lnurlHash: text('lnurl_hash'),
    createdAtMs: ms('created_at').notNull(),
    createdBy: text('created_by', { mode: 'json' }).$type<Decider>().notNull(),
    /** The number of its last event; 0 while it has none. */
    version: integer().notNull(),
    /** Where its events stand in the store's log. */
    log: text({ mode: 'json' }).$type<number[]>().notNull().default([]),
  },
  (table) => [
    index('pull_payments_by_store').on(table.storeId, table.id),
    index('pull_payments_of_invoice').on(table.invoiceId).where(sql`invoice_id IS NOT NULL`),
  ],
);

export const payouts = sqliteTable(
  'payouts',
  {
    storeId: text('store_id').notNull(),
    /** As a pull payment's. */
    id: text().notNull(),
    pullPaymentId: text('pull_payment_id'),
    invoiceId: text('invoice_id'),
    environment: text().$type<Environment>().notNull(),
    state: text().$type<PayoutState>().notNull(),
    method: text().$type<PayoutMethod>(),
    destination: text(),
    amount: units('amount').notNull(),
    currency: text().notNull(),
    amountSats: sats('amount_sats'),
    rate: text(),
    usdRate: text('usd_rate'),
    bolt11: text(),
    /** SHA-256 of the preimage, hex: of one payout in all time. */
    paymentHash: text('payment_hash'),
    bolt11ExpiresAtMs: ms('bolt11_expires_at'),
    preimage: text(),
    feeMsat: integer('fee_msat', { mode: 'number' }),
    attempts: text({ mode: 'json' }).$type<Payout['attempts']>().notNull(),
    batchId: text('batch_id'),
    txid: text(),
    vout: integer(),
    blockHeight: integer('block_height'),
    blockHash: text('block_hash'),
    announcedConfirmations: integer('announced_confirmations'),
    approvals: text({ mode: 'json' }).$type<Payout['approvals']>().notNull(),
    revision: integer().notNull(),
    dueAtMs: ms('due_at'),
    leaseUntilMs: ms('lease_until'),
    /** SHA-256 of what the agent's lease is proved by, hex. */
    leaseHash: text('lease_hash'),
    endingReason: text('ending_reason'),
    alertedAtMs: ms('alerted_at'),
    settledAtMs: ms('settled_at'),
    settledRate: text('settled_rate'),
    settledCurrency: text('settled_currency'),
    reason: text(),
    metadata: written().notNull(),
    orderRef: text('order_ref'),
    createdAtMs: ms('created_at').notNull(),
    createdBy: text('created_by', { mode: 'json' }).$type<Decider>().notNull(),
    /** The number of its last event; 0 while it has none. */
    version: integer().notNull(),
    /** Where its events stand in the store's log. */
    log: text({ mode: 'json' }).$type<number[]>().notNull().default([]),
  },
  (table) => [
    primaryKey({ columns: [table.storeId, table.id] }),
    uniqueIndex('payouts_by_payment_hash').on(table.storeId, table.paymentHash).where(sql`payment_hash IS NOT NULL`),
    index('payouts_of_pull_payment').on(table.pullPaymentId).where(sql`pull_payment_id IS NOT NULL`),
    index('payouts_by_state').on(table.storeId, table.state, table.id),
    index('payouts_settled').on(table.storeId, table.settledAtMs).where(sql`settled_at IS NOT NULL`),
    // What the store's job looks at next, and links that end unclaimed: a payout is in one of them at most.
    index('payouts_due').on(table.storeId, table.dueAtMs).where(sql`due_at IS NOT NULL AND state <> 'awaiting_claim'`),
    index('payouts_unclaimed').on(table.dueAtMs).where(sql`due_at IS NOT NULL AND state = 'awaiting_claim'`),
    index('payouts_by_txid').on(table.txid).where(sql`txid IS NOT NULL`),
    index('payouts_by_order').on(table.storeId, table.orderRef).where(sql`order_ref IS NOT NULL`),
    index('payouts_of_batch').on(table.batchId).where(sql`batch_id IS NOT NULL`),
  ],
);

/** A plan as core/psbt has it, with sats as JSON can hold them. */
export interface StoredPlan extends Omit<Plan, 'inputs' | 'outputs' | 'feeSats'> {
  inputs: Stored<Plan['inputs'][number]>[];
  outputs: Stored<Plan['outputs'][number]>[];
  feeSats: number;
}
type Stored<T> = Omit<T, 'valueSats'> & { valueSats: number };

/** Transactions that carry payouts, to be signed by the merchant: one row for each version of one. */
export const payoutBatches = sqliteTable(
  'payout_batches',
  {
    storeId: text('store_id').notNull(),
    /** As a pull payment's. */
    id: text().notNull(),
    walletId: text('wallet_id').notNull(),
    rootId: text('root_id').notNull(),
    state: text().$type<BatchState>().notNull(),
    /** What is to be signed: what comes back is compared with it. */
    plan: text({ mode: 'json' }).$type<StoredPlan>().notNull(),
    signers: text({ mode: 'json' })
      .$type<PayoutBatch['signers']>()
      .notNull()
      .default({ required: 1, fingerprints: [null] }),
    signatures: text({ mode: 'json' }).$type<NonNullable<PayoutBatch['signatures']>>(),
    raw: text(),
    txid: text(),
    reservedUntilMs: ms('reserved_until').notNull(),
    downloadedAtMs: ms('downloaded_at'),
    createdAtMs: ms('created_at').notNull(),
    createdBy: text('created_by', { mode: 'json' }).$type<Decider>().notNull(),
    uploadedAtMs: ms('uploaded_at'),
    broadcastAtMs: ms('broadcast_at'),
    refusal: text(),
    dueAtMs: ms('due_at'),
    blockHeight: integer('block_height'),
    blockHash: text('block_hash'),
    conflictTxid: text('conflict_txid'),
    isWatched: integer('is_watched', { mode: 'boolean' }).notNull(),
    version: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.storeId, table.id] }),
    index('payout_batches_watched').on(table.rootId).where(sql`is_watched`),
    index('payout_batches_due').on(table.dueAtMs).where(sql`due_at IS NOT NULL`),
  ],
);

/** What a store lets out, as core/payout/limits.ts has it. A store without a row has the usual ones. */
export const payoutLimits = sqliteTable('payout_limits', {
  storeId: text('store_id').primaryKey(),
  isPaused: integer('is_paused', { mode: 'boolean' }).notNull(),
  perPayoutSats: sats('per_payout_sats'),
  perDaySats: sats('per_day_sats'),
  maxFeePpm: integer('max_fee_ppm').notNull(),
  minFeeSats: sats('min_fee_sats').notNull(),
  approvalAboveSats: sats('approval_above_sats'),
  secondApprovalAboveSats: sats('second_approval_above_sats'),
  version: integer().notNull(),
});
