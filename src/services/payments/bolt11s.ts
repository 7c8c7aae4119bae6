// BOLT11s that a client asks for beside all invoices, on the store's own node. Called by the routes under
// /api/v1/stores/:id/lightning/BTC.

import { bolt11ByHash, insertBolt11, newestBolt11s, type StoredBolt11 } from '../../adapters/db/bolt11-invoices.ts';
import { storeById } from '../../adapters/db/stores.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import type { Caller } from '../access/keys.ts';
import { LATE_LOOKS_MS, unkeptIn } from './mint.ts';

interface NewBolt11 {
  amountSats: bigint;
  /** The payer sees it. */
  description: string;
  /** Its SHA-256 stands in its place (LUD-06). */
  isHashed: boolean;
  /** The store's where it is left out. */
  expirySeconds?: number | undefined;
  /** Names private channels too; the store's where it is left out. */
  privateHints?: boolean | undefined;
}

const MINUTE_MS = 60_000;
const MAX_SHOWN = 100;

/** @throws ApiError no_lightning_connection, lightning_unavailable, rate_limited */
export async function createBolt11(
  deps: Deps,
  { store, keyHash }: Pick<Caller, 'store'> & { keyHash: string },
  { amountSats, description: text, isHashed, expirySeconds, privateHints: asked }: NewBolt11,
): Promise<StoredBolt11> {
  const connectionId = mustHaveNode(store);
  if (!(await deps.allowCreate(keyHash))) throw new ApiError('rate_limited');
  const nowMs = deps.now();
  const lifeMs = expirySeconds === undefined ? store.defaultExpiryMinutes * MINUTE_MS : expirySeconds * 1000;
  const description = isHashed ? { hash: await sha256Hex(text), text } : text;
  const privateHints = asked ?? (await storeById(deps.db, store.id))?.privateRouteHints ?? true;
  const order = {
    ...{ connectionId, label: crypto.randomUUID(), amountSats, description, privateHints },
    expiresAtMs: nowMs + lifeMs,
  };
  const minted = await deps.lightning.create(store.id, order);
  if ('problem' in minted) throw new ApiError('lightning_unavailable', minted.problem);
  const row = {
    ...{ ...minted, amountSats: Number(amountSats), storeId: store.id, invoiceId: null, createdAtMs: nowMs },
    watchUntilMs: minted.expiresAtMs + LATE_LOOKS_MS,
  };
  const [stored] = await insertBolt11(deps.db, row)
    .returning()
    .catch((error: unknown) => {
      throw unkeptIn(error);
    });
  if (!stored) throw new ApiError('database_unavailable');
  deps.background(deps.lightning.wake(store.id));
  return stored;
}

/** As the node was last found to say. @throws ApiError no_lightning_connection, not_found */
export async function readOneBolt11(deps: Deps, { store }: Pick<Caller, 'store'>, paymentHash: string) {
  mustHaveNode(store);
  const known = await bolt11ByHash(deps.db, store.id, paymentHash);
  if (!known) throw new ApiError('not_found');
  return known;
}

/**
 * Those that clients asked for here, the newest first: those of invoices are with their invoices, and what wallets asked for and never
 * paid is nowhere.
 * @throws ApiError no_lightning_connection
 */
export function listBolt11s(deps: Deps, { store }: Pick<Caller, 'store'>, onlyOpen: boolean, skip: number) {
  mustHaveNode(store);
  const openAtMs = onlyOpen ? deps.now() : null;
  return newestBolt11s(deps.db, store.id, openAtMs, { limit: MAX_SHOWN, offset: skip });
}

/** Test mode has no node. @returns the connection. @throws ApiError no_lightning_connection */
export function mustHaveNode({ testMode, connectionId }: Caller['store']): string {
  if (testMode || connectionId === null) throw new ApiError('no_lightning_connection');
  return connectionId;
}
