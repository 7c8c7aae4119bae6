// A stream on which nothing happens: kept open through proxies by a comment, ended after half an hour.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browse } from '../../support/live.ts';
import { openMerchant } from '../../support/merchant.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function openQuietStream() {
  const merchant = await openMerchant();
  const { id } = await merchant.createInvoice();
  const response = await browse(merchant, `/pay/invoices/${id}/events`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('no stream');
  let text = '';
  return {
    merchant,
    id,
    cancel: () => reader.cancel(),
    /** Everything that was sent up to these words. */
    async upTo(words: string): Promise<string> {
      while (!text.includes(words)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended before: ${words}`);
        text += value;
      }
      const [before = ''] = text.split(words);
      text = text.slice(before.length + words.length);
      return before;
    },
    async rest(): Promise<string> {
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
      return text;
    },
  };
}

describe('A quiet stream', () => {
  it('says every 20 seconds that it is still there, in a way that no page hears', async () => {
    const stream = await openQuietStream();
    await stream.upTo('event: snapshot');
    for (let minute = 0; minute < 3; minute++) {
      vi.advanceTimersByTime(20_000);
      await stream.upTo(': still here\n\n');
    }
    await stream.cancel();
  });

  it('ends after half an hour, so that a page left open is no burden; the browser comes back by itself', async () => {
    const stream = await openQuietStream();
    await stream.upTo('event: snapshot');
    vi.advanceTimersByTime(30 * 60_000);
    expect((await stream.rest()).match(/: still here/g)?.length).toBeGreaterThanOrEqual(89);
    vi.useRealTimers();
    await expect.poll(() => stream.merchant.deps.rooms.listeners(stream.id)).toBe(0);
  });
});
