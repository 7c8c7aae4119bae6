CREATE TABLE `headers` (
	`network` text NOT NULL,
	`height` integer NOT NULL,
	`hash` text NOT NULL,
	`prev_hash` text NOT NULL,
	`header` text NOT NULL,
	`stale` integer NOT NULL,
	PRIMARY KEY(`network`, `height`, `hash`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `payments` ADD `proof` text;