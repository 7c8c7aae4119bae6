-- One wallet for one set of addresses, however its key was spelled: until now two requests at once could register the
-- same wallet twice, and one payment then paid the invoices of both. Of those that are here already the oldest goes on.
-- A later one keeps its row, its invoices and its place among its store's wallets, so that its addresses stay watched,
-- but it issues no more: stores of the same account go on with the oldest, stores of other accounts have no wallet in use
-- and have to register one of their own. What the later one has issued, the oldest does not issue again.
-- A network that was never watched holds no money: there, each account may have the same wallet once.
DROP INDEX `wallets_by_descriptor`;--> statement-breakpoint
ALTER TABLE `wallets` DROP COLUMN `descriptor_hash`;--> statement-breakpoint
ALTER TABLE `wallets` ADD `identity` text;--> statement-breakpoint
UPDATE wallets SET identity = oldest.identity
FROM (
  SELECT id, identity, row_number() OVER (PARTITION BY identity ORDER BY created_at, id) AS place
  FROM (
    SELECT w.id, w.created_at, w.network || ':' || coalesce(a.script, w.id)
      || iif(w.network IN (SELECT network FROM chain_state), '', ':' || w.account_id) AS identity
    FROM wallets w LEFT JOIN addresses a ON a.wallet_id = w.id AND a.idx = 0)) AS oldest
WHERE oldest.id = wallets.id AND oldest.place = 1;--> statement-breakpoint
CREATE UNIQUE INDEX `wallets_by_identity` ON `wallets` (`identity`);--> statement-breakpoint
CREATE INDEX `wallets_by_account` ON `wallets` (`account_id`);--> statement-breakpoint
INSERT INTO addresses (wallet_id, idx, address, script, invoice_id)
SELECT kept.id, issued.idx, issued.address, issued.script, iif(issued.invoice_id IS NULL, NULL, later.id)
FROM wallets later
JOIN addresses first ON first.wallet_id = later.id AND first.idx = 0
JOIN addresses same ON same.script = first.script AND same.idx = 0
JOIN wallets kept ON kept.id = same.wallet_id AND kept.network = later.network AND kept.identity IS NOT NULL
  AND (kept.account_id = later.account_id OR kept.network IN (SELECT network FROM chain_state))
JOIN addresses issued ON issued.wallet_id = later.id
WHERE later.identity IS NULL
ON CONFLICT (wallet_id, idx) DO UPDATE SET invoice_id = coalesce(invoice_id, excluded.invoice_id);--> statement-breakpoint
UPDATE wallets SET funded_index = max(funded_index, (
  SELECT max(later.funded_index) FROM wallets later
  JOIN addresses first ON first.wallet_id = later.id AND first.idx = 0
  JOIN addresses same ON same.script = first.script AND same.idx = 0
  WHERE later.identity IS NULL AND later.network = wallets.network AND same.wallet_id = wallets.id))
WHERE identity IS NOT NULL AND id IN (
  SELECT same.wallet_id FROM wallets later
  JOIN addresses first ON first.wallet_id = later.id AND first.idx = 0
  JOIN addresses same ON same.script = first.script AND same.idx = 0
  WHERE later.identity IS NULL AND later.network = wallets.network);--> statement-breakpoint
INSERT OR IGNORE INTO store_wallets (store_id, wallet_id, since)
SELECT id, wallet_id, created_at FROM stores WHERE wallet_id IN (SELECT id FROM wallets WHERE identity IS NULL);--> statement-breakpoint
UPDATE stores SET wallet_id = (
  SELECT kept.id FROM wallets later
  JOIN addresses first ON first.wallet_id = later.id AND first.idx = 0
  JOIN addresses same ON same.script = first.script AND same.idx = 0
  JOIN wallets kept ON kept.id = same.wallet_id AND kept.network = later.network AND kept.identity IS NOT NULL
    AND kept.account_id = later.account_id
  WHERE later.id = stores.wallet_id)
WHERE wallet_id IN (SELECT id FROM wallets WHERE identity IS NULL);--> statement-breakpoint
INSERT OR IGNORE INTO store_wallets (store_id, wallet_id, since)
SELECT id, wallet_id, created_at FROM stores
WHERE id IN (SELECT sw.store_id FROM store_wallets sw JOIN wallets w ON w.id = sw.wallet_id WHERE w.identity IS NULL)
  AND wallet_id IS NOT NULL;
