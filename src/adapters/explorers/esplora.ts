// An Esplora REST API as an Explorer. Foreign answers are rebuilt field by field; only the subset that Blockstream's
// electrs, mempool's electrs and their public sites have in common is used.

import { hexToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { readAtMost } from '../../core/text/bounded.ts';
import { Budget } from './budget.ts';
import { type Block, type ChainTx, type Explorer, ExplorerError, ExplorerRefusal } from './explorer.ts';

interface EsploraOptions {
  /** Base URL, e.g. https://mempool.space/api. A user in it is sent as a bearer token, user and password as Basic. */
  url: string;
  fetch: typeof fetch;
  timeoutMs?: number;
  /** Without end where none is given. */
  budget?: Budget;
}

const TIMEOUT_MS = 6_000;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** A block weighs at most four million, and weight is at least the size (BIP 141). */
const MAX_BLOCK_BYTES = 4_000_000;
const MAX_HISTORY_PAGES = 20;
const CHAIN_PAGE = 25;
/** What mempool's electrs lists at least in one answer to a batch; asking for more is not honoured everywhere. */
const BATCH_PAGE = 50;
const BATCH_MAX_TXS = 500;
const MAX_BATCH_PAGES = 4;
/** Statuses that answer the question with no, and say nothing about the explorer's health. */
const REFUSALS = new Set([400, 405, 413, 414, 422]);
const BLOCKS_PER_DAY = 144;
const MAX_SATS = 2_100_000_000_000_000;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const transaction = z.object({
  txid: hash,
  vin: z.array(z.object({ txid: hash, vout: z.number().int().min(0) })),
  vout: z.array(
    z.object({ scriptpubkey: z.string().regex(/^([0-9a-f]{2})*$/), value: z.number().int().min(0).max(MAX_SATS) }),
  ),
  fee: z.number().min(0).nullish(),
  weight: z.number().min(1).nullish(),
  status: z.object({
    confirmed: z.boolean(),
    block_height: z.number().int().min(0).nullish(),
    block_hash: hash.nullish(),
    block_time: z.number().int().min(0).nullish(),
  }),
});

const transactionCount = z.object({ tx_count: z.number().int().min(0) });
const addressStats = z.object({ chain_stats: transactionCount, mempool_stats: transactionCount });

const outspend = z.object({ spent: z.boolean(), txid: hash.nullish() });

const merkleProof = z.object({
  block_height: z.number().int().min(0),
  pos: z.number().int().min(0).max(0xffffffff),
  merkle: z.array(hash).max(32),
});

export function esplora(options: EsploraOptions): Explorer {
  const { fetch, timeoutMs = TIMEOUT_MS } = options;
  const budget = options.budget ?? new Budget(Number.POSITIVE_INFINITY, Date.now);
  const { base, authorization } = parseBase(options.url);
  let lastTip: Block | undefined;
  let hasBatches = true;

  async function getBytes(path: string, maxBytes: number, body?: string): Promise<Uint8Array | null> {
    let response: Response;
    let bytes: Uint8Array | null;
    budget.spend();
    // Not AbortSignal.timeout: its timer would go on after the answer, and the runtime has only so many.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      response = await fetch(`${base}${path}`, {
        redirect: 'manual',
        signal: abort.signal,
        headers: { accept: 'application/json, text/plain, application/octet-stream', ...authorization },
        ...(body === undefined ? {} : { method: 'POST', body }),
      });
      bytes = await readAtMost(response, maxBytes);
    } catch (error) {
      throw new ExplorerError(`no answer: ${error instanceof Error ? error.name : 'unknown'}`);
    } finally {
      clearTimeout(timer);
    }
    if (response.status === 404) return null;
    if (REFUSALS.has(response.status)) throw new ExplorerRefusal(`HTTP ${response.status}`);
    if (!response.ok) throw new ExplorerError(`HTTP ${response.status}`, retryAfterMs(response));
    if (bytes === null) throw new ExplorerRefusal('answer too large');
    return bytes;
  }

  async function get(path: string, body?: string): Promise<string | null> {
    const bytes = await getBytes(path, MAX_BODY_BYTES, body);
    return bytes && new TextDecoder().decode(bytes);
  }

  async function getJson<T>(path: string, shape: z.ZodType<T>, body?: string): Promise<T | null> {
    const text = await get(path, body);
    if (text === null) return null;
    try {
      return shape.parse(JSON.parse(text));
    } catch {
      throw new ExplorerError(`not the expected JSON at ${shapeOf(path)}`);
    }
  }

  async function getText(path: string, shape: RegExp): Promise<string | null> {
    const text = await get(path);
    if (text === null) return null;
    if (!shape.test(text.trim())) throw new ExplorerError(`not the expected text at ${shapeOf(path)}`);
    return text.trim();
  }

  return {
    name: new URL(base).origin,
    budget,

    async tip() {
      const tipHash = await getText('/blocks/tip/hash', /^[0-9a-f]{64}$/);
      // The same block has the same height.
      if (tipHash !== null && tipHash === lastTip?.hash) return lastTip;
      const height = await getText('/blocks/tip/height', /^\d{1,9}$/);
      if (tipHash === null || height === null) throw new ExplorerError('no tip');
      lastTip = { hash: tipHash, height: Number(height) };
      return lastTip;
    },

    blockHash(height) {
      return getText(`/block-height/${height}`, /^[0-9a-f]{64}$/);
    },

    async header(hash) {
      const hex = await getText(`/block/${hash}/header`, /^[0-9a-f]{160}$/);
      return hex === null ? null : hexToBytes(hex);
    },

    rawBlock(hash) {
      return getBytes(`/block/${hash}/raw`, MAX_BLOCK_BYTES);
    },

    async history(address) {
      const found = new Map<string, ChainTx>();
      const add = (page: z.infer<typeof transaction>[]) => {
        // An explorer that is indexing may list one transaction twice; the confirmed copy is the newer one.
        for (const tx of page.map(rebuild)) if (!found.get(tx.txid)?.block) found.set(tx.txid, tx);
      };
      let page = (await getJson(`/address/${address}/txs`, z.array(transaction))) ?? [];
      add(page);
      for (let pages = 1; pages < MAX_HISTORY_PAGES; pages++) {
        const confirmed = page.filter((tx) => tx.status.confirmed);
        if (confirmed.length < CHAIN_PAGE) break;
        const lowest = confirmed.reduce((a, b) =>
          (a.status.block_height ?? 0) <= (b.status.block_height ?? 0) ? a : b,
        );
        const before = found.size;
        page = (await getJson(`/address/${address}/txs/chain/${lowest.txid}`, z.array(transaction))) ?? [];
        add(page);
        if (found.size === before) break;
      }
      return [...found.values()];
    },

    async histories(addresses) {
      if (!hasBatches) return null;
      const found = new Map<string, ChainTx>();
      let after = '';
      for (let pages = 0; pages < MAX_BATCH_PAGES; pages++) {
        const path = `/addresses/txs?max_txs=${BATCH_MAX_TXS}${after}`;
        const page = await getJson(path, z.array(transaction), JSON.stringify(addresses)).catch(ifNotOffered);
        if (page === null) {
          hasBatches = found.size > 0;
          return null;
        }
        for (const tx of page.map(rebuild)) if (!found.get(tx.txid)?.block) found.set(tx.txid, tx);
        if (page.length < BATCH_PAGE) return [...found.values()];
        after = `&after_txid=${page.at(-1)?.txid}`;
      }
      // A busy address would hide the others.
      return null;
    },

    offersBatches: () => hasBatches,

    async isUsed(address) {
      const stats = await getJson(`/address/${address}`, addressStats);
      return stats !== null && stats.chain_stats.tx_count + stats.mempool_stats.tx_count > 0;
    },

    async transaction(txid) {
      const tx = await getJson(`/tx/${txid}`, transaction);
      if (tx !== null && tx.txid !== txid) throw new ExplorerError('another transaction than asked for');
      return tx === null ? null : rebuild(tx);
    },

    async spender(outpoint) {
      const [txid, vout] = outpoint.split(':');
      const spend = await getJson(`/tx/${txid}/outspend/${vout}`, outspend).catch(ifNotOffered);
      if (spend === null) return 'unknown';
      return spend.spent ? (spend.txid ?? 'unknown') : null;
    },

    async leastFeeRate() {
      const estimates = await getJson('/fee-estimates', z.record(z.string(), z.number().min(0))).catch(ifNotOffered);
      return estimates?.[BLOCKS_PER_DAY] ?? null;
    },

    rawTransaction(txid) {
      return getBytes(`/tx/${txid}/raw`, MAX_BODY_BYTES);
    },

    async merkleProof(txid) {
      const proof = await getJson(`/tx/${txid}/merkle-proof`, merkleProof);
      return proof && { height: proof.block_height, index: proof.pos, branch: proof.merkle };
    },
  };
}

/** A URL without the credentials in it, and the header that carries them: fetch would refuse them, and a log keep them. */
function parseBase(text: string): { base: string; authorization: Record<string, string> } {
  const url = new URL(text);
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  url.username = '';
  url.password = '';
  const base = url.href.replace(/\/+$/, '');
  if (!user) return { base, authorization: {} };
  return {
    base,
    authorization: { authorization: password ? `Basic ${btoa(`${user}:${password}`)}` : `Bearer ${user}` },
  };
}

function ifNotOffered(error: unknown): null {
  if (error instanceof ExplorerRefusal) return null;
  throw error;
}

function rebuild(tx: z.infer<typeof transaction>): ChainTx {
  const { confirmed, block_hash, block_height, block_time } = tx.status;
  const known = confirmed && typeof block_hash === 'string' && typeof block_height === 'number';
  return {
    txid: tx.txid,
    inputs: tx.vin.map((input) => `${input.txid}:${input.vout}`),
    outputs: tx.vout.map((output, vout) => ({ vout, script: output.scriptpubkey, valueSats: BigInt(output.value) })),
    block: known
      ? { hash: block_hash, height: block_height, timeMs: typeof block_time === 'number' ? block_time * 1000 : null }
      : null,
    feeRate: typeof tx.fee === 'number' && typeof tx.weight === 'number' ? tx.fee / (tx.weight / 4) : null,
  };
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** A path without ids: addresses do not belong in a log. */
function shapeOf(path: string): string {
  return path.replace(/\/[0-9a-zA-Z]{20,}/g, '/…');
}
