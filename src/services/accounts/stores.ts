// Stores: made, settled, taken live and back, archived and restored. Called by the routes under /v1/stores and by the
// dashboard.

import { refreshFundedIndex } from '../../adapters/db/addresses.ts';
import { allRates } from '../../adapters/db/rates.ts';
import {
  insertStore,
  type StoreRow,
  type StoreSettings,
  saveStore,
  setLive,
  storeById,
  storesOf,
} from '../../adapters/db/stores.ts';
import { highestIssuedIndex, walletOf } from '../../adapters/db/wallets.ts';
import { DEFAULT_EXPIRY_MINUTES, DEFAULT_LATE_GRACE_MINUTES, GAP_RESERVE } from '../../core/invoice/policy.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { newSecret } from '../access/secrets.ts';

export type { StoreRow, StoreSettings };

const MAX_STORES = 100;

/** A store with the secret that signs deliveries to its invoices' own callback_url; it is never seen again. */
interface StoreWithSecret {
  store: StoreRow;
  callbackSecret: string;
}

/** A new store is in test mode and has no wallet. @throws ApiError conflict, invalid_currency */
export async function createStore(
  deps: Deps,
  accountId: string,
  settings: { name: string } & Partial<StoreSettings>,
): Promise<StoreWithSecret> {
  await assertPriced(deps, settings.currency);
  const id = crypto.randomUUID();
  const callbackSecret = newSecret();
  const row = {
    defaultExpiryMinutes: DEFAULT_EXPIRY_MINUTES,
    lateGraceMinutes: DEFAULT_LATE_GRACE_MINUTES,
    ...settings,
    id,
    accountId,
    callbackSecretSealed: await deps.vault.seal(callbackSecret, `store:${id}`),
    createdAtMs: deps.now(),
  };
  const store = await insertStore(deps.db, row, MAX_STORES);
  if (!store) throw new ApiError('conflict', `An account has at most ${MAX_STORES} stores, archived ones included.`);
  return { store, callbackSecret };
}

/** A new secret for deliveries to callback_url. The old one signs no more. @throws ApiError conflict */
export async function renewCallbackSecret(deps: Deps, store: StoreRow): Promise<StoreWithSecret> {
  assertInUse(store);
  const callbackSecret = newSecret();
  const callbackSecretSealed = await deps.vault.seal(callbackSecret, `store:${store.id}`);
  return { store: await changed(deps, store, { callbackSecretSealed }), callbackSecret };
}

/** Whose store it is has to be known already. @throws ApiError not_found */
export async function readStore(deps: Deps, id: string): Promise<StoreRow> {
  const store = await storeById(deps.db, id);
  if (!store) throw new ApiError('not_found');
  return store;
}

/** An account's stores, archived ones last and only if asked for. */
export function listStores(deps: Deps, accountId: string, archived: boolean): Promise<StoreRow[]> {
  return storesOf(deps.db, accountId, { archived });
}

/** @throws ApiError conflict for an archived store, invalid_currency */
export async function updateStore(deps: Deps, store: StoreRow, settings: Partial<StoreSettings>): Promise<StoreRow> {
  assertInUse(store);
  await assertPriced(deps, settings.currency);
  return Object.keys(settings).length === 0 ? store : changed(deps, store, settings);
}

/**
 * From now on the store's invoices are real.
 * @throws ApiError no_active_xpub without a wallet on the deployment's live network; gap_limit_exceeded where test
 *   invoices have used up the wallet's gap; conflict
 */
export async function goLive(deps: Deps, store: StoreRow): Promise<StoreRow> {
  assertInUse(store);
  if (!store.testMode) return store;
  const { NETWORK } = deps.config;
  const wallet = store.walletId === null ? undefined : await walletOf(deps.db, store.id, store.walletId);
  if (!wallet || wallet.network !== NETWORK) {
    throw new ApiError('no_active_xpub', `Going live needs a wallet on ${NETWORK}. Register one first.`);
  }
  const [issued, funded] = [await highestIssuedIndex(deps.db, wallet.id), await refreshFundedIndex(deps.db, wallet)];
  // Better now than with the first buyer.
  if (issued - funded >= wallet.gapLimit - GAP_RESERVE) {
    throw new ApiError(
      'gap_limit_exceeded',
      `Test invoices have used ${issued - funded} addresses of this wallet in a row, and its gap limit is ` +
        `${wallet.gapLimit}. Raise the gap limit, in your wallet and here, or register another wallet.`,
    );
  }
  const live = await setLive(deps.db, store.id, NETWORK);
  if (!live) throw new ApiError('conflict', 'The store was given another wallet at this moment. Try again.');
  return live;
}

/** From now on the store's invoices are simulated. Live ones that are open go on. @throws ApiError conflict */
export async function returnToTestMode(deps: Deps, store: StoreRow): Promise<StoreRow> {
  assertInUse(store);
  return store.testMode ? store : changed(deps, store, { testMode: true });
}

/** Its keys no longer work. Open invoices are still watched and announced. */
export async function archiveStore(deps: Deps, store: StoreRow): Promise<StoreRow> {
  return store.archivedAtMs !== null ? store : changed(deps, store, { archivedAtMs: deps.now() });
}

export async function restoreStore(deps: Deps, store: StoreRow): Promise<StoreRow> {
  return store.archivedAtMs === null ? store : changed(deps, store, { archivedAtMs: null });
}

/** @throws ApiError conflict */
export function assertInUse(store: Pick<StoreRow, 'archivedAtMs'>): void {
  if (store.archivedAtMs !== null) throw new ApiError('conflict', 'The store is archived. Restore it first.');
}

async function changed(deps: Deps, store: StoreRow, change: Parameters<typeof saveStore>[2]): Promise<StoreRow> {
  const after = await saveStore(deps.db, store.id, change);
  if (!after) throw new ApiError('not_found');
  return after;
}

/** A currency without a rate would be refused with every price. Where there are no rates at all, none is known to lack. */
async function assertPriced(deps: Deps, currency: string | undefined): Promise<void> {
  if (currency === undefined) return;
  const rates = await allRates(deps.db);
  if (Object.keys(rates).length > 0 && !Object.hasOwn(rates, currency)) {
    throw new ApiError('invalid_currency', `currency: no exchange rate is known for ${currency}.`);
  }
}
