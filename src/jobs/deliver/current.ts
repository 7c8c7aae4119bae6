// What an attempt says: the bytes that were frozen with the event; or, for a dialect whose receivers take a notification for how
// the invoice stands, how it stands now, where the attempt is not the first one. Called by attempt.ts.

import type { DueDelivery } from '../../adapters/db/deliveries.ts';
import type { Dispatcher } from '../../adapters/webhooks/dispatcher.ts';
import { dialectOf } from '../../core/dialects/table.ts';

/** A first attempt within this long tells of what has just happened; a later one was lost in a crash and found again. */
const AT_ONCE_MS = 10_000;

export async function current(
  { bodyNow, now }: Pick<Dispatcher, 'bodyNow' | 'now'>,
  delivery: DueDelivery,
): Promise<DueDelivery> {
  const isAtOnce = delivery.attempts === 0 && now() - delivery.createdAtMs < AT_ONCE_MS;
  if (!bodyNow || isAtOnce || !dialectOf(delivery.dialect).restated) return delivery;
  return { ...delivery, body: await bodyNow(delivery) };
}
