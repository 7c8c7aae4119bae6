// The Durable Object that watches one network, and the only caller of its explorers. Each round follows the chain, which
// costs the same for ten invoices and for a million. Beyond that the alarm looks into the mempool every few seconds for
// invoices that somebody has open, and the cron's sweep for as many others as its budget allows.

import { DurableObject } from 'cloudflare:workers';
import { ExplorerError, noAnswer } from '../chain/explorer.ts';
import { type ExplorerHealth, ExplorerPool } from '../chain/pool.ts';
import { rewatch } from '../db/invoices.ts';
import { dueInvoices, openInvoices, type Watched, watchedAmong } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import type { Invoice } from '../invoice/invoice.ts';
import { endOfWatchMs } from '../invoice/policy.ts';
import { followChain } from './follow.ts';
import { lookAt, type Round } from './look.ts';
import { rescan } from './rescan.ts';
import { HOT_MS, sweepIntervalMs } from './schedule.ts';

/** What others may call on the watcher. */
export interface WatcherRpc extends Rpc.DurableObjectBranded {
  hot(invoiceId: string): Promise<void>;
  look(invoiceId: string): Promise<void>;
  rescan(invoiceId: string): Promise<void>;
  health(): ExplorerHealth[];
  sweep(): Promise<void>;
}

const HOT_PREFIX = 'hot:';
/** Among how many the sweep chooses: the newest, where payments are likely. */
const OPEN_AT_ONCE = 500;
const DUE_AT_ONCE = 200;
const PARALLEL_LOOKS = 4;
/** Looks remembered; beyond it memory is worth more than a few requests. */
const MOST_REMEMBERED = 20_000;

export abstract class WatcherObject<E> extends DurableObject<E> implements WatcherRpc {
  #turn: Promise<unknown> = Promise.resolve();
  #pool: ExplorerPool | undefined;
  /** When each invoice was last looked at. Forgetting it costs a few requests. */
  readonly #lastLookMs = new Map<string, number>();
  #sweptAtMs: number | undefined;

  /** Wired in worker.ts. */
  protected abstract deps(): Deps;

  async hot(invoiceId: string): Promise<void> {
    const nowMs = Date.now();
    const key = HOT_PREFIX + invoiceId;
    const untilMs = (await this.ctx.storage.get<number>(key)) ?? 0;
    if (untilMs - nowMs < HOT_MS / 2) await this.ctx.storage.put(key, nowMs + HOT_MS);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(nowMs);
  }

  async look(invoiceId: string): Promise<void> {
    await this.#round(async (deps, round) => {
      await this.#lookAtAll(deps, round, await watchedAmong(deps.db, [invoiceId]));
    });
  }

  async rescan(invoiceId: string): Promise<void> {
    await this.#round(async (deps, round) => {
      for (const item of await watchedAmong(deps.db, [invoiceId])) {
        await rescan(deps, round, item).catch(noAnswer);
      }
    });
  }

  health(): ExplorerHealth[] {
    return this.#pool?.health() ?? [];
  }

  async sweep(): Promise<void> {
    await this.#round(async (deps, round) => {
      const budget = this.#looksAllowed(deps);
      if (budget === 0) return;
      // Those whose time is up wait for a look to be told; then whoever has waited longest.
      const due = await dueInvoices(deps.db, deps.now(), DUE_AT_ONCE);
      const waiting = due.filter(({ invoice }) => !isUnderWay(invoice, deps.now()));
      for (const { invoice } of due) {
        if (isUnderWay(invoice, deps.now())) await rewatch(deps.db, invoice.id, invoice.version, endOfWatchMs(invoice));
      }
      const open = (await openInvoices(deps.db, OPEN_AT_ONCE))
        .filter((item) => this.#isDue(item, deps.now()))
        .sort((a, b) => this.#lastLook(a) - this.#lastLook(b));
      const byId = new Map([...waiting, ...open].map((item) => [item.invoice.id, item]));
      await this.#lookAtAll(deps, round, [...byId.values()].slice(0, budget));
    });
    // The alarm normally keeps itself going; this is what wakes it after it failed too often.
    if ((await this.#hotIds()).length > 0 && (await this.ctx.storage.getAlarm()) === null) {
      await this.ctx.storage.setAlarm(Date.now());
    }
  }

  override async alarm(): Promise<void> {
    const deps = this.deps();
    const ids = await this.#hotIds();
    if (ids.length === 0) return;
    // Set before the work: a round that dies must not end the watch.
    await this.ctx.storage.setAlarm(Date.now() + deps.config.HOT_POLL_SECONDS * 1000);
    await this.#round(async (_, round) => this.#lookAtAll(deps, round, await watchedAmong(deps.db, ids)));
  }

  /** Invoices somebody looks at. A lease that ran out is renewed while the invoice's room still has listeners. */
  async #hotIds(): Promise<string[]> {
    const deps = this.deps();
    const nowMs = Date.now();
    const leases = await this.ctx.storage.list<number>({ prefix: HOT_PREFIX });
    const ids: string[] = [];
    for (const [key, untilMs] of leases) {
      const id = key.slice(HOT_PREFIX.length);
      if (untilMs > nowMs) {
        ids.push(id);
      } else if ((await deps.rooms.listeners(id)) > 0) {
        await this.ctx.storage.put(key, nowMs + HOT_MS);
        ids.push(id);
      } else {
        await this.ctx.storage.delete(key);
      }
    }
    return ids;
  }

  /** Runs after the round before it. Without a fresh explorer there is nothing to be learnt, and nothing happens. */
  #round(work: (deps: Deps, round: Round) => Promise<void>): Promise<void> {
    const run = this.#turn.then(async () => {
      const deps = this.deps();
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

  async #lookAtAll(deps: Deps, round: Round, watched: Watched[]): Promise<void> {
    const queue = [...watched];
    const worker = async () => {
      for (let item = queue.shift(); item; item = queue.shift()) {
        try {
          await lookAt(deps, round, item);
          if (this.#lastLookMs.size >= MOST_REMEMBERED) this.#lastLookMs.clear();
          this.#lastLookMs.set(item.invoice.id, deps.now());
        } catch (error) {
          if (!(error instanceof ExplorerError)) {
            deps.log('watch.look_failed', { invoice: item.invoice.id, error: String(error).slice(0, 200) });
          }
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_LOOKS }, worker));
  }

  /** What has gathered of the sweep's budget since it was last spent; a minute's worth at most. */
  #looksAllowed(deps: Deps): number {
    const perMinute = deps.config.LOOKS_PER_MINUTE;
    const sinceMs = deps.now() - (this.#sweptAtMs ?? 0);
    const allowed = Math.min(perMinute, Math.floor((sinceMs / 60_000) * perMinute));
    if (allowed > 0) this.#sweptAtMs = deps.now();
    return allowed;
  }

  #isDue(watched: Watched, nowMs: number): boolean {
    const { status, expiresAtMs } = watched.invoice;
    return nowMs - this.#lastLook(watched) >= sweepIntervalMs(status, nowMs, expiresAtMs);
  }

  #lastLook({ invoice }: Watched): number {
    return this.#lastLookMs.get(invoice.id) ?? 0;
  }
}

/** Past its expiry, but something was seen: blocks tell the rest, so its watch goes on without a look. */
function isUnderWay(invoice: Invoice, nowMs: number): boolean {
  return invoice.status !== 'pending' && nowMs < endOfWatchMs(invoice);
}
