// A delivery in the native API, for the lists of an endpoint and of an invoice.

import { eventId } from '../../../core/invoice/event.ts';
import { ApiError } from '../../../errors.ts';
import type { DeliveryName, LoggedDelivery } from '../../../services/endpoints/deliveries.ts';
import { deliveryId, deliveryNameOf } from '../../../services/endpoints/names.ts';
import { iso, isoOrNull } from './iso.ts';

/** @param id of a path. @throws ApiError not_found */
export function deliveryNamed(id: string): DeliveryName {
  const name = deliveryNameOf(id);
  if (!name) throw new ApiError('not_found');
  return name;
}

export function deliveryBody(delivery: LoggedDelivery) {
  return {
    id: deliveryId(delivery),
    event_id: eventId(delivery),
    event_type: delivery.eventType,
    invoice_id: delivery.subject === 'invoice' ? delivery.subjectId : null,
    url: delivery.url,
    state: delivery.state,
    attempts: delivery.attemptLog.map(({ at, tookMs, status, error, response }) => ({
      at: iso(at),
      took_ms: tookMs,
      status,
      error,
      response_body: response,
    })),
    next_attempt_at: isoOrNull(delivery.nextAttemptMs),
    created_at: iso(delivery.createdAtMs),
  };
}
