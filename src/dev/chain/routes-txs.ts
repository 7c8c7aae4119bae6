// Explorer routes about transactions, the mempool and fees.
// Listed by esplora.ts.
import { hex } from '@scure/base';
import { merkleBranch } from './block.ts';
import { RejectedTx } from './policy.ts';
import { type Ask, bytes, hashOf, json, numberOf, RefusedRequest, type Routes, text, ttlAt } from './reply.ts';
import { spendJson, statusJson, txJson } from './shapes.ts';
import { type Tx, vsize } from './transaction.ts';

const TTL_RECENT = 5;
const MAX_OUTSPENDS_TXIDS = 50;
const FEE_TARGETS = [...Array.from({ length: 25 }, (_, i) => i + 1), 144, 504, 1008];

export const txRoutes: Routes = {
  'GET /tx/:hash': (ask) => {
    const tx = txOf(ask);
    return json(txJson(tx, ask.index.place(tx.txid), ask.style), ttlOf(ask));
  },
  'GET /tx/:hash/status': (ask) => json(statusJson(ask.index.place(hashOf(ask))), ttlOf(ask)),
  'GET /tx/:hash/hex': (ask) => text(hex.encode(txOf(ask).raw), ttlOf(ask)),
  'GET /tx/:hash/raw': (ask) => bytes(txOf(ask).raw, ttlOf(ask)),
  'GET /tx/:hash/merkle-proof': (ask) => merkleProof(ask),
  'GET /tx/:hash/outspend/:vout': (ask) => json(spendJson(ask.index.spend(hashOf(ask), numberOf(ask.params.vout)))),
  'GET /tx/:hash/outspends': (ask) => json(outspends(txOf(ask), ask)),
  'POST /tx': (ask) => text(broadcast(ask), 0),
  'GET /mempool': ({ index }) => json(backlog([...index.mempool.values()])),
  'GET /mempool/txids': ({ index }) => json([...index.mempool.keys()]),
  'GET /mempool/recent': ({ index }) => json(index.recent, TTL_RECENT),
  'GET /fee-estimates': () => json(Object.fromEntries(FEE_TARGETS.map((target) => [target, target <= 6 ? 2 : 1]))),
};

/** What only mempool's electrs has. */
export const mempoolTxRoutes: Routes = {
  'GET /txs/outspends': (ask) => {
    const txids = (ask.query.get('txids') ?? '').split(',');
    if (txids.length > MAX_OUTSPENDS_TXIDS) throw new RefusedRequest(422, 'Too many txids requested');
    return json(txids.map((txid) => outspends(ask.index.tx(txid), ask)));
  },
};

function merkleProof(ask: Ask): Response {
  const hash = hashOf(ask);
  const place = ask.index.place(hash);
  if (place === undefined) throw new RefusedRequest(404, 'Transaction not found or is unconfirmed');
  const { block, position } = place;
  const proof = { block_height: block.height, merkle: merkleBranch(ask.index.txids(block), position), pos: position };
  return json(proof, ttlOf(ask));
}

function outspends(tx: Tx | undefined, { index }: Ask): unknown[] {
  return (tx?.outputs ?? []).map((_, vout) => spendJson(index.spend(tx?.txid ?? '', vout)));
}

/** Reaches the one chain behind all views, even where this view cannot show it. */
function broadcast({ chain, body }: Ask): string {
  const raw = hexOf(body.trim());
  try {
    return chain.broadcast(raw).txid;
  } catch (error) {
    if (!(error instanceof RejectedTx)) throw error;
    const { code, message } = error;
    throw new RefusedRequest(400, `sendrawtransaction RPC error: ${JSON.stringify({ code, message })}`);
  }
}

function hexOf(body: string): Uint8Array {
  try {
    return hex.decode(body);
  } catch {
    throw new RefusedRequest(400, 'Invalid hex string');
  }
}

function backlog(entries: { tx: Tx; fee: number }[]) {
  const size = entries.reduce((sum, { tx }) => sum + vsize(tx), 0);
  const fees = entries.reduce((sum, { fee }) => sum + fee, 0);
  return { count: entries.length, vsize: size, total_fee: fees, fee_histogram: [] };
}

function txOf(ask: Ask): Tx {
  const tx = ask.index.tx(hashOf(ask));
  if (tx === undefined) throw new RefusedRequest(404, 'Transaction not found');
  return tx;
}

function ttlOf(ask: Ask): number {
  return ttlAt(ask.index.place(hashOf(ask))?.block.height, ask.index);
}
