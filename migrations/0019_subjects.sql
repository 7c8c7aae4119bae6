-- The log knows subjects, of which an invoice is one, and has in columns what bills, mails and lists ask for.
CREATE TABLE `__new_events` (
	`store_id` text NOT NULL,
	`log_seq` integer NOT NULL,
	`subject` text NOT NULL,
	`subject_id` text NOT NULL,
	`seq` integer NOT NULL,
	`type` text NOT NULL,
	`created_at` integer NOT NULL,
	`livemode` integer NOT NULL,
	`status` text,
	`seen_sats` integer,
	`confirmed_sats` integer,
	`review_reason` text,
	`snapshot_version` integer NOT NULL,
	`snapshot` text NOT NULL,
	PRIMARY KEY(`store_id`, `log_seq`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_events` (`store_id`, `log_seq`, `subject`, `subject_id`, `seq`, `type`, `created_at`, `livemode`, `status`,
	`seen_sats`, `confirmed_sats`, `review_reason`, `snapshot_version`, `snapshot`)
SELECT e.`store_id`, e.`log_seq`, 'invoice', e.`invoice_id`, e.`seq`, e.`type`, e.`created_at`,
	coalesce(i.`environment`, e.`snapshot` ->> 'environment', 'test') = 'live', e.`snapshot` ->> 'status',
	CAST(e.`snapshot` ->> 'amount_paid_sats' AS INTEGER), CAST(e.`snapshot` ->> 'amount_confirmed_sats' AS INTEGER),
	e.`snapshot` ->> 'review_reason', 1, e.`snapshot`
FROM `events` e LEFT JOIN `invoices` i ON i.`id` = e.`invoice_id`;
--> statement-breakpoint
-- Tests of endpoints stood in the outbox alone, under the id of an invoice that never was. They get their place in the log behind
-- what is there; the ids that receivers have seen stay.
INSERT INTO `__new_events` (`store_id`, `log_seq`, `subject`, `subject_id`, `seq`, `type`, `created_at`, `livemode`,
	`snapshot_version`, `snapshot`)
SELECT t.`store_id`,
	(SELECT coalesce(max(`log_seq`), 0) FROM `events` e WHERE e.`store_id` = t.`store_id`)
		+ row_number() OVER (PARTITION BY t.`store_id` ORDER BY t.`created_at`, t.`invoice_id`, t.`target`),
	'endpoint', t.`invoice_id`, t.`seq`, 'endpoint.tested', t.`created_at`, NOT t.`test_mode`, 1,
	json_object('event_type', coalesce(t.`body` ->> 'event_type', t.`body` ->> 'type'))
FROM (
	SELECT d.*, coalesce(p.`store_id`, '') AS `store_id`, coalesce(s.`test_mode`, 1) AS `test_mode` FROM `deliveries` d
	LEFT JOIN `endpoints` p ON p.`id` = d.`endpoint_id` LEFT JOIN `stores` s ON s.`id` = p.`store_id`
	WHERE d.`invoice_id` GLOB 'test-*') AS t;
--> statement-breakpoint
CREATE INDEX `__tests` ON `__new_events` (`subject_id`) WHERE subject = 'endpoint';
--> statement-breakpoint
CREATE TABLE `__new_deliveries` (
	`created_at` integer NOT NULL,
	`store_id` text NOT NULL,
	`log_seq` integer NOT NULL,
	`target` integer NOT NULL,
	`resent` integer NOT NULL,
	`endpoint_id` text,
	`line` text,
	`url` text NOT NULL,
	`dialect` text NOT NULL,
	`body` text,
	`state` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer,
	`attempt_log` text NOT NULL,
	PRIMARY KEY(`created_at`, `store_id`, `log_seq`, `target`, `resent`)
) WITHOUT ROWID;
--> statement-breakpoint
-- 999 stood for a BitPay notification that a client had asked for again.
INSERT INTO `__new_deliveries` (`created_at`, `store_id`, `log_seq`, `target`, `resent`, `endpoint_id`, `line`, `url`, `dialect`,
	`body`, `state`, `attempts`, `next_attempt_at`, `attempt_log`)
SELECT d.`created_at`, coalesce(i.`store_id`, t.`store_id`), coalesce(i.`log` ->> (d.`seq` - 1), t.`log_seq`),
	iif(d.`dialect` = 'bitpay' AND d.`target` = 999, 0, d.`target`), d.`dialect` = 'bitpay' AND d.`target` = 999,
	d.`endpoint_id`, d.`line`, d.`url`, d.`dialect`, d.`body`, d.`state`, d.`attempts`, d.`next_attempt_at`, d.`attempt_log`
FROM `deliveries` d
LEFT JOIN `invoices` i ON i.`id` = d.`invoice_id`
LEFT JOIN `__new_events` t INDEXED BY `__tests` ON t.`subject_id` = d.`invoice_id` AND t.subject = 'endpoint'
WHERE coalesce(i.`log` ->> (d.`seq` - 1), t.`log_seq`) IS NOT NULL;
--> statement-breakpoint
DROP INDEX `__tests`;
--> statement-breakpoint
DROP TABLE `events`;
--> statement-breakpoint
ALTER TABLE `__new_events` RENAME TO `events`;
--> statement-breakpoint
DROP TABLE `deliveries`;
--> statement-breakpoint
ALTER TABLE `__new_deliveries` RENAME TO `deliveries`;
--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (CASE WHEN endpoint_id IS NULL THEN line ELSE endpoint_id END,`next_attempt_at`) WHERE state = 'retrying';
