CREATE TABLE `new_idempotency_keys` (
	`store_id` text NOT NULL,
	`key` text NOT NULL,
	`request_hash` text NOT NULL,
	`log_seq` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`store_id`, `key`)
) WITHOUT ROWID;
--> statement-breakpoint
-- A key made an invoice: its first event.
INSERT INTO `new_idempotency_keys` (`store_id`, `key`, `request_hash`, `log_seq`, `created_at`)
	SELECT k.`store_id`, k.`key`, k.`request_hash`, i.`log` ->> 0, k.`created_at`
	FROM `idempotency_keys` k JOIN `invoices` i ON i.`id` = k.`invoice_id` WHERE json_array_length(i.`log`) > 0;
--> statement-breakpoint
DROP TABLE `idempotency_keys`;
--> statement-breakpoint
ALTER TABLE `new_idempotency_keys` RENAME TO `idempotency_keys`;
