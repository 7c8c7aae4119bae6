// Looks into the outbox: what became of an invoice's deliveries, and what a webhook said.

import { deliveriesOf } from '../../src/adapters/db/delivery-log.ts';
import type { Dispatcher } from '../../src/adapters/webhooks/dispatcher.ts';
import type { InvoiceSnapshot } from '../../src/core/snapshot/invoice.ts';
import { depsFor } from '../../src/wiring.ts';
import { bindings, type Merchant } from './merchant.ts';
import type { Delivery } from './node/hub.ts';

export interface Webhook {
  event_id: string;
  event_type: string;
  created_at: string;
  livemode: boolean;
  data: { invoice: InvoiceSnapshot };
}

export function webhookOf(delivery: Delivery | undefined): Webhook {
  if (!delivery) throw new Error('no such delivery');
  return JSON.parse(delivery.body) as Webhook;
}

/** The rows of an invoice's deliveries, oldest first. */
export function outboxOf(merchant: Merchant, invoiceId: string) {
  return deliveriesOf(merchant.deps.db, invoiceId);
}

/** A sweep works on all merchants' deliveries, and tests turn their clocks far ahead: each starts with none. */
export async function emptyOutbox(): Promise<void> {
  await bindings.DB.batch([bindings.DB.prepare('DELETE FROM deliveries'), bindings.DB.prepare('DELETE FROM cursors')]);
}

/** A dispatcher whose work never gets anywhere: what a Worker leaves behind that dies after its commit. */
export function deadDispatcher(): Dispatcher {
  const { dispatcher } = depsFor(bindings, { waitUntil() {} });
  const never = () => new Promise<void>(() => {});
  return { ...dispatcher, senders: { send: never, drain: never } };
}

export async function addEndpoint(
  merchant: Merchant,
  endpoint: { id: string; url: string; secret: string; eventTypes?: string[] },
): Promise<void> {
  const id = `${endpoint.id}-${merchant.store.id}`;
  await bindings.DB.prepare(
    `INSERT INTO endpoints (id, store_id, url, dialect, secret_sealed, event_types, created_at)
     VALUES (?, ?, ?, 'native', ?, ?, ?)`,
  )
    .bind(
      id,
      merchant.store.id,
      endpoint.url,
      await merchant.deps.vault.seal(endpoint.secret, `endpoint:${id}`),
      endpoint.eventTypes ? JSON.stringify(endpoint.eventTypes) : null,
      merchant.clock.ms,
    )
    .run();
}
