// Hands deliveries to their senders: the minute cron everything that is due, a merchant one endpoint's or one delivery. No receiver
// is waited for here but by a merchant who resends one delivery: a slow receiver delays no other.

import { moveCursor, readCursor } from '../../adapters/db/cursors.ts';
import type { DeliveryKey, DueDelivery } from '../../adapters/db/deliveries.ts';
import { claimOne, linesWaiting, type Names, reviveLostDeliveries } from '../../adapters/db/due-deliveries.ts';
import type { SealedSecrets } from '../../adapters/db/endpoints.ts';
import type { Attempt, DeliveryState } from '../../adapters/db/schema.ts';
import {
  type Deliver,
  type Dispatcher,
  FIRST_ATTEMPT_MS,
  LAST_START_MS,
  LEASE_MS,
} from '../../adapters/webhooks/dispatcher.ts';
import { hostLinesOf, lineOfDelivery, linesOf, senderOf } from '../../adapters/webhooks/lines.ts';
import { signersFor } from '../../adapters/webhooks/signers.ts';
import { attempt } from './attempt.ts';
import { DeliverySender, type Keeper } from './sender.ts';

/** How far behind the clock a commit's own time may be. */
const CLOCK_SLACK_MS = 10 * 60_000;
/** Handed out in one sweep, within what a Worker may call; those after them come first in the next one. */
const LINES_AT_ONCE = 800;
const EVERY_LINE: Names = { from: '', to: '\u{10ffff}' };

/**
 * The cron's part: finds lost first attempts, then wakes the sender of each line that has something due. Done twice it changes
 * nothing: a sender that works already looks once more.
 */
export async function sweepDeliveries(dispatcher: Dispatcher): Promise<void> {
  const { db, now } = dispatcher;
  const startedMs = now();
  const floorMs = Number((await readCursor(db, 'deliveries')) ?? 0);
  await reviveLostDeliveries(db, floorMs, startedMs - FIRST_ATTEMPT_MS);
  await moveCursor(db, 'deliveries', String(startedMs - FIRST_ATTEMPT_MS - CLOCK_SLACK_MS));
  const from = (await readCursor(db, 'delivery_lines')) ?? '';
  const lines = await linesWaiting(db, { ...EVERY_LINE, from }, startedMs, LINES_AT_ONCE);
  const isCut = lines.length === LINES_AT_ONCE;
  const next = isCut ? (lines.at(-1)?.name ?? '') : '';
  if (next !== from) await moveCursor(db, 'delivery_lines', next);
  // The turn begins anew: those before where it began have not been looked at.
  if (!isCut && from !== '') {
    lines.push(...(await linesWaiting(db, { ...EVERY_LINE, to: from }, startedMs, LINES_AT_ONCE - lines.length)));
  }
  await drainAll(
    dispatcher,
    lines.map(({ name }) => name),
  );
}

/** What services and pages may ask for. @param dispatcher asked for at each call: tests change its parts */
export function deliverBy(dispatcher: () => Dispatcher): Deliver {
  return {
    one: (key) => sendOne(dispatcher(), key),
    dueTo: (endpointId) => dispatcher().senders.drain(dispatcher(), endpointId, true),
    dueOfStore: (storeId, endpointIds) => sendDueOfStore(dispatcher(), storeId, endpointIds),
    once: (delivery, endpoint) => deliverOnce(dispatcher(), delivery, endpoint),
  };
}

async function sendDueOfStore(dispatcher: Dispatcher, storeId: string, endpointIds: string[]): Promise<void> {
  const { db, now } = dispatcher;
  const names = [hostLinesOf(storeId), ...endpointIds.map(linesOf)];
  const found = await Promise.all(names.map((range) => linesWaiting(db, range, now(), LINES_AT_ONCE)));
  await drainAll(
    dispatcher,
    found.flat().map(({ name }) => name),
  );
}

async function sendOne(dispatcher: Dispatcher, key: DeliveryKey): Promise<void> {
  const { db, now } = dispatcher;
  const nowMs = now();
  const due = await claimOne(db, key, nowMs, LEASE_MS);
  if (due)
    await new DeliverySender(dispatcher, senderOf(lineOfDelivery(due)), NOTHING_KEPT).send(
      [due],
      [],
      nowMs + LAST_START_MS,
    );
}

async function deliverOnce(
  dispatcher: Dispatcher,
  delivery: DueDelivery,
  endpoint: SealedSecrets,
): Promise<{ attempt: Attempt; state: DeliveryState }> {
  const signers = await signersFor(dispatcher, [delivery], [endpoint]);
  const { record, verdict } = await attempt(dispatcher, delivery, signers.get(endpoint.id));
  return { attempt: await record, state: verdict.state === 'succeeded' ? 'succeeded' : 'failed' };
}

/** One that cannot be reached delays no other: the next sweep asks again. */
async function drainAll(dispatcher: Dispatcher, lines: string[]): Promise<void> {
  const names = new Set(lines.map(senderOf));
  await Promise.all(
    [...names].map((name) =>
      dispatcher.senders
        .drain(dispatcher, name)
        .catch((error) => dispatcher.log('webhook.sender_away', { error: String(error).slice(0, 200) })),
    ),
  );
}

/** For a sender that has one thing to do. What it leaves the cron finds. */
export const NOTHING_KEPT: Keeper = {
  load: async () => ({}),
  save: async () => {},
  wakeAt: async () => {},
  rest: async () => {},
};
