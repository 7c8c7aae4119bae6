// A store's invoices as the dialects list them: newest first, in batches, so that a list of any length needs the memory of
// one batch. Called by api/greenfield/ and api/bitpay/.

import { type ListQuery, type Placed, placesOf, statesOf } from '../../adapters/db/invoices.ts';
import { countMade, idsContaining } from '../../adapters/db/read/search.ts';
import { STATUSES } from '../../core/invoice/invoice.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';

export interface StateQuery extends Omit<ListQuery, 'status' | 'after' | 'limit'> {
  archived: boolean;
  /** Letters that `matches` cannot do without, in lower case: the database leaves out what lacks them. */
  containing?: string;
  /** What no index knows. Without it no invoice is read that is not shown. */
  matches?: (state: InvoiceState) => boolean;
  /** How the dialect names `take` and `skip`, for an error: "take and skip". */
  paging: string;
  skip: number;
  /** All of them where left out. */
  take?: number;
}

/** One question looks through so many invoices: some 600 statements, where a request to a Worker may make 1 000. */
export const MAX_LISTED = 50_000;
/** Invoices whose facts are in memory together, each with up to 64 KiB of metadata. */
const READ_AT_ONCE = 250;
/** Invoices of which only the place in the list is looked at. */
const PLACES_AT_ONCE = 1_000;

/**
 * Each batch but the last is a full one, so that few are all in the first.
 * @throws ApiError validation_error where more than MAX_LISTED invoices would have to be looked through
 */
export async function* stateBatches(deps: Deps, query: StateQuery): AsyncGenerator<InvoiceState[]> {
  let batch: InvoiceState[] = [];
  for await (const found of statesFound(deps, query)) {
    batch.push(...found);
    if (batch.length < READ_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* statesFound(deps: Deps, query: StateQuery): AsyncGenerator<InvoiceState[]> {
  const { skip, take = Number.POSITIVE_INFINITY, matches, containing, archived, paging, ...where } = query;
  await mustBeReadable(deps, query);
  let toSkip = skip;
  let left = take;
  let after: Placed | undefined;
  for (let looked = 0; left > 0; ) {
    if (looked >= MAX_LISTED) throw tooMany(paging);
    const onlyPlaces = containing !== undefined || (!matches && toSkip > 0);
    const limit = onlyPlaces ? PLACES_AT_ONCE : Math.min(matches ? READ_AT_ONCE : left, READ_AT_ONCE);
    const page = await placesOf(deps.db, { ...where, after, limit });
    const places = page.filter(({ archivedAtMs }) => archived || archivedAtMs === null);
    const skipped = matches ? 0 : Math.min(toSkip, places.length);
    toSkip -= skipped;
    const ids = await likelyAmong(deps, places.slice(skipped), containing);
    for (let from = 0; from < ids.length && left > 0; from += READ_AT_ONCE) {
      const found = await inOrder(
        deps,
        ids.slice(from, from + (matches ? READ_AT_ONCE : Math.min(left, READ_AT_ONCE))),
      );
      const matched = matches ? found.filter(matches) : found;
      const shown = matched.slice(toSkip, toSkip + left);
      toSkip -= Math.min(toSkip, matched.length);
      left -= shown.length;
      yield shown;
    }
    if (page.length < limit) return;
    looked += page.length;
    after = page.at(-1);
  }
}

/** A request for all of a large store fails before the response starts, not half-way through it. */
async function mustBeReadable(deps: Deps, { storeId, take, orderRefs, paging, ...query }: StateQuery): Promise<void> {
  if (orderRefs !== undefined || (take !== undefined && take <= MAX_LISTED)) return;
  const range = { fromMs: query.createdFromMs ?? 0, beforeMs: query.createdBeforeMs ?? Number.MAX_SAFE_INTEGER };
  const made = await countMade(deps.db, storeId, range, query.statuses ?? STATUSES, MAX_LISTED + 1);
  if (made > MAX_LISTED) throw tooMany(paging);
}

function tooMany(paging: string): ApiError {
  return new ApiError(
    'validation_error',
    `One list looks through at most ${MAX_LISTED} invoices. Ask for a part of them, by ${paging} or by dates.`,
  );
}

async function likelyAmong(deps: Deps, places: Placed[], containing: string | undefined): Promise<string[]> {
  const ids = places.map(({ id }) => id);
  if (containing === undefined || ids.length === 0) return ids;
  const likely = await idsContaining(deps.db, ids, containing);
  return ids.filter((id) => likely.has(id));
}

async function inOrder(deps: Deps, ids: string[]): Promise<InvoiceState[]> {
  const states = new Map((await statesOf(deps.db, ids)).map((state) => [state.invoice.id, state]));
  return ids.flatMap((id) => states.get(id) ?? []);
}
