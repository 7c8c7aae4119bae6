// After a commit, best effort: the first attempt at each of its deliveries. What is lost here the cron finds again.

import type { DeliveryTarget } from '../db/deliveries.ts';
import type { SealedSecrets } from '../db/endpoints.ts';
import type { LoggedEvent } from '../db/events.ts';
import type { Deps } from '../deps.ts';
import { deliver } from '../webhooks/dispatch.ts';

export function tell(
  deps: Deps,
  event: LoggedEvent,
  invoice: { storeId: string; environment: string },
  targets: DeliveryTarget[],
  endpoints: readonly SealedSecrets[],
): void {
  if (targets.length === 0) return;
  const due = targets.map((target, index) => ({
    ...event,
    ...target,
    target: index,
    attempts: 0,
    eventType: event.type,
    storeId: invoice.storeId,
    environment: invoice.environment,
  }));
  const used = endpoints.filter(({ id }) => targets.some(({ endpointId }) => endpointId === id));
  // Not before the answer is on its way: signing and sending would hold it up.
  const answered = new Promise<void>((resolve) => setTimeout(resolve, 0));
  deps.background(answered.then(() => deliver(deps.dispatcher, due, used)));
}
