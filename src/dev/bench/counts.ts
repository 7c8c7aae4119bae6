// Counts what an invoice costs from its creation to its payment: figures that a machine's speed does not change, and that
// carry over to production. Called by main.ts and many.ts.

import { randomUUID } from 'node:crypto';
import type { BenchWorld, Merchant } from './bench-world.ts';
import type { Costs, Metered } from './worker/meter.ts';

export interface CountedStep {
  name: string;
  /** Part of the plain road from creation to paid, and of its sum. */
  onTheRoad: boolean;
  untilAnswer: Costs;
  afterAnswer: Costs;
}

export const ORDER = { amount: '49.90', currency: 'EUR' };

/** @param merchant one whose pool holds a single address, so that its first invoice refills it */
export async function countSteps(place: BenchWorld, merchant: Merchant): Promise<CountedStep[]> {
  const ask = (path: string, body: unknown) =>
    meteredAnswer(place, path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${merchant.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    });
  const addresses = async () => {
    const sql = 'SELECT count(*) AS n FROM addresses WHERE wallet_id = ?';
    return Number((await place.sql([{ sql, params: [merchant.walletId] }]))[0]?.n);
  };

  const before = await addresses();
  const refilling = await ask('/v1/invoices', ORDER);
  const derived = (await addresses()) - before;
  // Of another currency the isolate remembers nothing, as of a key that it has not seen.
  const unseen = await ask('/v1/invoices', { ...ORDER, currency: 'CHF' });
  const created = await ask('/v1/invoices', ORDER);
  const { id } = (created.body as { invoice: { id: string } }).invoice;
  const referring = await ask('/v1/invoices', { ...ORDER, order_ref: 'order-1001' });
  const seen = await ask(`/v1/invoices/${id}/simulate`, { event_type: 'invoice.payment_seen' });
  const paid = await ask(`/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
  return [
    { name: 'one address derived ahead', onTheRoad: false, ...share(refilling, unseen, derived) },
    { name: 'the first `POST /v1/invoices` in a minute', onTheRoad: false, ...unseen },
    { name: '`POST /v1/invoices` with an `order_ref`', onTheRoad: false, ...referring },
    { name: '`POST /v1/invoices`', onTheRoad: true, ...created },
    { name: 'payment seen', onTheRoad: true, ...seen },
    { name: 'payment confirmed: paid', onTheRoad: true, ...paid },
  ];
}

/** @throws Error when the answer is no success */
export async function meteredAnswer(place: BenchWorld, path: string, init: RequestInit): Promise<Metered> {
  const headers = new Headers(init.headers);
  headers.set('x-bench-meter', '1');
  const response = await fetch(new URL(path, place.url), { ...init, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was not metered: ${text}`);
  const answer = JSON.parse(text) as Metered;
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return answer;
}

/** What a creation that refilled the pool cost more than one that did not, for each address. */
function share(refilling: Metered, plain: Metered, addresses: number): Pick<Metered, 'untilAnswer' | 'afterAnswer'> {
  const per = (more: Costs, less: Costs) =>
    Object.fromEntries(
      Object.keys(more).map((key) => [key, (more[key as keyof Costs] - less[key as keyof Costs]) / addresses]),
    ) as unknown as Costs;
  return {
    untilAnswer: per(refilling.untilAnswer, plain.untilAnswer),
    afterAnswer: per(refilling.afterAnswer, plain.afterAnswer),
  };
}
