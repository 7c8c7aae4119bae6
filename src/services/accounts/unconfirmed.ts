// Unconfirmed sign-ups: a sign-up with a wrong address leaves nothing behind. Called by the minute
// cron.

import { moveCursor, readCursor } from '../../adapters/db/cursors.ts';
import { forgetPeople, peopleAfter } from '../../adapters/db/unconfirmed.ts';
import type { Deps } from '../../deps.ts';

/** The link in the mail lives for a day; it can be sent again on six more. */
const KEPT_MS = 7 * 24 * 60 * 60_000;
/** Looked at in a round: an index by age would cost a row per person. */
const PEOPLE_PER_ROUND = 100;
const CURSOR = 'unconfirmed_people';

/**
 * Looks at the next few people and removes those who have not confirmed their address within 7 days, with the account
 * that only they were in. Idle when all fit into one round: no row is written.
 */
export async function forgetUnconfirmed(deps: Deps): Promise<void> {
  const after = (await readCursor(deps.db, CURSOR)) ?? '';
  const people = await peopleAfter(deps.db, after, PEOPLE_PER_ROUND);
  const sinceMs = deps.now() - KEPT_MS;
  const stale = people.filter(({ emailVerified, createdAt }) => !emailVerified && createdAt.getTime() <= sinceMs);
  if (stale.length > 0) {
    const ids = stale.map(({ id }) => id);
    const removed = await forgetPeople(deps.db, ids);
    if (removed > 0) deps.log('people.unconfirmed_removed', { people: removed });
  }
  const next = people.length < PEOPLE_PER_ROUND ? '' : (people.at(-1)?.id ?? '');
  if (next !== after) await moveCursor(deps.db, CURSOR, next);
}
