// A merchant's wallet sends a batch by itself: the shop knows it before a block holds it, by the bytes and never by an explorer's word.

import { hexToBytes } from '@noble/hashes/utils.js';
import { RawTx } from '@scure/btc-signer/script.js';
import { describe, expect, it } from 'vitest';
import type { PayoutBatch } from '../../../src/core/payout/batch.ts';
import { createVersion, voidBatch } from '../../../src/services/payouts/batch-versions.ts';
import { psbtOf, readBatch } from '../../../src/services/payouts/batches.ts';
import { followBatches } from '../../../src/services/payouts/follow-batches.ts';
import { changeLimits } from '../../../src/services/payouts/limits.ts';
import { openBatches } from '../../support/batches.ts';
import { bindings } from '../../support/merchant.ts';
import { ANNA, KEY } from '../../support/payouts.ts';

type ScriptType = Parameters<typeof openBatches>[0];

/** A batch whose PSBT was given out, what the merchant's wallet has signed of it, and the txids that explorers are asked for. */
async function openGivenOut(scriptType?: ScriptType) {
  // What earlier tests left is not looked for here.
  await bindings.DB.prepare('UPDATE payout_batches SET due_at = NULL').run();
  const shop = await openBatches(scriptType);
  await shop.earn(60_000);
  const { id } = await shop.owe(20_000);
  const batch = await shop.make();
  const raw = await shop.finish(batch);
  const { watcher } = shop.deps;
  const asked: string[][] = [];
  shop.deps.watcher = {
    ...watcher,
    rawTransactions: (txids) => {
      asked.push([...txids]);
      return watcher.rawTransactions(txids);
    },
  };
  return {
    ...shop,
    id,
    batch,
    raw,
    asked,
    /** The cron, so many minutes later. */
    async later(minutes: number) {
      shop.merchant.clock.advanceMinutes(minutes);
      await followBatches(shop.deps);
    },
    read: (of: PayoutBatch = batch) => readBatch(shop.deps, of),
    payout: async () => (await shop.payouts([id]))[0],
    lieOfBoth: (bytes: Uint8Array<ArrayBuffer> | null) => {
      for (const view of [0, 1]) shop.lie(view, bytes && ((path) => (path.endsWith('/raw') ? bytes : null)));
    },
  };
}

/** Another transaction that is almost this one. */
function changed(raw: string, change: (transaction: ReturnType<typeof RawTx.decode>) => void): Uint8Array<ArrayBuffer> {
  const transaction = RawTx.decode(hexToBytes(raw));
  change(transaction);
  return new Uint8Array(RawTx.encode(transaction));
}

describe('What the merchant’s wallet sends', () => {
  it.each(['p2wpkh', 'p2sh-p2wpkh', 'p2tr', 'p2wsh', 'p2sh-p2wsh'] as const)(
    'is known before a block, of a %s wallet',
    async (scriptType) => {
      const shop = await openGivenOut(scriptType);
      expect(await shop.send(shop.raw)).toBe(shop.batch.txid);
      await shop.later(1);
      const sent = { state: 'broadcast', raw: shop.raw, uploadedAtMs: null, refusal: null };
      expect(await shop.read()).toMatchObject({ ...sent, broadcastAtMs: shop.deps.now() });
      const onItsWay = { state: 'in_flight', txid: shop.batch.txid, blockHash: null, announcedConfirmations: 0 };
      expect(await shop.payout()).toMatchObject(onItsWay);
      expect((await shop.types(shop.id)).filter((type) => type === 'payout.in_flight')).toHaveLength(1);
      // Uploaded all the same, it is known already.
      expect(await shop.upload(shop.batch, shop.raw)).toMatchObject(sent);
      // Nothing but blocks settles it.
      await shop.later(60);
      expect(await shop.payout()).toMatchObject({ state: 'in_flight' });
      await shop.grow(6);
      expect(await shop.payout()).toMatchObject({ state: 'settled' });
    },
  );

  it('is found in its block alone where its txid is not known before it is signed', async () => {
    const shop = await openGivenOut('p2pkh');
    const txid = await shop.send(shop.raw);
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'awaiting_signatures', dueAtMs: null });
    await shop.grow();
    expect(await shop.payout()).toMatchObject({ state: 'in_flight', txid, announcedConfirmations: 1 });
  });

  it('is taken for a higher fee, too', async () => {
    const shop = await openGivenOut();
    await shop.upload(shop.batch, shop.raw);
    const bump = await createVersion(shop.deps, shop.batch, { kind: 'bump', satsPerKvb: 9_000n }, KEY);
    expect(await shop.send(await shop.finish(bump))).toBe(bump.txid);
    await shop.later(1);
    expect(await shop.read(bump)).toMatchObject({ state: 'broadcast', uploadedAtMs: null });
    expect(await shop.payout()).toMatchObject({ state: 'in_flight', batchId: bump.id, txid: bump.txid });
    // The one before is not sent again.
    expect(await shop.read()).toMatchObject({ dueAtMs: null });
  });

  it('is one thing in many looks in one moment, and beside an upload', async () => {
    const shop = await openGivenOut();
    await shop.send(shop.raw);
    shop.merchant.clock.advanceMinutes(1);
    await Promise.all([
      ...Array.from({ length: 4 }, () => followBatches(shop.deps)),
      shop.upload(shop.batch, shop.raw),
      shop.upload(shop.batch, shop.raw),
    ]);
    expect(await shop.read()).toMatchObject({ state: 'broadcast', txid: shop.batch.txid });
    expect((await shop.types(shop.id)).filter((type) => type === 'payout.in_flight')).toHaveLength(1);
  });

  it('is found where the watcher restarts in the middle of a look', async () => {
    const shop = await openGivenOut();
    await shop.send(shop.raw);
    const { rawTransactions } = shop.deps.watcher;
    // It has the bytes, and dies before it writes them down.
    shop.deps.watcher.rawTransactions = async (txids) => {
      const found = await rawTransactions(txids);
      shop.deps.watcher.rawTransactions = rawTransactions;
      throw Object.assign(new Error('restarted'), { found });
    };
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'awaiting_signatures' });
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'broadcast' });
  });

  it('waits for its block while payouts are paused, or while no explorer answers', async () => {
    const shop = await openGivenOut();
    await shop.send(shop.raw);
    await changeLimits(shop.deps, shop.storeId, { isPaused: true }, ANNA);
    await shop.later(1);
    expect(await shop.payout()).toMatchObject({ state: 'queued' });
    await changeLimits(shop.deps, shop.storeId, { isPaused: false }, ANNA);
    await shop.offline(() => shop.later(1));
    expect(await shop.payout()).toMatchObject({ state: 'queued' });
    await shop.later(1);
    expect(await shop.payout()).toMatchObject({ state: 'in_flight' });
  });
});

describe('A batch that is not sent', () => {
  it('is asked for less and less, and keeps its payouts', async () => {
    const shop = await openGivenOut();
    const { clock } = shop.merchant;
    const startMs = clock.ms;
    const looksWithin = async (days: number) => {
      for (;;) {
        const { dueAtMs } = await shop.read();
        if (dueAtMs === null || dueAtMs > startMs + days * 24 * 60 * 60_000) return shop.asked.length;
        clock.ms = dueAtMs;
        await followBatches(shop.deps);
      }
    };
    // Its reservation ends with the first day; it can be sent after that as well.
    expect([await looksWithin(1), await looksWithin(2), await looksWithin(30)]).toEqual([52, 57, 80]);
    expect(shop.asked.every((txids) => txids.join() === shop.batch.txid)).toBe(true);
    expect(await shop.read()).toMatchObject({ state: 'awaiting_signatures', signatures: null });
    await shop.send(shop.raw);
    await shop.later(5 * 24 * 60);
    expect(await shop.read()).toMatchObject({ state: 'broadcast' });
  });

  it('is not asked for before its PSBT is given out', async () => {
    const shop = await openGivenOut();
    await shop.earn(70_000);
    await shop.owe(30_000);
    const second = await shop.make();
    await shop.later(1);
    expect(shop.asked.flat()).not.toContain(second.txid);
    await psbtOf(shop.deps, second);
    await shop.later(1);
    expect(shop.asked.flat()).toContain(second.txid);
  });

  it('stays void, where it was voided meanwhile, until a block holds it all the same', async () => {
    const shop = await openGivenOut();
    await shop.send(shop.raw);
    const { rawTransactions } = shop.deps.watcher;
    shop.deps.watcher.rawTransactions = async (txids) => {
      const found = await rawTransactions(txids);
      await voidBatch(shop.deps, shop.batch, shop.batch.id, KEY);
      return found;
    };
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'void', dueAtMs: null, raw: null });
    expect(await shop.payout()).toMatchObject({ state: 'queued', batchId: null });
    shop.asked.length = 0;
    await shop.later(60);
    expect(shop.asked).toEqual([]);
    await shop.grow();
    expect(await shop.payout()).toMatchObject({ state: 'in_flight', txid: shop.batch.txid, announcedConfirmations: 1 });
  });

  it('keeps none waiting that has to be sent, and a few are asked for in a minute', async () => {
    const shop = await openGivenOut();
    const [row] = (await bindings.DB.prepare('SELECT * FROM payout_batches WHERE id = ?').bind(shop.batch.id).all())
      .results;
    const names = Object.keys(row ?? {});
    const insert = bindings.DB.prepare(
      `INSERT INTO payout_batches (${names.join()}) VALUES (${names.map(() => '?').join()})`,
    );
    // 120 more that wait longer, as of other stores.
    const copies = Array.from({ length: 120 }, (_, n) => {
      const txid = n.toString(16).padStart(64, '0');
      const other = { ...row, id: crypto.randomUUID(), root_id: crypto.randomUUID(), txid, due_at: 1, is_watched: 0 };
      return insert.bind(...names.map((name) => other[name as keyof typeof other]));
    });
    await shop.offline(() => shop.upload(shop.batch, shop.raw));
    await bindings.DB.batch(copies);
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'broadcast', broadcastAtMs: shop.deps.now() });
    expect(shop.asked.map(({ length }) => length)).toEqual([10]);
    for (let minute = 0; minute < 11; minute++) await shop.later(1);
    // Those that were asked for wait longer than those that were not.
    expect(new Set(shop.asked.flat()).size).toBe(120);
  });
});

describe('An explorer that answers with', () => {
  it.each<[string, (raw: string) => Uint8Array<ArrayBuffer>]>([
    ['garbage', () => Uint8Array.from({ length: 99 }, (_, n) => n)],
    ['nothing', () => new Uint8Array()],
    [
      'a forged output',
      (raw) =>
        changed(raw, ({ outputs: [first] }) => {
          if (first) first.script = hexToBytes(`0014${'66'.repeat(20)}`);
        }),
    ],
    [
      'another amount',
      (raw) =>
        changed(raw, ({ outputs: [first] }) => {
          if (first) first.amount -= 1n;
        }),
    ],
    [
      'a forged signature',
      (raw) =>
        changed(raw, ({ witnesses }) => {
          const signature = witnesses?.[0]?.[0];
          if (signature) signature[20] = (signature[20] ?? 0) ^ 1;
        }),
    ],
    [
      'no signature',
      (raw) =>
        changed(raw, (transaction) => {
          transaction.witnesses = [];
          transaction.segwitFlag = false;
        }),
    ],
  ])('%s changes nothing', async (_, lie) => {
    const shop = await openGivenOut();
    shop.lieOfBoth(lie(shop.raw));
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'awaiting_signatures', raw: null, signatures: null });
    expect(await shop.payout()).toMatchObject({ state: 'queued' });
    expect(shop.asked).toHaveLength(1);
    // It is looked for again, and an honest answer is taken.
    shop.lieOfBoth(null);
    await shop.send(shop.raw);
    await shop.later(20);
    expect(await shop.read()).toMatchObject({ state: 'broadcast', raw: shop.raw });
  });

  it.each([0, 1])('a lie is one of two: view %i', async (view) => {
    const shop = await openGivenOut();
    await shop.send(shop.raw);
    shop.lie(view, (path) => (path.endsWith('/raw') ? new TextEncoder().encode('no transaction') : null));
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'broadcast', raw: shop.raw });
  });

  it('a transaction of the merchant’s over the same coins is not the batch’s', async () => {
    const shop = await openGivenOut();
    shop.lieOfBoth(changed(await shop.rival(shop.batch), () => {}));
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'awaiting_signatures' });
    // Nor where the watcher itself would believe it.
    shop.deps.watcher.rawTransactions = async () => ({ [shop.batch.txid ?? '']: await shop.rival(shop.batch) });
    await shop.later(1);
    expect(await shop.read()).toMatchObject({ state: 'awaiting_signatures', dueAtMs: shop.deps.now() + 60_000 });
  });

  it('one signature of two is taken as one, and the look goes on', async () => {
    const shop = await openGivenOut('p2wsh');
    const half = changed(shop.raw, ({ witnesses }) => {
      if (witnesses?.[0]) witnesses[0].splice(2, 1);
    });
    shop.lieOfBoth(half);
    await shop.later(1);
    const read = await shop.read();
    expect(read).toMatchObject({ state: 'awaiting_signatures', raw: null, dueAtMs: shop.deps.now() + 60_000 });
    expect(read.signatures?.[0]?.filter((one) => one !== null)).toHaveLength(1);
  });
});
