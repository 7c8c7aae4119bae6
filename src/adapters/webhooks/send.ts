// One request to a receiver, and what it answered. Called by attempt.ts.

import { dialectOf } from '../../core/dialects/table.ts';
import { targetProblem } from '../../core/text/webhook-url.ts';
import { shortened } from '../../core/text/well-formed.ts';
import type { DueDelivery } from '../db/deliveries.ts';
import type { Dispatcher } from './dispatcher.ts';
import { signatureHeaders } from './signature.ts';

const TIMEOUT_MS = 10_000;
const RESPONSE_KEPT_CHARACTERS = 1_000;
const RESPONSE_READ_BYTES = 4_096;
/** The status is the answer; the body is for people, and is waited for no longer. */
const RESPONSE_READ_MS = 1_000;

export interface Answered {
  status: number | null;
  error: string | null;
  /** False where no request was made. */
  isSent: boolean;
  /** The first part of the body, within a second. */
  response: Promise<string | null>;
}

/** Returns with the answer's head. @param attempt which one it is, from 1. @param secrets the newest first */
export async function send(
  dispatcher: Pick<Dispatcher, 'fetch' | 'policy' | 'now'>,
  delivery: DueDelivery,
  attempt: number,
  secrets: string[],
): Promise<Answered> {
  const problem = targetProblem(delivery.url, dispatcher.policy);
  if (problem) return unsent(`the URL ${problem}`);
  const dialect = dialectOf(delivery.dialect);
  if (secrets.length === 0 && dialect.isSigned)
    return unsent('the endpoint is gone, switched off, or its secret cannot be read');
  const nowSeconds = Math.floor(dispatcher.now() / 1000);
  const sign = (eventId: string, body: string) =>
    secrets.length > 0 ? signatureHeaders(eventId, nowSeconds, body, secrets) : {};
  const { body, headers } = dialect.message({ delivery, attempt, secrets, sign });
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
    return { status: response.status, error: complaint(response.status), isSent: true, response: firstPart(response) };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return { ...unsent(timedOut ? 'no answer within 10 seconds' : 'the connection failed'), isSent: true };
  }
}

function unsent(error: string): Answered {
  return { status: null, error, isSent: false, response: Promise.resolve(null) };
}

function complaint(status: number): string {
  if (status >= 300 && status < 400) return `HTTP ${status}: redirects are not followed`;
  return `HTTP ${status}`;
}

/** Enough of the answer to mend a receiver by; one that never stops talking, or takes its time over it, is cut off. */
async function firstPart(response: Response): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const read = async () => {
    for (let size = 0; size < RESPONSE_READ_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, RESPONSE_READ_MS);
  });
  // What breaks off meanwhile is no failure: the status arrived.
  await Promise.race([read().catch(() => {}), timeUp]);
  if (timer !== undefined) clearTimeout(timer);
  reader.cancel().catch(() => {});
  return shortened(text, RESPONSE_KEPT_CHARACTERS);
}
