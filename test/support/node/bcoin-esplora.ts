// The part of Esplora's REST interface that the watcher asks for, over bcoin's chain. All bytes are bcoin's own.

import { addressToScript } from '../../../src/dev/chain/script.ts';
import type { BcoinWorld } from './bcoin-chain.ts';
import type { BcoinTx } from './bcoin-library.ts';

type Answer = string | Buffer | object | null | undefined;
type Route = [path: RegExp, answer: (world: BcoinWorld, argument: string) => Answer | Promise<Answer>];

const ROUTES: Route[] = [
  [/^\/blocks\/tip\/hash()$/, ({ best }) => best.at(-1)],
  [/^\/blocks\/tip\/height()$/, ({ height }) => String(height)],
  [/^\/block-height\/(\d+)$/, ({ best }, height) => best[Number(height)]],
  [/^\/block\/([0-9a-f]{64})\/raw$/, async (world, hash) => (await world.block(hash))?.toRaw()],
  [
    /^\/block\/([0-9a-f]{64})\/header$/,
    async (world, hash) => (await world.block(hash))?.toRaw().subarray(0, 80).toString('hex'),
  ],
  [/^\/address\/(\w+)\/txs$/, (world, address) => historyOf(world, address)],
  [/^\/tx\/([0-9a-f]{64})$/, (world, txid) => known(world, txid) && txJson(world, txid)],
  [/^\/tx\/([0-9a-f]{64})\/hex$/, (world, txid) => known(world, txid)?.toRaw().toString('hex')],
  [/^\/tx\/([0-9a-f]{64})\/raw$/, (world, txid) => known(world, txid)?.toRaw()],
  [/^\/tx\/([0-9a-f]{64})\/merkle-proof$/, merkleProof],
];

/** @param path without `/api` */
export async function answerEsplora(world: BcoinWorld, path: string): Promise<Response> {
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const body = await answer(world, match[1] ?? '');
    if (body === null || body === undefined) return new Response('not found', { status: 404 });
    if (typeof body === 'string') return new Response(body);
    return Buffer.isBuffer(body) ? new Response(new Uint8Array(body)) : Response.json(body);
  }
  return new Response('endpoint does not exist', { status: 404 });
}

/** No address gets a page full of payments in these tests. */
function historyOf(world: BcoinWorld, address: string): object[] {
  return world.history(addressToScript(address)).map((tx) => txJson(world, tx.txid()));
}

function known(world: BcoinWorld, txid: string): BcoinTx | undefined {
  return world.place(txid) || world.isWaiting(txid) ? world.transaction(txid) : undefined;
}

function txJson(world: BcoinWorld, txid: string): object {
  const tx = world.transaction(txid);
  const place = world.place(txid);
  return {
    txid,
    version: tx?.version,
    locktime: tx?.locktime,
    vin: tx?.inputs.map(({ prevout, sequence }) => ({
      txid: prevout.txid(),
      vout: prevout.index,
      is_coinbase: tx.isCoinbase(),
      sequence,
    })),
    vout: tx?.outputs.map((output) => ({
      scriptpubkey: output.script.toRaw().toString('hex'),
      value: output.value,
    })),
    status: place
      ? {
          confirmed: true,
          block_height: place.height,
          block_hash: place.block.rhash(),
          block_time: place.timeSeconds,
        }
      : { confirmed: false },
  };
}

function merkleProof(world: BcoinWorld, txid: string): object | null {
  const place = world.place(txid);
  if (!place) return null;
  const merkle = place.block.createMerkleBranch(place.index).map((hash) => Buffer.from(hash).reverse().toString('hex'));
  return { block_height: place.height, merkle, pos: place.index };
}
