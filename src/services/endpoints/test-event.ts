// A synthetic event, to try an endpoint with. Called by the native API's routes and the dashboard.

import { TEST_EVENT } from '../../adapters/db/deliveries.ts';
import { insertDelivery, type LoggedDelivery } from '../../adapters/db/delivery-log.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { dialectOf } from '../../core/dialects/table.ts';
import { eventBody } from '../../core/invoice/event.ts';
import type { EventType } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { append } from '../events/append.ts';
import { SAMPLE_INVOICE_ID, sampleStep } from '../payments/sample.ts';
import { switchedOn } from './endpoints.ts';

/**
 * Logs the test of the endpoint, sends a sample and waits for the answer. Tried once, and no word on the endpoint's health.
 * @param type a type of our own; an endpoint of another dialect gets its own event of the same step
 * @throws ApiError not_found, conflict for an endpoint that is switched off or has no event of such a step
 */
export async function testEndpoint(deps: Deps, store: StoreRow, id: string, type: EventType): Promise<LoggedDelivery> {
  const endpoint = await switchedOn(deps, store, id);
  const { url, dialect } = endpoint;
  const createdAtMs = deps.now();
  const { events, testInvoiceId } = dialectOf(dialect);
  const { transition, snapshot } = sampleStep(
    type,
    store,
    { nowMs: createdAtMs, origin: deps.config.ORIGIN },
    testInvoiceId?.(crypto.randomUUID()) ?? SAMPLE_INVOICE_ID,
  );
  const sample = events(transition, type).at(-1);
  if (!sample) throw new ApiError('conflict', `An endpoint of the dialect ${dialect} has no event for ${type}.`);
  const { type: eventType } = sample;
  const about = {
    storeId: store.id,
    subject: 'endpoint' as const,
    subjectId: id,
    createdAtMs,
    livemode: !store.testMode,
  };
  const logged = await append(
    deps,
    { ...about, seq: null, type: TEST_EVENT, figures: null, ...shapeOf({ event_type: eventType }) },
    { targets: [], endpoints: [] },
  );
  if (!logged) throw new ApiError('database_unavailable');
  // The sample is an invoice, and is named after the event that it was made for.
  const body = sample.body ?? eventBody({ ...logged, subject: 'invoice', type, snapshot: JSON.stringify(snapshot) });
  const { seq, logSeq } = logged;
  const name = { ...about, seq, logSeq, target: 0, resent: 0, isTest: true, endpointId: id, url, body, eventType };
  const due = { ...name, line: null, dialect, snapshot: '', attempts: 0 };
  const { attempt, state } = await deps.deliver.once(due, endpoint);
  const made = { ...name, state, attempts: 1, nextAttemptMs: null, attemptLog: [attempt] };
  await insertDelivery(deps.db, { ...made, dialect });
  return made;
}

const shapeOf = (snapshot: object) => ({ snapshotVersion: 1, snapshot: JSON.stringify(snapshot) });
