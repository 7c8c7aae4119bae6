// A store's webhook endpoints: where events go, what signs them, what came of each delivery, and sending again. Called by
// the routes under /v1/stores/:id/webhooks; the sending itself is deliver/dispatch.ts.

import { type DeliveryKey, deliveriesOf, isSynthetic, redirectRetries } from '../../adapters/db/deliveries.ts';
import {
  deliveryByKey,
  deliveryLog,
  type LoggedDelivery,
  type Place,
  requeue,
  requeueFailed,
} from '../../adapters/db/delivery-log.ts';
import {
  deleteEndpoint,
  type Endpoint,
  endpointOf,
  endpointsOf,
  insertEndpoint,
  rotateSecret,
  saveEndpoint,
} from '../../adapters/db/endpoints.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { targetProblem } from '../../adapters/webhooks/guard.ts';
import { lineOf } from '../../adapters/webhooks/lines.ts';
import type { Dialect } from '../../adapters/webhooks/retry.ts';
import { ROTATION_OVERLAP_MS } from '../../adapters/webhooks/signers.ts';
import { eventId } from '../../core/dialects/native/invoice.ts';
import { EVENT_TYPES } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { newSecret, newShortSecret } from '../access/secrets.ts';
import { assertInUse } from '../accounts/stores.ts';
import { readInvoice } from '../payments/read.ts';

/** An endpoint with the secret that signs for it, which is never seen again. */
export interface EndpointWithSecret {
  endpoint: Endpoint;
  secret: string;
}

interface EndpointSettings {
  url: string;
  label: string;
  /** null for all; in the names of the endpoint's dialect. */
  eventTypes: string[] | null;
  enabled: boolean;
  /** false: what fails is not tried again. */
  automaticRedelivery: boolean;
}

interface NewEndpoint extends Partial<EndpointSettings> {
  url: string;
  /** `native` where none is named. */
  dialect?: Dialect;
  /** Signs; one is made where none is given. */
  secret?: string;
}

/** What an API key knows of its store is enough to send again. */
type OfStore = Pick<StoreRow, 'id' | 'archivedAtMs'>;

/** Every event of the store goes to each of them. */
const MAX_ENDPOINTS = 20;
const MAX_REDELIVERY_MS = 30 * 24 * 60 * 60_000;

/** @throws ApiError validation_error for a URL that may not be called or for events of another dialect, conflict */
export async function addEndpoint(
  deps: Deps,
  store: OfStore,
  { dialect = 'native', secret = dialect === 'native' ? newSecret() : newShortSecret(), ...settings }: NewEndpoint,
): Promise<EndpointWithSecret> {
  assertInUse(store);
  assertTarget(deps, settings.url);
  assertNames(dialect, settings.eventTypes);
  const id = crypto.randomUUID();
  const row = {
    ...settings,
    id,
    storeId: store.id,
    dialect,
    secretSealed: await deps.vault.seal(secret, `endpoint:${id}`),
    createdAtMs: deps.now(),
  };
  const endpoint = await insertEndpoint(deps.db, row, MAX_ENDPOINTS);
  if (!endpoint) throw new ApiError('conflict', `A store has at most ${MAX_ENDPOINTS} webhook endpoints.`);
  return { endpoint, secret };
}

export function listEndpoints(deps: Deps, store: OfStore): Promise<Endpoint[]> {
  return endpointsOf(deps.db, store.id);
}

/** @throws ApiError not_found */
export async function readEndpoint(deps: Deps, store: OfStore, id: string): Promise<Endpoint> {
  const endpoint = await endpointOf(deps.db, store.id, id);
  if (!endpoint) throw new ApiError('not_found');
  return endpoint;
}

/**
 * Switching on forgets past failures; a new URL gets what the old one is still to be tried with.
 * @param secret signs alone from now on; rotateEndpoint lets both sign for a while
 * @throws ApiError not_found, validation_error, conflict
 */
export async function updateEndpoint(
  deps: Deps,
  store: OfStore,
  id: string,
  { secret, ...settings }: Partial<EndpointSettings> & { secret?: string },
): Promise<Endpoint> {
  assertInUse(store);
  const endpoint = await readEndpoint(deps, store, id);
  if (settings.url !== undefined) assertTarget(deps, settings.url);
  assertNames(endpoint.dialect, settings.eventTypes);
  if (secret === undefined && Object.keys(settings).length === 0) return endpoint;
  const fresh = settings.enabled === undefined ? {} : { failingSinceMs: null, disabledAtMs: null };
  const signer =
    secret === undefined
      ? {}
      : {
          secretSealed: await deps.vault.seal(secret, `endpoint:${id}`),
          previousSecretSealed: null,
          rotatedAtMs: null,
        };
  const after = await saveEndpoint(deps.db, store.id, id, { ...settings, ...fresh, ...signer });
  if (!after) throw new ApiError('not_found');
  if (after.url !== endpoint.url) await redirectRetries(deps.db, id, after.url);
  return after;
}

/** What is still to be sent there fails from now on. @throws ApiError not_found */
export async function removeEndpoint(deps: Deps, store: OfStore, id: string): Promise<void> {
  await readEndpoint(deps, store, id);
  await deleteEndpoint(deps.db, store.id, id);
}

/**
 * A new secret; the one before signs beside it for ROTATION_OVERLAP_MS. There is room for two: a further rotation within
 * that time takes one away that a server may still verify with, and is done with `force` alone.
 * @throws ApiError not_found, conflict
 */
export async function rotateEndpoint(
  deps: Deps,
  store: StoreRow,
  id: string,
  { force = false }: { force?: boolean } = {},
): Promise<EndpointWithSecret> {
  assertInUse(store);
  const { dialect } = await readEndpoint(deps, store, id);
  if (dialect !== 'native') {
    // BTCPay's header has room for one signature.
    const secret = newShortSecret();
    return { endpoint: await updateEndpoint(deps, store, id, { secret }), secret };
  }
  const secret = newSecret();
  const sealed = await deps.vault.seal(secret, `endpoint:${id}`);
  const nowMs = deps.now();
  const rotatedBeforeMs = force ? null : nowMs - ROTATION_OVERLAP_MS;
  const endpoint = await rotateSecret(deps.db, { storeId: store.id, id }, sealed, nowMs, rotatedBeforeMs);
  if (endpoint) return { endpoint, secret };
  const { rotatedAtMs } = await readEndpoint(deps, store, id);
  const until = new Date((rotatedAtMs ?? nowMs) + ROTATION_OVERLAP_MS).toISOString();
  throw new ApiError(
    'conflict',
    `The secret before this one signs until ${until}. Rotate again then, or with "force": true now: it signs no more.`,
  );
}

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
 * Sends everything again that the endpoint has not got since a time: the first at once, the rest by the cron.
 * @returns how many; and from when to go on, where there was too much to look through
 * @throws ApiError not_found, conflict, validation_error
 */
export async function redeliverFailed(deps: Deps, store: StoreRow, id: string, sinceMs: number) {
  const nowMs = deps.now();
  if (sinceMs < nowMs - MAX_REDELIVERY_MS) throw new ApiError('validation_error', 'since: more than 30 days ago.');
  const endpoint = await switchedOn(deps, store, id);
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

/** @throws ApiError not_found, conflict */
export async function switchedOn(deps: Deps, store: OfStore, id: string): Promise<Endpoint> {
  assertInUse(store);
  const endpoint = await readEndpoint(deps, store, id);
  if (!endpoint.enabled) throw new ApiError('conflict', 'The endpoint is switched off. Switch it on first.');
  return endpoint;
}

function assertTarget(deps: Deps, url: string): void {
  const problem = targetProblem(url, deps.dispatcher.policy);
  if (problem) throw new ApiError('validation_error', `url: ${problem}.`);
}

/** Events are named differently in each dialect. */
function assertNames(dialect: string, eventTypes: readonly string[] | null | undefined): void {
  const isNative = (name: string) => (EVENT_TYPES as readonly string[]).includes(name);
  if (!eventTypes || eventTypes.every((name) => isNative(name) === (dialect === 'native'))) return;
  throw new ApiError('validation_error', `event_types: this endpoint is told in the words of the dialect ${dialect}.`);
}
