// Explorer routes about addresses and script hashes, with electrs' page limits and mempool's batch calls.
// Listed by esplora.ts.
import type { TxPlace } from './ledger.ts';
import { type Ask, json, RefusedRequest, type Routes, txList } from './reply.ts';
import { addressToScript } from './script.ts';
import { coinJson, statsJson } from './shapes.ts';
import type { Tx } from './transaction.ts';

const CHAIN_PAGE = 25;
const MEMPOOL_PAGE = 50;
const MAX_TXS = 50;
const MAX_COINS = 500;
const MAX_BATCH = 300;
const MAX_BATCH_BYTES = 21_600;

type Listed = { tx: Tx; place: TxPlace | undefined };

export const scriptRoutes: Routes = bothKinds({
  '': (ask) => {
    const { script, kind, name } = subject(ask);
    const { confirmed, waiting } = ask.index.history(script);
    const chain = confirmed.map(({ tx }) => tx);
    return json({
      [kind]: name,
      chain_stats: statsJson(script, chain, ask.style),
      mempool_stats: statsJson(script, waiting, ask.style),
    });
  },
  '/txs': (ask) => {
    const { script } = subject(ask);
    if (ask.flavour === 'mempool') return listed(page(history(script, ask), ask), ask);
    const { confirmed, waiting } = ask.index.history(script);
    return listed([...unconfirmed(waiting).slice(0, MEMPOOL_PAGE), ...confirmed.slice(0, CHAIN_PAGE)], ask);
  },
  '/txs/chain': (ask) => listed(ask.index.history(subject(ask).script).confirmed.slice(0, chainPage(ask)), ask),
  '/txs/chain/:last': (ask) => {
    const { confirmed } = ask.index.history(subject(ask).script);
    const last = confirmed.findIndex(({ tx }) => tx.txid === ask.params.last);
    return listed(last < 0 ? [] : confirmed.slice(last + 1, last + 1 + chainPage(ask)), ask);
  },
  '/txs/mempool': (ask) => {
    const { waiting } = ask.index.history(subject(ask).script);
    return listed(unconfirmed(waiting).slice(0, maxTxs(ask) ?? MEMPOOL_PAGE), ask);
  },
  '/utxo': (ask) => {
    const coins = ask.index.coins(subject(ask).script);
    if (coins.length > MAX_COINS) {
      const limit = `Too many unspent transaction outputs (>${MAX_COINS}). Contact support to raise limits.`;
      throw new RefusedRequest(400, limit);
    }
    return json(coins.map((coin) => coinJson(coin, ask.style)));
  },
});

/** What only mempool's electrs has: one merged list for many addresses, in which a busy one hides the others. */
export const mempoolAddressRoutes: Routes = {
  'POST /addresses/txs': (ask) => batch(ask, (name) => addressToScript(name)),
  'POST /scripthashes/txs': (ask) => batch(ask, (name) => ask.index.ledger.scriptOf(name)),
};

function bothKinds(routes: Routes): Routes {
  const out: Routes = {};
  for (const [path, route] of Object.entries(routes)) {
    out[`GET /address/:address${path}`] = route;
    out[`GET /scripthash/:scripthash${path}`] = route;
  }
  return out;
}

function subject({ params, index }: Ask): { kind: 'address' | 'scripthash'; name: string; script: string } {
  if (params.scripthash !== undefined) {
    if (!/^[0-9a-f]{64}$/i.test(params.scripthash)) throw new RefusedRequest(400, 'Invalid scripthash');
    const script = index.ledger.scriptOf(params.scripthash.toLowerCase()) ?? 'never seen';
    return { kind: 'scripthash', name: params.scripthash, script };
  }
  const name = params.address ?? '';
  try {
    return { kind: 'address', name, script: addressToScript(name) };
  } catch {
    throw new RefusedRequest(400, 'Address on invalid network');
  }
}

const listed = (txs: Listed[], ask: Ask): Response =>
  json(txList(ask.duplicates ? txs.flatMap((entry) => [entry, entry]) : txs, ask));

function history(script: string, { index }: Ask): Listed[] {
  const { confirmed, waiting } = index.history(script);
  return [...unconfirmed(waiting), ...confirmed];
}

function unconfirmed(txs: Tx[]): Listed[] {
  return txs.map((tx) => ({ tx, place: undefined }));
}

/** mempool's paging: `max_txs` over waiting and confirmed together, from after `after_txid`. */
function page(txs: Listed[], ask: Ask): Listed[] {
  const after = ask.query.get('after_txid');
  const start = after === null ? 0 : txs.findIndex(({ tx }) => tx.txid === after) + 1;
  if (after !== null && start === 0) throw new RefusedRequest(422, 'after_txid not found');
  return txs.slice(start, start + (maxTxs(ask) ?? MAX_TXS));
}

function maxTxs({ flavour, query }: Ask): number | undefined {
  const value = query.get('max_txs');
  return flavour === 'mempool' && value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

function chainPage(ask: Ask): number {
  return maxTxs(ask) ?? CHAIN_PAGE;
}

function batch(ask: Ask, scriptOf: (name: string) => string | undefined): Response {
  const names = batchNames(ask.body);
  const scripts = new Set(names.flatMap((name) => orNone(() => scriptOf(name)) ?? []));
  const merged = new Map<string, Listed>();
  for (const script of scripts) for (const entry of history(script, ask)) merged.set(entry.tx.txid, entry);
  return listed(page([...merged.values()].sort(newestFirst), ask), ask);
}

function batchNames(body: string): string[] {
  if (body.length > MAX_BATCH_BYTES) throw new RefusedRequest(422, 'body too long');
  const names: unknown = orNone(() => JSON.parse(body));
  if (!Array.isArray(names)) throw new RefusedRequest(400, 'invalid type, expected a sequence');
  if (names.length > MAX_BATCH) throw new RefusedRequest(422, `too many entries, expected at most ${MAX_BATCH}`);
  return names.filter((name) => typeof name === 'string');
}

/** Waiting ones first, then by height; the order among equals is kept. */
function newestFirst(a: Listed, b: Listed): number {
  const height = ({ place }: Listed) => place?.block.height ?? Number.MAX_SAFE_INTEGER;
  return height(b) - height(a);
}

function orNone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
