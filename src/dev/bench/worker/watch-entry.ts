// The Worker that `npm run bench:watch` measures: the product's own watcher, on a D1 with a journal, a clock that
// stands where it is set, and explorers whose answers are timed apart. Built by ../build.ts, never deployed.

import { esplora } from '../../../chain/esplora.ts';
import { type Deps, depsFor } from '../../../deps.ts';
import type { Env } from '../../../env.ts';
import product, { Watcher as ProductWatcher, Room } from '../../../worker.ts';
import type { Asked, Order, Swept } from './watch-costs.ts';
import { journaled } from './watch-journal.ts';

export { Room };

export class Watcher extends ProductWatcher {
  #order: Order = { explorer: '', nowMs: 0 };
  #asked: Asked[] = [];
  #fetchMs = 0;
  readonly #background: Promise<unknown>[] = [];
  readonly #env: Env = { ...this.env, DB: journaled(this.env.DB, (asked) => this.#asked.push(asked)) };

  protected override deps(): Deps {
    return depsFor(this.#env, this.ctx, {
      now: () => this.#order.nowMs,
      explorers: [esplora({ url: this.#order.explorer, fetch: this.#fetch })],
      background: (work) => this.#background.push(work.catch(() => {})),
    });
  }

  async measuredSweep(order: Order): Promise<Swept> {
    this.#order = order;
    this.#asked = [];
    this.#fetchMs = 0;
    const startMs = performance.now();
    await this.sweep();
    const tookMs = performance.now() - startMs;
    const asked = this.#asked;
    // Deliveries have a budget of their own, which `npm run bench` counts.
    this.#asked = [];
    while (this.#background.length > 0) await Promise.all(this.#background.splice(0));
    return { tookMs, fetchMs: this.#fetchMs, asked };
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    const startMs = performance.now();
    const response = await fetch(input, init);
    const body = await response.arrayBuffer();
    this.#fetchMs += performance.now() - startMs;
    return new Response(body, response);
  };
}

type Measured = Pick<Watcher, 'measuredSweep'>;

// biome-ignore lint/style/noDefaultExport: the runtime takes a Worker's handlers from its default export.
export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/bench/sweep') return product.fetch(request, env, ctx);
    const watcher = env.WATCHER.getByName(env.NETWORK) as unknown as Measured;
    return Response.json(await watcher.measuredSweep(await request.json<Order>()));
  },
} satisfies ExportedHandler<Env>;
