// What the histories know of ElenPAY, whose clients ask for permanent addresses: how they ask, where deposits are announced, and how
// the oracle reads what is announced. Called by world.ts, play.ts and records.ts.

import { unpack } from '../../adapters/db/packed.ts';

/** As http/api/elenpay has them. */
export const ADDRESS_RULES = {
  confThreshold: 6,
  checkout: { dialect: 'elenpay', announcesConfirmations: true },
} as const;

/** An endpoint that deposits are announced to, beside the one that is announced everything. */
export const DEPOSIT_ENDPOINT = { id: 'deposits', url: 'https://shop.test/deposits', dialect: 'elenpay' };

/** In SQL, of an event `e`: the bodies that this endpoint receives, packed, in hex, in order. */
export const BODIES = `
  (SELECT json_group_array(hex(d.body) ORDER BY d.target)
    FROM deliveries d WHERE d.created_at = e.created_at AND d.store_id = e.store_id AND d.log_seq = e.log_seq
      AND d.endpoint_id = '${DEPOSIT_ENDPOINT.id}')`;

/** What they say of a deposit: `Processing 0`. */
export function heardIn(bodies: string): string[] {
  return (JSON.parse(bodies) as string[]).flatMap((hex) => {
    const { type, tx } = JSON.parse(unpack(Buffer.from(hex, 'hex'))) as {
      type: string;
      tx?: { confirmations: number };
    };
    return type.startsWith('OnchainDeposit') ? `${type.replace('OnchainDeposit', '')} ${tx?.confirmations}` : [];
  });
}
