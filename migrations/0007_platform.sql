CREATE TABLE `bills` (
	`account_id` text NOT NULL,
	`up_to` text NOT NULL,
	`sats` integer NOT NULL,
	`by` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `up_to`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `fee_days` (
	`store_id` text NOT NULL,
	`day` text NOT NULL,
	`settled` integer NOT NULL,
	`volume_sats` integer NOT NULL,
	`fee_sats` integer NOT NULL,
	`counted_seq` integer NOT NULL,
	PRIMARY KEY(`store_id`, `day`),
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `platform_settings` (
	`name` text PRIMARY KEY NOT NULL,
	`settings` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `invoices_in_review` ON `invoices` (`environment`,`created_at`,`id`) WHERE status = 'requires_review';