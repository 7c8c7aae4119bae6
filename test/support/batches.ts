// A shop with approved payouts, and the device that signs its batches.

import { openDatabase } from '../../src/adapters/db/database.ts';
import { versionsOf } from '../../src/adapters/db/payout-batches.ts';
import { payoutsOf } from '../../src/adapters/db/payouts.ts';
import type { PayoutBatch } from '../../src/core/payout/batch.ts';
import type { Payout } from '../../src/core/payout/payout.ts';
import { buildPsbt } from '../../src/core/psbt/build.ts';
import type { ScriptType } from '../../src/core/wallet/address.ts';
import { uploadSigned } from '../../src/services/payouts/batch-uploads.ts';
import { createBatch, psbtOf as givenOut } from '../../src/services/payouts/batches.ts';
import { createPayout } from '../../src/services/payouts/create.ts';
import { followBatches } from '../../src/services/payouts/follow-batches.ts';
import { previousTransactions, scriptsOf } from '../../src/services/wallets/coins.ts';
import { psbtOf, signed } from '../core/psbt/support.ts';
import { bindings } from './merchant.ts';
import { freshAddress, KEY } from './payouts.ts';
import { openSigner } from './signer.ts';

export async function openBatches(scriptType: ScriptType = 'p2wpkh') {
  const shop = await openSigner(scriptType);
  const { deps, device } = shop;
  const storeId = shop.merchant.store.id;
  const by = KEY;
  const db = openDatabase(bindings.DB);
  return {
    ...shop,
    storeId,
    /** Approved, and waits. */
    owe: (sats: number, destination: string = freshAddress()): Promise<Payout> => {
      const amount = (sats / 100_000_000).toFixed(8);
      const wanted = { destination, method: null, amount, currency: 'BTC', fixesRate: false, isApproved: true };
      return createPayout(
        deps,
        storeId,
        { ...wanted, metadata: { OrderId: '7' }, withdrawal: null },
        { by, use: null },
      );
    },
    make: (payoutIds: string[] | null = null, satsPerKvb = 2_000n) =>
      createBatch(deps, storeId, { payoutIds, satsPerKvb }, { by, use: null }),
    /** What the device saves after signing: as a wallet that does not finish it. */
    async sign(batch: PayoutBatch): Promise<string> {
      return psbtOf(signed(device, await givenOut(deps, batch)));
    },
    /** The same, of a PSBT as the API gives it. */
    signPsbt: (psbt: string) => psbtOf(signed(device, psbt)),
    /** What the device would send by itself. */
    async finish(batch: PayoutBatch): Promise<string> {
      const transaction = signed(device, await givenOut(deps, batch));
      transaction.finalize();
      return transaction.hex;
    },
    upload: (batch: PayoutBatch, text: string | Uint8Array) => uploadSigned(deps, batch, text, by),
    async send(raw: string): Promise<string> {
      const answer = await fetch(`${shop.chain.explorers[0]}/tx`, { method: 'POST', body: raw });
      return answer.text();
    },
    /** While no explorer answers; a while later they do again. */
    async offline<T>(work: () => Promise<T>): Promise<T> {
      for (const view of [0, 1]) await shop.fault(view, { status: 503 });
      const done = await work();
      for (const view of [0, 1]) await shop.fault(view);
      shop.merchant.clock.advanceMinutes(20);
      return done;
    },
    /** A transaction of the merchant's own over the same coins, signed. */
    async rival({ plan, walletId }: PayoutBatch): Promise<string> {
      const wallet = await shop.wallet();
      const outputs = plan.outputs.map((output) => ({ ...output, valueSats: output.valueSats - 100n }));
      const spent = plan.inputs.map(({ outpoint, place }) => ({ outpoint, ...place }));
      const previous = await previousTransactions(deps, walletId, spent);
      const transaction = signed(device, buildPsbt({ ...plan, outputs }, await scriptsOf(deps, wallet), previous));
      transaction.finalize();
      return transaction.hex;
    },
    /** Blocks come, and the cron after them. */
    async grow(blocks = 1) {
      for (let n = 0; n < blocks; n++) {
        await shop.mine();
        await shop.follow();
        await followBatches(deps);
      }
    },
    async cron() {
      await shop.follow();
      await followBatches(deps);
    },
    payouts: (ids: string[]) => payoutsOf(db, storeId, ids),
    versions: (batch: PayoutBatch) => versionsOf(db, batch),
    async types(id: string): Promise<string[]> {
      const { results } = await bindings.DB.prepare('SELECT type FROM events WHERE subject_id = ? ORDER BY seq')
        .bind(id)
        .all<{ type: string }>();
      return results.map(({ type }) => type);
    },
  };
}
