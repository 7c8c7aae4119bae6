// Payouts on the chain: made into one transaction, signed by the merchant's device, sent, and followed by our own blocks until six lie on it.

import { describe, expect, it } from 'vitest';
import { outpointsOf } from '../../../src/core/payout/batch.ts';
import { type ErrorCode, toApiError } from '../../../src/errors.ts';
import { createVersion, voidBatch } from '../../../src/services/payouts/batch-versions.ts';
import { readBatch } from '../../../src/services/payouts/batches.ts';
import { followBatches } from '../../../src/services/payouts/follow-batches.ts';
import { changeLimits } from '../../../src/services/payouts/limits.ts';
import { cancelForStore } from '../../../src/services/payouts/payouts.ts';
import { openBatches } from '../../support/batches.ts';
import { bindings } from '../../support/merchant.ts';
import { ANNA, KEY } from '../../support/payouts.ts';
import { batchStory } from './batch-story.ts';

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | 'done'> =>
  work.then(
    () => 'done' as const,
    (error: unknown) => toApiError(error).code,
  );

const refused = (message: string) =>
  new Response(`sendrawtransaction RPC error: ${JSON.stringify({ code: -26, message })}`, { status: 400 });

const DAY_MS = 24 * 60 * 60_000;

batchStory(['p2wpkh', 'p2wsh']);

describe('Many batches in one moment', () => {
  it('R26: share no payout and no coin', async () => {
    const shop = await openBatches();
    for (const sats of [60_000, 61_000, 62_000]) await shop.earn(sats);
    const owed = [await shop.owe(50_000), await shop.owe(50_000), await shop.owe(50_000)];
    const made = await Promise.allSettled([
      ...owed.map(({ id }) => shop.make([id])),
      ...owed.map(({ id }) => shop.make([id])),
      shop.make(),
    ]);
    const batches = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const paid = batches.flatMap(({ plan }) => plan.outputs.flatMap(({ payoutId }) => payoutId ?? []));
    const spent = batches.flatMap(outpointsOf);
    expect(paid.toSorted()).toEqual(owed.map(({ id }) => id).toSorted());
    expect(new Set(spent).size).toBe(spent.length);
    for (const payout of await shop.payouts(paid)) {
      const own = batches.find(({ id }) => id === payout.batchId);
      expect(own?.plan.outputs.some(({ payoutId }) => payoutId === payout.id)).toBe(true);
    }
  });

  it('the same signed PSBT many times is sent as one', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(50_000);
    const batch = await shop.make();
    const text = await shop.sign(batch);
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.upload(batch, text)));
    expect(new Set(answers.map(({ txid }) => txid)).size).toBe(1);
    expect((await shop.types(id)).filter((type) => type === 'payout.in_flight')).toHaveLength(1);
  });
});

describe('A batch is not made', () => {
  it('of what is not approved, goes over Lightning, or belongs to another store', async () => {
    const shop = await openBatches();
    const other = await openBatches();
    await shop.earn(60_000);
    expect(await codeOf(shop.make())).toBe('batch_not_possible');
    const lightning = await shop.owe(5_000, 'buyer@wallet.example');
    expect(await codeOf(shop.make([lightning.id]))).toBe('payout_not_changeable');
    // Made while the store was in test mode.
    const pretended = await shop.owe(5_000);
    await bindings.DB.prepare("UPDATE payouts SET environment = 'test' WHERE id = ?").bind(pretended.id).run();
    expect(await codeOf(shop.make([pretended.id]))).toBe('payout_not_changeable');
    expect(await codeOf(shop.make())).toBe('batch_not_possible');
    const foreign = await other.owe(5_000);
    expect(await codeOf(shop.make([foreign.id]))).toBe('not_found');
    expect(await codeOf(shop.make([crypto.randomUUID()]))).toBe('not_found');
  });

  it('without coins that pay it, above the highest fee, or below the least', async () => {
    const shop = await openBatches();
    await shop.owe(50_000);
    expect(await codeOf(shop.make())).toBe('batch_not_possible');
    await shop.earn(60_000);
    expect(await codeOf(shop.make(null, 100_000n))).toBe('batch_not_possible');
    expect(await codeOf(shop.make(null, 999n))).toBe('batch_not_possible');
    expect(await shop.spendable()).toHaveLength(1);
    expect(await codeOf(shop.make(null, 1_000n))).toBe('done');
  });
});

describe('An upload', () => {
  it('R26: of anything but the approved transaction is refused, and nothing moves', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    await shop.earn(80_000);
    const other = await shop.make([(await shop.owe(30_000)).id]);
    for (const text of ['', 'hello', await shop.sign(other), await shop.finish(other)])
      expect(await codeOf(shop.upload(batch, text))).toBe('upload_refused');
    expect(await shop.payouts([id])).toMatchObject([{ state: 'queued' }]);
    expect(await codeOf(shop.upload({ ...batch, storeId: crypto.randomUUID() }, 'x'))).toBe('not_found');
  });

  it('while payouts are paused is refused, and taken afterwards', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    const text = await shop.sign(batch);
    await changeLimits(shop.deps, shop.storeId, { isPaused: true }, ANNA);
    expect(await codeOf(shop.upload(batch, text))).toBe('payouts_paused');
    expect(await shop.payouts([id])).toMatchObject([{ state: 'queued' }]);
    await changeLimits(shop.deps, shop.storeId, { isPaused: false }, ANNA);
    expect(await codeOf(shop.upload(batch, text))).toBe('done');
  });

  it('is not needed for a block to count, and a stop of the payouts does not keep one from counting', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    const raw = await shop.finish(batch);
    await changeLimits(shop.deps, shop.storeId, { isPaused: true }, ANNA);
    const txid = await shop.send(raw);
    await shop.grow(6);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'settled', txid }]);
  });

  it('that no explorer answers to is sent by the cron; one that is refused says why, and waits', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    const text = await shop.sign(batch);
    expect(await shop.offline(() => shop.upload(batch, text))).toMatchObject({
      state: 'broadcast',
      broadcastAtMs: null,
      refusal: null,
    });
    expect(await shop.payouts([id])).toMatchObject([{ state: 'in_flight', announcedConfirmations: null }]);
    for (const view of [0, 1]) shop.lie(view, (path) => (path === '/tx' ? refused('min relay fee not met') : null));
    await shop.cron();
    expect(await readBatch(shop.deps, batch)).toMatchObject({ refusal: expect.stringMatching(/fee is lower/) });
    for (const view of [0, 1]) shop.lie(view, null);
    shop.merchant.clock.advanceMinutes(11);
    await shop.cron();
    expect(await readBatch(shop.deps, batch)).toMatchObject({ refusal: null, broadcastAtMs: expect.any(Number) });
    expect(await shop.payouts([id])).toMatchObject([{ announcedConfirmations: 0 }]);
  });
});

describe('A reorg', () => {
  it('takes the block of a settled payout back, and the next block brings it again', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    await shop.upload(batch, await shop.sign(batch));
    await shop.grow(6);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'settled' }]);
    await shop.reorg(6, { remine: false });
    await shop.cron();
    expect(await shop.payouts([id])).toMatchObject([{ state: 'in_flight', blockHash: null }]);
    expect(await readBatch(shop.deps, batch)).toMatchObject({ state: 'broadcast', blockHash: null });
    await shop.grow(6);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'settled' }]);
    const types = (await shop.types(id)).filter((type) => type !== 'payout.updated');
    expect(types.slice(-3)).toEqual(['payout.settled', 'payout.reverted', 'payout.settled']);
  });
});

describe('A higher fee', () => {
  it('R27: takes the place of the first version once it is signed; whichever is mined settles the payouts', async () => {
    for (const mined of ['first', 'second'] as const) {
      const shop = await openBatches();
      await shop.earn(60_000);
      const { id } = await shop.owe(20_000);
      const first = await shop.make();
      const firstRaw = await shop.finish(first);
      await shop.upload(first, firstRaw);
      shop.merchant.clock.advanceMinutes(1);
      const bump = await createVersion(shop.deps, first, { kind: 'bump', satsPerKvb: 9_000n }, KEY);
      expect(await codeOf(createVersion(shop.deps, first, { kind: 'bump', satsPerKvb: 9_000n }, KEY))).toBe(
        'batch_not_changeable',
      );
      expect(await shop.payouts([id])).toMatchObject([{ batchId: first.id, txid: first.txid }]);
      const text = await shop.sign(bump);
      if (mined === 'first') await shop.offline(() => shop.upload(bump, text));
      else await shop.upload(bump, text);
      expect(await shop.payouts([id])).toMatchObject([{ state: 'in_flight', batchId: bump.id, txid: bump.txid }]);
      await shop.grow();
      const winner = mined === 'first' ? first : bump;
      expect(await shop.payouts([id])).toMatchObject([{ txid: winner.txid, announcedConfirmations: 1 }]);
      await shop.grow(5);
      expect(await shop.payouts([id])).toMatchObject([{ state: 'settled', txid: winner.txid }]);
      const states = (await shop.versions(first)).map(({ id: version, state }) => [version === winner.id, state]);
      expect(states.toSorted()).toEqual([
        [false, 'void'],
        [true, 'confirmed'],
      ]);
      expect((await shop.types(id)).filter((type) => type === 'payout.in_flight')).toHaveLength(1);
    }
  });
});

describe('A cancellation', () => {
  it('returns the coins, and after six blocks a person decides about the payouts anew', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    await shop.upload(batch, await shop.sign(batch));
    expect(await codeOf(voidBatch(shop.deps, batch, batch.id, KEY))).toBe('batch_not_changeable');
    shop.merchant.clock.advanceMinutes(1);
    const end = await createVersion(shop.deps, batch, { kind: 'cancel', satsPerKvb: 9_000n }, KEY);
    await shop.upload(end, await shop.sign(end));
    await shop.grow(1);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'unknown', reason: 'conflicted' }]);
    await shop.grow(5);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'awaiting_approval', batchId: null, approvals: [] }]);
    expect((await shop.versions(batch)).map(({ state }) => state)).toEqual(['void', 'confirmed']);
    expect(await shop.values()).toHaveLength(1);
    expect(await codeOf(shop.make())).toBe('batch_not_possible');
  });
});

describe('A coin that the merchant spends elsewhere', () => {
  it('holds the payouts, tells of it, and after six blocks lets them go without paying', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    const [elsewhere, text] = [await shop.rival(batch), await shop.sign(batch)];
    await shop.offline(() => shop.upload(batch, text));
    await shop.send(elsewhere);
    await shop.grow();
    expect(await shop.payouts([id])).toMatchObject([{ state: 'unknown', reason: 'conflicted' }]);
    expect(await shop.types(id)).toContain('payout.unknown');
    expect(await readBatch(shop.deps, batch)).toMatchObject({ state: 'conflicted', conflictTxid: expect.any(String) });
    await shop.grow(5);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'awaiting_approval', batchId: null }]);
    expect(await readBatch(shop.deps, batch)).toMatchObject({ state: 'void' });
  });

  it('ends a batch that was not signed, and its payouts wait for another one', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    const text = await shop.sign(batch);
    await shop.send(await shop.rival(batch));
    await shop.grow();
    expect(await codeOf(shop.upload(batch, text))).toBe('batch_not_changeable');
    await shop.grow(5);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'queued', batchId: null }]);
    expect(await codeOf(shop.make())).toBe('done');
  });
});

describe('A batch that is not signed', () => {
  it('keeps its payouts: they are not cancelled under it', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const payout = await shop.owe(20_000);
    await shop.make();
    expect(await codeOf(cancelForStore(shop.deps, payout, { by: ANNA }))).toBe('payout_not_changeable');
  });

  it('R25, R26: is let go after a day where its PSBT was never given out, and asks otherwise', async () => {
    const shop = await openBatches();
    for (const sats of [60_000, 61_000]) await shop.earn(sats);
    const [untouched, given] = [await shop.owe(50_000), await shop.owe(50_000)];
    const [first, second] = [await shop.make([untouched.id]), await shop.make([given.id])];
    await shop.sign(second);
    shop.merchant.clock.ms += DAY_MS + 1;
    await followBatches(shop.deps);
    expect(await shop.payouts([untouched.id])).toMatchObject([{ state: 'queued', batchId: null }]);
    expect(await shop.payouts([given.id])).toMatchObject([{ state: 'queued', batchId: second.id }]);
    expect((await readBatch(shop.deps, first)).state).toBe('void');
    expect((await readBatch(shop.deps, second)).state).toBe('awaiting_signatures');
    expect(await shop.values()).toHaveLength(1);
  });

  it('has paid where a copy of it is mined after it was voided, so that no other batch pays again', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    await shop.earn(70_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    const raw = await shop.finish(batch);
    await voidBatch(shop.deps, batch, batch.id, KEY);
    const txid = await shop.send(raw);
    await shop.grow();
    expect(await shop.payouts([id])).toMatchObject([{ state: 'in_flight', txid, batchId: batch.id }]);
    expect(await codeOf(shop.make())).toBe('batch_not_possible');
    await shop.reorg(1, { remine: false });
    await shop.cron();
    expect(await shop.payouts([id])).toMatchObject([{ state: 'in_flight', txid, blockHash: null }]);
    await shop.grow(6);
    expect(await shop.payouts([id])).toMatchObject([{ state: 'settled', txid }]);
  });

  it('is void by the merchant’s typed word alone; a copy that was signed all the same is still found', async () => {
    const shop = await openBatches();
    await shop.earn(60_000);
    const { id } = await shop.owe(20_000);
    const batch = await shop.make();
    const raw = await shop.finish(batch);
    expect(await codeOf(voidBatch(shop.deps, batch, 'yes', KEY))).toBe('validation_error');
    expect(await codeOf(voidBatch(shop.deps, batch, batch.id, KEY))).toBe('done');
    expect(await shop.payouts([id])).toMatchObject([{ state: 'queued', batchId: null }]);
    expect(await codeOf(shop.upload(batch, raw))).toBe('batch_not_changeable');
    const again = await shop.make();
    const text = await shop.sign(again);
    const txid = await shop.send(raw);
    await shop.grow();
    // It is paid once: the second one cannot be sent any more.
    expect(await shop.payouts([id])).toMatchObject([{ state: 'in_flight', txid }]);
    expect(await codeOf(shop.upload(again, text))).not.toBe('done');
  });
});
