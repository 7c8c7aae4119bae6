// Blocks to verify: some well-known ones, one of the simulated chain with payments in it, and some made up by hand.

import { hex } from '@scure/base';
import { RawTx } from '@scure/btc-signer';
import fc from 'fast-check';
import { expect } from 'vitest';
import { ProofError } from '../../../src/core/proof/errors.ts';
import { checkProofOfWork, parseHeader } from '../../../src/core/proof/header.ts';
import { type ChainBlock, merkleRoot } from '../../../src/dev/chain/block.ts';
import { compactSize, concat, fromDisplay, sha256d, toDisplay, uint32 } from '../../../src/dev/chain/bytes.ts';
import { ChainWorld } from '../../../src/dev/chain/world.ts';

export const bytes = hex.decode;

/** Mainnet's first block, all 285 bytes. */
export const GENESIS =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc388' +
  '8a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c01' +
  '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d' +
  '65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f7220' +
  '62616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f' +
  '4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000';

/** Mainnet block 170: Satoshi pays Hal Finney ten bitcoin, the first payment there was. */
const HEADER_170 =
  '0100000055bd840a78798ad0da853f68974f3d183e2bd1db6a842c1feecf222a00000000ff104ccb05421ab93e63f8c3ce5c2c2e9dbb37de27' +
  '64b3a3175c8166562cac7d51b96a49ffff001d283e9e70';
const COINBASE_170 =
  '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff0704ffff001d0102ffffffff0100f205' +
  '2a01000000434104d46c4968bde02899d2aa0963367c7a6ce34eec332b32e42e5f3407e052d64ac625da6f0718e7b302140434bd7257069' +
  '57c092db53805b821a85b23a7ac61725bac00000000';
const PAYMENT_170 =
  '0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402204e45e16932b8af514961' +
  'a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901' +
  'ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df' +
  '5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1' +
  '482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000';
export const BLOCK_170 = {
  raw: `${HEADER_170}02${COINBASE_170}${PAYMENT_170}`,
  header: HEADER_170,
  payment: PAYMENT_170,
  hash: '00000000d1145790a8694403d4063f323d499e655c83426834d4ce2f8dd4a2ee',
  txids: [
    'b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082',
    'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16',
  ],
  hal: '4104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac',
  /** Headers 171 to 173. */
  above: [
    '01000000eea2d48d2fced4346842835c659e493d323f06d4034469a8905714d100000000f293c86973e758ccd11975fa464d4c3e8500979c95425c7be6f0a65314d2f2d5c9ba6a49ffff001d07a8f226',
    '01000000e0b4bf8d80026bbec5370a7bb06af54257a9679cef387fab8c53ecc900000000d578b0399b91624a8da53552035fecdd8f4ba2b9c69dfbda68d651fcb9f99c388dbc6a49ffff001d35464c5d',
    '0100000054686892dd112de389acc225accc0118765f9c51c2ec9306f6abefe3000000005209a3e77e3679703f6b7f039fb9e054d7862e6eaad617e8e3f3d81d297e966015be6a49ffff001d21ac0323',
  ],
};

/** BIP 143's first example: one old input and one P2WPKH input, signed. */
export const BIP143 = {
  raw: '01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1dc26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac000247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee635711000000',
  inputs: [
    '9f96ade4b41d5433f4eda31e1738ec2b36f6e7d1420d94a6af99801a88f7f7ff:0',
    '8ac60eb9575db5b2d987e29f301b5b819ea83a5c6579d282d189cc04b8e151ef:1',
  ],
};

/** A block of the simulated chain with `payments` SegWit payments; all of its chain below it. */
export function blockWithPayments(payments: number): readonly ChainBlock[] {
  const world = new ChainWorld({ now: () => 1_760_000_000_000 });
  for (let i = 0; i < payments; i++) world.wallet.pay({ address: world.wallet.address, sats: 10_000 + i });
  world.chain.mine();
  return world.chain.frame().best;
}

export interface MadeBlock {
  raw: Uint8Array;
  header: Uint8Array;
  txids: string[];
}

/** A mined regtest block of transactions as they are; what is wrong with them is the test's affair. */
export function makeBlock(txs: readonly Uint8Array[], options: { previous?: string; bits?: number } = {}): MadeBlock {
  const hashes = txs.map((raw) => fromDisplay(txidOf(raw)));
  const header = concat(
    uint32(0x20000000),
    fromDisplay(options.previous ?? '00'.repeat(32)),
    merkleRoot(hashes),
    uint32(1_760_000_000),
    uint32(options.bits ?? 0x207fffff),
    uint32(0),
  );
  for (let nonce = 0; !isMined(header); nonce++) header.set(uint32(nonce), 76);
  return { raw: concat(header, compactSize(txs.length), ...txs), header, txids: hashes.map(toDisplay) };
}

/** Changes only its tail between numbers, so that no two are alike. */
export function plainTx(number: number, { segwit = false, payload = 0 } = {}): Uint8Array {
  return RawTx.encode({
    version: 2,
    segwitFlag: segwit,
    inputs: [{ txid: sha256d(uint32(number)), index: number, finalScriptSig: new Uint8Array(0), sequence: 0xfffffffd }],
    outputs: [
      { amount: BigInt(1_000 + number), script: concat(Uint8Array.of(0, 20), sha256d(uint32(number)).subarray(0, 20)) },
      { amount: 0n, script: new Uint8Array(payload) },
    ],
    witnesses: segwit ? [[new Uint8Array(71), new Uint8Array(33)]] : undefined,
    lockTime: 0,
  });
}

export function coinbase(): Uint8Array {
  return RawTx.encode({
    version: 2,
    segwitFlag: true,
    inputs: [
      { txid: new Uint8Array(32), index: 0xffffffff, finalScriptSig: Uint8Array.of(1, 2, 3, 4), sequence: 0xffffffff },
    ],
    outputs: [{ amount: 5_000_000_000n, script: Uint8Array.of(0x51) }],
    witnesses: [[new Uint8Array(32)]],
    lockTime: 0,
  });
}

/** By @scure/btc-signer, display order. */
export function txidOf(raw: Uint8Array): string {
  return toDisplay(sha256d(RawTx.encode({ ...RawTx.decode(raw), segwitFlag: false, witnesses: undefined })));
}

/** The ProofError's message; fails the test when nothing, or anything else, is thrown. */
export function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ProofError);
    return (error as ProofError).message;
  }
  throw new Error('was not refused');
}

/** True when it is refused; anything thrown that is not a ProofError fails the test. */
export function isRefused(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch (error) {
    if (error instanceof ProofError) return true;
    throw error;
  }
}

export function flipped(original: Uint8Array, at: number, mask = 0x01): Uint8Array {
  const copy = Uint8Array.from(original);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

export const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => hex.encode(hash));

function isMined(header: Uint8Array): boolean {
  return !isRefused(() => checkProofOfWork(parseHeader(header), 'regtest'));
}
