// What a client calls an order, where it says so in the metadata. Pure. Called where invoices are drafted.

import { numberText } from '../text/json.ts';

/** Invoices are found by it in the dashboard and the native API. */
export function orderRefOf({ OrderId, orderId }: Record<string, unknown>): string | null {
  const name = OrderId ?? orderId;
  return typeof name === 'string' ? name : numberText(name);
}
