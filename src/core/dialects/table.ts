// The dialects. A new one is a folder here, a folder in http/api/ and a line in each table. Read by events/targets.ts, endpoints/ and
// deliver/, which name none.

import { BITPAY } from './bitpay/dialect.ts';
import type { Dialect } from './dialect.ts';
import { elenpayOver } from './elenpay/dialect.ts';
import { GREENFIELD } from './greenfield/dialect.ts';
import { NATIVE } from './native/dialect.ts';

export { OWN_EVENT_TYPES, type OwnEventType } from './native/dialect.ts';

/** By the name that endpoints, deliveries and invoices are stored with. */
export const DIALECTS: Record<string, Dialect> = {
  native: NATIVE,
  greenfield: GREENFIELD,
  elenpay: elenpayOver(GREENFIELD),
  bitpay: BITPAY,
};

/** Where none is named. */
export const OWN_DIALECT = 'native';

/** Those that an endpoint can be notified in. */
export const ENDPOINT_DIALECTS: readonly string[] = Object.keys(DIALECTS).filter((name) => DIALECTS[name]?.endpoint);

/** Whose clients are paired with a store, as people call them. */
export const PAIRING_TITLE = Object.values(DIALECTS)
  .filter(({ pairsClients }) => pairsClients)
  .map(({ title }) => title)
  .join(' or ');

/** @throws Error for a name that stands in no row */
export function dialectOf(name: string): Dialect {
  const dialect = Object.hasOwn(DIALECTS, name) ? DIALECTS[name] : undefined;
  if (!dialect) throw new Error(`no dialect ${name}`);
  return dialect;
}
