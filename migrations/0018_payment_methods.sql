-- A payment is named by its method and an id, and what one method alone knows of it is JSON. On the chain the id is the outpoint, as
-- in `told`, where the confirmations announced so far are kept. A simulated payment has no outpoint: its id is the name
-- under which it was shown until now.
CREATE TABLE `__new_payments` (
	`invoice_id` text NOT NULL,
	`method` text NOT NULL,
	`id` text NOT NULL,
	`value_sats` integer NOT NULL,
	`state` text NOT NULL,
	`first_seen_at` integer NOT NULL,
	`details` text NOT NULL,
	`block_height` integer GENERATED ALWAYS AS (details ->> '$.blockHeight') VIRTUAL,
	`proof` text,
	PRIMARY KEY(`invoice_id`, `method`, `id`),
	FOREIGN KEY (`invoice_id`) REFERENCES `invoices`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_payments` (`invoice_id`, `method`, `id`, `value_sats`, `state`, `first_seen_at`, `details`, `proof`)
SELECT `invoice_id`, `method`, `txid` || ':' || `vout`, `value_sats`, `state`, `first_seen_at`,
	json_patch(
		-- What is null in a patch is left out.
		json_patch(
			json_object('blockHeight', `block_height`, 'blockHash', `block_hash`, 'inputs', json(`inputs`)),
			json_object('missingSinceMs', `missing_since`)
		),
		CASE WHEN `vouched` THEN '{"zeroConfSafe":true}' ELSE '{}' END
	),
	`proof`
FROM `payments` WHERE `method` = 'onchain';--> statement-breakpoint
INSERT INTO `__new_payments` (`invoice_id`, `method`, `id`, `value_sats`, `state`, `first_seen_at`, `details`)
SELECT `invoice_id`, `method`, `txid`, `value_sats`, `state`, `first_seen_at`, '{}' FROM `payments` WHERE `method` = 'simulated';--> statement-breakpoint
UPDATE `invoices` SET `told` = replace(`told`, ':0":', '":')
WHERE `id` IN (SELECT `invoice_id` FROM `payments` WHERE `method` = 'simulated');--> statement-breakpoint
DROP TABLE `payments`;--> statement-breakpoint
ALTER TABLE `__new_payments` RENAME TO `payments`;--> statement-breakpoint
CREATE INDEX `payments_on_chain` ON `payments` (`state`,`block_height`) WHERE method = 'onchain';
