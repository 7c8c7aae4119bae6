// A buyer's browser as the tests have one: asks without a key, reads Server-Sent Events frame by frame.

import { bindings, type Merchant } from './merchant.ts';

/** A request from a browser on another site, with no credential. */
export function browse(
  merchant: Merchant,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Response> {
  const context = {
    waitUntil: (work: Promise<unknown>) => merchant.deps.background(work),
    passThroughOnException() {},
    props: {},
  };
  const request = new Request(`https://pay.test${path}`, { method, headers });
  return Promise.resolve(merchant.app.fetch(request, bindings, context as unknown as ExecutionContext));
}

export interface Frame {
  id: string | null;
  event: string | null;
  retry: string | null;
  data: string;
}

/** What every message of a stream says. */
export interface LivePayload {
  event_id: string;
  event_type: string;
  created_at: string;
  livemode: boolean;
  invoice: { status: string; amount_paid_sats: string };
}

export type Stream = ReturnType<typeof readStream>;

/** Reads an SSE body; comments are skipped, as a browser does. */
export function readStream(response: Response) {
  if (!response.body) throw new Error(`no stream: HTTP ${response.status}`);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  /** The next frame; null when the stream has ended. */
  const next = async (): Promise<Frame | null> => {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (!block.startsWith(':')) return parse(block);
        continue;
      }
      const { done, value } = await reader.read();
      if (done) return null;
      buffer += decoder.decode(value, { stream: true });
    }
  };
  const rest = async (): Promise<Frame[]> => {
    const frames: Frame[] = [];
    for (let frame = await next(); frame; frame = await next()) frames.push(frame);
    return frames;
  };
  return {
    next,
    /** Everything until the stream ends itself. */
    rest,
    /** The next frame with this name. */
    async until(event: string): Promise<Frame> {
      for (let frame = await next(); frame; frame = await next()) if (frame.event === event) return frame;
      throw new Error(`the stream ended before ${event}`);
    },
    cancel: () => reader.cancel(),
  };
}

/** Opens an invoice's stream and reads the first frames: `retry`, then the snapshot. */
export async function openStream(merchant: Merchant, invoiceId: string, lastEventId?: string) {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const stream = readStream(await browse(merchant, `/pay/invoices/${invoiceId}/events`, headers));
  const retry = await stream.next();
  const snapshot = await stream.next();
  if (!retry || !snapshot) throw new Error('the stream ended at its beginning');
  return { ...stream, retry, snapshot };
}

export function payloadOf(frame: Frame | null): LivePayload {
  if (!frame) throw new Error('the stream has ended');
  return JSON.parse(frame.data) as LivePayload;
}

/** The numbers and names of the events in some frames, each event once. */
export function namedEvents(frames: Frame[]): string[] {
  return frames.flatMap(({ id, event }) => (event === null || event === 'snapshot' ? [] : [`${id} ${event}`]));
}

function parse(block: string): Frame {
  const frame: Frame = { id: null, event: null, retry: null, data: '' };
  const lines: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ');
    const [field, value] = [line.slice(0, colon), line.slice(colon + 2)];
    if (field === 'data') lines.push(value);
    else if (field === 'id' || field === 'event' || field === 'retry') frame[field] = value;
    else throw new Error(`not a line of an event stream: ${line}`);
  }
  return { ...frame, data: lines.join('\n') };
}
