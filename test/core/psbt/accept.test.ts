// The merchant's wallet signs what SatLane made, and SatLane sends it exactly as it was approved, or not at all.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { base64, hex } from '@scure/base';
import { RawTx } from '@scure/btc-signer/script.js';
import { SigHash, Transaction } from '@scure/btc-signer/transaction.js';
import { describe, expect, it } from 'vitest';
import { type Accepted, acceptUpload, type Signatures } from '../../../src/core/psbt/accept.ts';
import { buildPsbt, needsPrevious } from '../../../src/core/psbt/build.ts';
import { PsbtError } from '../../../src/core/psbt/errors.ts';
import { skeletonHash } from '../../../src/core/psbt/skeleton.ts';
import { MAX_UPLOAD_BYTES } from '../../../src/core/psbt/upload.ts';
import { isMultisig, SCRIPT_TYPES } from '../../../src/core/wallet/address.ts';
import { batchOf, fund, psbtOf, signed, walletOf } from './support.ts';

const COINS = [50_000, 60_000, 70_000, 80_000];
const PAYOUTS = [90_000, 40_000, 30_000, 25_000, 20_000];

function refusalOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PsbtError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe.each(SCRIPT_TYPES)('%s', (scriptType) => {
  const wallet = walletOf(scriptType);
  const batch = batchOf(wallet, COINS, PAYOUTS);
  const accept = (upload: string | Uint8Array, earlier?: Signatures): Accepted =>
    acceptUpload(upload, batch.plan, wallet.scriptAt, earlier);

  const done = signed(wallet, batch.psbt);
  const final = done.clone();
  final.finalize();

  it.each<[string, () => string | Uint8Array]>([
    ['a PSBT in base64', () => psbtOf(done)],
    ['with line breaks', () => psbtOf(done).replaceAll(/.{64}/g, '$&\r\n')],
    ['in hex', () => hex.encode(done.toPSBT(0))],
    ['in bytes', () => done.toPSBT(0)],
    ['a file of base64', () => new TextEncoder().encode(`${psbtOf(done)}\n`)],
    ['a PSBT of version 2', () => done.toPSBT(2)],
    ['a finalised PSBT', () => psbtOf(final)],
    ['the transaction in hex', () => final.hex],
    ['the transaction in upper case', () => final.hex.toUpperCase()],
    ['the transaction in bytes', () => hexToBytes(final.hex)],
  ])('is complete from %s', (_, upload) => {
    const accepted = accept(upload());
    expect(accepted.missing).toEqual([]);
    // What the library's own finaliser makes, byte for byte.
    expect(accepted.complete).toEqual({ hex: final.hex, txid: final.id });
  });

  it('combines what several uploads bring', () => {
    const halves = [0, 1].map((half) => {
      const one = Transaction.fromPSBT(base64.decode(batch.psbt), { allowUnknownOutputs: true });
      for (let at = half; at < batch.plan.inputs.length; at += 2)
        for (const master of wallet.masters.slice(0, 2)) one.signIdx(master, at, undefined, new Uint8Array(32));
      return psbtOf(one);
    });
    const first = accept(halves[0] ?? '');
    expect(first.complete).toBeNull();
    expect(first.missing).toEqual(batch.plan.inputs.flatMap((_, at) => (at % 2 === 1 ? [at] : [])));
    expect(accept(halves[1] ?? '', first.signatures).complete?.txid).toBe(final.id);
    // The first one again adds nothing and takes nothing away.
    expect(accept(halves[0] ?? '', first.signatures)).toEqual(first);
  });

  /** The approved PSBT with its transaction changed, signed by the right wallet. */
  const changed = (change: (raw: ReturnType<typeof RawTx.decode>) => void) => {
    const raw = RawTx.decode(hexToBytes(final.hex));
    change(raw);
    return bytesToHex(RawTx.encode(raw));
  };
  it.each<[string, (raw: ReturnType<typeof RawTx.decode>) => void]>([
    [
      'one sat more for the first output',
      ({ outputs: [output] }) => {
        if (output) output.amount += 1n;
      },
    ],
    ['a higher fee', ({ outputs }) => outputs.at(-1) && (outputs[outputs.length - 1] as { amount: bigint }).amount--],
    [
      'another address',
      ({ outputs: [output] }) => {
        if (output) output.script = hexToBytes(`0014${'99'.repeat(20)}`);
      },
    ],
    ['an output more', ({ outputs }) => outputs.push({ amount: 1000n, script: hexToBytes(`0014${'99'.repeat(20)}`) })],
    ['an output less', ({ outputs }) => outputs.pop()],
    ['another order of the outputs', ({ outputs }) => outputs.reverse()],
    ['another order of the inputs', ({ inputs, witnesses }) => [inputs.reverse(), witnesses?.reverse()]],
    [
      'an input more',
      ({ inputs, witnesses }) => {
        inputs.push({
          txid: new Uint8Array(32).fill(9),
          index: 0,
          finalScriptSig: new Uint8Array(),
          sequence: 0xfffffffd,
        });
        witnesses?.push([new Uint8Array(71), new Uint8Array(33)]);
      },
    ],
    ['an input less', ({ inputs, witnesses }) => [inputs.pop(), witnesses?.pop()]],
    [
      'another coin',
      ({ inputs: [input] }) => {
        if (input) input.index += 1;
      },
    ],
    [
      'another sequence number',
      ({ inputs: [input] }) => {
        if (input) input.sequence = 0xffffffff;
      },
    ],
    ['another version', (raw) => (raw.version = 1)],
    ['a lock time', (raw) => (raw.lockTime = 700_000)],
  ])('is refused with %s', (_, change) => {
    expect(refusalOf(() => accept(changed(change)))).toBe('different_transaction');
  });

  it('is refused without a signature', () => {
    expect(refusalOf(() => accept(batch.psbt))).toBe('unsigned');
  });

  it('is refused when another wallet signed it', () => {
    const other = walletOf(scriptType, 8);
    const theirs = Transaction.fromPSBT(base64.decode(batch.psbt), { allowUnknownOutputs: true });
    // The PSBT says to the thief's device that the coins are its own.
    const stolen = buildPsbt(batch.plan, wallet.scriptAt, batch.previous);
    expect(stolen).toBe(batch.psbt);
    const key = other.account.deriveChild(0).deriveChild(0);
    for (let at = 0; at < theirs.inputsLength; at++) {
      const digest = new Uint8Array(32).fill(3);
      const signature = concatBytes(
        secp256k1.sign(digest, key.privateKey ?? new Uint8Array(), { prehash: false, format: 'der' }),
        Uint8Array.of(1),
      );
      if (scriptType === 'p2tr') theirs.updateInput(at, { tapKeySig: new Uint8Array(64).fill(5) }, true);
      else theirs.updateInput(at, { partialSig: [[key.publicKey ?? new Uint8Array(), signature]] }, true);
    }
    expect(['unsigned', 'bad_signature']).toContain(refusalOf(() => accept(psbtOf(theirs))));
  });

  it.each([
    ['NONE', SigHash.NONE],
    ['SINGLE', SigHash.SINGLE],
    ['ALL, anyone can pay', SigHash.ALL_ANYONECANPAY],
  ])('is refused with sighash %s', (_, sighash) => {
    const loose = Transaction.fromPSBT(base64.decode(batch.psbt), { allowUnknownOutputs: true });
    for (let at = 0; at < loose.inputsLength; at++) {
      loose.updateInput(at, { sighashType: sighash }, true);
      if (at < loose.outputsLength) loose.signIdx(wallet.master, at, [sighash], new Uint8Array(32));
    }
    expect(refusalOf(() => accept(psbtOf(loose)))).toBe('wrong_sighash');
  });

  /** In a witness: a multisig's begins with an empty part. */
  const firstSignature = isMultisig(scriptType) ? 1 : 0;

  /** The finished transaction with the first signature changed. */
  const withSignature = (change: (signature: Uint8Array) => Uint8Array) =>
    changed((raw) => {
      const [input] = raw.inputs;
      if (!input) return;
      if (scriptType !== 'p2pkh') {
        const witness = raw.witnesses?.[0] ?? [];
        witness[firstSignature] = change(witness[firstSignature] ?? new Uint8Array());
        return;
      }
      const length = input.finalScriptSig[0] ?? 0;
      const signature = change(input.finalScriptSig.subarray(1, 1 + length));
      input.finalScriptSig = concatBytes(
        Uint8Array.of(signature.length),
        signature,
        input.finalScriptSig.subarray(1 + length),
      );
    });

  it.each<[string, (signature: Uint8Array) => Uint8Array]>([
    ['a flipped bit', (signature) => signature.map((byte, at) => (at === 20 ? byte ^ 1 : byte))],
    ['a byte less', (signature) => concatBytes(signature.subarray(0, -2), Uint8Array.of(1))],
    [
      'a byte more',
      (signature) => concatBytes(signature.subarray(0, 64), Uint8Array.of(0), signature.subarray(64), Uint8Array.of(1)),
    ],
    ['nothing but a sighash', () => Uint8Array.of(1)],
    [
      'a high S',
      (signature) => {
        if (scriptType === 'p2tr') return concatBytes(signature.subarray(0, 32), new Uint8Array(32).fill(0xff));
        const { r, s } = secp256k1.Signature.fromBytes(signature.subarray(0, -1), 'der');
        const high = new secp256k1.Signature(r, secp256k1.Point.CURVE().n - s);
        return concatBytes(high.toBytes('der'), Uint8Array.of(1));
      },
    ],
    ['the signature of another input', () => signatureOfSecondInput()],
  ])('is refused with %s', (_, change) => {
    expect(['bad_signature', 'wrong_sighash']).toContain(refusalOf(() => accept(withSignature(change))));
  });

  function signatureOfSecondInput(): Uint8Array {
    const raw = RawTx.decode(hexToBytes(final.hex));
    if (scriptType !== 'p2pkh') return raw.witnesses?.[1]?.[firstSignature] ?? new Uint8Array();
    const scriptSig = raw.inputs[1]?.finalScriptSig ?? new Uint8Array();
    return scriptSig.subarray(1, 1 + (scriptSig[0] ?? 0));
  }

  it('tells two transactions apart by the hash of what is signed', () => {
    const again = batchOf(wallet, COINS, PAYOUTS);
    expect(skeletonHash(again.plan)).toBe(skeletonHash(batch.plan));
    const first = batch.plan.outputs[0];
    const more = {
      ...batch.plan,
      outputs: [{ ...first, valueSats: (first?.valueSats ?? 0n) + 1n } as never, ...batch.plan.outputs.slice(1)],
    };
    expect(skeletonHash(more)).not.toBe(skeletonHash(batch.plan));
  });
});

describe('what is no transaction', () => {
  const wallet = walletOf('p2wpkh');
  const batch = batchOf(wallet, COINS, PAYOUTS);

  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'unreadable'],
    ['a sentence', 'Here is the signed transaction.', 'unreadable'],
    ['half a PSBT', batch.psbt.slice(0, 200), 'unreadable'],
    ['a PSBT with its end missing', base64.decode(batch.psbt).subarray(0, -3), 'unreadable'],
    ['hex of something else', 'deadbeef'.repeat(40), 'unreadable'],
    ['zeros', new Uint8Array(1000), 'unreadable'],
    ['five megabytes of noise', new Uint8Array(5_000_000).map((_, at) => (at * 2654435761) >>> 13), 'too_large'],
    [
      'almost as much noise as is read',
      new Uint8Array(MAX_UPLOAD_BYTES).map((_, at) => (at * 2654435761) >>> 13),
      'unreadable',
    ],
    ['that much text', 'A'.repeat(MAX_UPLOAD_BYTES), 'unreadable'],
    ['a PSBT of another batch', batchOf(walletOf('p2wpkh'), [90_000], [20_000]).psbt, 'different_transaction'],
  ])('%s is refused', (_, upload, code) => {
    expect(refusalOf(() => acceptUpload(upload, batch.plan, wallet.scriptAt))).toBe(code);
  });
});

describe('what a signer needs to see', () => {
  it.each(SCRIPT_TYPES)('%s: coins, keys and paths are in the PSBT, of inputs and of change', (scriptType) => {
    const wallet = walletOf(scriptType);
    const { plan, psbt } = batchOf(wallet, COINS, [90_000, 20_000]);
    const read = Transaction.fromPSBT(base64.decode(psbt), { allowUnknownOutputs: true });
    for (const [at, { place }] of plan.inputs.entries()) {
      const input = read.getInput(at);
      const derivations =
        input.bip32Derivation ?? input.tapBip32Derivation?.map(([key, { der }]) => [key, der] as const);
      const fingerprints = derivations?.map(([, { fingerprint }]) => fingerprint).toSorted();
      expect(fingerprints).toEqual(wallet.masters.map(({ fingerprint }) => fingerprint).toSorted());
      for (const { path } of wallet.scriptAt(place).keys) expect(path.slice(-2)).toEqual([place.chain, place.index]);
      expect([input.witnessUtxo !== undefined, input.nonWitnessUtxo !== undefined]).toEqual([
        scriptType !== 'p2pkh',
        needsPrevious(scriptType),
      ]);
      expect(input.sequence).toBe(0xfffffffd);
    }
    const change = plan.outputs.findIndex(({ place }) => place !== null);
    const output = read.getOutput(change);
    expect((output.bip32Derivation ?? output.tapBip32Derivation)?.length).toBe(wallet.masters.length);
    expect(output.redeemScript !== undefined).toBe(scriptType.startsWith('p2sh-'));
    expect(output.witnessScript !== undefined).toBe(scriptType.endsWith('p2wsh'));
  });

  it('a previous transaction that is missing, or another, is refused', () => {
    const wallet = walletOf('p2wpkh');
    const { plan, previous } = batchOf(wallet, COINS, PAYOUTS);
    const spent = plan.inputs[0]?.outpoint.slice(0, 64);
    const without = new Map([...previous].filter(([txid]) => txid !== spent));
    const mixed = new Map([...previous.keys()].map((txid) => [txid, [...previous.values()][0] ?? '']));
    const other = fund(wallet, [1_000_000], (n) => n + 9);
    for (const map of [
      new Map(),
      without,
      mixed,
      other.previous,
      new Map([...previous].map(([txid]) => [txid, 'junk'])),
    ]) {
      expect(refusalOf(() => buildPsbt(plan, wallet.scriptAt, map))).toBe('bad_previous');
    }
  });
});
