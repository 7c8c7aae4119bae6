ALTER TABLE `connections` ADD `failures` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `connections` ADD `version` integer DEFAULT 0 NOT NULL;