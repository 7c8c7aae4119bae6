// Who signs deliveries, as the endpoint or the store has it now. Called by sender.ts and dispatch.ts.

import type { DueDelivery } from '../db/deliveries.ts';
import { callbackSecrets, endpointSecrets, type SealedSecrets } from '../db/endpoints.ts';
import type { Dispatcher } from './dispatcher.ts';

/** The old secret signs too for this long after a rotation. */
export const ROTATION_OVERLAP_MS = 24 * 60 * 60_000;

export interface Signer {
  secrets: string[];
  /** Of an endpoint; what is learned of it by sending is kept here. */
  failingSinceMs: number | null;
  mayRetry: boolean;
  /** null for all. */
  eventTypes: string[] | null;
}

export type Signers = Map<string, Signer>;

/** By what a signer is found: the endpoint, or the store for deliveries to an invoice's own callback_url. */
export function signerOf(delivery: Pick<DueDelivery, 'endpointId' | 'storeId'>): string {
  return delivery.endpointId ?? delivery.storeId;
}

/**
 * The signers of these deliveries; none for an endpoint that was removed or switched off.
 * @param known secrets of endpoints that the caller has just read; the others are asked for
 */
export async function signersFor(
  dispatcher: Dispatcher,
  due: readonly DueDelivery[],
  known: readonly SealedSecrets[],
): Promise<Signers> {
  const { db } = dispatcher;
  const endpointIds = [...new Set(due.flatMap((delivery) => delivery.endpointId ?? []))];
  const storeIds = [...new Set(due.filter((delivery) => delivery.endpointId === null).map(({ storeId }) => storeId))];
  const unknownIds = endpointIds.filter((id) => !known.some((endpoint) => endpoint.id === id));
  const [asked, stores] = await Promise.all([
    unknownIds.length > 0 ? endpointSecrets(db, unknownIds) : [],
    storeIds.length > 0 ? callbackSecrets(db, storeIds) : [],
  ]);
  const endpoints = [...known, ...asked].map(async (row) => [row.id, await signerOfEndpoint(dispatcher, row)] as const);
  const callbacks = stores.map(async (row) => {
    const secret = await open(dispatcher, row.secretSealed, `store:${row.id}`);
    return [row.id, { ...USUAL, secrets: secret === null ? [] : [secret] }] as const;
  });
  return new Map(await Promise.all([...endpoints, ...callbacks]));
}

const USUAL = { failingSinceMs: null, mayRetry: true, eventTypes: null };

async function signerOfEndpoint(dispatcher: Dispatcher, row: SealedSecrets): Promise<Signer> {
  const overlaps = row.rotatedAtMs !== null && dispatcher.now() < row.rotatedAtMs + ROTATION_OVERLAP_MS;
  const sealed = [row.secretSealed, ...(overlaps && row.previousSecretSealed ? [row.previousSecretSealed] : [])];
  const opened = await Promise.all(sealed.map((text) => open(dispatcher, text, `endpoint:${row.id}`)));
  return {
    secrets: opened.filter((secret) => secret !== null),
    failingSinceMs: row.failingSinceMs,
    mayRetry: row.automaticRedelivery,
    eventTypes: row.eventTypes,
  };
}

/** One secret that cannot be opened must not delay other stores' deliveries. */
function open({ vault, log }: Dispatcher, sealed: string, context: string): Promise<string | null> {
  return vault.open(sealed, context).catch(() => {
    log('webhook.secret_unreadable', { of: context });
    return null;
  });
}
