CREATE TABLE `__new_events` (
	`store_id` text NOT NULL,
	`log_seq` integer NOT NULL,
	`invoice_id` text NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`created_at` integer NOT NULL,
	`snapshot` text NOT NULL,
	PRIMARY KEY(`store_id`, `log_seq`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_events`(`store_id`, `log_seq`, `invoice_id`, `seq`, `type`, `created_at`, `snapshot`)
SELECT i.`store_id`, row_number() OVER (PARTITION BY i.`store_id` ORDER BY e.`created_at`, e.`invoice_id`, e.`seq`),
	e.`invoice_id`, e.`seq`, e.`type`, e.`created_at`, e.`snapshot`
FROM `events` e JOIN `invoices` i ON i.`id` = e.`invoice_id`;
--> statement-breakpoint
DROP TABLE `events`;
--> statement-breakpoint
ALTER TABLE `__new_events` RENAME TO `events`;
--> statement-breakpoint
ALTER TABLE `invoices` ADD `log` text DEFAULT '[]' NOT NULL;
--> statement-breakpoint
CREATE INDEX `__events_by_invoice` ON `events` (`invoice_id`, `seq`);
--> statement-breakpoint
UPDATE `invoices` SET `log` = (
	SELECT coalesce(json_group_array(`log_seq`), '[]')
	FROM (SELECT `log_seq` FROM `events` WHERE `invoice_id` = `invoices`.`id` ORDER BY `seq`));
--> statement-breakpoint
DROP INDEX `__events_by_invoice`;
