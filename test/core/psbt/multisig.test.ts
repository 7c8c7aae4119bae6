// A store whose wallet belongs to three people: a payout goes out when two of them have signed, whichever two, in any order.

import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { RawPSBTV0 } from '@scure/btc-signer/psbt.js';
import { RawTx } from '@scure/btc-signer/script.js';
import { Transaction } from '@scure/btc-signer/transaction.js';
import { describe, expect, it } from 'vitest';
import { acceptUpload, type Signatures } from '../../../src/core/psbt/accept.ts';
import { buildPsbt } from '../../../src/core/psbt/build.ts';
import { PsbtError } from '../../../src/core/psbt/errors.ts';
import { bumpPlan, cancelPlan } from '../../../src/core/psbt/replace.ts';
import { inputWeight } from '../../../src/core/psbt/weight.ts';
import { openScripts } from '../../../src/core/wallet/own-script.ts';
import { batchOf, CHANGE, psbtOf, signed, walletOf } from './support.ts';

const COINS = [50_000, 60_000, 70_000, 80_000];
const PAYOUTS = [90_000, 40_000, 30_000];

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof PsbtError) return error.code;
    throw error;
  }
};

describe.each(['p2wsh', 'p2sh-p2wsh'] as const)('%s', (scriptType) => {
  const wallet = walletOf(scriptType);
  const batch = batchOf(wallet, COINS, PAYOUTS);
  const inputs = batch.plan.inputs.length;
  const accept = (upload: string | Uint8Array, earlier?: Signatures) =>
    acceptUpload(upload, batch.plan, wallet.scriptAt, earlier);
  const read = (psbt: string) => Transaction.fromPSBT(base64.decode(psbt), { allowUnknownOutputs: true });
  /** What the devices of these signers save. */
  const signedBy = (signers: number[], psbt = batch.psbt, sighash?: number[]) => {
    const transaction = read(psbt);
    for (const signer of signers) {
      const master = wallet.masters[signer];
      if (master) transaction.sign(master, sighash, new Uint8Array(32));
    }
    return psbtOf(transaction);
  };
  const whose = (signatures: Signatures) => signatures.map((ofInput) => ofInput.map((signature) => signature !== null));

  it.each([
    [0, 1],
    [1, 0],
    [0, 2],
    [2, 1],
  ])('is complete once signer %i and then signer %i have signed it', (first, second) => {
    const half = accept(signedBy([first]));
    expect(half.complete).toBeNull();
    expect(half.missing).toEqual(batch.plan.inputs.map((_, at) => at));
    expect(whose(half.signatures)).toEqual(Array(inputs).fill([0, 1, 2].map((signer) => signer === first)));
    const both = accept(signedBy([second]), half.signatures);
    const alone = read(signedBy([first, second]));
    alone.finalize();
    // As the library finishes it that combines them by itself.
    expect(both.complete).toEqual({ hex: alone.hex, txid: alone.id });
    expect(both.missing).toEqual([]);
  });

  it('takes two of three where all have signed', () => {
    const accepted = accept(signedBy([0, 1, 2]));
    const witness = RawTx.decode(hexToBytes(accepted.complete?.hex ?? '')).witnesses?.[0];
    expect(witness).toHaveLength(4);
    expect(accepted.complete?.txid).toBe(accept(signedBy([0, 2])).complete?.txid);
  });

  it('knows whose signatures a finished transaction has', () => {
    const transaction = read(signedBy([2, 0]));
    transaction.finalize();
    for (const upload of [psbtOf(transaction), transaction.hex]) {
      const accepted = accept(upload);
      expect(whose(accepted.signatures)).toEqual(Array(inputs).fill([true, false, true]));
      expect(accepted.complete?.hex).toBe(transaction.hex);
    }
  });

  it('counts the same signer once, however often their PSBT comes', () => {
    const once = accept(signedBy([1]));
    expect(accept(signedBy([1]), once.signatures)).toEqual(once);
  });

  it('completes what each signer signed in part', () => {
    const ofInputs = (signer: number, parity: number) => {
      const transaction = read(batch.psbt);
      for (let at = parity; at < inputs; at += 2)
        transaction.signIdx(wallet.masters[signer] as never, at, undefined, new Uint8Array(32));
      return psbtOf(transaction);
    };
    const one = accept(ofInputs(0, 0));
    const two = accept(signedBy([1]), one.signatures);
    expect(two.missing).toEqual(batch.plan.inputs.flatMap((_, at) => (at % 2 === 1 ? [at] : [])));
    expect(accept(ofInputs(0, 1), two.signatures).complete).not.toBeNull();
  });

  it('refuses the signatures of a wallet that shares one signer with it', () => {
    // Of the same three people, at another account: each device would sign it for itself.
    const stranger = walletOf(scriptType, 60);
    const theirs = batchOf(stranger, COINS, PAYOUTS);
    expect(codeOf(() => accept(psbtOf(signed(stranger, theirs.psbt))))).toBe('different_transaction');
    const upload = read(batch.psbt);
    const key = stranger.account.deriveChild(0).deriveChild(0).publicKey ?? new Uint8Array();
    const [[, signature] = []] = read(signedBy([0])).getInput(0).partialSig ?? [];
    upload.updateInput(0, { partialSig: [[key, signature ?? new Uint8Array()]] }, true);
    expect(codeOf(() => accept(psbtOf(upload)))).toBe('unsigned');
  });

  it('refuses one signature under two names', () => {
    const half = read(signedBy([0]));
    const [[, signature] = []] = half.getInput(0).partialSig ?? [];
    const other = wallet.scriptAt(batch.plan.inputs[0]?.place ?? CHANGE).keys[1]?.publicKey ?? new Uint8Array();
    half.updateInput(0, { partialSig: [[other, signature ?? new Uint8Array()]] }, true);
    expect(codeOf(() => accept(psbtOf(half)))).toBe('bad_signature');
  });

  it.each([
    ['the same signature twice', (parts: Uint8Array[]) => [parts[0], parts[1], parts[1], parts[3]]],
    ['its signatures in another order', (parts: Uint8Array[]) => [parts[0], parts[2], parts[1], parts[3]]],
    [
      'the script of another wallet',
      (parts: Uint8Array[]) => [parts[0], parts[1], parts[2], walletOf(scriptType, 9).scriptAt(CHANGE).witnessScript],
    ],
    ['a signature too many', (parts: Uint8Array[]) => [parts[0], parts[1], parts[2], parts[2], parts[3]]],
  ] as const)('refuses a finished transaction with %s', (_, change) => {
    const transaction = read(signedBy([0, 1]));
    transaction.finalize();
    const raw = RawTx.decode(hexToBytes(transaction.hex));
    if (raw.witnesses?.[0]) raw.witnesses[0] = change(raw.witnesses[0]).map((part) => part ?? new Uint8Array());
    expect(codeOf(() => accept(RawTx.encode(raw)))).toBe('bad_signature');
  });

  it('refuses a co-signer who leaves parts of it open', () => {
    const loose = read(batch.psbt);
    for (let at = 0; at < inputs; at++) loose.updateInput(at, { sighashType: 0x81 }, true);
    expect(codeOf(() => accept(signedBy([1], psbtOf(loose), [0x81])))).toBe('wrong_sighash');
  });

  it('names the accounts of its signers, so that a device can check the change without a set-up file', () => {
    const { global } = RawPSBTV0.decode(base64.decode(batch.psbt));
    const named = global.xpub?.map(([xpub, { fingerprint, path }]) => {
      const { chainCode, publicKey, depth, parentFingerprint, childNumber: index } = xpub;
      const versions = { public: xpub.version, private: 0x04358394 };
      const key = new HDKey({ versions, chainCode, publicKey, depth, parentFingerprint, index });
      return [fingerprint, path, key.publicExtendedKey];
    });
    const last = scriptType === 'p2wsh' ? 2 : 1;
    const path = [48, 1, 0, last].map((step) => step + 2 ** 31);
    // The map's own order is that of its keys.
    expect(new Set(named)).toEqual(
      new Set(
        wallet.masters.map((master) => [
          master.fingerprint,
          path,
          master.derive(`m/48'/1'/0'/${last}'`).publicExtendedKey,
        ]),
      ),
    );
    // Wallets hand them on, and what comes back is taken.
    expect(RawPSBTV0.decode(base64.decode(signedBy([0]))).global.xpub).toEqual(global.xpub);
    expect(accept(signedBy([0, 1])).complete).not.toBeNull();
  });

  it('is bumped and cancelled by the same people', () => {
    const earlier = batch.plan;
    const change = { script: wallet.scriptAt(CHANGE).script, place: CHANGE };
    const spending = {
      inputWeight: inputWeight(wallet.scriptAt(CHANGE)),
      coins: batch.coins,
      change,
      maxFeeSats: 100_000n,
    };
    for (const make of [bumpPlan, cancelPlan]) {
      const plan = make({ ...spending, earlier, satsPerKvb: 20_000n });
      const psbt = buildPsbt(plan, wallet.scriptAt, batch.previous);
      const transaction = read(signedBy([1, 2], psbt));
      transaction.finalize();
      expect(transaction.vsize).toBeLessThanOrEqual(plan.vsize);
      expect(transaction.fee).toBe(plan.feeSats);
      expect(acceptUpload(transaction.hex, plan, wallet.scriptAt).complete?.txid).toBe(transaction.id);
      // A PSBT of the version before is none of this one.
      expect(codeOf(() => acceptUpload(signedBy([1]), plan, wallet.scriptAt))).toBe('different_transaction');
    }
  });
});

it.each([
  ['no origin', ''],
  ['an origin that is not the path of the key', '[0a0b0c0d/48h/1h]'],
])('names no account where one has %s', (_, origin) => {
  const signers = [21, 22].map((seed) => walletOf('p2wsh', seed));
  const [odd, good] = signers.map(({ account }) => account.publicExtendedKey);
  const descriptor = `wsh(sortedmulti(1,${origin}${odd}/<0;1>/*,[0a0b0c0e/48h/1h/0h/2h]${good}/<0;1>/*))`;
  const several = { ...(signers[0] as ReturnType<typeof walletOf>), scriptAt: openScripts(descriptor, 'regtest') };
  expect(RawPSBTV0.decode(base64.decode(batchOf(several, COINS, PAYOUTS).psbt)).global.xpub).toBeUndefined();
});

it('names no account of a single key', () => {
  const { psbt } = batchOf(walletOf('p2wpkh'), COINS, PAYOUTS);
  expect(RawPSBTV0.decode(base64.decode(psbt)).global.xpub).toBeUndefined();
});

it.each([
  [1, 1],
  [2, 2],
  [5, 9],
  [15, 15],
])('foresees the weight of %i signatures of %i', (required, total) => {
  const signers = Array.from({ length: total }, (_, n) => walletOf('p2wsh', 10 + n));
  const keys = signers.map(({ account }) => `${account.publicExtendedKey}/<0;1>/*`);
  const scriptAt = openScripts(`wsh(sortedmulti(${required},${keys.join(',')}))`, 'regtest');
  const several = { ...(signers[0] as ReturnType<typeof walletOf>), scriptAt };
  const { plan, psbt } = batchOf(several, COINS, PAYOUTS);
  const transaction = Transaction.fromPSBT(base64.decode(psbt), { allowUnknownOutputs: true });
  // Keys of unknown origin: the devices are found by the accounts themselves.
  for (const { account } of signers.slice(0, required)) {
    transaction.sign(account as never, undefined, new Uint8Array(32));
  }
  transaction.finalize();
  expect(acceptUpload(transaction.hex, plan, scriptAt).complete?.txid).toBe(transaction.id);
  expect(transaction.vsize).toBeLessThanOrEqual(plan.vsize);
  expect(transaction.vsize).toBeGreaterThanOrEqual(plan.vsize - required * plan.inputs.length);
});
