// One event of any subject: logged with its deliveries in one batch, then handed to the senders. Called by payments/commit.ts, and
// by events of another subject; payments/create.ts logs in the batch that makes the invoice, and notifies from here.

import { prepared } from '../../adapters/db/database.ts';
import { type DeliveryTarget, insertDeliveries } from '../../adapters/db/deliveries.ts';
import type { SealedSecrets } from '../../adapters/db/endpoints.ts';
import { appendEvent, isVersionTaken, type LoggedEvent, type NewEvent } from '../../adapters/db/events.ts';
import { claimKey, type KeyUse } from '../../adapters/db/idempotency.ts';
import { lineOfDelivery, senderOf } from '../../adapters/webhooks/lines.ts';
import type { Deps } from '../../deps.ts';
import { messagesOf } from '../../errors.ts';

interface Receivers {
  targets: DeliveryTarget[];
  /** Secrets that the caller has just read; of other endpoints they are asked for. */
  endpoints: readonly SealedSecrets[];
}

type Change = Parameters<typeof prepared>[1];

interface Around {
  /** Makes the subject, where this is its first event. */
  making?: Change;
  /** The Idempotency-Key of the request that caused it. */
  use?: KeyUse | null | undefined;
}

/** One event, and what it says of its subject. */
export interface Logging extends Around {
  event: NewEvent;
  receivers: Receivers;
  changes: Change[];
}

/**
 * @param changes what the event says of its subject, written in the same batch
 * @returns null when another writer was first: read again and decide again. Nothing is written or sent then
 * @throws where another request holds the key
 */
export async function append(
  deps: Deps,
  event: NewEvent,
  receivers: Receivers,
  changes: Change[] = [],
  around: Around = {},
): Promise<LoggedEvent | null> {
  const logged = await appendAll(deps, [{ event, receivers, changes, ...around }]);
  return logged?.[0] ?? null;
}

/**
 * Several events, all in one batch or none.
 * @param before written in the same batch, before the events
 * @returns as append
 */
export async function appendAll(deps: Deps, entries: Logging[], before: Change[] = []): Promise<LoggedEvent[] | null> {
  const { db } = deps;
  const statements = before.map((change) => prepared(db, change));
  const places: number[] = [];
  for (const { event, receivers, changes, making, use } of entries) {
    if (making) statements.push(prepared(db, making));
    places.push(statements.length);
    statements.push(appendEvent(db, event, making && true));
    statements.push(...insertDeliveries(db, event, receivers.targets));
    statements.push(...changes.map((change) => prepared(db, change)), ...(use ? claimKey(db, event, use) : []));
  }
  try {
    const results = await db.$client.batch<{ logSeq: number }>(statements);
    const logged = entries.flatMap(({ event }, at) => {
      const logSeq = results[places[at] ?? -1]?.results[0]?.logSeq;
      return logSeq === undefined ? [] : { ...event, logSeq, seq: event.seq ?? logSeq };
    });
    if (logged.length < entries.length) return null;
    notify(
      deps,
      logged.map((event, at) => ({ event, receivers: entries[at]?.receivers ?? NO_RECEIVERS })),
    );
    return logged;
  } catch (error) {
    if (isVersionTaken(messagesOf(error))) return null;
    throw error;
  }
}

const NO_RECEIVERS: Receivers = { targets: [], endpoints: [] };

/** After a commit, best effort: the deliveries are handed to their senders, one call for each. What is lost here the cron finds again. */
export function notify(deps: Deps, logged: readonly { event: LoggedEvent; receivers: Receivers }[]): void {
  const due = logged.flatMap(({ event: { type: eventType, ...place }, receivers: { targets } }) =>
    targets.map((to, target) => ({ ...place, eventType, isTest: false, resent: 0, attempts: 0, ...to, target })),
  );
  if (due.length === 0) return;
  const endpoints = new Map(logged.flatMap(({ receivers }) => receivers.endpoints.map((known) => [known.id, known])));
  // Not before the answer is on its way: handing over would hold it up.
  const answered = new Promise<void>((resolve) => setTimeout(resolve, 0));
  for (const [name, own] of Map.groupBy(due, (delivery) => senderOf(lineOfDelivery(delivery)))) {
    const ids = new Set(own.map(({ endpointId }) => endpointId));
    const known = [...ids].flatMap((id) => endpoints.get(id ?? '') ?? []);
    deps.background(answered.then(() => deps.dispatcher.senders.send(deps.dispatcher, name, own, known)));
  }
}
