// One request to a receiver, and what it answered. Called by dispatch.ts.

import type { DueDelivery } from '../db/deliveries.ts';
import { shortened } from '../well-formed.ts';
import type { Dispatcher } from './dispatch.ts';
import { targetProblem } from './guard.ts';
import { isSigned, messageOf } from './message.ts';

const TIMEOUT_MS = 10_000;
const RESPONSE_KEPT_CHARACTERS = 1_000;
const RESPONSE_READ_BYTES = 4_096;

export interface Sent {
  status: number | null;
  error: string | null;
  response: string | null;
}

/** @param attempt which one it is, from 1. @param secrets the newest first */
export async function send(
  dispatcher: Pick<Dispatcher, 'fetch' | 'policy' | 'now'>,
  delivery: DueDelivery,
  attempt: number,
  secrets: string[],
): Promise<Sent> {
  const problem = targetProblem(delivery.url, dispatcher.policy);
  if (problem) return { status: null, error: `the URL ${problem}`, response: null };
  if (secrets.length === 0 && isSigned(delivery.dialect))
    return { status: null, error: 'the endpoint is gone, switched off, or its secret cannot be read', response: null };
  const { body, headers } = messageOf({ delivery, attempt, secrets, nowMs: dispatcher.now() });
  try {
    const response = await dispatcher.fetch(delivery.url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'SatLane-Webhook/1.0',
        ...headers,
      },
    });
    return { status: response.status, error: complaint(response.status), response: await firstPart(response) };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return { status: null, error: timedOut ? 'no answer within 10 seconds' : 'the connection failed', response: null };
  }
}

function complaint(status: number): string {
  if (status >= 300 && status < 400) return `HTTP ${status}: redirects are not followed`;
  return `HTTP ${status}`;
}

/** Enough of the answer to mend a receiver by; a receiver that never stops talking is cut off. */
async function firstPart(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let size = 0; size < RESPONSE_READ_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // The status arrived, and that is the answer; the rest of the body is only for people.
  }
  reader.cancel().catch(() => {});
  return shortened(text, RESPONSE_KEPT_CHARACTERS);
}
