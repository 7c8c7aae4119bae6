// Webhook events as a list, newest first. Called by the order page and the order list.
import { html } from 'hono/html';
import type { ReceivedEvent } from '../orders.ts';
import { satsText, timeText } from '../words.ts';
import type { Html } from './layout.ts';

export function eventList(events: readonly ReceivedEvent[]): Html {
  return html`<ol class="events">${events.toReversed().map(item)}</ol>`;
}

function item({ id, type, createdAt, deliveries, livemode, invoice }: ReceivedEvent): Html {
  return html`<li>
    <span class="event-head">
      <strong class="mono">${type}</strong>
      ${deliveries > 1 ? html`<span class="tag">delivered ${deliveries} times, counted once</span>` : ''}
      ${livemode ? '' : html`<span class="tag">test mode</span>`}
    </span>
    <small><time datetime="${createdAt}">${timeText(createdAt)}</time>${paid(invoice)}</small>
    <small class="mono id">${id}</small>
  </li>`;
}

function paid(invoice: ReceivedEvent['invoice']): string {
  if (!invoice || BigInt(invoice.amount_paid_sats) === 0n) return '';
  return ` · ${satsText(invoice.amount_paid_sats)} so far`;
}
