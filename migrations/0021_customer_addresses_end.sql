-- They are deposit_addresses since the migration before.
DROP TABLE `customer_addresses`;
