ALTER TABLE `deliveries` ADD `line` text;--> statement-breakpoint
-- What waits for an invoice's own callback_url gets the line of its store and host: see src/webhooks/lines.ts. Found by the index
-- as it was, and by the time from which first attempts may still be lost.
UPDATE `deliveries` SET `line` = (SELECT `store_id` FROM `invoices` WHERE `id` = `invoice_id`) || '/0/' ||
  CASE instr(substr(`url`, 9), '/') WHEN 0 THEN `url` ELSE substr(`url`, 1, 7 + instr(substr(`url`, 9), '/')) END
WHERE `state` = 'retrying' AND `next_attempt_at` > 0 AND `endpoint_id` IS NULL;--> statement-breakpoint
UPDATE `deliveries` SET `line` = (SELECT `store_id` FROM `invoices` WHERE `id` = `invoice_id`) || '/0/' ||
  CASE instr(substr(`url`, 9), '/') WHEN 0 THEN `url` ELSE substr(`url`, 1, 7 + instr(substr(`url`, 9), '/')) END
WHERE `created_at` >= coalesce((SELECT CAST(`value` AS INTEGER) FROM `cursors` WHERE `name` = 'deliveries'), 0)
  AND `state` = 'pending' AND `endpoint_id` IS NULL;--> statement-breakpoint
DROP INDEX `deliveries_due`;--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (CASE WHEN endpoint_id IS NULL THEN line ELSE endpoint_id END,`next_attempt_at`) WHERE state = 'retrying';
