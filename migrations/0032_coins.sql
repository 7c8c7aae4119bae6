CREATE TABLE `change_addresses` (
	`script` text PRIMARY KEY NOT NULL,
	`wallet_id` text NOT NULL,
	`idx` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `change_addresses_by_wallet` ON `change_addresses` (`wallet_id`,`idx`);--> statement-breakpoint
CREATE TABLE `coins` (
	`outpoint` text PRIMARY KEY NOT NULL,
	`wallet_id` text NOT NULL,
	`chain` integer NOT NULL,
	`idx` integer NOT NULL,
	`value_sats` integer NOT NULL,
	`height` integer,
	`block_hash` text,
	`spent_by` text,
	`spent_height` integer,
	`spent_hash` text,
	`is_unchecked` integer DEFAULT false NOT NULL,
	`batch_id` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `coins_by_wallet` ON `coins` (`wallet_id`,`spent_height`,`height`);--> statement-breakpoint
ALTER TABLE `chain_state` ADD `follows_coins` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `wallets` ADD `coins_since` integer;