// A buyer's page as far as a benchmark needs it: its stream, and when an event comes on it. Called by watch-events.ts and
// lightning-payments.ts.

import { setTimeout as pause } from 'node:timers/promises';
import type { BenchWorld } from './bench-world.ts';

const GIVE_UP_MS = 180_000;

interface Page {
  /** When the event comes, by `performance.now()`. */
  event: Promise<number>;
  close(): void;
}

/** It is open when this returns. */
export async function openPage(place: BenchWorld, invoiceId: string, event: string): Promise<Page> {
  const closing = new AbortController();
  const response = await fetch(new URL(`/pay/invoices/${invoiceId}/events`, place.url), { signal: closing.signal });
  if (!response.ok || !response.body) throw new Error(`no stream: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let heard = '';
  const hear = async (what: string) => {
    while (!heard.includes(`event: ${what}\n`)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the stream ended without ${what}`);
      heard += value;
    }
    return performance.now();
  };
  await hear('snapshot');
  return { event: hear(event), close: () => closing.abort() };
}

/** @throws Error where it takes minutes */
export async function inTime<T>(event: Promise<T>): Promise<T> {
  const late = new AbortController();
  const never = pause(GIVE_UP_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error('an event did not arrive');
  });
  try {
    return await Promise.race([event, never]);
  } finally {
    late.abort();
    never.catch(() => {});
  }
}
