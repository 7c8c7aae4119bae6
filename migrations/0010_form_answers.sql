CREATE TABLE `form_answers` (
	`id` text PRIMARY KEY NOT NULL,
	`answer_sealed` text,
	`answered_at` integer,
	`created_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `form_answers_by_age` ON `form_answers` (`created_at`);