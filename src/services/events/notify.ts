// After a commit, best effort: its deliveries are handed to their senders. What is lost here the cron finds again.

import type { DeliveryTarget } from '../../adapters/db/deliveries.ts';
import type { SealedSecrets } from '../../adapters/db/endpoints.ts';
import type { LoggedEvent } from '../../adapters/db/events.ts';
import { lineOfDelivery, senderOf } from '../../adapters/webhooks/lines.ts';
import type { Deps } from '../../deps.ts';

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
  // Not before the answer is on its way: handing over would hold it up.
  const answered = new Promise<void>((resolve) => setTimeout(resolve, 0));
  for (const [name, own] of Map.groupBy(due, (delivery) => senderOf(lineOfDelivery(delivery)))) {
    const known = endpoints.filter(({ id }) => own.some(({ endpointId }) => endpointId === id));
    deps.background(answered.then(() => deps.dispatcher.senders.send(deps.dispatcher, name, own, known)));
  }
}
