// Who receives the event of a step, and in which format: each endpoint in its own dialect; and a URL that the invoice itself names, in
// place of the store's endpoints of that dialect. An event of another subject goes to endpoints whose dialect has a word for it.

import type { EndpointOfStore } from '../../adapters/db/creation-context.ts';
import type { DeliveryTarget } from '../../adapters/db/deliveries.ts';
import { lineOf } from '../../adapters/webhooks/lines.ts';
import { DIALECTS, dialectOf } from '../../core/dialects/table.ts';
import type { LoggedEventType } from '../../core/invoice/invoice.ts';
import type { InvoiceState, Transition } from '../../core/invoice/state.ts';
import type {
  LoggedPayoutEventType,
  PayoutStep,
  PullPaymentEventType,
  PullPaymentStep,
} from '../../core/payout/payout.ts';

export function targetsOf(
  type: LoggedEventType,
  endpoints: readonly Pick<EndpointOfStore, 'id' | 'url' | 'dialect' | 'eventTypes'>[],
  transition: Transition,
): DeliveryTarget[] {
  const { invoice } = transition.after;
  const ofEndpoints = endpoints.flatMap(({ id: endpointId, url, dialect, eventTypes }) => {
    const { receiverOf, events } = dialectOf(dialect);
    if (receiverOf && receiverOf(invoice) !== null) return [];
    return events(transition, type)
      .filter((event) => eventTypes === null || eventTypes.includes(event.type))
      .map(({ body }) => ({ endpointId, line: null, url, dialect, body }));
  });
  const ofInvoice = Object.entries(DIALECTS).flatMap(([dialect, { receiverOf, events }]) => {
    const url = receiverOf?.(invoice) ?? null;
    if (url === null) return [];
    const line = lineOf(invoice.storeId, url);
    return events(transition, type).map(({ body }) => ({ endpointId: null, line, url, dialect, body }));
  });
  return [...ofEndpoints, ...ofInvoice];
}

/** Of a step of a payout: endpoints whose dialect has words for it. */
export function targetsOfPayout(
  type: LoggedPayoutEventType,
  endpoints: readonly Pick<EndpointOfStore, 'id' | 'url' | 'dialect' | 'eventTypes'>[],
  step: PayoutStep,
): DeliveryTarget[] {
  return endpoints.flatMap(({ id: endpointId, url, dialect, eventTypes }) =>
    (dialectOf(dialect).payoutEvents?.(step, type) ?? [])
      .filter((event) => eventTypes === null || eventTypes.includes(event.type))
      .map(({ body }) => ({ endpointId, line: null, url, dialect, body })),
  );
}

/** Of a refund that is paid: the URL that its invoice names, where its dialect has a word for it. */
export function targetsOfRefunded(state: InvoiceState, at: { origin: string; nowMs: number }): DeliveryTarget[] {
  const { invoice } = state;
  return Object.entries(DIALECTS).flatMap(([dialect, { receiverOf, refunded }]) => {
    const url = receiverOf?.(invoice) ?? null;
    const event = refunded?.(state, at) ?? null;
    if (url === null || event === null) return [];
    return [{ endpointId: null, line: lineOf(invoice.storeId, url), url, dialect, body: event.body }];
  });
}

/** As targetsOfPayout, and in the words of the log. */
export function targetsOfPullPayment(
  type: PullPaymentEventType,
  endpoints: readonly Pick<EndpointOfStore, 'id' | 'url' | 'dialect' | 'eventTypes'>[],
  step: PullPaymentStep,
): DeliveryTarget[] {
  const ofDialects = endpoints.flatMap(({ id: endpointId, url, dialect, eventTypes }) =>
    (dialectOf(dialect).pullPaymentEvents?.(step, type) ?? [])
      .filter((event) => eventTypes === null || eventTypes.includes(event.type))
      .map(({ body }) => ({ endpointId, line: null, url, dialect, body })),
  );
  return [...targetsOfSubject(type, endpoints), ...ofDialects];
}

/** Of an event that is about no invoice, in the words of the log: those whose dialect has such events, where they want it. */
export function targetsOfSubject(
  type: string,
  endpoints: readonly Pick<EndpointOfStore, 'id' | 'url' | 'dialect' | 'eventTypes'>[],
): DeliveryTarget[] {
  return endpoints
    .filter(
      ({ dialect, eventTypes }) =>
        dialectOf(dialect).endpoint?.eventTypes?.includes(type) && (eventTypes?.includes(type) ?? true),
    )
    .map(({ id: endpointId, url, dialect }) => ({ endpointId, line: null, url, dialect, body: null }));
}
