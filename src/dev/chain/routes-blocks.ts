// Explorer routes about blocks. A stale block keeps its txids and nothing else, as in electrs.
// Listed by esplora.ts.
import { hex } from '@scure/base';
import { blockBytes, type ChainBlock } from './block.ts';
import {
  type Ask,
  bytes,
  hashOf,
  json,
  numberOf,
  RefusedRequest,
  type Routes,
  TTL_LONG,
  text,
  ttlAt,
  txList,
} from './reply.ts';
import { blockJson } from './shapes.ts';

const BLOCKS_PER_PAGE = 10;
const TXS_PER_PAGE = 25;

export const blockRoutes: Routes = {
  'GET /blocks/tip/hash': ({ tip }) => text(tip.tip.hash),
  'GET /blocks/tip/height': ({ tip }) => text(String(tip.tip.height)),
  'GET /blocks': (ask) => blockPage(ask, ask.tip.tip.height),
  'GET /blocks/:start': (ask) => blockPage(ask, numberOf(ask.params.start)),
  'GET /block-height/:height': ({ tip, params }) => {
    const height = numberOf(params.height);
    const block = tip.best[height];
    if (block === undefined) throw notFound();
    return text(block.hash, ttlAt(height, tip));
  },
  'GET /block/:hash': (ask) => json(blockJson(bestBlock(ask)), TTL_LONG),
  'GET /block/:hash/header': (ask) => text(hex.encode(bestBlock(ask).header), TTL_LONG),
  'GET /block/:hash/raw': (ask) => bytes(blockBytes(bestBlock(ask)), TTL_LONG),
  'GET /block/:hash/status': (ask) => blockStatus(ask),
  'GET /block/:hash/txids': (ask) => json(ask.tip.txids(knownBlock(ask)), TTL_LONG),
  'GET /block/:hash/txid/:i': (ask) => {
    const txid = ask.tip.txids(knownBlock(ask))[numberOf(ask.params.i)];
    if (txid === undefined) throw new RefusedRequest(404, 'tx index out of range');
    return text(txid, TTL_LONG);
  },
  'GET /block/:hash/txs': (ask) => blockTxs(ask, 0),
  'GET /block/:hash/txs/:i': (ask) => blockTxs(ask, Number(ask.params.i) || 0),
};

function blockPage({ tip }: Ask, start: number): Response {
  if (tip.best[start] === undefined) throw notFound();
  const page = tip.best.slice(Math.max(0, start + 1 - BLOCKS_PER_PAGE), start + 1);
  return json(page.reverse().map(blockJson));
}

function blockStatus(ask: Ask): Response {
  const block = ask.tip.block(hashOf(ask));
  if (block === undefined || !ask.tip.isBest(block)) return json({ in_best_chain: false });
  const next = ask.tip.best[block.height + 1];
  const status = { in_best_chain: true, height: block.height, ...(next === undefined ? {} : { next_best: next.hash }) };
  return json(status, ttlAt(block.height, ask.tip));
}

function blockTxs(ask: Ask, start: number): Response {
  const block = bestBlock(ask);
  if (start % TXS_PER_PAGE !== 0) {
    throw new RefusedRequest(400, `start index must be a multiple of ${TXS_PER_PAGE}`);
  }
  if (start >= block.txs.length) throw new RefusedRequest(400, 'start index out of range');
  const page = block.txs.slice(start, start + TXS_PER_PAGE);
  const places = page.map((tx, i) => ({ tx, place: { block, position: start + i } }));
  return json(txList(places, ask), ttlAt(block.height, ask.tip));
}

function knownBlock(ask: Ask): ChainBlock {
  const block = ask.tip.block(hashOf(ask));
  if (block === undefined) throw notFound();
  return block;
}

function bestBlock(ask: Ask): ChainBlock {
  const block = knownBlock(ask);
  if (!ask.tip.isBest(block)) throw notFound();
  return block;
}

function notFound(): RefusedRequest {
  return new RefusedRequest(404, 'Block not found');
}
