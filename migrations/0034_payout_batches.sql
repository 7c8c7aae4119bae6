-- Nothing has written a batch before: the table is made anew, as the versions of a transaction.
DROP TABLE `payout_batches`;
--> statement-breakpoint
CREATE TABLE `payout_batches` (
	`store_id` text NOT NULL,
	`id` text NOT NULL,
	`wallet_id` text NOT NULL,
	`root_id` text NOT NULL,
	`state` text NOT NULL,
	`plan` text NOT NULL,
	`signatures` text,
	`raw` text,
	`txid` text,
	`reserved_until` integer NOT NULL,
	`downloaded_at` integer,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`uploaded_at` integer,
	`broadcast_at` integer,
	`refusal` text,
	`due_at` integer,
	`block_height` integer,
	`block_hash` text,
	`conflict_txid` text,
	`is_watched` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`store_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `payout_batches_watched` ON `payout_batches` (`root_id`) WHERE is_watched;
--> statement-breakpoint
CREATE INDEX `payout_batches_due` ON `payout_batches` (`due_at`) WHERE due_at IS NOT NULL;
