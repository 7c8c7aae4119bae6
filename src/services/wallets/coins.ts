// The coins that a wallet can pay out with, and what a signer needs beside them. The watcher follows a wallet's coins from the
// first time that its store wants to pay something out. Called by jobs/watch, and by services/payouts for batches.

import { addChangeAddresses, changeEnd, takeFromPool, unusedChange } from '../../adapters/db/change-addresses.ts';
import { type CoinRow, followCoins, issuedTo, provenTransactions, spendableCoins } from '../../adapters/db/coins.ts';
import type { WalletRow } from '../../adapters/db/wallets.ts';
import { depositInvoiceId } from '../../core/deposit/deposit.ts';
import type { Network } from '../../core/wallet/network.ts';
import { type OwnScript, openScripts, type WalletPlace } from '../../core/wallet/own-script.ts';
import { changeChainOf } from '../../core/wallet/wallet.ts';
import type { Deps } from '../../deps.ts';

/** Change addresses are derived so far beyond the last one that a coin came to. */
const CHANGE_GAP = 50;
/** And that many more at a time. */
const CHANGE_STEP = 50;

/** What the wallet has at each of its places. @throws WalletError as parseWallet does */
export async function scriptsOf(deps: Deps, wallet: WalletRow): Promise<(place: WalletPlace) => OwnScript> {
  return openScripts(await descriptorOf(deps, wallet), wallet.network as Network);
}

/** Begins to follow a wallet's coins. The watcher alone calls it, between two blocks, so that no block falls between. */
export async function beginFollowing(deps: Deps, wallet: WalletRow): Promise<void> {
  await followCoins(deps.db, wallet, await changeFrom(deps, wallet, 0, CHANGE_GAP + CHANGE_STEP), deps.now());
}

/** Derives more change addresses once a coin has come near the last one. @param used the index of its address */
export async function extendChange(deps: Deps, wallet: WalletRow, used: number): Promise<void> {
  const end = await changeEnd(deps.db, wallet.id);
  if (used + CHANGE_GAP < end) return;
  await addChangeAddresses(deps.db, wallet.id, await changeFrom(deps, wallet, end, CHANGE_STEP));
}

/**
 * Where the change of a batch goes: the first change address that no coin has come to. A wallet of one chain gives a free
 * receiving one, which no invoice gets after that; undefined where its pool is empty.
 * @param inUse indexes that open batches have
 */
export async function changeFor(
  deps: Deps,
  wallet: WalletRow,
  inUse: ReadonlySet<number>,
): Promise<{ script: string; place: WalletPlace } | undefined> {
  const chain = changeChainOf(await descriptorOf(deps, wallet), wallet.network as Network);
  const free =
    chain === 1
      ? (await unusedChange(deps.db, wallet.id)).find(({ index }) => !inUse.has(index))
      : await takeFromPool(deps.db, wallet.id, deps.now());
  return free && { script: free.script, place: { chain, index: free.index } };
}

/** Coins of a wallet that may be spent. @param maxHeight above it blocks do not count: they are held, or too young */
export function coinsOf(deps: Deps, walletId: string, maxHeight: number): Promise<CoinRow[]> {
  return spendableCoins(deps.db, walletId, maxHeight);
}

/**
 * The transactions that hold these coins, raw in hex by txid: from the proofs of payments, and the rest from explorers by the watcher.
 * A txid that nothing was found for is missing.
 */
export async function previousTransactions(
  deps: Deps,
  walletId: string,
  coins: readonly Pick<CoinRow, 'outpoint' | 'chain' | 'index'>[],
): Promise<Map<string, string>> {
  const receiving = coins.filter(({ chain }) => chain === 0);
  const owners = await issuedTo(deps.db, walletId, [...new Set(receiving.map(({ index }) => index))]);
  const byIndex = new Map(owners.map(({ index, id }) => [index, id]));
  const payments = receiving.flatMap(({ index, outpoint }) => {
    const id = byIndex.get(index);
    return id === undefined ? [] : [id, depositInvoiceId(id, outpoint)].map((invoiceId) => ({ invoiceId, outpoint }));
  });
  const found = await provenTransactions(deps.db, payments);
  const txids = [...new Set(coins.map(({ outpoint }) => outpoint.slice(0, 64)))].filter((txid) => !found.has(txid));
  if (txids.length === 0) return found;
  const asked = await deps.watcher.rawTransactions(txids);
  return new Map([...found, ...Object.entries(asked)]);
}

async function changeFrom(deps: Deps, wallet: WalletRow, from: number, count: number) {
  const descriptor = await descriptorOf(deps, wallet);
  const network = wallet.network as Network;
  // A wallet of one chain has its change among the addresses that it receives on, which are known.
  if (changeChainOf(descriptor, network) === 0) return [];
  const scriptAt = openScripts(descriptor, network);
  return Array.from({ length: count }, (_, n) => {
    const index = from + n;
    return { index, script: scriptAt({ chain: 1, index }).script };
  });
}

function descriptorOf({ vault }: Deps, { id, descriptorSealed }: WalletRow): Promise<string> {
  return vault.open(descriptorSealed, `wallet:${id}`);
}
