-- Payments older than an invoice never pay it. Blocks that are here already count as read when they were mined (bytes 68 to 71
-- of a header, least significant first); the next addresses of each wallet are looked up in the background.
ALTER TABLE `headers` ADD `noted_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE headers SET noted_at = 1000 * (
  ((instr('0123456789abcdef', substr(header, 137, 1)) - 1) * 16 + (instr('0123456789abcdef', substr(header, 138, 1)) - 1)) * 1
  + ((instr('0123456789abcdef', substr(header, 139, 1)) - 1) * 16 + (instr('0123456789abcdef', substr(header, 140, 1)) - 1)) * 256
  + ((instr('0123456789abcdef', substr(header, 141, 1)) - 1) * 16 + (instr('0123456789abcdef', substr(header, 142, 1)) - 1)) * 65536
  + ((instr('0123456789abcdef', substr(header, 143, 1)) - 1) * 16 + (instr('0123456789abcdef', substr(header, 144, 1)) - 1)) * 16777216);--> statement-breakpoint
ALTER TABLE `addresses` ADD `used_at` integer;--> statement-breakpoint
ALTER TABLE `wallets` ADD `checked_below` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE wallets SET checked_below = pool_floor;--> statement-breakpoint
ALTER TABLE `wallets` ADD `history_checked_at` integer;--> statement-breakpoint
ALTER TABLE `wallets` ADD `used_before` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `wallets` ADD `reused_at` integer;--> statement-breakpoint
CREATE INDEX `wallets_unchecked` ON `wallets` (`network`,`created_at`) WHERE history_checked_at IS NULL;
