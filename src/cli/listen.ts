// `satlane listen`: follows a store's log (GET /v1/events) and sends each event to a server on this machine as SatLane's
// webhooks would come, signed. For development: a failed answer is shown and not repeated.

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { signatureHeaders } from '../adapters/webhooks/signature.ts';
import { type Api, Unreachable, within } from './api.ts';
import { patiently } from './patience.ts';
import { say } from './say.ts';

type Since = 'end' | number;

export interface ListenOptions {
  forwardTo: string;
  since: Since;
  /** Made and shown if left out. */
  secret: string | undefined;
  /** Event types with commas between; all if left out. */
  types: string | undefined;
}

interface Entry {
  id: string;
  sequence: number;
  type: string;
  created_at: string;
  livemode: boolean;
  data: unknown;
}

interface Page {
  events: Entry[];
  next_after: string;
  has_more: boolean;
}

const WAIT_SECONDS = 25;
const ANSWER_MS = (WAIT_SECONDS + 15) * 1_000;
/** Longer than a real delivery has, so that a developer can halt in a debugger. */
const FORWARD_MS = 60_000;
/** Between two questions that brought nothing, where a proxy does not let us wait. */
const IDLE_MS = 1_000;

/** `now`, `start` or a number; null for anything else. */
export function parseSince(text: string): Since | null {
  if (text === 'now') return 'end';
  if (text === 'start') return 0;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Ends with `stop` alone. @returns the exit code @throws Fatal */
export async function listen(api: Api, options: ListenOptions, stop: AbortSignal): Promise<number> {
  const secret = options.secret ?? `whsec_${randomBytes(32).toString('base64')}`;
  if (options.secret === undefined) say(`Webhook secret: ${secret}  (for this run; --secret keeps one)`);
  let after = String(options.since);
  try {
    // One request finds the end of the log, so that a network failure loses nothing.
    if (after === 'end') after = (await patiently(() => ask(api, { after, limit: '1' }, stop), stop)).next_after;
    say(`${api.url} → ${options.forwardTo}, what comes after ${after}. Ctrl-C ends it.`);
    for (;;) {
      const startedMs = performance.now();
      const query = { after, limit: '100', wait: String(WAIT_SECONDS), ...(options.types && { type: options.types }) };
      const page = await patiently(() => ask(api, query, stop), stop);
      for (const entry of page.events) {
        say(await forward(entry, options.forwardTo, secret, stop));
        after = String(entry.sequence);
      }
      const isIdle = after === page.next_after && page.events.length === 0 && performance.now() - startedMs < IDLE_MS;
      after = page.next_after;
      if (isIdle) await pause(IDLE_MS, undefined, { signal: stop });
    }
  } catch (error) {
    if (!stop.aborted) throw error;
    say(after === 'end' ? 'Stopped.' : `Stopped. To go on from here: --since ${after}`);
    return 0;
  }
}

async function ask(api: Api, query: Record<string, string>, signal: AbortSignal): Promise<Page> {
  const answer = await api.ask('GET', `/v1/events?${new URLSearchParams(query)}`, { timeoutMs: ANSWER_MS, signal });
  const page = answer as Partial<Page>;
  if (!Array.isArray(page.events) || typeof page.next_after !== 'string') throw new Unreachable('the answer is no log');
  return page as Page;
}

/** One delivery, as src/jobs/deliver/dispatch.ts makes it. @returns the line that tells of it */
async function forward(entry: Entry, url: string, secret: string, stop: AbortSignal): Promise<string> {
  const { id, type, sequence, created_at, livemode, data } = entry;
  const body = JSON.stringify({ event_id: id, event_type: type, created_at, livemode, data });
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'SatLane-Webhook/1.0',
    'x-satlane-event-id': id,
    'x-satlane-event-type': type,
    ...signatureHeaders(id, Math.floor(Date.now() / 1000), body, [secret]),
  };
  const startedMs = performance.now();
  const result = await within(FORWARD_MS, stop, async (signal) => {
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal });
    await response.body?.cancel();
    return String(response.status);
  }).catch((error: unknown) => {
    if (!(error instanceof Unreachable)) throw error;
    return `not delivered: ${error.message}`;
  });
  return `${sequence}  ${type}  ${id}  ${result}  ${Math.round(performance.now() - startedMs)} ms`;
}
