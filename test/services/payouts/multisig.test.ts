// A store whose wallet belongs to three people, of whom two have to sign: each uploads what their own wallet saved.

import { base64 } from '@scure/base';
import { Transaction } from '@scure/btc-signer/transaction.js';
import { expect, it } from 'vitest';
import type { PayoutBatch } from '../../../src/core/payout/batch.ts';
import { batchSnapshot } from '../../../src/core/payout/batch-snapshot.ts';
import { type ErrorCode, toApiError } from '../../../src/errors.ts';
import { createVersion } from '../../../src/services/payouts/batch-versions.ts';
import { psbtOf as givenOut, readBatch } from '../../../src/services/payouts/batches.ts';
import { openBatches } from '../../support/batches.ts';
import { KEY } from '../../support/payouts.ts';

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | 'done'> =>
  work.then(
    () => 'done' as const,
    (error: unknown) => toApiError(error).code,
  );

/** A batch of a multisig wallet that waits for its signatures. */
async function openMultisig() {
  const shop = await openBatches('p2wsh');
  await shop.earn(60_000);
  await shop.earn(70_000);
  const { id } = await shop.owe(100_000);
  const batch = await shop.make();
  return {
    ...shop,
    payoutId: id,
    batch,
    /** What one signer's wallet saves. */
    async signedBy(signer: number, of: PayoutBatch = batch): Promise<string> {
      const psbt = Transaction.fromPSBT(base64.decode(await givenOut(shop.deps, of)), { allowUnknownOutputs: true });
      const master = shop.device.masters[signer];
      if (master) psbt.sign(master, undefined, new Uint8Array(32));
      return base64.encode(psbt.toPSBT(0));
    },
    async signatures(of: PayoutBatch = batch) {
      const found = batchSnapshot(await readBatch(shop.deps, of), new Map(), shop.deps.now());
      const { required, present, signers } = found.signatures;
      return { required, present, signed: signers.map(({ signed }) => signed), inputs: found.signed_inputs };
    },
    state: async (of: PayoutBatch = batch) => (await readBatch(shop.deps, of)).state,
  };
}

it('goes out when two of three have signed, and says who has', async () => {
  const shop = await openMultisig();
  expect(shop.batch.signers).toEqual({
    required: 2,
    fingerprints: shop.device.masters.map(({ fingerprint }) => fingerprint.toString(16).padStart(8, '0')),
  });
  expect(await shop.signatures()).toEqual({ required: 2, present: 0, signed: [false, false, false], inputs: 0 });
  const first = await shop.upload(shop.batch, await shop.signedBy(2));
  expect(first).toMatchObject({ state: 'awaiting_signatures', raw: null });
  expect(await shop.signatures()).toEqual({ required: 2, present: 1, signed: [false, false, true], inputs: 0 });
  expect(await shop.payouts([shop.payoutId])).toMatchObject([{ state: 'queued' }]);
  // The same again does not count twice.
  await shop.upload(shop.batch, await shop.signedBy(2));
  expect((await shop.signatures()).present).toBe(1);
  const second = await shop.upload(shop.batch, await shop.signedBy(0));
  expect(second).toMatchObject({ state: 'broadcast', refusal: null, txid: shop.batch.txid });
  expect(await shop.signatures()).toEqual({ required: 2, present: 2, signed: [true, false, true], inputs: 2 });
  await shop.grow(6);
  expect(await shop.payouts([shop.payoutId])).toMatchObject([{ state: 'settled' }]);
  // Its change came back to the wallet, by our own blocks.
  expect(await shop.spendable()).toMatchObject([{ chain: 1, outpoint: expect.stringContaining(second.txid ?? '-') }]);
});

it('loses no signature when all three upload in one moment', async () => {
  for (let round = 0; round < 3; round++) {
    const shop = await openMultisig();
    const texts = await Promise.all([0, 1, 2].map((signer) => shop.signedBy(signer)));
    const answers = await Promise.all(texts.map((text) => shop.upload(shop.batch, text)));
    expect(answers.filter(({ state }) => state === 'broadcast').length).toBeGreaterThan(0);
    expect(await shop.state()).toBe('broadcast');
    expect((await shop.types(shop.payoutId)).filter((type) => type === 'payout.in_flight')).toHaveLength(1);
  }
});

it('takes a late signature of one that was sent as done, and changes nothing', async () => {
  const shop = await openMultisig();
  const late = await shop.signedBy(2);
  await shop.upload(shop.batch, await shop.signedBy(0));
  const sent = await shop.upload(shop.batch, await shop.signedBy(1));
  expect(await shop.upload(shop.batch, late)).toEqual(await readBatch(shop.deps, sent));
});

it('is bumped by two of them, and an upload of the version before is none of the new one', async () => {
  const shop = await openMultisig();
  for (const signer of [0, 1]) await shop.upload(shop.batch, await shop.signedBy(signer));
  const bump = await createVersion(shop.deps, shop.batch, { kind: 'bump', satsPerKvb: 20_000n }, KEY);
  expect(await codeOf(shop.upload(bump, await shop.signedBy(0)))).toBe('upload_refused');
  await shop.upload(bump, await shop.signedBy(1, bump));
  // Until enough have signed it, the one before goes on.
  expect(await shop.payouts([shop.payoutId])).toMatchObject([{ state: 'in_flight', txid: shop.batch.txid }]);
  expect(await shop.upload(bump, await shop.signedBy(2, bump))).toMatchObject({ state: 'broadcast', refusal: null });
  expect(await shop.payouts([shop.payoutId])).toMatchObject([{ state: 'in_flight', txid: bump.txid }]);
  const cancel = await createVersion(shop.deps, bump, { kind: 'cancel', satsPerKvb: 40_000n }, KEY);
  for (const signer of [2, 0]) await shop.upload(cancel, await shop.signedBy(signer, cancel));
  await shop.grow(6);
  expect(await shop.payouts([shop.payoutId])).toMatchObject([{ state: 'awaiting_approval', batchId: null }]);
  expect(await shop.state(cancel)).toBe('confirmed');
});

it('keeps what one has signed over a restart, and is found in a block where the others send it', async () => {
  const shop = await openMultisig();
  await shop.upload(shop.batch, await shop.signedBy(1));
  expect(await shop.send(await shop.finish(shop.batch))).toBe(shop.batch.txid);
  await shop.grow(6);
  expect(await shop.payouts([shop.payoutId])).toMatchObject([{ state: 'settled', txid: shop.batch.txid }]);
});
