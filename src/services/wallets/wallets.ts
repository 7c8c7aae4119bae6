// A store's wallets: what was pasted is recognised, compared by its first addresses, and registered. The one in use gives
// new invoices their addresses; earlier ones stay watched forever. Called by the routes under /v1/stores/:id/wallets.

import type { StoreRow } from '../../adapters/db/stores.ts';
import { restartCheck } from '../../adapters/db/wallet-history.ts';
import {
  insertWallet,
  isWalletTaken,
  saveWallet,
  useWallet,
  type WalletRow,
  walletOf,
  walletsDeriving,
  walletsOf,
} from '../../adapters/db/wallets.ts';
import { shortened } from '../../core/text/well-formed.ts';
import type { ScriptType } from '../../core/wallet/address.ts';
import { WalletError } from '../../core/wallet/errors.ts';
import { identityOf } from '../../core/wallet/identity.ts';
import type { Network } from '../../core/wallet/network.ts';
import { chooseWallet, type Recognition, recognise } from '../../core/wallet/recognise.ts';
import { openWallet, type Wallet } from '../../core/wallet/wallet.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { assertInUse } from '../accounts/stores.ts';

export type { WalletRow };

export const MIN_GAP_LIMIT = 20;
export const MAX_GAP_LIMIT = 10_000;
export const DEFAULT_GAP_LIMIT = 100;
/** Addresses derived with the registration; the pool goes on from there. */
const FIRST_ADDRESSES = 40;
/** A registration is answered after so long, whether the explorers have been or not. */
const MAX_CHECK_WAIT_MS = 8_000;

interface Registration {
  /** Key, descriptor or export file, as pasted. */
  text: string;
  /** Needed where the text leaves it open. */
  scriptType: ScriptType | undefined;
  gapLimit: number;
  label: string | undefined;
  /** The first index to give out: past what a wallet that is in use has used. */
  startIndex: number;
}

/**
 * What a text is, with the first addresses of each kind that it can mean. Nothing is kept.
 * @throws ApiError validation_error with advice that never quotes the text
 */
export function recogniseWallet(deps: Deps, text: string): Recognition & { usableLive: boolean } {
  const { NETWORK } = deps.config;
  const networks = { main: 'mainnet', test: NETWORK === 'mainnet' ? 'testnet' : NETWORK } as const;
  const recognition = advised(() => recognise(text, networks));
  return { ...recognition, usableLive: recognition.network === NETWORK };
}

/** The newest first. */
export function listWallets(deps: Deps, store: StoreRow): Promise<WalletRow[]> {
  return walletsOf(deps.db, store.id);
}

/** @throws ApiError not_found */
export async function readWallet(deps: Deps, store: Pick<StoreRow, 'id'>, walletId: string): Promise<WalletRow> {
  const wallet = await walletOf(deps.db, store.id, walletId);
  if (!wallet) throw new ApiError('not_found');
  return wallet;
}

/** A function that gives a wallet's address for an index. */
export async function openStored(deps: Deps, wallet: WalletRow) {
  return openWallet(await descriptorOf(deps, wallet), wallet.network as Network);
}

/** It reveals all of the merchant's payments: only for deriving from it. */
export function descriptorOf(deps: Deps, wallet: WalletRow): Promise<string> {
  return deps.vault.open(wallet.descriptorSealed, `wallet:${wallet.id}`);
}

/**
 * Registers a wallet and puts it to use. The same keys again, however they are spelled, are the same wallet: it goes on
 * where it was, for no address may be given out twice.
 * @throws ApiError validation_error, conflict
 */
export async function registerWallet(deps: Deps, store: StoreRow, wanted: Registration): Promise<WalletRow> {
  assertInUse(store);
  const recognition = recogniseWallet(deps, wanted.text);
  const wallet = advised(() => chooseWallet(recognition, wanted.scriptType), 'script_type');
  assertUsable(deps, store, wallet.network);
  const { script } = openWallet(wallet.descriptor, wallet.network)(0);
  let id = await registeredAs(deps, store, wallet.network, script);
  if (id === undefined) {
    const inserted = await insert(deps, store, wanted, wallet, recognition.label);
    if (inserted !== undefined) return checked(deps, store, inserted);
    // A concurrent request has inserted it: this one finds it as if it had come later.
    id = await registeredAs(deps, store, wallet.network, script);
  }
  if (id === undefined) throw new ApiError('database_unavailable', 'The wallet could not be registered. Retry.');
  await saveWallet(deps.db, id, {
    gapLimit: wanted.gapLimit,
    ...(wanted.label !== undefined && { label: wanted.label }),
  });
  await useWallet(deps.db, store.id, id, deps.now());
  await restartCheck(deps.db, id, wanted.startIndex);
  return checked(deps, store, id);
}

/** Waits a moment for the look-up of the wallet's first addresses; what it leaves is looked up in the background. */
async function checked(deps: Deps, store: StoreRow, walletId: string): Promise<WalletRow> {
  const wallet = await readWallet(deps, store, walletId);
  if (wallet.network !== deps.config.NETWORK) return wallet;
  const lookedUp = deps.watcher.checkWallet(walletId).catch((error: unknown) => {
    deps.log('wallet.check_failed', { wallet: walletId, error: String(error).slice(0, 200) });
  });
  const waited = new AbortController();
  const timer = setTimeout(() => waited.abort(), MAX_CHECK_WAIT_MS);
  await Promise.race([lookedUp, new Promise((resolve) => waited.signal.addEventListener('abort', resolve))]);
  clearTimeout(timer);
  return readWallet(deps, store, walletId);
}

/**
 * The account's own wallet with these addresses, by its id.
 * @throws ApiError conflict where it is another account's: one payment would pay the invoices of both
 */
async function registeredAs(
  deps: Deps,
  { accountId }: StoreRow,
  network: Network,
  firstScript: string,
): Promise<string | undefined> {
  const known = (await walletsDeriving(deps.db, firstScript)).filter(
    (one) => one.network === network && one.identity !== null,
  );
  const own = known.find((one) => one.accountId === accountId);
  if (own || known.length === 0 || network !== deps.config.NETWORK) return own?.id;
  throw new ApiError('conflict', 'This wallet is registered with another account already. Create a new account in it.');
}

/** Puts one of the store's wallets to use again. @throws ApiError not_found, validation_error, conflict */
export async function activateWallet(deps: Deps, store: StoreRow, walletId: string): Promise<WalletRow> {
  assertInUse(store);
  const wallet = await readWallet(deps, store, walletId);
  assertUsable(deps, store, wallet.network as Network);
  if (wallet.identity === null) {
    throw new ApiError(
      'conflict',
      'This wallet was registered a second time by mistake and issues no more addresses. Register its key again.',
    );
  }
  await useWallet(deps.db, store.id, wallet.id, deps.now());
  // While it was not in use, something else may have given out its addresses.
  await restartCheck(deps.db, wallet.id, wallet.poolFloor);
  return checked(deps, store, wallet.id);
}

/** @throws ApiError not_found, conflict */
export async function updateWallet(
  deps: Deps,
  store: StoreRow,
  walletId: string,
  change: { label?: string; gapLimit?: number },
): Promise<WalletRow> {
  assertInUse(store);
  await readWallet(deps, store, walletId);
  if (Object.keys(change).length > 0) await saveWallet(deps.db, walletId, change);
  return readWallet(deps, store, walletId);
}

/** Writes a wallet and puts it to use. @returns its id; undefined where its addresses are another wallet's already */
async function insert(
  deps: Deps,
  store: StoreRow,
  { gapLimit, label, startIndex }: Registration,
  wallet: Wallet,
  foundLabel: string,
): Promise<string | undefined> {
  const { db, vault, config } = deps;
  const id = crypto.randomUUID();
  const nowMs = deps.now();
  const derive = openWallet(wallet.descriptor, wallet.network);
  // The first address is always there, by which the wallet is recognised; below the floor it is not issued.
  const indexes = new Set([0, ...Array.from({ length: FIRST_ADDRESSES }, (_, offset) => startIndex + offset)]);
  const derived = [...indexes].map(derive).map(({ index, address, script }) => ({ index, address, script }));
  const row = {
    id,
    accountId: store.accountId,
    label: label ?? shortened(foundLabel, 100),
    network: wallet.network,
    scriptType: wallet.scriptType,
    descriptorSealed: await vault.seal(wallet.descriptor, `wallet:${id}`),
    identity: identityOf(derive(0).script, {
      network: wallet.network,
      accountId: store.accountId,
      isExclusive: wallet.network === config.NETWORK,
    }),
    gapLimit,
    poolFloor: startIndex,
    // What the merchant says is used: the gap is counted from there.
    fundedIndex: startIndex - 1,
    checkedBelow: startIndex,
    createdAtMs: nowMs,
  };
  try {
    await insertWallet(db, row, derived, store.id);
    return id;
  } catch (error) {
    if (isWalletTaken(messagesOf(error))) return undefined;
    throw error;
  }
}

/** @throws ApiError validation_error for a live store and a wallet of another network */
function assertUsable(deps: Deps, store: StoreRow, network: Network): void {
  const { NETWORK } = deps.config;
  if (store.testMode || network === NETWORK) return;
  throw new ApiError('validation_error', `text: this wallet is on ${network}, but the store is live on ${NETWORK}.`);
}

/** What the wallet parsers advise, as an answer. */
function advised<T>(read: () => T, field = 'text'): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WalletError) throw new ApiError('validation_error', `${field}: ${error.message}`);
    throw error;
  }
}
