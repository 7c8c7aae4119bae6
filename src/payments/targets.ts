// Who is told about an event: the invoice's own callback_url if it has one, else the store's endpoints that want it.

import type { EndpointOfStore } from '../db/creation.ts';
import type { DeliveryTarget } from '../db/deliveries.ts';
import type { Invoice, LoggedEventType } from '../invoice/invoice.ts';

export function targetsOf(
  type: LoggedEventType,
  invoice: Pick<Invoice, 'callbackUrl'>,
  endpoints: readonly EndpointOfStore[],
): DeliveryTarget[] {
  if (type === 'invoice.updated') return [];
  if (invoice.callbackUrl !== null) {
    return [{ endpointId: null, url: invoice.callbackUrl, dialect: 'native', body: null }];
  }
  return endpoints
    .filter((endpoint) => endpoint.eventTypes === null || endpoint.eventTypes.includes(type))
    .map((endpoint) => ({ endpointId: endpoint.id, url: endpoint.url, dialect: endpoint.dialect, body: null }));
}
