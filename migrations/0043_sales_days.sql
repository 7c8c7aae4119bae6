CREATE TABLE `counted_logs` (
	`store_id` text PRIMARY KEY NOT NULL,
	`log_seq` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `sales_days` (
	`store_id` text NOT NULL,
	`environment` text NOT NULL,
	`day` text NOT NULL,
	`currency` text NOT NULL,
	`invoices` integer NOT NULL,
	`sats` integer NOT NULL,
	`fiat_e4` integer NOT NULL,
	`without_fiat` integer NOT NULL,
	`usd_e4` integer NOT NULL,
	`without_usd` integer NOT NULL,
	PRIMARY KEY(`store_id`, `environment`, `day`, `currency`)
) WITHOUT ROWID;
--> statement-breakpoint
-- Both are counted from one place in the log: where the fees have got to.
INSERT INTO `counted_logs` (`store_id`, `log_seq`)
SELECT `store_id`, max(`counted_seq`) FROM `fee_days` WHERE true GROUP BY `store_id`;
--> statement-breakpoint
-- The sales up to that place: those of now, and less what each event after it has brought or taken away.
INSERT INTO `sales_days`
SELECT `store_id`, `environment`, `day`, `currency`, sum(`n`), sum(`n` * `sats`),
	sum(`n` * coalesce(CAST(round(`sats` * `fiat_rate` / 10000) AS INTEGER), 0)), sum(`n` * (`fiat_rate` IS NULL)),
	sum(`n` * coalesce(CAST(round(`sats` * `usd_rate` / 10000) AS INTEGER), 0)), sum(`n` * (`usd_rate` IS NULL))
FROM (
	SELECT i.`store_id`, i.`environment`, date(i.`created_at` / 1000, 'unixepoch') AS `day`,
		coalesce(i.`fiat_currency`, '') AS `currency`, CAST(i.`fiat_rate` AS REAL) AS `fiat_rate`,
		CAST(i.`usd_rate` AS REAL) AS `usd_rate`, state.`n`, state.`sats`
	FROM (
		SELECT `id`, 1 AS `n`, `status`, `confirmed_sats` AS `sats` FROM `invoices`
		WHERE `status` IN ('paid', 'late_paid', 'overpaid')
		UNION ALL
		SELECT e.`subject_id`, -1, e.`status`, e.`confirmed_sats`
		FROM `stores` s LEFT JOIN `counted_logs` c ON c.`store_id` = s.`id`
		CROSS JOIN `events` e ON e.`store_id` = s.`id` AND e.`log_seq` > coalesce(c.`log_seq`, 0)
		WHERE e.`subject` = 'invoice'
		UNION ALL
		SELECT e.`subject_id`, 1, p.`status`, p.`confirmed_sats`
		FROM `stores` s LEFT JOIN `counted_logs` c ON c.`store_id` = s.`id`
		CROSS JOIN `events` e ON e.`store_id` = s.`id` AND e.`log_seq` > coalesce(c.`log_seq`, 0)
		CROSS JOIN `invoices` i ON i.`id` = e.`subject_id`
		CROSS JOIN `events` p ON p.`store_id` = e.`store_id` AND p.`log_seq` = i.`log` ->> (e.`seq` - 2)
		WHERE e.`subject` = 'invoice' AND e.`seq` > 1
	) AS state CROSS JOIN `invoices` i ON i.`id` = state.`id`
	WHERE state.`status` IN ('paid', 'late_paid', 'overpaid')
)
GROUP BY 1, 2, 3, 4 HAVING sum(`n`) <> 0;
--> statement-breakpoint
-- A Worker of before, which still runs while the next one is deployed, counts nothing without it: its counts would come twice.
ALTER TABLE `fee_days` DROP COLUMN `counted_seq`;
