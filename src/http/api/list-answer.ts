// A list of any length as one answer: written as it is read, so that it needs the memory of one batch. Called by the routes
// that answer with lists.

import { log } from '../../log.ts';
import type { Ctx } from './http.ts';

const encoder = new TextEncoder();

/**
 * What is wrong before the first batch is the caller's to answer. After it the connection breaks: a list that ends too early
 * must not look whole.
 * @param around what stands before the list and behind it
 * @throws what the first batch throws
 */
export async function listAnswer<T>(
  c: Ctx,
  batches: AsyncIterator<T[]>,
  toBody: (one: T) => unknown,
  around: readonly [before: string, behind: string] = ['', ''],
): Promise<Response> {
  const text = async (batch: T[]) => (await Promise.all(batch.map(toBody))).map((one) => JSON.stringify(one)).join(',');
  const [start, end] = [`${around[0]}[`, `]${around[1]}`];
  const first = await batches.next();
  const second = first.done ? first : await batches.next();
  if (second.done) return c.body(`${start}${first.done ? '' : await text(first.value)}${end}`, 200, JSON_TYPE);
  let ready: string | null = `${start}${await text(first.value as T[])},${await text(second.value)}`;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        if (ready === null) {
          const next = await batches.next();
          controller.enqueue(encoder.encode(next.done ? end : `,${await text(next.value)}`));
          if (next.done) controller.close();
          return;
        }
        controller.enqueue(encoder.encode(ready));
        ready = null;
      } catch (error) {
        log('request.failed', {
          requestId: c.get('requestId'),
          code: 'list_broken',
          detail: String(error).slice(0, 500),
        });
        controller.error(error);
      }
    },
    async cancel() {
      await batches.return?.();
    },
  });
  return c.body(stream, 200, JSON_TYPE);
}

const JSON_TYPE = { 'content-type': 'application/json' };
