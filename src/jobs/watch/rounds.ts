// What the watcher does, one round after the other. Each round follows the chain, which costs the same for ten invoices
// and for a million; beyond that it looks into the mempool for the given invoices, or for as many others as the
// budget allows. Called by watcher.ts, which knows who has a page open and when to wake.

import { releaseAddresses } from '../../adapters/db/addresses.ts';
import { rewatchAll } from '../../adapters/db/invoices.ts';
import type { InTurn } from '../../adapters/db/wallet-history.ts';
import {
  duePlaces,
  FIRST_TURN,
  invoicesAt,
  openPlaces,
  type Watched,
  type WatchTurn,
  watchedAmong,
} from '../../adapters/db/watch.ts';
import { BATCH, ExplorerError, noAnswer } from '../../adapters/explorers/explorer.ts';
import { type ExplorerHealth, ExplorerPool, type Urgency } from '../../adapters/explorers/pool.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import { endOfWatchMs } from '../../core/invoice/policy.ts';
import type { Deps } from '../../deps.ts';
import { observeAll } from '../../services/payments/observe.ts';
import { broadcast, feeRate } from './broadcast.ts';
import type { BroadcastAnswer } from './client.ts';
import { followChain } from './follow.ts';
import { followWallet, rawTransactions } from './follow-wallet.ts';
import { type Batch, endOfUnpaid, lookAt, type Round } from './look.ts';
import { rescan } from './rescan.ts';
import { ADDRESS_INTERVAL_MS, sweepIntervalMs } from './schedule.ts';
import { checkNextWallets, checkWallet } from './wallet-history.ts';

/** Among how many the sweep chooses: the newest, where payments are likely. */
const OPEN_AT_ONCE = 500;
const PARALLEL_LOOKS = 4;
/** A batch costs a request or two. */
const MIN_FOR_A_BATCH = 3;
/** Looks remembered; beyond it memory is worth more than a few requests. */
const MAX_REMEMBERED = 20_000;

export class Rounds {
  readonly #deps: () => Deps;
  #turn: Promise<unknown> = Promise.resolve();
  #pool: ExplorerPool | undefined;
  /** When each invoice was last looked at. Forgetting it costs a few requests. */
  readonly #lastLookMs = new Map<string, number>();
  #sweptAtMs: number | undefined;
  /** The wallet whose addresses were looked up last in turn; forgetting it begins at the newest. */
  #lastChecked: InTurn | null = null;

  constructor(deps: () => Deps) {
    this.#deps = deps;
  }

  /** Looks at these invoices, as far as they are watched. */
  look(ids: string[]): Promise<void> {
    return this.#round(async (deps, round) => {
      // Those whose turn does not come now are not even read.
      const now = ids
        .toSorted((a, b) => this.#lookedAtMs(a) - this.#lookedAtMs(b))
        .slice(0, round.pool.affordable(round.tip.height, 'hot'));
      if (now.length > 0) await this.#lookAtAll(deps, round, await watchedAmong(deps.db, now), 'hot');
    });
  }

  /** Reads again the blocks that hold something for this invoice, and looks at it. */
  rescan(invoiceId: string): Promise<void> {
    return this.#round(async (deps, round) => {
      for (const item of await watchedAmong(deps.db, [invoiceId])) {
        await rescan(deps, round, item).catch(noAnswer);
      }
    });
  }

  /** Looks up whether the next addresses of a wallet have been used. */
  checkWallet(walletId: string): Promise<void> {
    return this.#round((deps, round) => checkWallet(deps, round, walletId));
  }

  /** Follows a wallet's coins, and asks about some of its older ones: how many are left; null where no explorer is fresh. */
  async followWallet(walletId: string): Promise<number | null> {
    let left: number | null = null;
    // Between two blocks, so that none falls between the payments that it begins with and the first block that is read for coins.
    await this.#round(async (deps, round) => {
      left = await followWallet(deps, round, walletId);
    });
    return left;
  }

  /** Transactions by txid, raw in hex. */
  async rawTransactions(txids: readonly string[]): Promise<Record<string, string>> {
    let found: Record<string, string> = {};
    await this.#round(async (_, { pool }) => {
      found = await rawTransactions(pool, txids);
    });
    return found;
  }

  /** Gives a transaction (hex) to the network. */
  async broadcast(raw: string): Promise<BroadcastAnswer> {
    let answer: BroadcastAnswer = 'unknown';
    await this.#round(async (_, { pool }) => {
      answer = await broadcast(pool, raw);
    });
    return answer;
  }

  /** In sat/vB; null where no explorer says it. */
  async feeRate(): Promise<number | null> {
    let rate: number | null = null;
    await this.#round(async (_, { pool }) => {
      rate = await feeRate(pool);
    });
    return rate;
  }

  health(): ExplorerHealth[] {
    return this.#pool?.health() ?? [];
  }

  /** Everything that is watched, as far as the budget goes: those whose time is up, then those that have waited longest. */
  async sweep(): Promise<void> {
    const nowMs = this.#deps().now();
    const looked = new Set<string>();
    let looks: number | undefined;
    let after: WatchTurn | null = FIRST_TURN;
    while (after) {
      const from: WatchTurn = after;
      after = null;
      // Each part is a round of its own: between two of them open pages have their turn.
      await this.#round(async (deps, round) => {
        looks ??= this.#looksAllowed(deps);
        if (looks === 0) return;
        const { places, next } = await duePlaces(deps.db, nowMs, BATCH, from);
        looks = await this.#lookAtDue(deps, round, places, looks);
        for (const { id } of places) looked.add(id);
        if (next && looks > 0) after = next;
        else await this.#lookAtOpen(deps, round, looked, looks);
      });
    }
  }

  /** @returns how many looks are left */
  async #lookAtDue(deps: Deps, round: Round, due: Watched[], looks: number): Promise<number> {
    const nowMs = deps.now();
    const overAt = (item: Watched) =>
      invoicesAt(item).filter(({ watchUntilMs }) => watchUntilMs !== null && watchUntilMs <= nowMs);
    const underWay = due.flatMap(overAt).filter((invoice) => isUnderWay(invoice, nowMs));
    await rewatchAll(
      deps.db,
      underWay.map((invoice) => ({ ...invoice, watchUntilMs: endOfWatchMs(invoice) })),
    );
    const waiting = due.filter((item) => overAt(item).some((invoice) => !isUnderWay(invoice, nowMs)));
    const looksLeft = await this.#lookAtAll(deps, round, waiting, 'sweep', looks);
    // Blocks have to be read for this: late money to a former address would come unseen.
    const over = waiting.filter((item) => 'invoice' in item && nowMs >= endOfWatchMs(item.invoice));
    if (over.length > 0 && deps.config.BLOCK_SCAN === 'on') {
      const ids = over.map(({ id }) => id);
      await releaseAddresses(deps.db, ids, nowMs);
    }
    return looksLeft;
  }

  async #lookAtOpen(deps: Deps, round: Round, looked: ReadonlySet<string>, looks: number): Promise<void> {
    const open = await openPlaces(deps.db, deps.now(), OPEN_AT_ONCE);
    const waiting = open.filter((item) => !looked.has(item.id) && this.#isDue(item, deps.now()));
    await this.#lookAtAll(deps, round, waiting, 'sweep', looks);
    this.#lastChecked = await checkNextWallets(deps, round, this.#lastChecked);
  }

  /** Runs after the round before it. Without a fresh explorer there is nothing to be learnt, and nothing happens. */
  #round(work: (deps: Deps, round: Round) => Promise<void>): Promise<void> {
    const run = this.#turn.then(async () => {
      const deps = this.#deps();
      this.#pool ??= new ExplorerPool(deps.explorers, deps.now);
      const tip = await followChain(deps, this.#pool).catch(noAnswer);
      if (!tip) {
        deps.log('watch.no_fresh_explorer', { explorers: this.#pool.health().length });
        return;
      }
      await work(deps, { pool: this.#pool, tip });
    });
    this.#turn = run.catch(() => {});
    return run;
  }

  /**
   * Those that have waited longest come first: what the explorers' budgets do not allow now waits for the next round.
   * @param looks how many may be taken, at one place or at many in one question
   * @returns how many are left
   */
  async #lookAtAll(
    deps: Deps,
    round: Round,
    watched: Watched[],
    urgency: Urgency,
    looks = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    const queue = watched.toSorted((a, b) => this.#lastLook(a) - this.#lastLook(b));
    let looksLeft = looks;
    while (queue.length > 0 && looksLeft > 0) {
      const some = queue.splice(0, BATCH);
      const batch = await this.#batchFor(deps, round, some, urgency);
      const together = batch ? await this.#endUnpaid(deps, round, some, batch) : some.slice(0, looksLeft);
      looksLeft -= batch ? 1 : together.length;
      const worker = async () => {
        for (let item = together.shift(); item; item = together.shift()) {
          await this.#lookAtOne(deps, round, item, urgency, batch);
        }
      };
      await Promise.all(Array.from({ length: PARALLEL_LOOKS }, worker));
    }
    return looksLeft;
  }

  /** Ends the time of those that nothing paid, many in one commit. @returns the others */
  async #endUnpaid(deps: Deps, round: Round, watched: Watched[], batch: Batch): Promise<Watched[]> {
    const ends = new Map(watched.map((item) => [item, endOfUnpaid(item, batch, round.tip.height)]));
    const observations = [...ends.values()].filter((one) => one !== null);
    await observeAll(deps, observations).catch((error) =>
      deps.log('watch.look_failed', { invoices: observations.length, error: String(error).slice(0, 200) }),
    );
    for (const { invoiceId } of observations) this.#remember(invoiceId, deps.now());
    return watched.filter((item) => ends.get(item) === null);
  }

  /** One answer for many addresses, from explorers that give such. */
  async #batchFor(deps: Deps, round: Round, watched: Watched[], urgency: Urgency): Promise<Batch | null> {
    if (watched.length < MIN_FOR_A_BATCH) return null;
    const atMs = deps.now();
    const addresses = watched.map(({ address }) => address);
    const transactions = await round.pool.histories(round.tip.height, urgency, addresses);
    return transactions && { atMs, transactions };
  }

  async #lookAtOne(deps: Deps, round: Round, item: Watched, urgency: Urgency, batch: Batch | null): Promise<void> {
    try {
      await lookAt(deps, round, item, urgency, batch);
      this.#remember(item.id, deps.now());
    } catch (error) {
      if (error instanceof ExplorerError) return;
      deps.log('watch.look_failed', { invoice: item.id, error: String(error).slice(0, 200) });
    }
  }

  /** What has gathered of the sweep's budget since it was last spent; a minute's worth at most. */
  #looksAllowed(deps: Deps): number {
    const perMinute = deps.config.LOOKS_PER_MINUTE;
    const sinceMs = deps.now() - (this.#sweptAtMs ?? 0);
    const allowed = Math.max(0, Math.min(perMinute, Math.floor((sinceMs / 60_000) * perMinute)));
    if (allowed > 0) this.#sweptAtMs = deps.now();
    return allowed;
  }

  #isDue(watched: Watched, nowMs: number): boolean {
    const sinceMs = nowMs - this.#lastLook(watched);
    if (!('invoice' in watched)) return sinceMs >= ADDRESS_INTERVAL_MS;
    const { status, expiresAtMs } = watched.invoice;
    const hasWaiting = watched.payments.some(({ state }) => state === 'mempool');
    return sinceMs >= sweepIntervalMs(status, { nowMs, expiresAtMs, hasWaiting });
  }

  #remember(id: string, nowMs: number): void {
    if (this.#lastLookMs.size >= MAX_REMEMBERED) this.#lastLookMs.clear();
    this.#lastLookMs.set(id, nowMs);
  }

  #lastLook({ id }: Watched): number {
    return this.#lookedAtMs(id);
  }

  #lookedAtMs(invoiceId: string): number {
    return this.#lastLookMs.get(invoiceId) ?? 0;
  }
}

/** Past its expiry, but something was seen: blocks tell the rest, so its watch goes on without a look. */
function isUnderWay(invoice: Invoice, nowMs: number): boolean {
  return invoice.status !== 'pending' && nowMs < endOfWatchMs(invoice);
}
