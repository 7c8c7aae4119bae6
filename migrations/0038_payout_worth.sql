ALTER TABLE `payouts` ADD `settled_rate` text;--> statement-breakpoint
ALTER TABLE `payouts` ADD `settled_currency` text;