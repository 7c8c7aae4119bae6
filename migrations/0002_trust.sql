CREATE TABLE `former_holders` (
	`script` text NOT NULL,
	`invoice_id` text NOT NULL,
	`released_at` integer NOT NULL,
	PRIMARY KEY(`script`, `invoice_id`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `chain_state` ADD `witnessed_height` integer;--> statement-breakpoint
ALTER TABLE `chain_state` ADD `hold` text;--> statement-breakpoint
ALTER TABLE `stores` ADD `recycle_addresses` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `payments_on_chain` ON `payments` (`state`,`block_height`) WHERE method = 'onchain';