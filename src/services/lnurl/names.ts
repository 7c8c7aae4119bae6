// The Lightning addresses of a store: made, changed, removed. Called by the routes under /v1/stores/:id/lightning-addresses and by the
// dashboard.

import { claimName, type LightningName, namesOf, ownName, saveName } from '../../adapters/db/lightning-names.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { MAX_NAME_SATS, type NameTerms, nameProblem } from '../../core/lightning/pay-request.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { assertInUse } from '../accounts/stores.ts';
import { listConnections } from '../connections/connections.ts';

export type { LightningName };

/** A removed one stays with its store and counts: so one account cannot take all good names. */
const MAX_NAMES = 50;

export const USUAL_TERMS: NameTerms = {
  minSats: 1,
  maxSats: 1_000_000,
  commentLength: 200,
  successMessage: null,
};

export type NameChange = Partial<NameTerms & { enabled: boolean }>;

/** The oldest first. */
export function listNames(deps: Deps, store: Pick<StoreRow, 'id'>): Promise<LightningName[]> {
  return namesOf(deps.db, store.id);
}

/** @throws ApiError not_found */
export async function readName(deps: Deps, store: Pick<StoreRow, 'id'>, name: string): Promise<LightningName> {
  const found = await ownName(deps.db, { storeId: store.id, name: name.toLowerCase() });
  if (!found) throw new ApiError('not_found');
  return found;
}

/** @throws ApiError validation_error with the reason at its field; conflict */
export async function addName(deps: Deps, store: StoreRow, wanted: string, terms: NameTerms): Promise<LightningName> {
  assertInUse(store);
  const name = wanted.toLowerCase();
  const problem = nameProblem(name);
  if (problem) throw new ApiError('validation_error', `name: ${problem}.`);
  assertBounds(terms);
  await assertMints(deps, store);
  const row = { ...terms, name, storeId: store.id, enabled: true, createdAtMs: deps.now(), removedAtMs: null };
  const made = await claimName(deps.db, row, MAX_NAMES);
  if (made) return made;
  const taken = await ownName(deps.db, { storeId: store.id, name });
  throw new ApiError(
    'conflict',
    taken
      ? 'name: The store has this Lightning address already.'
      : `name: It is taken, or the store has had ${MAX_NAMES} names already. Choose another.`,
  );
}

/** What is left out stays as it is. @throws ApiError as addName; not_found */
export async function changeName(
  deps: Deps,
  store: StoreRow,
  name: string,
  change: NameChange,
): Promise<LightningName> {
  assertInUse(store);
  const known = await readName(deps, store, name);
  assertBounds({ ...known, ...change });
  if (Object.keys(change).length === 0) return known;
  const saved = await saveName(deps.db, known, change);
  if (!saved) throw new ApiError('not_found');
  return saved;
}

/** It answers no more. What was asked for before can still be paid. @throws ApiError not_found */
export async function removeName(deps: Deps, store: Pick<StoreRow, 'id'>, name: string): Promise<void> {
  const removed = await saveName(deps.db, await readName(deps, store, name), { removedAtMs: deps.now() });
  if (!removed) throw new ApiError('not_found');
}

function assertBounds({ minSats, maxSats }: Pick<NameTerms, 'minSats' | 'maxSats'>): void {
  if (maxSats > MAX_NAME_SATS) throw new ApiError('validation_error', `max_sats: must be at most ${MAX_NAME_SATS}.`);
  if (minSats > maxSats) throw new ApiError('validation_error', 'min_sats: must not be above max_sats.');
}

/** LNURL-pay asks for a BOLT11 invoice over a hash. Test mode needs no node. @throws ApiError conflict */
async function assertMints(deps: Deps, store: StoreRow): Promise<void> {
  const connections = await listConnections(deps, store);
  if (connections.some(({ capabilities }) => capabilities.descriptionHashes)) return;
  if (connections.length === 0 && store.testMode) return;
  throw new ApiError(
    'conflict',
    connections.length === 0
      ? 'Connect a Lightning node first: payments to a Lightning address go to it.'
      : 'The store’s connection cannot mint over the hash of a description, which payers’ wallets ask for. Connect a phoenixd, ' +
          'LND, Core Lightning or LNbits beside it.',
  );
}
