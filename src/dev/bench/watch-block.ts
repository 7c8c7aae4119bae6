// Synthetic blocks of mainnet's size, with regtest's proof of work: some 2,500 transactions of four inputs and three
// outputs, of which some pay scripts that were issued. Called by watch.ts, blocks.ts and batches.ts.

import { createHash } from 'node:crypto';
import { hex } from '@scure/base';
import { RawTx } from '@scure/btc-signer';
import { type ChainBlock, mineBlock } from '../chain/block.ts';
import { coinbaseTx, parseTx, type Tx } from '../chain/transaction.ts';

const TRANSACTIONS = 2_500;
const INPUTS = 4;
const OUTPUTS = 3;
const MINER = `0014${'11'.repeat(20)}`;

interface Payout {
  script: string;
  sats: number;
}

/** The next block after the last of `chain`. Without payouts it is empty, unless `count` says how many transactions it has. */
export function nextBlock(
  chain: ChainBlock[],
  payouts: Payout[],
  count = payouts.length > 0 ? TRANSACTIONS : 0,
  nowMs = Date.now(),
): ChainBlock {
  const height = chain.length;
  const every = Math.min(PAYOUT_EVERY, Math.floor(count / Math.max(1, payouts.length)));
  const random = randomness(height);
  const coinbase = coinbaseTx({ height, extraNonce: 0, script: MINER, sats: 312_500_000, witnessRoot: random(32) });
  const txs = Array.from({ length: count }, (_, i) =>
    transaction(random, i % every === every >> 1 ? payouts[Math.floor(i / every)] : undefined, i),
  );
  // No block is older than the invoices that it pays.
  return mineBlock({
    ancestors: chain,
    txs: [coinbase, ...txs],
    time: Math.ceil(nowMs / 1_000) + height,
    serial: height,
  });
}

/** Those that pay us lie apart in the block, where it has room. */
const PAYOUT_EVERY = 500;

function transaction(random: (bytes: number) => Uint8Array, payout: Payout | undefined, index: number): Tx {
  const outputs = Array.from({ length: OUTPUTS + (index % 5 === 0 ? 1 : 0) }, () => ({
    amount: 12_345n,
    script: hex.decode(`0014${hex.encode(random(20))}`),
  }));
  if (payout) outputs[1] = { amount: BigInt(payout.sats), script: hex.decode(payout.script) };
  return parseTx(
    RawTx.encode({
      version: 2,
      segwitFlag: true,
      inputs: Array.from({ length: INPUTS }, (_, i) => ({
        txid: random(32),
        index: i,
        finalScriptSig: new Uint8Array(),
        sequence: 0xfffffffd,
      })),
      outputs,
      // What a signature and a public key take.
      witnesses: Array.from({ length: INPUTS }, () => [random(71), random(33)]),
      lockTime: 0,
    }),
  );
}

/** The same bytes in every run. */
function randomness(seed: number): (bytes: number) => Uint8Array {
  let turn = 0;
  return (bytes) =>
    new Uint8Array(createHash('shake256', { outputLength: bytes }).update(`${seed}:${turn++}`).digest());
}
