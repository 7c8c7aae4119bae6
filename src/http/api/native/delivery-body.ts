// A delivery in the native API, for the lists of an endpoint and of an invoice.

import { ApiError } from '../../../errors.ts';
import {
  type DeliveryKey,
  deliveryId,
  deliveryKeyOf,
  eventIdOf,
  isSynthetic,
  type LoggedDelivery,
} from '../../../services/endpoints/deliveries.ts';
import { iso, isoOrNull } from './iso.ts';

/** @param id of a path. @throws ApiError not_found */
export function deliveryKey(id: string): DeliveryKey {
  const key = deliveryKeyOf(id);
  if (!key) throw new ApiError('not_found');
  return key;
}

export function deliveryBody(delivery: LoggedDelivery) {
  return {
    id: deliveryId(delivery),
    event_id: eventIdOf(delivery),
    event_type: delivery.eventType,
    /** null for a synthetic event. */
    invoice_id: isSynthetic(delivery) ? null : delivery.invoiceId,
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
