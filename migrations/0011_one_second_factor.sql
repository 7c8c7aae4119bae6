-- One second factor for each person: until now two requests at once could begin two. better-auth reads the one with the
-- lowest id, by which codes were checked: it stays.
DELETE FROM two_factors WHERE id NOT IN (SELECT min(id) FROM two_factors GROUP BY user_id);--> statement-breakpoint
DROP INDEX `two_factors_by_user`;--> statement-breakpoint
CREATE UNIQUE INDEX `two_factors_by_user` ON `two_factors` (`user_id`);
