// Senders that work in the test's own process, with the test's clock, and return when they are done. The objects themselves are
// tried in test/jobs/deliver/dispatch-objects.long.test.ts.

import type { Senders } from '../../src/adapters/webhooks/dispatcher.ts';
import type { Health } from '../../src/jobs/deliver/health.ts';
import { DeliverySender, type Keeper } from '../../src/jobs/deliver/sender.ts';

/** @param plan receives the time of the next work: in the objects an alarm keeps it */
export function sendersHere(plan: (atMs: number, work: () => Promise<void>) => void = () => {}): Senders {
  const kept = new Map<string, Record<string, Health>>();
  const senders: Senders = {
    async send(dispatcher, name, due, known) {
      await new DeliverySender(
        dispatcher,
        name,
        keeper(name, () => senders.drain(dispatcher, name)),
      ).send(due, known);
    },
    async drain(dispatcher, name, isForgiving) {
      await new DeliverySender(
        dispatcher,
        name,
        keeper(name, () => senders.drain(dispatcher, name)),
      ).drain(isForgiving);
    },
  };
  const keeper = (name: string, drain: () => Promise<void>): Keeper => ({
    load: async () => kept.get(name) ?? {},
    save: async (failing) => void kept.set(name, failing),
    wakeAt: async (ms) => plan(ms, drain),
    rest: async () => void kept.delete(name),
  });
  return senders;
}
