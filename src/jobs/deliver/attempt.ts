// One attempt at a delivery, what it comes to, and what it says about its endpoint. Called by sender.ts and dispatch.ts.

import type { DueDelivery } from '../../adapters/db/deliveries.ts';
import { markFailing, switchOff } from '../../adapters/db/endpoints.ts';
import type { Attempt } from '../../adapters/db/schema.ts';
import type { Dispatcher } from '../../adapters/webhooks/dispatcher.ts';
import { judgeAttempt, type Verdict } from '../../adapters/webhooks/retry.ts';
import { type Answered, send } from '../../adapters/webhooks/send.ts';
import type { Signer } from '../../adapters/webhooks/signers.ts';
import { dialectOf } from '../../core/dialects/table.ts';
import { current } from './current.ts';

/** An endpoint where every delivery has failed for so long is switched off. */
export const SWITCH_OFF_AFTER_MS = 72 * 60 * 60_000;

export interface Made {
  attempts: number;
  verdict: Verdict;
  /** Whether a request was made. */
  isSent: boolean;
  /** Whether the receiver has trouble that may pass: no answer, or one that asks for another attempt. */
  isTrouble: boolean;
  /** What is written down of it, with the first part of the answer: it may come a little later than the verdict. */
  record: Promise<Attempt>;
}

/** Returns as soon as it is known what becomes of the delivery. */
export async function attempt(
  dispatcher: Dispatcher,
  delivery: DueDelivery,
  signer: Signer | undefined,
): Promise<Made> {
  const startedMs = dispatcher.now();
  const attempts = delivery.attempts + 1;
  const isDropped = dialectOf(delivery.dialect).retry.isDroppedUnwanted && !isWanted(delivery, signer);
  const answered = isDropped
    ? UNWANTED
    : await send(dispatcher, await current(dispatcher, delivery), attempts, signer?.secrets ?? []);
  const endedMs = dispatcher.now();
  const mayRetry = !isDropped && (signer?.mayRetry ?? true);
  const { status, error } = answered;
  const verdict = judgeAttempt(delivery.dialect, attempts, status, endedMs, mayRetry);
  const made = {
    at: startedMs,
    tookMs: endedMs - startedMs,
    status,
    error: verdict.state === 'succeeded' ? null : error,
  };
  return {
    attempts,
    verdict,
    isSent: answered.isSent,
    isTrouble: verdict.state !== 'succeeded' && (status === null || status >= 500 || verdict.state !== 'failed'),
    record: answered.response.then((response) => ({ ...made, response })),
  };
}

const UNWANTED: Answered = {
  status: null,
  error: 'the endpoint is gone, or wants this event no more',
  isSent: false,
  response: Promise.resolve(null),
};

function isWanted(delivery: DueDelivery, signer: Signer | undefined): boolean {
  if (!signer) return false;
  const { type } = JSON.parse(delivery.body ?? '{}') as { type?: string };
  return delivery.isTest || signer.eventTypes === null || type === undefined || signer.eventTypes.includes(type);
}

/** Keeps since when an endpoint has failed, and ends it. An endpoint in health costs no row. */
export async function judgeEndpoint(
  dispatcher: Dispatcher,
  id: string,
  signer: Signer,
  succeeded: boolean,
): Promise<void> {
  const { db, now, onSwitchedOff, log } = dispatcher;
  const { failingSinceMs } = signer;
  if (succeeded) {
    signer.failingSinceMs = null;
    if (failingSinceMs !== null) await markFailing(db, id, null);
    return;
  }
  const nowMs = now();
  if (failingSinceMs === null) {
    signer.failingSinceMs = nowMs;
    return markFailing(db, id, nowMs);
  }
  if (nowMs - failingSinceMs < SWITCH_OFF_AFTER_MS) return;
  const endpoint = await switchOff(db, id, nowMs - SWITCH_OFF_AFTER_MS, nowMs);
  if (!endpoint) return;
  log('webhook.switched_off', { endpoint: id, store: endpoint.storeId });
  onSwitchedOff?.(endpoint);
}
