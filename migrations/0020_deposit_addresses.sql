CREATE TABLE `deposit_addresses` (
	`id` text PRIMARY KEY NOT NULL,
	`store_id` text NOT NULL,
	`environment` text NOT NULL,
	`network` text NOT NULL,
	`customer_id` text NOT NULL,
	`wallet_id` text NOT NULL,
	`address_index` integer NOT NULL,
	`address` text NOT NULL,
	`script` text NOT NULL,
	`conf_threshold` integer NOT NULL,
	`fiat_currency` text,
	`metadata` text NOT NULL,
	`success_url` text,
	`checkout` text NOT NULL,
	`watch_until` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `deposit_addresses_by_customer` ON `deposit_addresses` (`store_id`,`environment`,`customer_id`);--> statement-breakpoint
CREATE INDEX `deposit_addresses_watched` ON `deposit_addresses` (`watch_until`) WHERE watch_until IS NOT NULL;--> statement-breakpoint
ALTER TABLE `invoices` ADD `deposit_address_id` text;--> statement-breakpoint
CREATE INDEX `invoices_by_deposit_address` ON `invoices` (`deposit_address_id`,`created_at`,`id`) WHERE deposit_address_id IS NOT NULL;--> statement-breakpoint
-- A customer's address has the id of the invoice that it was: links to its page go on working. Test money is told by the environment.
INSERT INTO `deposit_addresses` (`id`, `store_id`, `environment`, `network`, `customer_id`, `wallet_id`, `address_index`, `address`,
  `script`, `conf_threshold`, `fiat_currency`, `metadata`, `success_url`, `checkout`, `watch_until`, `created_at`)
SELECT i.id, c.store_id, i.environment, i.network, iif(i.environment = 'test', substr(c.customer_id, length('test:') + 1), c.customer_id),
  i.wallet_id, i.address_index, i.address, i.script, i.conf_threshold, i.fiat_currency, i.metadata, i.success_url,
  json_set(json_remove(i.checkout, '$.customerId'), '$.announcesConfirmations', json('true')),
  iif(i.environment = 'live', i.watch_until, NULL), c.created_at
FROM `customer_addresses` c JOIN `invoices` i ON i.id = c.invoice_id;
--> statement-breakpoint
-- That invoice keeps what came until now, and how far each deposit was announced. It goes on for as long as one of them is under way,
-- and is worth what it is worth now.
UPDATE `invoices` SET
  `deposit_address_id` = `id`,
  `checkout` = json_set(json_remove(`checkout`, '$.customerId'), '$.announcesConfirmations', json('true')),
  `fiat_rate` = (SELECT by_currency ->> ('$.' || invoices.fiat_currency || '.rate') FROM rates WHERE name = 'latest'),
  `watch_until` = CASE WHEN `environment` = 'live' AND EXISTS (SELECT 1 FROM payments p WHERE p.invoice_id = invoices.id AND (p.state = 'mempool'
    OR p.state = 'confirmed' AND p.block_height > (SELECT tip_height FROM chain_state c WHERE c.network = invoices.network) - 100))
    THEN coalesce(`watch_until`, `expires_at`) END
WHERE `id` IN (SELECT invoice_id FROM `customer_addresses`);
