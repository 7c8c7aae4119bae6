// Who receives the event of a step, and in which format: each endpoint in its own dialect; a native invoice's callback_url in the
// place of the store's native endpoints; BitPay's notificationURL beside them all.

import type { EndpointOfStore } from '../../adapters/db/creation-context.ts';
import type { DeliveryTarget } from '../../adapters/db/deliveries.ts';
import { lineOf } from '../../adapters/webhooks/lines.ts';
import { bitpayNotifications } from '../../core/dialects/bitpay/status.ts';
import { elenpayEvents } from '../../core/dialects/elenpay/events.ts';
import { type DialectEvent, greenfieldEvents } from '../../core/dialects/greenfield/status.ts';
import type { LoggedEventType } from '../../core/invoice/invoice.ts';
import type { Transition } from '../../core/invoice/state.ts';

/** What an endpoint's dialect makes of a step. The native one has its own text, frozen with the event. */
const EVENTS: Record<string, (transition: Transition) => DialectEvent[]> = {
  greenfield: greenfieldEvents,
  elenpay: elenpayEvents,
};

/** The events of a step for an endpoint of this dialect, in order; undefined for the native one. */
export function eventsIn(dialect: string, transition: Transition): DialectEvent[] | undefined {
  return EVENTS[dialect]?.(transition);
}

export function targetsOf(
  type: LoggedEventType,
  endpoints: readonly Pick<EndpointOfStore, 'id' | 'url' | 'dialect' | 'eventTypes'>[],
  transition: Transition,
): DeliveryTarget[] {
  const { callbackUrl, checkout, storeId } = transition.after.invoice;
  const isNative = type !== 'invoice.updated';
  const targets: DeliveryTarget[] = [];
  if (isNative && callbackUrl !== null) {
    targets.push({
      endpointId: null,
      line: lineOf(storeId, callbackUrl),
      url: callbackUrl,
      dialect: 'native',
      body: null,
    });
  }
  for (const { id: endpointId, url, dialect, eventTypes } of endpoints) {
    const isWanted = (event: string) => eventTypes === null || eventTypes.includes(event);
    const events = eventsIn(dialect, transition);
    if (events) {
      const wanted = events.filter((event) => isWanted(event.type));
      targets.push(...wanted.map(({ body }) => ({ endpointId, line: null, url, dialect, body })));
    } else if (isNative && callbackUrl === null && isWanted(type)) {
      targets.push({ endpointId, line: null, url, dialect, body: null });
    }
  }
  if (checkout?.ipn) {
    const { url } = checkout.ipn;
    const line = lineOf(storeId, url);
    const notifications = bitpayNotifications(transition);
    targets.push(...notifications.map(({ body }) => ({ endpointId: null, line, url, dialect: 'bitpay', body })));
  }
  return targets;
}
