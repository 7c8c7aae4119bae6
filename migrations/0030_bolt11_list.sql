DROP INDEX `bolt11_invoices_of_invoice`;--> statement-breakpoint
CREATE INDEX `bolt11_invoices_of_invoice` ON `bolt11_invoices` (`invoice_id`,`store_id`,`created_at`);