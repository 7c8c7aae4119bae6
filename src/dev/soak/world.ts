// The place of one history: a chain, its explorers, a merchant with a fresh database, the watcher's rounds, and a clock
// that only the history turns. All of the product's code in it is the product's. Called by run.ts and play.ts.

import { join } from 'node:path';
import { HDKey } from '@scure/bip32';
import { openDatabase } from '../../adapters/db/database.ts';
import { createVault, sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { configOf, type Env } from '../../env.ts';
import { Rounds } from '../../jobs/watch/rounds.ts';
import type { ChainBlock } from '../chain/block.ts';
import { type SavedChain, SimulatedChain } from '../chain/chain.ts';
import type { Tx } from '../chain/transaction.ts';
import { insert, seedStatements } from '../seed.ts';
import { DEPOSIT_ENDPOINT } from './address-terms.ts';
import { Coins, type Output, OWN_SCRIPT, usedChain } from './coins.ts';
import { LocalD1 } from './database.ts';
import { SoakView } from './explorer-view.ts';

const START_MS = Date.UTC(2026, 4, 16, 11, 15);
/** Version bytes that say: native segwit, on a test network. */
const VPUB = { public: 0x045f1cf6, private: 0x045f18bc };
const API_KEY = `sl_live_${'7'.repeat(32)}`;
const ENCRYPTION_KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
/** More than are refilled after, so that no history derives any. */
const ADDRESSES = 40;

/** What the histories of one process share. */
export interface SoakWorld {
  d1: LocalD1;
  /** The chain that each of them begins with, and when. */
  start: SavedChain;
  startMs: number;
  keyHash: string;
}

export async function openSoakWorld(): Promise<SoakWorld> {
  const d1 = new LocalD1(join(import.meta.dirname, '../../../migrations'));
  const key = HDKey.fromMasterSeed(new Uint8Array(32).fill(3), VPUB);
  const wallet = { id: 'wallet', key: key.derive("m/84'/1'/0'").publicExtendedKey, network: 'regtest' as const };
  const store = {
    ...{ id: 'store', name: 'Corner Shop', mode: 'live' as const, apiKey: API_KEY, webhookSecret: 'whsec_c29hawo=' },
    wallet: { ...wallet, gapLimit: 1_000, pool: ADDRESSES },
    ...{ endpointUrl: 'https://shop.test/hook', color: null },
  };
  const statements = await seedStatements({ id: 'account', name: 'Merchant' }, [store], ENCRYPTION_KEY, START_MS);
  statements.push(
    insert('endpoints', { ...DEPOSIT_ENDPOINT, store_id: 'store', secret_sealed: '', created_at: START_MS }),
  );
  for (const { sql, params } of statements) d1.rows(sql, ...params);
  d1.keep();
  const place = { d1, keyHash: await sha256Hex(API_KEY), start: usedChain(START_MS, pastOf(d1)), startMs: START_MS };
  await beginAtTip(place);
  return place;
}

/** Two addresses that were paid before, which no look-up has found: enough for any invoice. */
function pastOf(d1: LocalD1): Output[] {
  const scripts = d1.rows<{ script: string }>('SELECT script FROM addresses WHERE idx IN (1, 3) ORDER BY idx');
  return scripts.map(({ script }, i) => ({ script, sats: i === 0 ? 100_500 : 26_000_000 }));
}

/** The watcher has just begun: reorgs may reach below its first block. */
async function beginAtTip(place: SoakWorld): Promise<void> {
  const world = new World(place, 1);
  await world.rounds.sweep();
  place.d1.keep();
  place.start = world.chain.toJSON();
  place.startMs = world.nowMs;
}

/** What is paid: an invoice, or a customer's permanent address. */
export interface PaidPlace {
  id: string;
  address: string;
  script: string;
  createdAtMs: number;
}

/** What the database holds of an invoice that never changes. */
export interface InvoiceTerms extends PaidPlace {
  /** Of a deposit: the output that it is, `txid:vout`; its place is the address. */
  deposit?: { outpoint: string; addressId: string };
  sats: number;
  least: number;
  most: number;
  threshold: number;
  expiresAtMs: number;
  lateDeadlineMs: number;
}

export class World {
  readonly d1: LocalD1;
  readonly keyHash: string;
  readonly chain: SimulatedChain;
  readonly coins: Coins;
  readonly views: readonly SoakView[];
  readonly deps: Deps;
  readonly invoices: InvoiceTerms[] = [];
  readonly customers: PaidPlace[] = [];
  /** What was sent, in order, and when first. */
  readonly sent: Tx[] = [];
  readonly sentAtMs = new Map<string, number>();
  /** Every block ever mined, on any branch. */
  readonly blocks = new Map<string, ChainBlock>();
  /** Scripts that an explorer has claimed payments to. */
  readonly forgedFor = new Set<string>();
  rounds: Rounds;
  nowMs: number;

  constructor(place: SoakWorld, explorers: number) {
    const { d1, keyHash } = place;
    d1.reset();
    this.d1 = d1;
    this.nowMs = place.startMs;
    this.keyHash = keyHash;
    this.chain = SimulatedChain.fromJSON(place.start, { now: () => this.nowMs, minerScript: OWN_SCRIPT });
    this.coins = new Coins(this.chain);
    this.views = Array.from(
      { length: explorers },
      (_, i) => new SoakView(this.chain, `explorer${i}`, i % 2 === 0 ? 'mempool' : 'esplora'),
    );
    this.deps = this.#depsOver(d1);
    this.rounds = new Rounds(() => this.deps);
    this.noteBlocks();
  }

  /** All that can be paid. */
  get places(): PaidPlace[] {
    return [...this.invoices, ...this.customers];
  }

  /** The watcher's object dies and is made anew. */
  restart(): void {
    this.rounds = new Rounds(() => this.deps);
  }

  noteSent(tx: Tx): void {
    if (this.sentAtMs.has(tx.txid)) return;
    this.sent.push(tx);
    this.sentAtMs.set(tx.txid, this.nowMs);
  }

  noteBlocks(): void {
    const { best } = this.chain.frame();
    for (let height = best.length - 1; height >= 0; height--) {
      const block = best[height];
      if (!block || this.blocks.has(block.hash)) return;
      this.blocks.set(block.hash, block);
    }
  }

  #depsOver(d1: LocalD1): Deps {
    const db = openDatabase(d1.binding);
    const nothing = async () => {};
    // Deliveries are written and never sent: without a secret nothing is, and the outbox keeps them.
    const vault = { ...createVault(ENCRYPTION_KEY), open: () => Promise.reject(new Error('not here')) };
    const now = () => this.nowMs;
    const log = () => {};
    const senders = { send: nothing, drain: nothing };
    const policy = { targets: 'public', origin: 'https://pay.test' } as const;
    return {
      ...{ config: CONFIG, db, now, log, vault },
      background: (work) => void work.catch(() => {}),
      rooms: { publish: nothing, listeners: async () => 0, join: () => Promise.reject(new Error('not here')) },
      watcher: {
        ...{ hot: nothing, opened: nothing, closed: nothing },
        look: nothing,
        rescan: nothing,
        checkWallet: nothing,
        followWallet: async () => null,
        rawTransactions: async () => ({}),
        broadcast: async () => 'unknown',
        feeRate: async () => null,
        sweep: nothing,
        health: async () => [],
      },
      lightning: {
        ...{ create: () => Promise.reject(new Error('not here')), mint: async () => null },
        ...{ look: nothing, hot: nothing, opened: nothing, closed: nothing, end: nothing, wake: nothing },
      },
      openNode: () => Promise.reject(new Error('not here')),
      openPayer: () => Promise.reject(new Error('not here')),
      resolvePay: () => Promise.reject(new Error('not here')),
      payouts: { wake: nothing, check: nothing },
      dispatcher: { db, vault, fetch: () => Promise.reject(new Error('not here')), now, log, policy, senders },
      deliver: { one: nothing, dueTo: nothing, dueOfStore: nothing, once: () => Promise.reject(new Error('not here')) },
      explorers: this.views.map(({ explorer }) => explorer),
      openHints: null,
      rateSources: [],
      rateSourcesNamed: () => [],
      allowCreate: async () => true,
      allowAuth: async () => true,
      requests: { allow: () => true, isUsedUp: () => false },
      mailer: null,
    };
  }
}

const CONFIG = configOf({
  ORIGIN: 'https://pay.test',
  NETWORK: 'regtest',
  EXPLORERS: 'http://explorer.test/api',
  RATES: 'fixed:USD=50000',
  PAYMENT_TOLERANCE_BP: '25',
  PLATFORM_FEE_BP: '100',
  ENCRYPTION_KEY,
  LOOKS_PER_MINUTE: '1000',
} as unknown as Env);
