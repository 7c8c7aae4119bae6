// The Durable Object that watches one network, and the only caller of its explorers. The cron's sweep looks at every
// watched invoice; an alarm looks every few seconds at those that somebody has open. Rounds run one after the other.

import { DurableObject } from 'cloudflare:workers';
import { ExplorerError } from '../chain/explorer.ts';
import { ExplorerPool } from '../chain/pool.ts';
import { type Watched, watchedAmong, watchedInvoices } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import { isSettled } from '../invoice/assess.ts';
import { lookAt, type Round } from './look.ts';
import { HOT_MS, sweepIntervalMs } from './schedule.ts';
import { freshTip } from './tip.ts';

/** What others may call on the watcher. */
export interface WatcherRpc extends Rpc.DurableObjectBranded {
  hot(invoiceId: string): Promise<void>;
  look(invoiceId: string): Promise<void>;
  sweep(): Promise<void>;
}

const HOT_PREFIX = 'hot:';
const SWEEP_LIMIT = 1_000;
const PARALLEL_LOOKS = 4;

export abstract class WatcherObject<E> extends DurableObject<E> implements WatcherRpc {
  #turn: Promise<unknown> = Promise.resolve();
  #pool: ExplorerPool | undefined;
  /** When each invoice was last looked at, and at which tip. Forgetting it costs a few requests. */
  readonly #lastLook = new Map<string, { atMs: number; tipHash: string }>();

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

  async sweep(): Promise<void> {
    await this.#round(async (deps, round) => {
      const watched = await watchedInvoices(deps.db, SWEEP_LIMIT);
      const due = watched.filter((item) => this.#isDue(item, round, deps.now()));
      await this.#lookAtAll(deps, round, due);
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
      const tip = await freshTip(deps, this.#pool);
      if (!tip) {
        deps.log('watch.no_fresh_explorer', { explorers: this.#pool.health().length });
        return;
      }
      await work(deps, { pool: this.#pool, tip, hashAt: new Map() });
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
          this.#lastLook.set(item.invoice.id, { atMs: deps.now(), tipHash: round.tip.hash });
        } catch (error) {
          if (!(error instanceof ExplorerError)) {
            deps.log('watch.look_failed', { invoice: item.invoice.id, error: String(error).slice(0, 200) });
          }
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_LOOKS }, worker));
  }

  #isDue({ invoice, payments }: Watched, round: Round, nowMs: number): boolean {
    const last = this.#lastLook.get(invoice.id);
    if (!last || nowMs >= (invoice.watchUntilMs ?? 0)) return true;
    const blockMatters = isSettled(invoice.history) || payments.length > 0;
    if (blockMatters && last.tipHash !== round.tip.hash) return true;
    return nowMs - last.atMs >= sweepIntervalMs(invoice.status, nowMs, invoice.expiresAtMs);
  }
}
