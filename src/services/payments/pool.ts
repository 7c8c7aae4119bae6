// Keeps addresses derived ahead of need, so that making an invoice does no elliptic-curve work. Called after each
// creation that leaves the pool low, by the cron, and in the worst case by a creation that found it empty.

import { extendPool, poolOf, walletsRunningLow } from '../../adapters/db/addresses.ts';
import { moveCursor, readCursor } from '../../adapters/db/cursors.ts';
import type { StoredWallet } from '../../adapters/db/keys.ts';
import type { Network } from '../../core/wallet/network.ts';
import { openWallet } from '../../core/wallet/wallet.ts';
import type { Deps } from '../../deps.ts';

/** Refill when fewer are free. */
export const POOL_LOW = 20;
/** One refill: about a millisecond of CPU per address. */
const POOL_BATCH = 40;
const WALLETS_PER_MINUTE = 200;

/**
 * Derives the next addresses if the pool is low. Concurrent refills derive the same ones, which changes nothing.
 * @returns below which index addresses were looked up for a history
 */
export async function refillPool(deps: Deps, wallet: StoredWallet): Promise<number> {
  const pool = await poolOf(deps.db, wallet);
  if (pool.free >= POOL_LOW) return pool.checkedBelow;
  const derive = openWallet(
    await deps.vault.open(wallet.descriptorSealed, `wallet:${wallet.id}`),
    wallet.network as Network,
  );
  const derived = Array.from({ length: POOL_BATCH }, (_, offset) => derive(pool.end + offset));
  await extendPool(
    deps.db,
    wallet.id,
    derived.map(({ index, address, script }) => ({ index, address, script })),
  );
  return pool.checkedBelow;
}

/**
 * After a creation, now and then: derives more, and has the addresses that come next looked up for a history, so that none
 * with one is issued. Where no explorer answers the next call tries again.
 */
export async function keepPool(deps: Deps, wallet: StoredWallet, issuedIndex: number): Promise<void> {
  const checkedBelow = await refillPool(deps, wallet);
  if (wallet.network !== deps.config.NETWORK || checkedBelow >= issuedIndex + POOL_LOW) return;
  await deps.watcher
    .checkWallet(wallet.id)
    .catch((error) => deps.log('wallet.check_failed', { wallet: wallet.id, error: String(error).slice(0, 200) }));
}

/** The cron's part, for what a creation left undone: some wallets each minute, in turn. One that is empty is refilled by its creation. */
export async function refillPools(deps: Deps): Promise<void> {
  const after = (await readCursor(deps.db, 'pools')) ?? '';
  const { wallets, next } = await walletsRunningLow(deps.db, POOL_LOW, { after, limit: WALLETS_PER_MINUTE });
  for (const wallet of wallets) {
    // A wallet that cannot be opened must not keep the others dry.
    await refillPool(deps, wallet).catch((error) =>
      deps.log('pool.refill_failed', { wallet: wallet.id, error: String(error).slice(0, 200) }),
    );
  }
  // In a small deployment every minute begins at the first.
  if ((next ?? '') !== after) await moveCursor(deps.db, 'pools', next ?? '');
}
