// What a transaction pays is read from its own bytes, and its txid is what those bytes hash to.
import { hex } from '@scure/base';
import { RawTx, Transaction } from '@scure/btc-signer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTransaction, readTransactionHex, withoutWitness } from '../../../src/core/proof/transaction.ts';
import {
  BIP143,
  BLOCK_170,
  blockWithPayments,
  bytes,
  coinbase,
  flipped,
  isRefused,
  plainTx,
  refusal,
} from './support.ts';

describe('A transaction', () => {
  it('that pays Hal Finney ten bitcoin says so', () => {
    const tx = readTransaction(bytes(BLOCK_170.payment));
    expect(tx.txid).toBe(BLOCK_170.txids[1]);
    expect(tx.inputs).toEqual(['0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9:0']);
    expect(tx.outputs[0]).toEqual({ vout: 0, script: BLOCK_170.hal, valueSats: 1_000_000_000n });
    expect(tx.outputs[1]?.valueSats).toBe(4_000_000_000n);
    expect(tx).toMatchObject({ isCoinbase: false, isAmbiguous: false });
  });

  it('with a witness has the txid it has without (BIP 143’s example)', () => {
    const raw = bytes(BIP143.raw);
    const tx = readTransaction(raw);
    expect(tx.txid).toBe(Transaction.fromRaw(raw).id);
    expect(tx.txid).toBe('e8151a2af31c368a35053ddd4bdb285a8595c769a3ad83e0fa02314a602d4609');
    expect(tx.inputs).toEqual(BIP143.inputs);
  });

  it('is the same without its witness', () => {
    const raw = bytes(BIP143.raw);
    expect(readTransactionHex(withoutWitness(raw))).toEqual(readTransaction(raw));
    expect(withoutWitness(raw).length).toBeLessThan(2 * raw.length);
    expect(withoutWitness(raw)).toBe(hex.encode(Transaction.fromRaw(raw).toBytes(true, false)));
    expect(withoutWitness(bytes(BLOCK_170.payment))).toBe(hex.encode(bytes(BLOCK_170.payment)));
  });

  it('reads as another library reads it', () => {
    const raws = [bytes(BIP143.raw), ...(blockWithPayments(5).at(-1)?.txs ?? []).map((tx) => tx.raw)];
    expect(raws.length).toBe(7);
    for (const raw of raws) {
      const other = RawTx.decode(raw);
      const tx = readTransaction(raw);
      expect(tx.inputs).toEqual(other.inputs.map((input) => `${hex.encode(input.txid)}:${input.index}`));
      expect(tx.outputs).toEqual(
        other.outputs.map(({ script, amount }, vout) => ({ vout, script: hex.encode(script), valueSats: amount })),
      );
    }
  });

  it('of random shape reads as it was written', () => {
    const script = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 250, maxLength: 300 }));
    const shape = fc.record({
      version: fc.integer({ min: -2, max: 3 }),
      segwitFlag: fc.boolean(),
      inputs: fc.array(
        fc.record({
          txid: fc.uint8Array({ minLength: 32, maxLength: 32 }),
          index: fc.nat({ max: 0xffffffff }),
          finalScriptSig: script,
          sequence: fc.nat({ max: 0xffffffff }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      outputs: fc.array(fc.record({ amount: fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }), script }), {
        minLength: 1,
        maxLength: 300,
      }),
      lockTime: fc.nat({ max: 0xffffffff }),
    });
    fc.assert(
      fc.property(shape, (fields) => {
        const witnesses = fields.inputs.map((input) => [input.finalScriptSig, input.txid]);
        const raw = RawTx.encode({ ...fields, witnesses });
        const tx = readTransaction(raw);
        expect(tx.txid).toBe(
          readTransaction(RawTx.encode({ ...fields, segwitFlag: false, witnesses: undefined })).txid,
        );
        expect(tx.inputs).toEqual(fields.inputs.map(({ txid, index }) => `${hex.encode(txid)}:${index}`));
        expect(tx.outputs.map((output) => output.valueSats)).toEqual(fields.outputs.map((output) => output.amount));
        expect(tx.outputs.map((output) => output.script)).toEqual(fields.outputs.map((out) => hex.encode(out.script)));
      }),
      { numRuns: 60 },
    );
  });

  it('that makes new coins is distinguished from the others', () => {
    expect(readTransaction(coinbase()).isCoinbase).toBe(true);
    expect(readTransaction(plainTx(0xffffffff)).isCoinbase).toBe(false);
  });
});

describe('Bytes that are not exactly one transaction are refused', () => {
  const whole = [bytes(BLOCK_170.payment), bytes(BIP143.raw), coinbase()];

  it('cut off anywhere', () => {
    for (const raw of whole) {
      for (let length = 0; length < raw.length; length++) {
        expect(isRefused(() => readTransaction(raw.subarray(0, length)))).toBe(true);
      }
    }
  });

  it('with anything behind', () => {
    for (const raw of whole) {
      expect(refusal(() => readTransaction(Uint8Array.of(...raw, 0)))).toContain('bytes follow');
      expect(refusal(() => readTransaction(Uint8Array.of(...raw, ...raw)))).toContain('bytes follow');
    }
  });

  it('with any byte changed it is another transaction, or none', () => {
    const raw = bytes(BLOCK_170.payment);
    for (let at = 0; at < raw.length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const changed = () => readTransaction(flipped(raw, at, mask)).txid;
        expect(isRefused(changed) || changed() !== BLOCK_170.txids[1]).toBe(true);
      }
    }
  });

  const input = `${'aa'.repeat(32)}0000000000ffffffff`;
  it.each([
    ['no inputs', '01000000000000000000', 'no inputs'],
    ['no inputs behind a witness marker', '010000000001000000000000', 'no inputs'],
    ['no outputs', `0100000001${input}0000000000`, 'no outputs'],
    ['an unknown witness flag', `01000000000201${input}01${'00'.repeat(9)}0000000000`, 'witness'],
    ['a witness announced and missing', `01000000000101${input}01${'00'.repeat(9)}0000000000`, 'witness'],
    ['more than 21 million bitcoin', `0100000001${input}010140075af07507000000000000`, 'more bitcoin'],
    ['a value beyond counting', `0100000001${input}01ffffffffffffffff0000000000`, 'more bitcoin'],
    ['four billion inputs', '01000000feffffffff00', 'larger than the bytes'],
    ['inputs counted in eight bytes', '01000000ffffffffffffffffff00', 'absurd'],
    ['a count in a longer form than needed', `01000000fd0100${input}01${'00'.repeat(9)}00000000`, 'shortest'],
    ['a script of four gigabytes', `0100000001${'aa'.repeat(36)}feffffffff00000000`, 'too early'],
  ])('%s', (_, text, words) => {
    expect(refusal(() => readTransaction(bytes(text)))).toContain(words);
  });

  it('all existing bitcoin may move in one transaction', () => {
    const raw = bytes(`0100000001${input}010040075af07507000000000000`);
    expect(readTransaction(raw).outputs[0]?.valueSats).toBe(2_100_000_000_000_000n);
  });
});
