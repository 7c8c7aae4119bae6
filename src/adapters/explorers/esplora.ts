// An Esplora REST API as an Explorer. Foreign answers are rebuilt field by field; only the subset that Blockstream's
// electrs, mempool's electrs and their public sites have in common is used.

import { hexToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { Budget } from './budget.ts';
import { type EsploraOptions, EsploraRequests, MAX_BODY_BYTES } from './esplora-requests.ts';
import { type Block, type ChainTx, type Explorer, ExplorerError, ExplorerRefusal } from './explorer.ts';

/** A block weighs at most four million, and weight is at least the size (BIP 141). */
const MAX_BLOCK_BYTES = 4_000_000;
const MAX_HISTORY_PAGES = 20;
const CHAIN_PAGE = 25;
/** What mempool's electrs lists at least in one answer to a batch; asking for more is not honoured everywhere. */
const BATCH_PAGE = 50;
const BATCH_MAX_TXS = 500;
const MAX_BATCH_PAGES = 4;
/** Of a node's refusal. */
const MAX_WORDS = 300;
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

const feeEstimates = z.record(z.string(), z.number().min(0));

const outspend = z.object({ spent: z.boolean(), txid: hash.nullish() });

const merkleProof = z.object({
  block_height: z.number().int().min(0),
  pos: z.number().int().min(0).max(0xffffffff),
  merkle: z.array(hash).max(32),
});

/** @param options.budget without end where none is given */
export function esplora({ budget = new Budget(Number.POSITIVE_INFINITY, Date.now), ...options }: Options): Explorer {
  return new Esplora(new EsploraRequests({ ...options, budget }), budget);
}

type Options = Omit<EsploraOptions, 'budget'> & { budget?: Budget };

class Esplora implements Explorer {
  readonly name: string;
  readonly budget: Budget;
  readonly #requests: EsploraRequests;
  #lastTip: Block | undefined;
  #hasBatches = true;

  constructor(requests: EsploraRequests, budget: Budget) {
    this.name = requests.origin;
    this.budget = budget;
    this.#requests = requests;
  }

  async tip() {
    const tipHash = await this.#requests.text('/blocks/tip/hash', /^[0-9a-f]{64}$/);
    // The same block has the same height.
    if (tipHash !== null && tipHash === this.#lastTip?.hash) return this.#lastTip;
    const height = await this.#requests.text('/blocks/tip/height', /^\d{1,9}$/);
    if (tipHash === null || height === null) throw new ExplorerError('no tip');
    this.#lastTip = { hash: tipHash, height: Number(height) };
    return this.#lastTip;
  }

  blockHash(height: number) {
    return this.#requests.text(`/block-height/${height}`, /^[0-9a-f]{64}$/);
  }

  async header(hash: string) {
    const hex = await this.#requests.text(`/block/${hash}/header`, /^[0-9a-f]{160}$/);
    return hex === null ? null : hexToBytes(hex);
  }

  rawBlock(hash: string) {
    return this.#requests.bytes(`/block/${hash}/raw`, MAX_BLOCK_BYTES);
  }

  history(address: string) {
    return historyOf(this.#requests, address);
  }

  async histories(addresses: string[]) {
    const found = this.#hasBatches ? await historiesOf(this.#requests, addresses) : 'not offered';
    if (found === 'not offered') this.#hasBatches = false;
    return typeof found === 'string' ? null : found;
  }

  offersBatches() {
    return this.#hasBatches;
  }

  async isUsed(address: string) {
    const stats = await this.#requests.json(`/address/${address}`, addressStats);
    return stats !== null && stats.chain_stats.tx_count + stats.mempool_stats.tx_count > 0;
  }

  async transaction(txid: string) {
    const tx = await this.#requests.json(`/tx/${txid}`, transaction);
    if (tx !== null && tx.txid !== txid) throw new ExplorerError('another transaction than asked for');
    return tx === null ? null : rebuild(tx);
  }

  async spender(outpoint: string) {
    const [txid, vout] = outpoint.split(':');
    const spend = await this.#requests.json(`/tx/${txid}/outspend/${vout}`, outspend).catch(ifNotOffered);
    if (spend === null) return 'unknown';
    return spend.spent ? (spend.txid ?? 'unknown') : null;
  }

  async feeRateWithin(blocks: number) {
    const estimates = await this.#requests.json('/fee-estimates', feeEstimates).catch(ifNotOffered);
    return estimates?.[blocks] ?? null;
  }

  async broadcast(raw: string) {
    const { isTaken, words } = await this.#requests.give('/tx', raw);
    if (!isTaken) return words.slice(0, MAX_WORDS);
    // Any server answers anything with 200; one that broadcasts names the transaction.
    if (!/^[0-9a-f]{64}$/.test(words)) throw new ExplorerError('not the expected text at /tx');
    return null;
  }

  rawTransaction(txid: string) {
    return this.#requests.bytes(`/tx/${txid}/raw`, MAX_BODY_BYTES);
  }

  async merkleProof(txid: string) {
    const proof = await this.#requests.json(`/tx/${txid}/merkle-proof`, merkleProof);
    return proof && { height: proof.block_height, index: proof.pos, branch: proof.merkle };
  }
}

async function historyOf(requests: EsploraRequests, address: string): Promise<ChainTx[]> {
  const found = new Map<string, ChainTx>();
  let page = (await requests.json(`/address/${address}/txs`, z.array(transaction))) ?? [];
  addNewer(found, page);
  for (let pages = 1; pages < MAX_HISTORY_PAGES; pages++) {
    const confirmed = page.filter((tx) => tx.status.confirmed);
    if (confirmed.length < CHAIN_PAGE) break;
    const lowest = confirmed.reduce((a, b) => ((a.status.block_height ?? 0) <= (b.status.block_height ?? 0) ? a : b));
    const before = found.size;
    page = (await requests.json(`/address/${address}/txs/chain/${lowest.txid}`, z.array(transaction))) ?? [];
    addNewer(found, page);
    if (found.size === before) break;
  }
  return [...found.values()];
}

/** `too many` where a busy address would hide the others. */
async function historiesOf(
  requests: EsploraRequests,
  addresses: string[],
): Promise<ChainTx[] | 'not offered' | 'too many'> {
  const found = new Map<string, ChainTx>();
  let after = '';
  for (let pages = 0; pages < MAX_BATCH_PAGES; pages++) {
    const path = `/addresses/txs?max_txs=${BATCH_MAX_TXS}${after}`;
    const page = await requests.json(path, z.array(transaction), JSON.stringify(addresses)).catch(ifNotOffered);
    if (page === null) return found.size > 0 ? 'too many' : 'not offered';
    addNewer(found, page);
    if (page.length < BATCH_PAGE) return [...found.values()];
    after = `&after_txid=${page.at(-1)?.txid}`;
  }
  return 'too many';
}

/** An explorer that is indexing may list one transaction twice; the confirmed copy is the newer one. */
function addNewer(found: Map<string, ChainTx>, page: z.infer<typeof transaction>[]): void {
  for (const tx of page.map(rebuild)) if (!found.get(tx.txid)?.block) found.set(tx.txid, tx);
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
