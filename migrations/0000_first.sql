CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`suspended_at` integer,
	`created_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `addresses` (
	`wallet_id` text NOT NULL,
	`idx` integer NOT NULL,
	`address` text NOT NULL,
	`script` text NOT NULL,
	`invoice_id` text,
	PRIMARY KEY(`wallet_id`, `idx`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `addresses_by_script` ON `addresses` (`script`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`hash` text PRIMARY KEY NOT NULL,
	`store_id` text NOT NULL,
	`environment` text NOT NULL,
	`label` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `chain_state` (
	`network` text PRIMARY KEY NOT NULL,
	`tip_hash` text NOT NULL,
	`tip_height` integer NOT NULL,
	`seen_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`created_at` integer NOT NULL,
	`invoice_id` text NOT NULL,
	`seq` integer NOT NULL,
	`target` integer NOT NULL,
	`endpoint_id` text,
	`url` text NOT NULL,
	`dialect` text NOT NULL,
	`body` text,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer,
	`attempt_log` text NOT NULL,
	PRIMARY KEY(`created_at`, `invoice_id`, `seq`, `target`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`next_attempt_at`) WHERE state = 'retrying';--> statement-breakpoint
CREATE TABLE `endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`store_id` text NOT NULL,
	`url` text NOT NULL,
	`dialect` text NOT NULL,
	`secret_sealed` text NOT NULL,
	`previous_secret_sealed` text,
	`rotated_at` integer,
	`event_types` text,
	`enabled` integer DEFAULT true NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `endpoints_by_store` ON `endpoints` (`store_id`);--> statement-breakpoint
CREATE TABLE `events` (
	`invoice_id` text NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`created_at` integer NOT NULL,
	`snapshot` text NOT NULL,
	PRIMARY KEY(`invoice_id`, `seq`),
	FOREIGN KEY (`invoice_id`) REFERENCES `invoices`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`store_id` text NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`invoice_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`store_id`, `key`),
	FOREIGN KEY (`invoice_id`) REFERENCES `invoices`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `invoices` (
	`id` text PRIMARY KEY NOT NULL,
	`store_id` text NOT NULL,
	`environment` text NOT NULL,
	`network` text NOT NULL,
	`wallet_id` text NOT NULL,
	`address_index` integer NOT NULL,
	`address` text NOT NULL,
	`script` text NOT NULL,
	`amount_sats` integer,
	`tolerance_below_sats` integer NOT NULL,
	`tolerance_above_sats` integer NOT NULL,
	`conf_threshold` integer NOT NULL,
	`fee_sats` integer NOT NULL,
	`fiat_amount` text,
	`fiat_currency` text,
	`fiat_rate` text,
	`usd_rate` text,
	`late_grace_minutes` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`late_deadline_at` integer NOT NULL,
	`watch_until` integer,
	`order_ref` text,
	`callback_url` text,
	`success_url` text,
	`buyer_email` text,
	`metadata` text NOT NULL,
	`payment_uri` text NOT NULL,
	`status` text NOT NULL,
	`seen_sats` integer DEFAULT 0 NOT NULL,
	`confirmed_sats` integer DEFAULT 0 NOT NULL,
	`version` integer NOT NULL,
	`marks` text NOT NULL,
	`history` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `invoices_by_status` ON `invoices` (`store_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `invoices_by_order_ref` ON `invoices` (`store_id`,`order_ref`,`created_at`,`id`) WHERE order_ref IS NOT NULL;--> statement-breakpoint
CREATE INDEX `invoices_watched` ON `invoices` (`environment`,`watch_until`) WHERE watch_until IS NOT NULL;--> statement-breakpoint
CREATE TABLE `payments` (
	`invoice_id` text NOT NULL,
	`txid` text NOT NULL,
	`vout` integer NOT NULL,
	`value_sats` integer NOT NULL,
	`method` text NOT NULL,
	`state` text NOT NULL,
	`first_seen_at` integer NOT NULL,
	`block_height` integer,
	`block_hash` text,
	`inputs` text NOT NULL,
	`missing_since` integer,
	PRIMARY KEY(`invoice_id`, `txid`, `vout`),
	FOREIGN KEY (`invoice_id`) REFERENCES `invoices`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rates` (
	`name` text PRIMARY KEY NOT NULL,
	`by_currency` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `stores` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`test_mode` integer DEFAULT true NOT NULL,
	`wallet_id` text,
	`default_expiry_minutes` integer NOT NULL,
	`late_grace_minutes` integer NOT NULL,
	`color` text,
	`logo_url` text,
	`support_url` text,
	`callback_secret_sealed` text NOT NULL,
	`archived_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`wallet_id`) REFERENCES `wallets`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `wallets` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`network` text NOT NULL,
	`script_type` text NOT NULL,
	`descriptor_sealed` text NOT NULL,
	`descriptor_hash` text NOT NULL,
	`gap_limit` integer NOT NULL,
	`pool_floor` integer DEFAULT 0 NOT NULL,
	`funded_index` integer DEFAULT -1 NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `wallets_by_descriptor` ON `wallets` (`account_id`,`descriptor_hash`);