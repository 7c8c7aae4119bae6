// One delivery of an event with every try at it: on the page of its endpoint and on that of its invoice.

import type { LoggedEventType } from '../../core/invoice/invoice.ts';
import type { LoggedDelivery } from '../../services/endpoints/deliveries.ts';
import { deliveryId } from '../../services/endpoints/names.ts';
import { Action, At, Badge } from './parts.tsx';
import { count, DELIVERY, EVENT } from './text.ts';

interface DeliveryProps {
  delivery: LoggedDelivery;
  /** Where a form goes that sends it again; null for those who may not. */
  again: string | null;
  /** The store's page, where the page is not the invoice's own. */
  storeHref?: string;
  /** Said where the page does not: where it went. */
  showsUrl?: boolean;
}

export function Delivery({ delivery, again, storeHref, showsUrl = false }: DeliveryProps) {
  const { word, tone } = DELIVERY[delivery.state];
  const { isTest } = delivery;
  const event = EVENT[delivery.eventType as LoggedEventType] ?? delivery.eventType;
  const last = delivery.attemptLog.at(-1);
  return (
    <li>
      <div class="delivery-head">
        <span>
          <strong>{event}</strong> <Badge tone={tone}>{word}</Badge> {isTest && <Badge tone="calm">Test event</Badge>}
        </span>
        {again !== null && !isTest && delivery.state !== 'pending' && (
          <Action to={again} hidden={{ delivery: deliveryId(delivery) }} kind="quiet small" label={`Resend ${event}`}>
            Resend
          </Action>
        )}
      </div>
      <p class="hint">
        {showsUrl && (
          <>
            {delivery.endpointId === null ? 'To the invoice’s own callback: ' : ''}
            <span class="mono">{delivery.url}</span>
            <br />
          </>
        )}
        <At ms={delivery.createdAtMs} />
        {storeHref !== undefined && delivery.subject === 'invoice' && (
          <>
            {' · '}
            <a href={`${storeHref}/invoices/${delivery.subjectId}`}>its invoice</a>
          </>
        )}
        {last === undefined
          ? ' · no attempt yet'
          : ` · ${count(delivery.attemptLog.length, 'attempt')}, ${resultOf(last)}`}
        {delivery.nextAttemptMs !== null && delivery.state === 'retrying' && (
          <>
            {' · next attempt '}
            <At ms={delivery.nextAttemptMs} />
          </>
        )}
      </p>
      {delivery.attemptLog.length > 0 && (
        <details class="more" id={`tries-${deliveryId(delivery)}`}>
          <summary>{delivery.attemptLog.length === 1 ? 'Response' : 'All attempts'}</summary>
          <ol class="tries">
            {delivery.attemptLog.map((attempt) => (
              <li>
                <At ms={attempt.at} />: {resultOf(attempt)}
                {attempt.response !== null && attempt.response !== '' && <pre tabindex={0}>{attempt.response}</pre>}
              </li>
            ))}
          </ol>
        </details>
      )}
    </li>
  );
}

function resultOf({ status, tookMs, error }: LoggedDelivery['attemptLog'][number]): string {
  const answer = status === null ? (error ?? 'no answer') : `HTTP ${status}`;
  const more = status !== null && error !== null && error !== answer ? `, ${error}` : '';
  return `${answer}${more} in ${tookMs} ms`;
}
