// A store's webhook endpoints: where events go, and what signs them. Called by the routes under /v1/stores/:id/webhooks and by
// the dashboard.

import { redirectRetries } from '../../adapters/db/deliveries.ts';
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
import { ROTATION_OVERLAP_MS } from '../../adapters/webhooks/signers.ts';
import { dialectOf, OWN_DIALECT } from '../../core/dialects/table.ts';
import { EVENT_TYPES } from '../../core/invoice/invoice.ts';
import { targetProblem } from '../../core/text/webhook-url.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { newSecret, newShortSecret } from '../access/secrets.ts';
import { assertInUse } from '../accounts/stores.ts';

export type { Endpoint };

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
  /** Our own where none is named. */
  dialect?: string;
  /** Signs; one is made where none is given. */
  secret?: string;
}

/** What an API key knows of its store is enough to send again. */
export type OfStore = Pick<StoreRow, 'id' | 'archivedAtMs'>;

/** Every event of the store goes to each of them. */
const MAX_ENDPOINTS = 20;

/** @throws ApiError validation_error for a URL that may not be called or for events of another dialect, conflict */
export async function addEndpoint(
  deps: Deps,
  store: OfStore,
  { dialect = OWN_DIALECT, secret = secretFor(dialect), ...settings }: NewEndpoint,
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

/** Until when the secret before the last rotation signs too; null where there is none. */
export function previousSecretUntilMs({ previousSecretSealed, rotatedAtMs }: Endpoint): number | null {
  return previousSecretSealed === null || rotatedAtMs === null ? null : rotatedAtMs + ROTATION_OVERLAP_MS;
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
  const secret = secretFor(dialect);
  if (!dialectOf(dialect).endpoint?.hasTwoSecrets) {
    return { endpoint: await updateEndpoint(deps, store, id, { secret }), secret };
  }
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

/** Shops' forms take a short one where the header has room for one signature. */
function secretFor(dialect: string): string {
  return dialectOf(dialect).endpoint?.hasTwoSecrets ? newSecret() : newShortSecret();
}

/** Events are named differently in each dialect; one that lists no names takes all but ours. */
function assertNames(dialect: string, eventTypes: readonly string[] | null | undefined): void {
  const known = dialectOf(dialect).endpoint?.eventTypes;
  const ours: readonly string[] = EVENT_TYPES;
  if (!eventTypes || eventTypes.every((name) => (known ? known.includes(name) : !ours.includes(name)))) return;
  throw new ApiError(
    'validation_error',
    `event_types: an endpoint of the dialect ${dialect} receives every event of its own.`,
  );
}
