CREATE TABLE `bitpay_tokens` (
	`token` text PRIMARY KEY NOT NULL,
	`sin` text,
	`store_id` text,
	`label` text NOT NULL,
	`facade` text NOT NULL,
	`pairing_code` text,
	`pairing_expires_at` integer,
	`last_used_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `bitpay_tokens_by_sin` ON `bitpay_tokens` (`sin`);--> statement-breakpoint
CREATE INDEX `bitpay_tokens_by_store` ON `bitpay_tokens` (`store_id`);--> statement-breakpoint
CREATE INDEX `bitpay_tokens_by_pairing_code` ON `bitpay_tokens` (`pairing_code`);--> statement-breakpoint
CREATE TABLE `customer_addresses` (
	`store_id` text NOT NULL,
	`customer_id` text NOT NULL,
	`invoice_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`store_id`, `customer_id`),
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`invoice_id`) REFERENCES `invoices`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `intents` (
	`id` text PRIMARY KEY NOT NULL,
	`store_id` text NOT NULL,
	`currency` text NOT NULL,
	`metadata` text NOT NULL,
	`checkout` text NOT NULL,
	`success_url` text,
	`invoice_id` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`invoice_id`) REFERENCES `invoices`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `invoices` ADD `checkout` text;--> statement-breakpoint
ALTER TABLE `invoices` ADD `archived_at` integer;--> statement-breakpoint
ALTER TABLE `invoices` ADD `told` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `application` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `old_shapes` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `endpoints` ADD `automatic_redelivery` integer DEFAULT true NOT NULL;