CREATE INDEX `accounts_of_operator` ON `accounts` (`is_operator`) WHERE is_operator;--> statement-breakpoint
CREATE INDEX `wallets_followed` ON `wallets` (`coins_since`) WHERE coins_since IS NOT NULL;--> statement-breakpoint
CREATE INDEX `verifications_by_value` ON `verifications` (`value`);--> statement-breakpoint
CREATE INDEX `verifications_by_expiry` ON `verifications` (`expires_at`);