// The Worker that `npm run bench:watch` and `npm run bench:blocks` measure: the product's own watcher, on a D1 with a journal, a clock that
// stands where it is set, and explorers whose answers are timed apart. Built by ../build.ts, never deployed.

import { openDatabase } from '../../../adapters/db/database.ts';
import { Budget } from '../../../adapters/explorers/budget.ts';
import { esplora } from '../../../adapters/explorers/esplora.ts';
import type { Deps } from '../../../deps.ts';
import type { Env } from '../../../env.ts';
import { Rounds } from '../../../jobs/watch/rounds.ts';
import { depsFor } from '../../../wiring.ts';
import product, { Watcher as ProductWatcher } from '../../../worker.ts';
import { Waits } from './waits.ts';
import type { Asked, RoundOrder, Spent } from './watch-costs.ts';
import { journaled } from './watch-journal.ts';

// Every Durable Object that wrangler.toml names; the Watcher is the one below.
export * from '../../../worker.ts';

/** Shorter than the product's: of thousands of looks in seconds, each leaves a timer, and workerd has ten thousand. */
const TIMEOUT_MS = 2_000;

export class Watcher extends ProductWatcher {
  /** Of its own, because the product's looks at one invoice for each call; its alarm hands over all that are hot. */
  readonly #looks = new Rounds(() => this.deps());
  #order: RoundOrder | undefined;
  #asked: Asked[] = [];
  #waits = noWaits();
  /** How many round trips in a row lie behind D1's latest answer. */
  #roundTrips = 0;
  readonly #background: Promise<unknown>[] = [];
  readonly #env: Env = {
    ...this.env,
    DB: journaled(
      this.env.DB,
      (asked) => this.#asked.push(asked),
      (ask) => this.#waits.any.during(() => this.#waits.d1.during(() => this.#roundTrip(ask))),
    ),
  };

  protected override deps(): Deps {
    const order = this.#order;
    if (!order) throw new Error('nothing is ordered');
    const now = () => this.#order?.nowMs ?? 0;
    const budget = new Budget(order.perMinute ?? Number.POSITIVE_INFINITY, now);
    const deps = depsFor(this.#env, this.ctx, {
      now,
      explorers: [esplora({ url: order.explorer, fetch: this.#fetch, timeoutMs: TIMEOUT_MS, budget })],
      background: (work) => this.#background.push(work.catch(() => {})),
    });
    // What deliveries cost is counted by `npm run bench`.
    return { ...deps, dispatcher: { ...deps.dispatcher, db: openDatabase(this.env.DB) } };
  }

  async #roundTrip<T>(ask: () => Promise<T>): Promise<T> {
    const depth = this.#roundTrips + 1;
    const { d1DelayMs = 0 } = this.#order ?? {};
    if (d1DelayMs > 0) await scheduler.wait(d1DelayMs);
    const answer = await ask();
    this.#roundTrips = Math.max(this.#roundTrips, depth);
    return answer;
  }

  async measuredRound(order: RoundOrder): Promise<Spent> {
    this.#order = order;
    this.#asked = [];
    this.#waits = noWaits();
    this.#roundTrips = 0;
    const startMs = performance.now();
    await (order.hot ? this.#looks.look(order.hot) : this.sweep());
    const tookMs = performance.now() - startMs;
    const { d1, any } = this.#waits;
    const [asked, roundTrips] = [this.#asked, this.#roundTrips];
    const spent = { tookMs, d1Ms: d1.totalMs, restMs: tookMs - any.totalMs, asked, roundTrips };
    this.#asked = [];
    while (this.#background.length > 0) await Promise.all(this.#background.splice(0));
    return spent;
  }

  readonly #fetch: typeof fetch = (input, init) =>
    this.#waits.any.during(async () => {
      const response = await fetch(input, init);
      return new Response(await response.arrayBuffer(), response);
    });
}

/** For D1; and for D1 or explorers, their bodies included. */
function noWaits() {
  return { d1: new Waits(), any: new Waits() };
}

type Measured = Pick<Watcher, 'measuredRound'>;

// biome-ignore lint/style/noDefaultExport: the runtime takes a Worker's handlers from its default export.
export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/bench/round') return product.fetch(request, env, ctx);
    const order = await request.json<RoundOrder>();
    const watcher = env.WATCHER.getByName(order.watcher) as unknown as Measured;
    return Response.json(await watcher.measuredRound(order));
  },
} satisfies ExportedHandler<Env>;
