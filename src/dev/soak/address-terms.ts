// What the histories know of ElenPAY, whose clients ask for permanent addresses: how they ask, where deposits are announced, and how
// the oracle reads what is announced. Called by world.ts, play.ts and records.ts.

/** As http/api/elenpay has them. */
export const ADDRESS_RULES = {
  confThreshold: 6,
  checkout: { dialect: 'elenpay', announcesConfirmations: true },
} as const;

/** An endpoint that deposits are announced to, beside the one that is announced everything. */
export const DEPOSIT_ENDPOINT = { id: 'deposits', url: 'https://shop.test/deposits', dialect: 'elenpay' };

/** In SQL, of an event `e`: what that endpoint receives, in order: `["Processing 0"]`. */
export const HEARD = `
  (SELECT json_group_array(
      replace(d.body ->> 'type', 'OnchainDeposit', '') || ' ' || (d.body ->> '$.tx.confirmations') ORDER BY d.target)
    FROM deliveries d WHERE d.created_at = e.created_at AND d.store_id = e.store_id AND d.log_seq = e.log_seq
      AND d.endpoint_id = '${DEPOSIT_ENDPOINT.id}' AND d.body ->> 'type' GLOB 'OnchainDeposit*')`;
