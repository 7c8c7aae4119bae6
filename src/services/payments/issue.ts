// What goes with issuing a wallet's next address: deriving more, and what to do where none is free. Called by create.ts for
// invoices and deposits.ts for permanent addresses, whose own statements take the address.

import { hasFreeAddress, raiseFloor, refreshFundedIndex } from '../../adapters/db/addresses.ts';
import type { IssuedAddress } from '../../adapters/db/creation.ts';
import type { StoredWallet } from '../../adapters/db/keys.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { gapEnd } from './offers.ts';
import { keepPool, POOL_LOW, refillPool } from './pool.ts';

const MAX_TRIES = 3;

/**
 * @param write takes a free address below the index it is given; null where there is none
 * @throws ApiError gap_limit_exceeded, database_unavailable, and the errors of `write`
 */
export async function issue<T extends IssuedAddress>(
  deps: Deps,
  wallet: StoredWallet,
  endIndex: number,
  write: (endIndex: number) => Promise<T | null>,
): Promise<T> {
  let end = endIndex;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const issued = await write(end);
    if (issued) {
      keepStocked(deps, wallet, issued);
      return issued;
    }
    const raised = await makeRoom(deps, wallet, end);
    if (raised === null) throw new ApiError('gap_limit_exceeded');
    end = raised;
  }
  throw new ApiError('database_unavailable', 'No address could be issued in time. Retry.');
}

/** After an address was issued, in the background: derives more, now and then. */
export function keepStocked(deps: Deps, wallet: StoredWallet, issued: IssuedAddress): void {
  // Asked only now and then: the pool is counted by its own refill.
  if (issued.index % (POOL_LOW / 2) === 0) deps.background(keepPool(deps, wallet, issued.index));
  // A recycled one lies far below the others: the next search need not walk up from there.
  else if (issued.isRecycled) deps.background(Promise.resolve(raiseFloor(deps.db, wallet.id)));
}

/**
 * No address was free: because none is derived yet, or because the wallet's gap is used up. Mends what can be.
 * @returns below which index addresses are given out now; null where the gap is used up
 */
export async function makeRoom(deps: Deps, wallet: StoredWallet, endIndex: number): Promise<number | null> {
  await refillPool(deps, wallet);
  if (endIndex === Number.MAX_SAFE_INTEGER) return endIndex;
  const fundedIndex = await refreshFundedIndex(deps.db, wallet);
  const raised = gapEnd({ ...wallet, fundedIndex });
  return raised > endIndex || (await hasFreeAddress(deps.db, wallet.id, raised)) ? raised : null;
}
