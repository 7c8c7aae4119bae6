CREATE TABLE `payout_batches` (
	`store_id` text NOT NULL,
	`id` text NOT NULL,
	`wallet_id` text NOT NULL,
	`state` text NOT NULL,
	`psbt` text NOT NULL,
	`signed` text,
	`raw` text,
	`txid` text,
	`fee_sats` integer NOT NULL,
	`fee_rate` integer NOT NULL,
	`replaces` text,
	`reserved_until` integer NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`uploaded_at` integer,
	`broadcast_at` integer,
	`block_height` integer,
	`version` integer NOT NULL,
	PRIMARY KEY(`store_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `payout_batches_open` ON `payout_batches` (`wallet_id`) WHERE state IN ('awaiting_signatures', 'broadcast');--> statement-breakpoint
CREATE TABLE `payout_limits` (
	`store_id` text PRIMARY KEY NOT NULL,
	`is_paused` integer NOT NULL,
	`per_payout_sats` integer,
	`per_day_sats` integer,
	`max_fee_ppm` integer NOT NULL,
	`min_fee_sats` integer NOT NULL,
	`approval_above_sats` integer,
	`second_approval_above_sats` integer,
	`version` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `payouts` (
	`store_id` text NOT NULL,
	`id` text NOT NULL,
	`pull_payment_id` text,
	`invoice_id` text,
	`environment` text NOT NULL,
	`state` text NOT NULL,
	`method` text,
	`destination` text,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`amount_sats` integer,
	`rate` text,
	`usd_rate` text,
	`bolt11` text,
	`payment_hash` text,
	`bolt11_expires_at` integer,
	`preimage` text,
	`fee_msat` integer,
	`attempts` text NOT NULL,
	`batch_id` text,
	`txid` text,
	`vout` integer,
	`block_height` integer,
	`block_hash` text,
	`announced_confirmations` integer,
	`approvals` text NOT NULL,
	`revision` integer NOT NULL,
	`due_at` integer,
	`lease_until` integer,
	`lease_hash` text,
	`ending_reason` text,
	`alerted_at` integer,
	`settled_at` integer,
	`reason` text,
	`metadata` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`version` integer NOT NULL,
	`log` text DEFAULT '[]' NOT NULL,
	PRIMARY KEY(`store_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `payouts_by_payment_hash` ON `payouts` (`store_id`,`payment_hash`) WHERE payment_hash IS NOT NULL;--> statement-breakpoint
CREATE INDEX `payouts_of_pull_payment` ON `payouts` (`pull_payment_id`) WHERE pull_payment_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `payouts_by_state` ON `payouts` (`store_id`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `payouts_settled` ON `payouts` (`store_id`,`settled_at`) WHERE settled_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `payouts_due` ON `payouts` (`store_id`,`due_at`) WHERE due_at IS NOT NULL AND state <> 'awaiting_claim';--> statement-breakpoint
CREATE INDEX `payouts_unclaimed` ON `payouts` (`due_at`) WHERE due_at IS NOT NULL AND state = 'awaiting_claim';--> statement-breakpoint
CREATE INDEX `payouts_by_txid` ON `payouts` (`txid`) WHERE txid IS NOT NULL;--> statement-breakpoint
CREATE INDEX `payouts_of_batch` ON `payouts` (`batch_id`) WHERE batch_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `pull_payments` (
	`id` text PRIMARY KEY NOT NULL,
	`store_id` text NOT NULL,
	`environment` text NOT NULL,
	`origin` text NOT NULL,
	`dialect` text,
	`invoice_id` text,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`fixed_rate` text,
	`refund_sats` integer,
	`is_single_use` integer NOT NULL,
	`auto_approve` integer NOT NULL,
	`methods` text NOT NULL,
	`min_bolt11_seconds` integer NOT NULL,
	`starts_at` integer,
	`expires_at` integer,
	`archived_at` integer,
	`metadata` text NOT NULL,
	`order_ref` text,
	`redirect_url` text,
	`redirect_automatically` integer NOT NULL,
	`lnurl_hash` text,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`version` integer NOT NULL,
	`log` text DEFAULT '[]' NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `pull_payments_by_store` ON `pull_payments` (`store_id`,`id`);--> statement-breakpoint
CREATE INDEX `pull_payments_of_invoice` ON `pull_payments` (`invoice_id`) WHERE invoice_id IS NOT NULL;