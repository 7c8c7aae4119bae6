// The road of a batch from its coins to six blocks, as batches.test.ts and batches.long.test.ts tell it, by the type of the wallet.

import { describe, expect, it } from 'vitest';
import type { ScriptType } from '../../../src/core/wallet/address.ts';
import { readBatch } from '../../../src/services/payouts/batches.ts';
import { openBatches } from '../../support/batches.ts';

export function batchStory(scriptTypes: readonly ScriptType[]): void {
  describe.each(scriptTypes)('A batch of a %s wallet', (scriptType) => {
    it('R25, R27: is signed, sent, and settled by six blocks', async () => {
      const shop = await openBatches(scriptType);
      await shop.earn(60_000);
      await shop.earn(70_000);
      const owed = [await shop.owe(50_000), await shop.owe(30_000), await shop.owe(20_000)];
      const ids = owed.map(({ id }) => id);
      const batch = await shop.make();
      expect(await shop.payouts(ids)).toMatchObject(ids.map(() => ({ state: 'queued', batchId: batch.id })));
      // Its coins are kept for it.
      expect(await shop.spendable()).toEqual([]);
      const sent = await shop.upload(batch, await shop.sign(batch));
      expect(sent).toMatchObject({ state: 'broadcast', refusal: null, broadcastAtMs: expect.any(Number) });
      const { txid } = sent;
      if (scriptType !== 'p2pkh') expect(txid).toBe(batch.txid);
      expect(await shop.payouts(ids)).toMatchObject(
        ids.map(() => ({ state: 'in_flight', txid, announcedConfirmations: 0, blockHash: null })),
      );
      for (const confirmations of [1, 2, 3, 4, 5]) {
        await shop.grow();
        expect(await shop.payouts(ids)).toMatchObject(
          ids.map(() => ({ state: 'in_flight', announcedConfirmations: confirmations })),
        );
      }
      await shop.grow();
      const settled = await shop.payouts(ids);
      expect(settled).toMatchObject(ids.map(() => ({ state: 'settled', announcedConfirmations: 6, txid })));
      expect(new Set(settled.map(({ vout }) => vout)).size).toBe(3);
      expect(await readBatch(shop.deps, batch)).toMatchObject({ state: 'confirmed', txid, isWatched: true });
      expect((await shop.types(ids[0] ?? '')).filter((type) => type !== 'payout.updated')).toEqual([
        ...['payout.created', 'payout.in_flight', 'payout.settled'],
      ]);
      // Its change pays the next one.
      const [change] = await shop.spendable();
      expect(change).toMatchObject({ outpoint: expect.stringContaining(txid ?? '-') });
    });

    it('is found in a block where the merchant has sent it without an upload', async () => {
      const shop = await openBatches(scriptType);
      await shop.earn(60_000);
      const { id } = await shop.owe(50_000);
      const batch = await shop.make();
      const txid = await shop.send(await shop.finish(batch));
      await shop.grow();
      expect(await shop.payouts([id])).toMatchObject([{ state: 'in_flight', txid, announcedConfirmations: 1 }]);
      expect(await readBatch(shop.deps, batch)).toMatchObject({ state: 'broadcast', txid, uploadedAtMs: null });
      // Uploaded all the same, it is known already.
      expect(await shop.upload(batch, await shop.sign(batch))).toMatchObject({ state: 'broadcast', txid });
      await shop.grow(5);
      expect(await shop.payouts([id])).toMatchObject([{ state: 'settled' }]);
    });
  });
}
