// What came of each delivery, and sending again. Called by the routes of endpoints and invoices and by the dashboard; the sending
// itself is jobs/deliver.

import { type DeliveryKey, deliveriesOf, isSynthetic } from '../../adapters/db/deliveries.ts';
import {
  deliveryByKey,
  deliveryLog,
  type LoggedDelivery,
  type Place,
  requeue,
  requeueFailed,
} from '../../adapters/db/delivery-log.ts';
import { endpointOf } from '../../adapters/db/endpoints.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { lineOf } from '../../adapters/webhooks/lines.ts';
import { eventId } from '../../core/invoice/event.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { assertInUse } from '../accounts/stores.ts';
import { readInvoice } from '../payments/read.ts';
import { type OfStore, readEndpoint, switchedOn } from './endpoints.ts';

export type { Attempt, DeliveryState } from '../../adapters/db/schema.ts';
export { attemptId, namedBody } from '../../adapters/webhooks/message.ts';
export { type DeliveryKey, isSynthetic, type LoggedDelivery, type Place };

const MAX_REDELIVERY_MS = 30 * 24 * 60 * 60_000;

/** The newest first, every attempt with them. @throws ApiError not_found */
export async function readDeliveries(
  deps: Deps,
  store: OfStore,
  id: string,
  page: { before: Place | null; limit: number },
): Promise<{ deliveries: LoggedDelivery[]; next: Place | null }> {
  const endpoint = await readEndpoint(deps, store, id);
  return deliveryLog(deps.db, id, { ...page, sinceMs: endpoint.createdAtMs });
}

/** @throws ApiError not_found, for a delivery to another endpoint too */
export async function readDelivery(deps: Deps, store: OfStore, id: string, key: DeliveryKey): Promise<LoggedDelivery> {
  await readEndpoint(deps, store, id);
  const delivery = await deliveryByKey(deps.db, key);
  if (delivery?.endpointId !== id) throw new ApiError('not_found');
  return delivery;
}

/**
 * Sends a delivery again, with its event_id, to where the endpoint is now, and waits for the answer. One that fails goes on
 * as any other.
 * @throws ApiError not_found, conflict
 */
export async function redeliver(deps: Deps, store: OfStore, id: string, key: DeliveryKey): Promise<LoggedDelivery> {
  const { url } = await switchedOn(deps, store, id);
  return sendAgain(deps, store, await readDelivery(deps, store, id, key), url);
}

/** As redeliver, without waiting: the delivery as it is before. @throws ApiError not_found, conflict */
export async function redeliverSoon(deps: Deps, store: OfStore, id: string, key: DeliveryKey): Promise<LoggedDelivery> {
  const endpoint = await switchedOn(deps, store, id);
  const delivery = await readDelivery(deps, store, id, key);
  await makeDue(deps, store, delivery, endpoint.url);
  deps.background(deps.deliver.one(key));
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
  key: DeliveryKey,
): Promise<LoggedDelivery> {
  assertInUse(store);
  await readInvoice(deps, store.id, invoiceId);
  const delivery = key.invoiceId === invoiceId ? await deliveryByKey(deps.db, key) : undefined;
  if (!delivery) throw new ApiError('not_found');
  const { endpointId, url } = delivery;
  if (endpointId === null) return sendAgain(deps, store, delivery, url);
  if (!(await endpointOf(deps.db, store.id, endpointId))) {
    throw new ApiError('gone', 'The endpoint that this was sent to was removed.');
  }
  return redeliver(deps, store, endpointId, key);
}

async function sendAgain(deps: Deps, store: OfStore, delivery: LoggedDelivery, url: string) {
  await makeDue(deps, store, delivery, url);
  await deps.deliver.one(delivery);
  return (await deliveryByKey(deps.db, delivery)) ?? delivery;
}

async function makeDue(deps: Deps, store: OfStore, delivery: LoggedDelivery, url: string): Promise<void> {
  if (isSynthetic(delivery)) throw new ApiError('conflict', 'This was a synthetic event: send a new one.');
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

/** Names a delivery in the API. */
export function deliveryId({ createdAtMs, invoiceId, seq, target }: DeliveryKey): string {
  return `${createdAtMs}_${invoiceId}_${seq}_${target}`;
}

/** undefined for what deliveryId never made. */
export function deliveryKeyOf(id: string): DeliveryKey | undefined {
  const [, at, invoiceId, seq, target] = /^(\d{1,15})_((?:test-)?[0-9a-f-]{36})_(\d{1,9})_(\d{1,3})$/.exec(id) ?? [];
  if (invoiceId === undefined) return undefined;
  return { createdAtMs: Number(at), invoiceId, seq: Number(seq), target: Number(target) };
}

/** What receivers deduplicate by: the same however often it is sent. */
export function eventIdOf({ invoiceId, seq }: DeliveryKey): string {
  return eventId(invoiceId, seq);
}
