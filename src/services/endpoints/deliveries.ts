// What came of each delivery, and sending again. Called by the routes of endpoints and invoices and by the dashboard; the sending
// itself is jobs/deliver.

import type { DeliveryName } from '../../adapters/db/deliveries.ts';
import {
  deliveriesOf,
  deliveryLog,
  deliveryOf,
  type LoggedDelivery,
  type Place,
  requeue,
  requeueFailed,
} from '../../adapters/db/delivery-log.ts';
import { endpointOf } from '../../adapters/db/endpoints.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { lineOf } from '../../adapters/webhooks/lines.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { assertInUse } from '../accounts/stores.ts';
import { readInvoice } from '../payments/read.ts';
import { type OfStore, readEndpoint, switchedOn } from './endpoints.ts';

export type { Attempt, DeliveryState } from '../../adapters/db/schema.ts';
export type { DeliveryName, LoggedDelivery, Place };

const MAX_REDELIVERY_MS = 30 * 24 * 60 * 60_000;

/** The newest first, every attempt with them. @throws ApiError not_found */
export async function readDeliveries(
  deps: Deps,
  store: OfStore,
  id: string,
  page: { before: Place | null; limit: number },
): Promise<{ deliveries: LoggedDelivery[]; next: Place | null }> {
  const endpoint = await readEndpoint(deps, store, id);
  return deliveryLog(deps.db, { storeId: store.id, endpointId: id }, { ...page, sinceMs: endpoint.createdAtMs });
}

/** @throws ApiError not_found, for a delivery to another endpoint too */
export async function readDelivery(
  deps: Deps,
  store: OfStore,
  id: string,
  name: DeliveryName,
): Promise<LoggedDelivery> {
  await readEndpoint(deps, store, id);
  const delivery = await deliveryOf(deps.db, store.id, name);
  if (delivery?.endpointId !== id) throw new ApiError('not_found');
  return delivery;
}

/**
 * Sends a delivery again, with its event_id, to where the endpoint is now, and waits for the answer. One that fails goes on
 * as any other.
 * @throws ApiError not_found, conflict
 */
export async function redeliver(deps: Deps, store: OfStore, id: string, name: DeliveryName): Promise<LoggedDelivery> {
  const { url } = await switchedOn(deps, store, id);
  return sendAgain(deps, store, await readDelivery(deps, store, id, name), url);
}

/** As redeliver, without waiting: the delivery as it is before. @throws ApiError not_found, conflict */
export async function redeliverSoon(
  deps: Deps,
  store: OfStore,
  id: string,
  name: DeliveryName,
): Promise<LoggedDelivery> {
  const endpoint = await switchedOn(deps, store, id);
  const delivery = await readDelivery(deps, store, id, name);
  await makeDue(deps, store, delivery, endpoint.url);
  deps.background(deps.deliver.one(delivery));
  return delivery;
}

/** What was sent of an invoice's events, oldest first, every attempt with it. @throws ApiError not_found */
export async function readInvoiceDeliveries(deps: Deps, store: OfStore, invoiceId: string): Promise<LoggedDelivery[]> {
  await readInvoice(deps, store.id, invoiceId);
  return deliveriesOf(deps.db, invoiceId);
}

/**
 * As redeliver, for a delivery of an invoice wherever it went: to an endpoint or to the invoice's own callback_url.
 * @throws ApiError not_found, conflict; gone where the endpoint was removed
 */
export async function redeliverOfInvoice(
  deps: Deps,
  store: OfStore,
  invoiceId: string,
  name: DeliveryName,
): Promise<LoggedDelivery> {
  assertInUse(store);
  await readInvoice(deps, store.id, invoiceId);
  const delivery = name.subjectId === invoiceId ? await deliveryOf(deps.db, store.id, name) : undefined;
  if (!delivery) throw new ApiError('not_found');
  const { endpointId, url } = delivery;
  if (endpointId === null) return sendAgain(deps, store, delivery, url);
  if (!(await endpointOf(deps.db, store.id, endpointId))) {
    throw new ApiError('gone', 'The endpoint that this was sent to was removed.');
  }
  return redeliver(deps, store, endpointId, name);
}

async function sendAgain(deps: Deps, store: OfStore, delivery: LoggedDelivery, url: string) {
  await makeDue(deps, store, delivery, url);
  await deps.deliver.one(delivery);
  return (await deliveryOf(deps.db, store.id, delivery)) ?? delivery;
}

async function makeDue(deps: Deps, store: OfStore, delivery: LoggedDelivery, url: string): Promise<void> {
  if (delivery.isTest) throw new ApiError('conflict', 'This was a synthetic event: send a new one.');
  const line = delivery.endpointId === null ? lineOf(store.id, url) : null;
  if (!(await requeue(deps.db, delivery, { url, line }, deps.now()))) {
    throw new ApiError('conflict', 'This delivery is on its way for the first time.');
  }
}

/**
 * Resends the failed events of an endpoint since a time: the first immediately, the rest by the cron.
 * @returns how many; and from when to go on, where there was too much to look through
 * @throws ApiError not_found, conflict, validation_error
 */
export async function redeliverFailed(deps: Deps, store: StoreRow, id: string, sinceMs: number) {
  const nowMs = deps.now();
  const endpoint = await switchedOn(deps, store, id);
  if (sinceMs < nowMs - MAX_REDELIVERY_MS) throw new ApiError('validation_error', 'since: more than 30 days ago.');
  const result = await requeueFailed(deps.db, endpoint, Math.max(sinceMs, endpoint.createdAtMs), nowMs);
  if (result.requeued > 0) deps.background(deps.deliver.dueTo(id));
  return result;
}
