// A synthetic event, to try an endpoint with. Called by the native API's routes and the dashboard.

import { syntheticInvoiceId } from '../../adapters/db/deliveries.ts';
import { insertMade, type LoggedDelivery } from '../../adapters/db/delivery-log.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { eventBody } from '../../core/invoice/event.ts';
import type { EventType } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { eventsIn } from '../events/targets.ts';
import { SAMPLE_INVOICE_ID, sampleStep } from '../payments/sample.ts';
import { switchedOn } from './endpoints.ts';

/**
 * Sends a synthetic event, waits for the answer and writes it down. Tried once, and no word on the endpoint's health.
 * @param type a native type; an endpoint of another dialect gets its own event of the same step
 * @throws ApiError not_found, conflict for an endpoint that is switched off or has no event of such a step
 */
export async function testEndpoint(deps: Deps, store: StoreRow, id: string, type: EventType): Promise<LoggedDelivery> {
  const endpoint = await switchedOn(deps, store, id);
  const { url, dialect } = endpoint;
  const createdAtMs = deps.now();
  const invoiceId = syntheticInvoiceId();
  const environment = store.testMode ? ('test' as const) : ('live' as const);
  const isNative = dialect === 'native';
  const sampleId = isNative ? SAMPLE_INVOICE_ID : btcpayTestId(invoiceId);
  const { transition, snapshot } = sampleStep(
    type,
    store,
    { nowMs: createdAtMs, origin: deps.config.ORIGIN },
    sampleId,
  );
  const told = isNative ? { type, body: null } : eventsIn(dialect, transition)?.at(-1);
  if (!told) throw new ApiError('conflict', `An endpoint of the dialect ${dialect} has no event for ${type}.`);
  const event = { invoiceId, seq: 1, createdAtMs, snapshot: JSON.stringify(snapshot) };
  const body = told.body ?? eventBody({ ...event, type }, environment);
  const delivery = { ...event, target: 0, endpointId: id, line: null, url, dialect, body, attempts: 0 };
  const made = { ...delivery, eventType: told.type, storeId: store.id, environment };
  const { attempt, state } = await deps.deliver.once(made, endpoint);
  const { seq, target, endpointId } = delivery;
  const key = { createdAtMs, invoiceId, seq, target };
  const row = { ...key, endpointId, url, dialect, body, state, attempts: 1, attemptLog: [attempt] };
  await insertMade(deps.db, row);
  return { ...row, nextAttemptMs: null, eventType: told.type };
}

/** As BTCPay Server names what only tests a webhook; receivers know it by that. */
function btcpayTestId(invoiceId: string): string {
  return `__test__${invoiceId}__test__`;
}
