ALTER TABLE `payouts` ADD `order_ref` text;--> statement-breakpoint
-- As core/invoice/order-ref.ts reads it. Numbers stay out: SQLite's JSON functions would make floats of them.
UPDATE `payouts` SET `order_ref` = coalesce(
  (SELECT p.`order_ref` FROM `pull_payments` p WHERE p.`id` = `payouts`.`pull_payment_id`),
  CASE coalesce(nullif(json_type(`metadata`, '$.OrderId'), 'null'), json_type(`metadata`, '$.orderId')) WHEN 'text'
    THEN coalesce(json_extract(`metadata`, '$.OrderId'), json_extract(`metadata`, '$.orderId')) END);--> statement-breakpoint
CREATE INDEX `payouts_by_order` ON `payouts` (`store_id`,`order_ref`) WHERE order_ref IS NOT NULL;
