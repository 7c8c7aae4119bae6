// A deployment whose batches one key signs: what was signed before multisig wallets is still signed after.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { batchOf } from '../../../src/adapters/db/payout-batches.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const BATCHES = 120;
const PLAN = JSON.stringify({ inputs: [], outputs: [], feeSats: 1, vsize: 1 });

/** Of the first none, of every third half of the inputs, of the others all. */
const signaturesOf = (n: number): (string | null)[] | null => {
  if (n === 0) return null;
  return Array.from({ length: 12 }, (_, input) => (n % 3 === 0 && input % 2 === 1 ? null : `${n}${input}aa`));
};

it('keeps every signature at its input', async () => {
  await databaseBefore('0039_signers');
  await insertRows(
    Array.from({ length: BATCHES }, (_, n): Parameters<typeof insertRows>[0][number] => [
      'payout_batches',
      {
        ...{ store_id: 'store', id: `batch-${n}`, wallet_id: 'wallet', root_id: `batch-${n}`, plan: PLAN },
        ...{ state: 'awaiting_signatures', signatures: signaturesOf(n) && JSON.stringify(signaturesOf(n)), raw: null },
        ...{ reserved_until: 1, created_at: 1, created_by: '{}', is_watched: 1, version: 3, due_at: 1 },
      },
    ]),
  );
  await migrate();
  const db = openDatabase(bindings.DB);
  for (let n = 0; n < BATCHES; n++) {
    const batch = await batchOf(db, { storeId: 'store', id: `batch-${n}` });
    expect(batch).toMatchObject({ version: 3, signers: { required: 1, fingerprints: [null] } });
    expect(batch?.signatures).toEqual(signaturesOf(n)?.map((signature) => [signature]) ?? null);
  }
});
