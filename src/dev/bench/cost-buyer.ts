// What a buyer's browser asks for while it has the page of an invoice open: the page, its stream, the page again at each event and every
// now and then. It stays until the invoice is paid. Called by cost.ts.

import type { BenchWorld } from './bench-world.ts';

interface Buyer {
  /** Asks for the page again, as a page does that has not heard anything for minutes. */
  lookAnyway(): Promise<void>;
  /** The stream has ended, as it does with the payment. */
  done: Promise<void>;
}

/** The stream is open when this returns. */
export async function openBuyer(place: BenchWorld, invoiceId: string, onEvent: (type: string) => void): Promise<Buyer> {
  const page = async () => {
    const response = await fetch(new URL(`/i/${invoiceId}`, place.url));
    await response.text();
    if (!response.ok) throw new Error(`the page answered ${response.status}`);
  };
  await page();
  const response = await fetch(new URL(`/pay/invoices/${invoiceId}/events`, place.url));
  if (!response.ok || !response.body) throw new Error(`no stream: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const opened = Promise.withResolvers<void>();
  const follow = async () => {
    let heard = '';
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      heard += value;
      const frames = heard.split('\n\n');
      heard = frames.pop() ?? '';
      for (const frame of frames) {
        const type = /^event: (.+)$/m.exec(frame)?.[1];
        if (type === 'snapshot') opened.resolve();
        else if (type) {
          await page();
          onEvent(type);
        }
      }
    }
  };
  const done = follow();
  done.catch(opened.reject);
  await opened.promise;
  return { lookAnyway: page, done };
}
