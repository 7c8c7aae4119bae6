// Sends deliveries: prepare, send, record. The first attempt follows the commit at once; the cron claims retries under
// a lease, so that two crons never send the same one together. One slow receiver delays nobody else.

import { cursor, moveCursor } from '../db/cursors.ts';
import type { Database } from '../db/database.ts';
import {
  claimDueDeliveries,
  type DueDelivery,
  type DueFilter,
  isSynthetic,
  putOff,
  recordAttempt,
  retriesOf,
  reviveLostDeliveries,
} from '../db/deliveries.ts';
import {
  callbackSecrets,
  type Endpoint,
  endpointSecrets,
  markFailing,
  type SealedSecrets,
  switchOff,
} from '../db/endpoints.ts';
import type { Attempt, DeliveryState } from '../db/schema.ts';
import type { Log } from '../log.ts';
import type { Vault } from '../vault.ts';
import { current } from './current.ts';
import type { TargetPolicy } from './guard.ts';
import { eventTypeOf } from './message.ts';
import { type Dialect, heldMs, isDroppedUnwanted, judgeAttempt, type Verdict } from './retry.ts';
import { type Sent, send } from './send.ts';

export interface Dispatcher {
  db: Database;
  vault: Vault;
  fetch: typeof fetch;
  now: () => number;
  log: Log;
  policy: TargetPolicy;
  /** What a delivery of a dialect that tells how things stand says now. */
  bodyNow?: (delivery: Pick<DueDelivery, 'invoiceId' | 'body'>) => Promise<string>;
  /** Told once of an endpoint that was switched off because nothing has arrived there for so long. */
  onSwitchedOff?: (endpoint: Endpoint) => void;
  /** Work for a little later, best effort: a retry that is due before the cron comes. Without it the cron does it. */
  later?: (delayMs: number, work: () => Promise<void>) => void;
}

/** Longer than a batch can take in its lanes, so that a lease ends only when its holder is gone. */
const LEASE_MS = 60_000;
/** Nothing is begun later than this: an attempt takes ten seconds at most, and its lease would end under way. */
const LAST_START_MS = 45_000;
const BATCH = 30;
/** A Worker may wait for six answers at a time; a seventh request would burn its timeout in the queue. */
const LANES = 6;
const SWEEP_MS = 45_000;
/** The old secret signs too for this long after a rotation. */
export const ROTATION_OVERLAP_MS = 24 * 60 * 60_000;
/** An endpoint where every delivery has failed for so long is switched off. */
export const SWITCH_OFF_AFTER_MS = 72 * 60 * 60_000;
/** First attempts younger than this are still under way. */
const FIRST_ATTEMPT_MS = 30_000;
/** What is due so soon is not left to the cron. Within what a Worker may still do after its answer. */
const SOON_MS = 15_000;
/** How far behind the clock a commit's own time may be. */
const CLOCK_SLACK_MS = 10 * 60_000;

/**
 * Makes one attempt at each delivery and records what came of it. Never throws.
 * @param known secrets of endpoints that the caller has just read; the others are asked for
 */
export async function deliver(
  dispatcher: Dispatcher,
  due: DueDelivery[],
  known: readonly SealedSecrets[] = [],
): Promise<void> {
  if (due.length === 0) return;
  const signers = await secretsFor(dispatcher, due, known).catch(() => null);
  if (signers === null) return; // The database is away: the lease ends, and the next sweep finds them.
  // What one receiver is told about one invoice is sent in order: a shop that hears "settled" before "processing" undoes it.
  const queue = [...Map.groupBy(due, ({ url, endpointId, invoiceId }) => `${invoiceId} ${endpointId ?? url}`).values()];
  const lastStartMs = dispatcher.now() + LAST_START_MS;
  const lane = async () => {
    for (let story = queue.shift(); story; story = queue.shift()) {
      await sendStory(dispatcher, story, signers, lastStartMs).catch((error) =>
        dispatcher.log('webhook.not_recorded', { error: String(error).slice(0, 200) }),
      );
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** One receiver's part of one invoice's events, in order: what fails and is tried again soon makes those after it wait. */
async function sendStory(
  dispatcher: Dispatcher,
  story: DueDelivery[],
  signers: Map<string, Signer>,
  lastStartMs: number,
): Promise<void> {
  const { db, now, later } = dispatcher;
  let turnMs = await turnOf(db, story);
  for (const next of story) {
    // The rest is due again when its lease ends; first attempts are found as lost ones.
    if (now() > lastStartMs) return;
    if (turnMs > now() && turnMs - next.createdAtMs <= heldMs(next.dialect as Dialect)) {
      await putOff(db, next, next.attempts, turnMs);
      continue;
    }
    const { nextAttemptMs } = await attempt(dispatcher, next, signers.get(signerOf(next)));
    turnMs = Math.max(turnMs, nextAttemptMs ?? 0);
    const delayMs = (nextAttemptMs ?? Number.POSITIVE_INFINITY) - now();
    const { endpointId } = next;
    if (delayMs <= SOON_MS && endpointId !== null) later?.(delayMs, () => sendDue(dispatcher, { endpointId }));
  }
}

/** When an earlier event of the story is tried again; 0 where none is. */
async function turnOf(db: Database, [first]: DueDelivery[]): Promise<number> {
  const isFirstOfAll = first?.seq === 1;
  if (!first || isFirstOfAll || first.endpointId === null || heldMs(first.dialect as Dialect) === 0) return 0;
  const waiting = await retriesOf(db, first.invoiceId, first.endpointId);
  const earlier = waiting.filter(({ seq, target }) => seq < first.seq || (seq === first.seq && target < first.target));
  return Math.max(0, ...earlier.map(({ nextAttemptMs }) => nextAttemptMs ?? 0));
}

/** The cron's part: finds lost first attempts, then claims and sends what is due until nothing is. */
export async function sweepDeliveries(dispatcher: Dispatcher): Promise<void> {
  const startedMs = dispatcher.now();
  const floorMs = Number((await cursor(dispatcher.db, 'deliveries')) ?? 0);
  await reviveLostDeliveries(dispatcher.db, floorMs, startedMs - FIRST_ATTEMPT_MS);
  await moveCursor(dispatcher.db, 'deliveries', String(startedMs - FIRST_ATTEMPT_MS - CLOCK_SLACK_MS));
  // What is left when the time is up belongs to the next minute.
  while (dispatcher.now() - startedMs < SWEEP_MS) {
    const due = await claimDueDeliveries(dispatcher.db, dispatcher.now(), LEASE_MS, BATCH);
    await deliver(dispatcher, due);
    if (due.length < BATCH) return;
  }
}

/** Sends at once what is due among these: one batch, the rest is the cron's. */
export async function sendDue(dispatcher: Dispatcher, only: DueFilter): Promise<void> {
  await deliver(dispatcher, await claimDueDeliveries(dispatcher.db, dispatcher.now(), LEASE_MS, BATCH, only));
}

/** One try, whatever became of those before, which nobody repeats: for events that are in no log. */
export async function deliverOnce(
  dispatcher: Dispatcher,
  delivery: DueDelivery,
  endpoint: SealedSecrets,
): Promise<{ attempt: Attempt; state: DeliveryState }> {
  const signer = (await secretsFor(dispatcher, [delivery], [endpoint])).get(endpoint.id);
  const { record, verdict } = await tryOnce(dispatcher, delivery, signer);
  return { attempt: record, state: verdict.state === 'succeeded' ? 'succeeded' : 'failed' };
}

async function attempt(dispatcher: Dispatcher, delivery: DueDelivery, signer: Signer | undefined): Promise<Verdict> {
  const { attempts, record, verdict } = await tryOnce(dispatcher, delivery, signer);
  await recordAttempt(dispatcher.db, delivery, { attempts, ...verdict, attempt: record });
  if (delivery.endpointId !== null && signer) {
    await judgeEndpoint(dispatcher, delivery.endpointId, signer.failingSinceMs, verdict.state === 'succeeded');
  }
  if (verdict.state !== 'succeeded') {
    dispatcher.log('webhook.attempt_failed', {
      invoice: delivery.invoiceId,
      type: delivery.eventType,
      attempts,
      status: record.status,
      state: verdict.state,
    });
  }
  return verdict;
}

async function tryOnce(dispatcher: Dispatcher, delivery: DueDelivery, signer: Signer | undefined) {
  const startedMs = dispatcher.now();
  const attempts = delivery.attempts + 1;
  const dialect = delivery.dialect as Dialect;
  const isDropped = isDroppedUnwanted(dialect) && !isWanted(delivery, signer);
  const result = isDropped
    ? UNWANTED
    : await send(dispatcher, await current(dispatcher, delivery), attempts, signer?.secrets ?? []);
  const endedMs = dispatcher.now();
  const mayRetry = !isDropped && (signer?.mayRetry ?? true);
  const verdict = judgeAttempt(dialect, attempts, result.status, endedMs, mayRetry);
  const record: Attempt = {
    at: startedMs,
    tookMs: endedMs - startedMs,
    status: result.status,
    error: verdict.state === 'succeeded' ? null : result.error,
    response: result.response,
  };
  return { attempts, record, verdict };
}

const UNWANTED: Sent = { status: null, error: 'the endpoint is gone, or wants this event no more', response: null };

function isWanted(delivery: DueDelivery, signer: Signer | undefined): boolean {
  if (!signer) return false;
  const type = eventTypeOf(delivery);
  return isSynthetic(delivery) || signer.eventTypes === null || type === null || signer.eventTypes.includes(type);
}

/** Keeps since when an endpoint has failed, and ends it. An endpoint in health costs no row. */
async function judgeEndpoint(dispatcher: Dispatcher, id: string, failingSinceMs: number | null, succeeded: boolean) {
  const { db, now, onSwitchedOff, log } = dispatcher;
  if (succeeded) {
    if (failingSinceMs !== null) await markFailing(db, id, null);
    return;
  }
  const nowMs = now();
  if (failingSinceMs === null) return markFailing(db, id, nowMs);
  if (nowMs - failingSinceMs < SWITCH_OFF_AFTER_MS) return;
  const endpoint = await switchOff(db, id, nowMs - SWITCH_OFF_AFTER_MS, nowMs);
  if (!endpoint) return;
  log('webhook.switched_off', { endpoint: id, store: endpoint.storeId });
  onSwitchedOff?.(endpoint);
}

function signerOf(delivery: DueDelivery): string {
  return delivery.endpointId ?? delivery.storeId;
}

interface Signer {
  secrets: string[];
  /** Of an endpoint. */
  failingSinceMs: number | null;
  mayRetry: boolean;
  /** null for all. */
  eventTypes: string[] | null;
}

/** Who signs, by endpoint id, or by store id for deliveries to an invoice's own callback_url. */
async function secretsFor(
  { db, vault, now, log }: Dispatcher,
  due: DueDelivery[],
  known: readonly SealedSecrets[],
): Promise<Map<string, Signer>> {
  const endpointIds = [...new Set(due.flatMap((delivery) => delivery.endpointId ?? []))];
  const storeIds = [...new Set(due.filter((delivery) => delivery.endpointId === null).map(({ storeId }) => storeId))];
  const unknownIds = endpointIds.filter((id) => !known.some((endpoint) => endpoint.id === id));
  const signers = new Map<string, Signer>();
  /** One secret that cannot be opened must not keep anybody else's deliveries back. */
  const open = (sealed: string, context: string) =>
    vault.open(sealed, context).catch(() => {
      log('webhook.secret_unreadable', { of: context });
      return null;
    });
  const asked = unknownIds.length > 0 ? await endpointSecrets(db, unknownIds) : [];
  for (const row of [...known, ...asked]) {
    const overlapping = row.rotatedAtMs !== null && now() < row.rotatedAtMs + ROTATION_OVERLAP_MS;
    const sealed = [row.secretSealed, ...(overlapping && row.previousSecretSealed ? [row.previousSecretSealed] : [])];
    const opened = await Promise.all(sealed.map((text) => open(text, `endpoint:${row.id}`)));
    signers.set(row.id, {
      secrets: opened.filter((secret) => secret !== null),
      failingSinceMs: row.failingSinceMs,
      mayRetry: row.automaticRedelivery,
      eventTypes: row.eventTypes,
    });
  }
  if (storeIds.length > 0) {
    for (const row of await callbackSecrets(db, storeIds)) {
      const secret = await open(row.secretSealed, `store:${row.id}`);
      const secrets = secret === null ? [] : [secret];
      signers.set(row.id, { secrets, failingSinceMs: null, mayRetry: true, eventTypes: null });
    }
  }
  return signers;
}
