ALTER TABLE `payout_batches` ADD `signers` text DEFAULT '{"required":1,"fingerprints":[null]}' NOT NULL;--> statement-breakpoint
-- An input had one signature; now it has one of each signer.
UPDATE `payout_batches` SET `signatures` = (
  SELECT json_group_array(json_array(one.value)) FROM (
    SELECT value FROM json_each(`payout_batches`.`signatures`) ORDER BY key
  ) AS one
) WHERE `signatures` IS NOT NULL;
