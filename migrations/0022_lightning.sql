CREATE TABLE `bolt11_invoices` (
	`store_id` text NOT NULL,
	`payment_hash` text NOT NULL,
	`invoice_id` text,
	`connection_id` text NOT NULL,
	`bolt11` text NOT NULL,
	`amount_sats` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`verify_url` text,
	`watch_until` integer,
	`settled_at` integer,
	`received_msat` integer,
	`preimage` text,
	PRIMARY KEY(`store_id`, `payment_hash`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `bolt11_invoices_open` ON `bolt11_invoices` (`store_id`) WHERE watch_until IS NOT NULL;--> statement-breakpoint
CREATE INDEX `bolt11_invoices_of_invoice` ON `bolt11_invoices` (`invoice_id`) WHERE invoice_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `connections` (
	`store_id` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`host` text NOT NULL,
	`receive` text NOT NULL,
	`pay` text,
	`capabilities` text NOT NULL,
	`network` text NOT NULL,
	`node_id` text,
	`created_at` integer NOT NULL,
	`last_ok_at` integer,
	`down_since` integer,
	`last_fault` text,
	`removed_at` integer,
	PRIMARY KEY(`store_id`, `id`),
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `stores` ADD `connection_id` text;--> statement-breakpoint
ALTER TABLE `stores` ADD `payment_methods` text;--> statement-breakpoint
ALTER TABLE `stores` ADD `onchain_min_sats` integer DEFAULT 0 NOT NULL;