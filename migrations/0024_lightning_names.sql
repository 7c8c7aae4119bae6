CREATE TABLE `lightning_names` (
	`name` text PRIMARY KEY NOT NULL,
	`store_id` text NOT NULL,
	`min_sats` integer NOT NULL,
	`max_sats` integer NOT NULL,
	`comment_length` integer NOT NULL,
	`success_message` text,
	`enabled` integer NOT NULL,
	`created_at` integer NOT NULL,
	`removed_at` integer,
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `lightning_names_by_store` ON `lightning_names` (`store_id`);