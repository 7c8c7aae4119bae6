// Writes into what the log has frozen, for tests of what a page does with an event that says something strange.

import { type Packed, pack, unpack } from '../../src/adapters/db/packed.ts';
import { bindings } from './merchant.ts';

/** In every event of a store. */
export async function alterSnapshots(storeId: string, change: Record<string, unknown>): Promise<void> {
  const { results } = await bindings.DB.prepare('SELECT seq, snapshot FROM events WHERE store_id = ?')
    .bind(storeId)
    .all<{ seq: number; snapshot: Packed }>();
  const update = bindings.DB.prepare('UPDATE events SET snapshot = ? WHERE store_id = ? AND seq = ?');
  await bindings.DB.batch(
    results.map(({ seq, snapshot }) => {
      const altered = { ...JSON.parse(unpack(snapshot)), ...change };
      return update.bind(pack(JSON.stringify(altered)), storeId, seq);
    }),
  );
}
