// An explorer that answers the few Esplora paths the watcher uses from memory, and counts the requests.
// Called by watch.ts, watch-looks.ts, blocks.ts, batches.ts and cost.ts.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { hex } from '@scure/base';
import { blockBytes, type ChainBlock } from '../chain/block.ts';
import type { Tx } from '../chain/transaction.ts';

type Question = 'tip' | 'header' | 'raw block' | 'address' | 'many addresses' | 'transaction' | 'other';

export interface Counted {
  requests: Record<Question, number>;
  /** Addresses whose history was asked for, alone or with others. */
  addresses: number;
}

export interface CountingExplorer {
  /** Base URL. */
  url: string;
  /** What was asked since the last call. */
  counted(): Counted;
  close(): Promise<void>;
}

/** Longer than a client keeps an idle connection: no question is lost to one that is just being closed. */
const KEEP_ALIVE_MS = 120_000;

/**
 * @param chain blocks it knows, the tip last; the caller may add to it
 * @param offersBatches answers one question about many addresses, as mempool's electrs does and Blockstream's does not
 * @param paying the transaction that pays an address, waiting until a block has it; the caller may add to it. Without it no address
 *   has a history: payments come in blocks only
 */
export async function startExplorer(
  chain: ChainBlock[],
  offersBatches: boolean,
  paying: ReadonlyMap<string, Tx> = new Map(),
): Promise<CountingExplorer> {
  let counts = none();
  const histories = (addresses: string[]) => {
    counts.addresses += addresses.length;
    return JSON.stringify(
      addresses.flatMap((address) => paying.get(address) ?? []).map((tx) => listed(tx, blockWith(tx))),
    );
  };
  const inBlocks = new Map<Tx, ChainBlock>();
  let indexed = 0;
  const blockWith = (tx: Tx) => {
    for (const block of chain.slice(indexed)) for (const mined of block.txs) inBlocks.set(mined, block);
    indexed = chain.length;
    return inBlocks.get(tx);
  };
  const server = createServer(async (request, response) => {
    const [, kind = '', hash = '', part = ''] = (request.url ?? '').split(/[/?]/);
    const block = chain.find((known) => known.hash === hash);
    const answer = (question: Question, body: string | Uint8Array | undefined) => {
      counts.requests[question] += 1;
      response.writeHead(body === undefined ? 404 : 200).end(body);
    };
    const tip = chain.at(-1);
    if (kind === 'blocks') answer('tip', part === 'hash' ? tip?.hash : String(tip?.height));
    else if (kind === 'block-height') answer('other', chain[Number(hash)]?.hash);
    else if (kind === 'block' && part === 'header') answer('header', block && hex.encode(block.header));
    else if (kind === 'block' && part === 'raw') answer('raw block', block && blockBytes(block));
    else if (kind === 'address') answer('address', histories([hash]));
    else if (kind === 'addresses' && offersBatches) {
      answer('many addresses', histories((await json(request)) as string[]));
    } else if (kind === 'tx' && part === 'raw') {
      const waiting = [...paying.values()].find(({ txid }) => txid === hash);
      answer('transaction', waiting?.raw ?? rawTransaction(chain, hash));
    } else answer('other', undefined);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counted() {
      const counted = counts;
      counts = none();
      return counted;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function rawTransaction(chain: ChainBlock[], txid: string): Uint8Array | undefined {
  return chain.flatMap(({ txs }) => txs).find((tx) => tx.txid === txid)?.raw;
}

export function requestsOf({ requests }: Counted): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}

function listed(tx: Tx, block: ChainBlock | undefined) {
  return {
    txid: tx.txid,
    vin: tx.inputs.map(({ txid, vout }) => ({ txid, vout })),
    vout: tx.outputs.map(({ script, sats }) => ({ scriptpubkey: script, value: sats })),
    status: block
      ? { confirmed: true, block_hash: block.hash, block_height: block.height, block_time: block.time }
      : { confirmed: false },
  };
}

function none(): Counted {
  return {
    requests: { tip: 0, header: 0, 'raw block': 0, address: 0, 'many addresses': 0, transaction: 0, other: 0 },
    addresses: 0,
  };
}
