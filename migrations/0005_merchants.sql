CREATE TABLE `store_wallets` (
	`store_id` text NOT NULL,
	`wallet_id` text NOT NULL,
	`since` integer NOT NULL,
	PRIMARY KEY(`store_id`, `wallet_id`),
	FOREIGN KEY (`store_id`) REFERENCES `stores`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`wallet_id`) REFERENCES `wallets`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
