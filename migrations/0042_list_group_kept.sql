-- A Worker of before, which still runs while the next one is deployed, writes a status and not its group.
CREATE TRIGGER `invoices_list_group` AFTER UPDATE OF `status` ON `invoices`
WHEN NEW.`list_group` != CASE WHEN NEW.`status` IN ('pending', 'seen') THEN 'open' WHEN NEW.`status` IN ('paid', 'expired') THEN NEW.`status` ELSE 'other' END
BEGIN
  UPDATE `invoices`
  SET `list_group` = CASE WHEN `status` IN ('pending', 'seen') THEN 'open' WHEN `status` IN ('paid', 'expired') THEN `status` ELSE 'other' END
  WHERE `id` = NEW.`id`;
END;--> statement-breakpoint
CREATE TRIGGER `invoices_list_group_of_new` AFTER INSERT ON `invoices`
WHEN NEW.`list_group` != CASE WHEN NEW.`status` IN ('pending', 'seen') THEN 'open' WHEN NEW.`status` IN ('paid', 'expired') THEN NEW.`status` ELSE 'other' END
BEGIN
  UPDATE `invoices`
  SET `list_group` = CASE WHEN `status` IN ('pending', 'seen') THEN 'open' WHEN `status` IN ('paid', 'expired') THEN `status` ELSE 'other' END
  WHERE `id` = NEW.`id`;
END;--> statement-breakpoint
-- What such a Worker did since the migration before this one.
UPDATE `invoices` SET `status` = `status`
WHERE `list_group` != CASE WHEN `status` IN ('pending', 'seen') THEN 'open' WHEN `status` IN ('paid', 'expired') THEN `status` ELSE 'other' END;
