// The entry: HTTP requests, the minute cron, and the six Durable Objects, wired to the spine.

import { LimiterObject } from './adapters/limits/limiter.ts';
import { RoomObject } from './adapters/rooms/room.ts';
import type { Dispatcher } from './adapters/webhooks/dispatcher.ts';
import { createApp } from './app.ts';
import { runCron } from './cron.ts';
import type { Deps } from './deps.ts';
import type { Env } from './env.ts';
import { SenderObject } from './jobs/deliver/sender-object.ts';
import { PayoutObject } from './jobs/pay/payout-object.ts';
import { LightningObject } from './jobs/poll/lightning-object.ts';
import { WatcherObject } from './jobs/watch/watcher.ts';
import { pageClosed } from './services/payments/pages.ts';
import { depsFor } from './wiring.ts';

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: (_controller, env, ctx) => runCron(depsFor(env, ctx)),
} satisfies ExportedHandler<Env>;

/** One per invoice: see rooms/room.ts. */
export class Room extends RoomObject<Env> {
  protected override onEmpty(note: string): void {
    pageClosed(depsFor(this.env, this.ctx), note);
  }
}

/** One per caller: see adapters/limits/limiter.ts. */
export class Limiter extends LimiterObject<Env> {}

/** One per network: see jobs/watch/watcher.ts. */
export class Watcher extends WatcherObject<Env> {
  protected override deps(): Deps {
    return depsFor(this.env, this.ctx);
  }
}

/** One per store that is paid over Lightning: see jobs/poll/lightning-object.ts. */
export class LightningStore extends LightningObject<Env> {
  protected override deps(): Deps {
    return depsFor(this.env, this.ctx);
  }
}

/** One per store that pays over Lightning: see jobs/pay/payout-object.ts. */
export class PayoutStore extends PayoutObject<Env> {
  protected override deps(): Deps {
    return depsFor(this.env, this.ctx);
  }
}

/** One per endpoint, and some for the hosts that a store's invoices name: see deliver/sender-object.ts. */
export class Sender extends SenderObject<Env> {
  protected override dispatcher(): Dispatcher {
    return depsFor(this.env, this.ctx).dispatcher;
  }
}
