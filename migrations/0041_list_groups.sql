DROP INDEX `invoices_by_status`;--> statement-breakpoint
ALTER TABLE `invoices` ADD `list_group` text DEFAULT 'open' NOT NULL;--> statement-breakpoint
UPDATE `invoices` SET `list_group` = CASE WHEN `status` IN ('paid', 'expired') THEN `status` ELSE 'other' END
WHERE `status` NOT IN ('pending', 'seen');--> statement-breakpoint
CREATE INDEX `invoices_by_group` ON `invoices` (`store_id`,`list_group`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `invoices_by_rare_status` ON `invoices` (`store_id`,`status`,`created_at`,`id`) WHERE list_group = 'other';