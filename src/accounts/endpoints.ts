// A store's webhook endpoints: where events go, what signs them, what came of each delivery, and sending again. Called by
// the routes under /v1/stores/:id/webhooks; the sending itself is webhooks/dispatch.ts.

import { type DeliveryKey, redirectRetries } from '../db/deliveries.ts';
import {
  deliveryByKey,
  deliveryLog,
  insertMade,
  type LoggedDelivery,
  type Place,
  requeue,
  requeueFailed,
} from '../db/delivery-log.ts';
import {
  deleteEndpoint,
  type Endpoint,
  endpointOf,
  endpointsOf,
  insertEndpoint,
  rotateSecret,
  updateEndpoint,
} from '../db/endpoints.ts';
import type { StoreRow } from '../db/stores.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import type { EventType } from '../invoice/invoice.ts';
import { eventId, nativeEventBody } from '../invoice/native.ts';
import { sampleInvoice } from '../payments/sample.ts';
import { deliverOnce, sendDue } from '../webhooks/dispatch.ts';
import { targetProblem } from '../webhooks/guard.ts';
import { newSecret } from './secrets.ts';
import { assertInUse } from './stores.ts';

/** An endpoint with the secret that signs for it, which is never seen again. */
export interface EndpointWithSecret {
  endpoint: Endpoint;
  secret: string;
}

export interface EndpointSettings {
  url: string;
  label: string;
  /** null for all. */
  eventTypes: EventType[] | null;
  enabled: boolean;
}

/** Every event of the store goes to each of them. */
const MOST_ENDPOINTS = 20;
const LONGEST_REDELIVERY_MS = 30 * 24 * 60 * 60_000;

/** @throws ApiError validation_error for a URL that may not be called, conflict */
export async function addEndpoint(
  deps: Deps,
  store: StoreRow,
  settings: Omit<EndpointSettings, 'enabled'>,
): Promise<EndpointWithSecret> {
  assertInUse(store);
  assertTarget(deps, settings.url);
  if ((await endpointsOf(deps.db, store.id)).length >= MOST_ENDPOINTS) {
    throw new ApiError('conflict', `A store has at most ${MOST_ENDPOINTS} webhook endpoints.`);
  }
  const id = crypto.randomUUID();
  const secret = newSecret();
  const endpoint = await insertEndpoint(deps.db, {
    ...settings,
    id,
    storeId: store.id,
    dialect: 'native',
    secretSealed: await deps.vault.seal(secret, `endpoint:${id}`),
    createdAtMs: deps.now(),
  });
  return { endpoint, secret };
}

export function listEndpoints(deps: Deps, store: StoreRow): Promise<Endpoint[]> {
  return endpointsOf(deps.db, store.id);
}

/** @throws ApiError not_found */
export async function readEndpoint(deps: Deps, store: StoreRow, id: string): Promise<Endpoint> {
  const endpoint = await endpointOf(deps.db, store.id, id);
  if (!endpoint) throw new ApiError('not_found');
  return endpoint;
}

/** Switching on forgets past failures; a new URL gets what the old one is still to be tried with. @throws ApiError not_found, validation_error, conflict */
export async function settleEndpoint(
  deps: Deps,
  store: StoreRow,
  id: string,
  settings: Partial<EndpointSettings>,
): Promise<Endpoint> {
  assertInUse(store);
  const endpoint = await readEndpoint(deps, store, id);
  if (settings.url !== undefined) assertTarget(deps, settings.url);
  if (Object.keys(settings).length === 0) return endpoint;
  const fresh = settings.enabled === undefined ? {} : { failingSinceMs: null, disabledAtMs: null };
  const after = await updateEndpoint(deps.db, store.id, id, { ...settings, ...fresh });
  if (!after) throw new ApiError('not_found');
  if (after.url !== endpoint.url) await redirectRetries(deps.db, id, after.url);
  return after;
}

/** What is still to be sent there fails from now on. @throws ApiError not_found */
export async function removeEndpoint(deps: Deps, store: StoreRow, id: string): Promise<void> {
  await readEndpoint(deps, store, id);
  await deleteEndpoint(deps.db, store.id, id);
}

/** A new secret; the one before signs beside it for ROTATION_OVERLAP_MS. @throws ApiError not_found, conflict */
export async function rotateEndpoint(deps: Deps, store: StoreRow, id: string): Promise<EndpointWithSecret> {
  assertInUse(store);
  const secret = newSecret();
  const sealed = await deps.vault.seal(secret, `endpoint:${id}`);
  const endpoint = await rotateSecret(deps.db, store.id, id, sealed, deps.now());
  if (!endpoint) throw new ApiError('not_found');
  return { endpoint, secret };
}

/**
 * Sends a synthetic event, waits for the answer and writes it down. Tried once, and no word on the endpoint's health.
 * @throws ApiError not_found, conflict for an endpoint that is switched off
 */
export async function testEndpoint(deps: Deps, store: StoreRow, id: string, type: EventType): Promise<LoggedDelivery> {
  const endpoint = await switchedOn(deps, store, id);
  const nowMs = deps.now();
  const environment = store.testMode ? 'test' : 'live';
  const invoice = sampleInvoice(type, store, { nowMs, origin: deps.config.ORIGIN });
  const event = {
    invoiceId: `test-${crypto.randomUUID()}`,
    seq: 1,
    type,
    createdAtMs: nowMs,
    snapshot: JSON.stringify(invoice),
  };
  const body = nativeEventBody(event, environment);
  const { url, dialect } = endpoint;
  const delivery = { ...event, target: 0, endpointId: id, url, dialect, body, attempts: 0 };
  const made = { ...delivery, eventType: type, storeId: store.id, environment };
  const { attempt, state } = await deliverOnce(deps.dispatcher, made, endpoint);
  const { createdAtMs, invoiceId, seq, target, endpointId } = delivery;
  const row = {
    createdAtMs,
    invoiceId,
    seq,
    target,
    endpointId,
    url,
    dialect,
    body,
    state,
    attempts: 1,
    attemptLog: [attempt],
  };
  await insertMade(deps.db, row);
  return { ...row, nextAttemptMs: null, eventType: type };
}

/** The newest first, every attempt with them. @throws ApiError not_found */
export async function readDeliveries(
  deps: Deps,
  store: StoreRow,
  id: string,
  page: { before: Place | null; limit: number },
): Promise<{ deliveries: LoggedDelivery[]; next: Place | null }> {
  const endpoint = await readEndpoint(deps, store, id);
  return deliveryLog(deps.db, id, { ...page, sinceMs: endpoint.createdAtMs });
}

/** @throws ApiError not_found, for a delivery to another endpoint too */
export async function readDelivery(deps: Deps, store: StoreRow, id: string, key: DeliveryKey): Promise<LoggedDelivery> {
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
export async function redeliver(deps: Deps, store: StoreRow, id: string, key: DeliveryKey): Promise<LoggedDelivery> {
  const endpoint = await switchedOn(deps, store, id);
  const delivery = await readDelivery(deps, store, id, key);
  if (delivery.body !== null) throw new ApiError('conflict', 'This was a synthetic event: send a new one.');
  if (!(await requeue(deps.db, key, endpoint.url, deps.now()))) {
    throw new ApiError('conflict', 'This delivery is on its way for the first time.');
  }
  await sendDue(deps.dispatcher, { endpointId: id, key });
  return readDelivery(deps, store, id, key);
}

/**
 * Sends everything again that the endpoint has not got since a time: the first at once, the rest by the cron.
 * @returns how many; and from when to go on, where there was too much to look through
 * @throws ApiError not_found, conflict, validation_error
 */
export async function redeliverFailed(deps: Deps, store: StoreRow, id: string, sinceMs: number) {
  const nowMs = deps.now();
  if (sinceMs < nowMs - LONGEST_REDELIVERY_MS) throw new ApiError('validation_error', 'since: more than 30 days ago.');
  const endpoint = await switchedOn(deps, store, id);
  const fromMs = Math.max(sinceMs, endpoint.createdAtMs);
  const result = await requeueFailed(deps.db, endpoint, fromMs, nowMs);
  if (result.requeued > 0) deps.background(sendDue(deps.dispatcher, { endpointId: id }));
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

async function switchedOn(deps: Deps, store: StoreRow, id: string): Promise<Endpoint> {
  assertInUse(store);
  const endpoint = await readEndpoint(deps, store, id);
  if (!endpoint.enabled) throw new ApiError('conflict', 'The endpoint is switched off. Switch it on first.');
  return endpoint;
}

function assertTarget(deps: Deps, url: string): void {
  const problem = targetProblem(url, deps.dispatcher.policy);
  if (problem) throw new ApiError('validation_error', `url: ${problem}.`);
}
