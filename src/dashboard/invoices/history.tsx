// The story of an invoice: its events in order, and who was told of them. Called by page.tsx.

import { deliveryId } from '../../accounts/endpoints.ts';
import { satsText } from '../../checkout/text.ts';
import type { LoggedEvent } from '../../db/events.ts';
import type { NativeInvoice } from '../../invoice/native.ts';
import { may, type StoreFrame } from '../http.tsx';
import { Action, At, Badge, Card } from '../parts.tsx';
import { count, DELIVERY, EVENT, STATUS } from '../text.ts';
import type { InvoiceView } from './view.ts';

export function Timeline({ events }: { events: LoggedEvent[] }) {
  return (
    <Card title="Timeline">
      <ol class="timeline">
        {events.map((event) => {
          const invoice = JSON.parse(event.snapshot) as NativeInvoice;
          const paid = BigInt(invoice.amount_paid_sats);
          return (
            <li class={STATUS[invoice.status].tone}>
              <strong>{EVENT[event.type]}</strong>
              <small>
                <At ms={event.createdAtMs} />
                {paid > 0n && ` · ${satsText(paid)} received`}
                {event.type === 'invoice.requires_review' &&
                  invoice.review_reason &&
                  ` · ${invoice.review_reason.replaceAll('_', ' ')}`}
              </small>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

export function Deliveries({ frame, view }: { frame: StoreFrame; view: InvoiceView }) {
  const { store, person } = frame;
  const types = new Map(view.events.map(({ seq, type }) => [seq, type]));
  const canSend = may(person, 'manager') && store.archivedAtMs === null;
  return (
    <Card title="Webhook deliveries">
      {view.deliveries.length === 0 && (
        <p class="hint">
          Nobody was told of this invoice. <a href={`/stores/${store.id}/webhooks`}>Endpoints</a> get every event from
          when they are added.
        </p>
      )}
      <ul class="deliveries">
        {view.deliveries.map((delivery) => {
          const type = types.get(delivery.seq);
          const last = delivery.attemptLog.at(-1);
          const { word, tone } = DELIVERY[delivery.state];
          return (
            <li>
              <div class="delivery-head">
                <span>
                  <strong>{type === undefined ? 'Event' : EVENT[type]}</strong> <Badge tone={tone}>{word}</Badge>
                </span>
                {canSend && delivery.endpointId !== null && delivery.state !== 'pending' && (
                  <Action
                    to={`/stores/${store.id}/invoices/${view.invoice.id}/redeliver`}
                    hidden={{ endpoint: delivery.endpointId, delivery: deliveryId(delivery) }}
                    kind="quiet small"
                    label={`Send again: ${type === undefined ? 'event' : EVENT[type]}`}
                  >
                    Send again
                  </Action>
                )}
              </div>
              <p class="hint">
                <span class="mono">{delivery.url}</span>
                <br />
                {last === undefined ? 'Not tried yet' : `${count(delivery.attempts, 'try', 'tries')}, the last `}
                {last !== undefined && <At ms={last.at} />}
                {last !== undefined &&
                  `: ${last.status === null ? 'no answer' : `HTTP ${last.status}`} after ${last.tookMs} ms`}
                {last?.error != null && ` · ${last.error}`}
              </p>
              {last?.response != null && last.response !== '' && (
                <details class="more" id={`answer-${delivery.seq}-${delivery.target}`}>
                  <summary>What it answered</summary>
                  <pre tabindex={0}>{last.response}</pre>
                </details>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
