// The page of a webhook endpoint: test events, the log of deliveries with every try, its settings. Called by webhooks.tsx.

import { deliveryId } from '../../accounts/endpoints.ts';
import type { LoggedDelivery } from '../../db/delivery-log.ts';
import type { Endpoint } from '../../db/endpoints.ts';
import { EVENT_TYPES, type EventType } from '../../invoice/invoice.ts';
import { SelectField } from '../fields.tsx';
import { type Draft, draftOf } from '../forms.ts';
import { may, type StoreFrame } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Callout, Card, Danger, PageHead } from '../parts.tsx';
import { DELIVERY, EVENT } from '../text.ts';
import { EndpointFields, Health } from './endpoint-list.tsx';

interface EndpointProps {
  frame: StoreFrame;
  endpoint: Endpoint;
  deliveries: LoggedDelivery[];
  /** Where the next page of deliveries begins. */
  older: string | null;
  settings: Draft;
  problem: string | null;
}

export function EndpointPage({ frame, endpoint, deliveries, older, settings, problem }: EndpointProps) {
  const { store, person } = frame;
  const to = `/stores/${store.id}/webhooks/${endpoint.id}`;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  return (
    <Shell title={endpoint.label || 'Endpoint'} frame={frame} store={store} tab="/webhooks">
      <PageHead
        title={endpoint.label || 'Endpoint'}
        badge={<Health endpoint={endpoint} />}
        back={{ href: `/stores/${store.id}/webhooks`, text: 'Webhooks' }}
        lead={<span class="mono">{endpoint.url}</span>}
      />
      {problem !== null && <Callout tone="stop">{problem}</Callout>}
      {isManager && endpoint.enabled && (
        <Card title="Try it" lead="A made-up event, signed like a real one. Your server can tell it by its metadata.">
          <form method="post" action={`${to}/test`} class="form row-form">
            <SelectField
              draft={draftOf({ event_type: 'invoice.paid' })}
              name="event_type"
              label="Event"
              options={EVENT_TYPES.map((type) => ({ value: type, text: EVENT[type] }))}
            />
            <button type="submit" class="button">
              Send test event
            </button>
          </form>
        </Card>
      )}
      <Card title="Deliveries">
        {deliveries.length === 0 && (
          <p class="hint">Nothing {older === null ? 'was sent here yet' : 'on this page; there is more'}.</p>
        )}
        <ul class="deliveries">
          {deliveries.map((delivery) => (
            <Delivery to={to} store={store.id} delivery={delivery} canSend={isManager && endpoint.enabled} />
          ))}
        </ul>
        {older !== null && (
          <nav class="pager" aria-label="Pages">
            <a href={to}>Newest</a>
            <a class="button quiet" href={`${to}?before=${older}`}>
              Older
            </a>
          </nav>
        )}
        {isManager && endpoint.enabled && (
          <details class="more">
            <summary>Send again what failed</summary>
            <form method="post" action={`${to}/redeliver-failed`} class="form row-form">
              <SelectField
                draft={draftOf({ days: '1' })}
                name="days"
                label="Since"
                options={[
                  { value: '1', text: 'a day ago' },
                  { value: '7', text: 'a week ago' },
                  { value: '30', text: '30 days ago' },
                ]}
              />
              <button type="submit" class="button quiet">
                Send again
              </button>
            </form>
          </details>
        )}
      </Card>
      {isManager && (
        <Card title="Settings">
          <form method="post" action={to} class="form">
            <EndpointFields draft={settings} />
            <div class="form-actions">
              <button type="submit" class="button quiet">
                Save
              </button>
            </div>
          </form>
          <div class="form-actions rule">
            <Action to={`${to}/switch`} hidden={{ enabled: endpoint.enabled ? 'off' : 'on' }}>
              {endpoint.enabled ? 'Switch off' : 'Switch on'}
            </Action>
            <Danger
              summary="New secret"
              warning="You get a new signing secret. The present one signs beside it for a day."
            >
              <Action to={`${to}/rotate`} kind="">
                Make a new secret
              </Action>
            </Danger>
            <Danger summary="Remove" warning="What is still to be sent here fails. This cannot be undone.">
              <Action to={`${to}/remove`} kind="stop">
                Remove for good
              </Action>
            </Danger>
          </div>
        </Card>
      )}
    </Shell>
  );
}

function Delivery(props: { to: string; store: string; delivery: LoggedDelivery; canSend: boolean }) {
  const { to, store, delivery, canSend } = props;
  const { word, tone } = DELIVERY[delivery.state];
  const isTest = delivery.invoiceId.startsWith('test-');
  const event = delivery.eventType === null ? 'Event' : (EVENT[delivery.eventType as EventType] ?? delivery.eventType);
  const last = delivery.attemptLog.at(-1);
  return (
    <li>
      <div class="delivery-head">
        <span>
          <strong>{event}</strong> <Badge tone={tone}>{word}</Badge> {isTest && <Badge tone="calm">Test event</Badge>}
        </span>
        {canSend && !isTest && delivery.state !== 'pending' && (
          <Action
            to={`${to}/redeliver`}
            hidden={{ delivery: deliveryId(delivery) }}
            kind="quiet small"
            label={`Send again: ${event}`}
          >
            Send again
          </Action>
        )}
      </div>
      <p class="hint">
        <At ms={delivery.createdAtMs} />
        {!isTest && (
          <>
            {' · '}
            <a href={`/stores/${store}/invoices/${delivery.invoiceId}`}>its invoice</a>
          </>
        )}
        {last !== undefined &&
          ` · ${last.status === null ? 'no answer' : `HTTP ${last.status}`} after ${last.tookMs} ms`}
        {last?.error != null && ` · ${last.error}`}
        {delivery.nextAttemptMs !== null && delivery.state === 'retrying' && (
          <>
            {' · next try '}
            <At ms={delivery.nextAttemptMs} />
          </>
        )}
      </p>
      {delivery.attemptLog.length > 0 && (
        <details class="more">
          <summary>Every try</summary>
          <ol class="tries">
            {delivery.attemptLog.map(({ at, status, tookMs, error, response }) => (
              <li>
                <At ms={at} />: {status === null ? 'no answer' : `HTTP ${status}`}, {tookMs} ms
                {error !== null && `, ${error}`}
                {response !== null && response !== '' && <pre tabindex={0}>{response}</pre>}
              </li>
            ))}
          </ol>
        </details>
      )}
    </li>
  );
}
