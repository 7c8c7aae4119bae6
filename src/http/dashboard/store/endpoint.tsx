// The page of a webhook endpoint: test events, the log of deliveries with every try, its settings. Called by webhooks.tsx.

import { dialectOf } from '../../../core/dialects/table.ts';
import { EVENT_TYPES } from '../../../core/invoice/invoice.ts';
import type { DeliveryState, LoggedDelivery } from '../../../services/endpoints/deliveries.ts';
import { type Endpoint, previousSecretUntilMs } from '../../../services/endpoints/endpoints.ts';
import { Delivery } from '../deliveries.tsx';
import { Form, SelectField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { draftOf, type FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Callout, Card, Danger, PageHead } from '../parts.tsx';
import { EVENT } from '../text.ts';
import { EndpointFields, EndpointHealth } from './endpoint-list.tsx';

interface EndpointProps {
  frame: StorePageContext;
  endpoint: Endpoint;
  deliveries: LoggedDelivery[];
  /** Where the next page of deliveries begins. */
  older: string | null;
  /** How the newest delivery ended; undefined on later pages. */
  newest: DeliveryState | undefined;
  settings: FormDraft;
  problem: string | null;
}

export function EndpointPage({ frame, endpoint, deliveries, older, newest, settings, problem }: EndpointProps) {
  const { store, person } = frame;
  const to = `/stores/${store.id}/webhooks/${endpoint.id}`;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  return (
    <Shell title={endpoint.label || 'Endpoint'} frame={frame} store={store} tab="/webhooks">
      <PageHead
        title={endpoint.label || 'Endpoint'}
        badge={<EndpointHealth endpoint={endpoint} last={newest} />}
        back={{ href: `/stores/${store.id}/webhooks`, text: 'Webhooks' }}
        lead={<span class="mono">{endpoint.url}</span>}
      />
      {problem !== null && <Callout tone="stop">{problem}</Callout>}
      {isManager && endpoint.enabled && (
        <Card title="Try it" lead="A sample event, signed like a real one. Its metadata marks it as a test.">
          <form method="post" action={`${to}/test`} class="form row-form">
            <FormToken />
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
          <p class="hint">{older === null ? 'No deliveries yet.' : 'No deliveries on this page. Older ones follow.'}</p>
        )}
        <ul class="deliveries">
          {deliveries.map((delivery) => (
            <Delivery
              delivery={delivery}
              again={isManager && endpoint.enabled ? `${to}/redeliver` : null}
              storeHref={`/stores/${store.id}`}
            />
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
            <summary>Resend failed events</summary>
            <form method="post" action={`${to}/redeliver-failed`} class="form row-form">
              <FormToken />
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
                Resend events
              </button>
            </form>
          </details>
        )}
      </Card>
      {isManager && (
        <Card title="Settings">
          <Form to={to} submit="Save" quiet>
            <EndpointFields draft={settings} dialect={endpoint.dialect} />
          </Form>
          <div class="form-actions rule">
            {endpoint.enabled ? (
              <Danger
                summary="Switch off"
                warning="SatLane sends nothing here until you switch it on again. You can resend the missed events then."
              >
                <Action to={`${to}/switch`} hidden={{ enabled: 'off' }} kind="stop">
                  Switch off endpoint
                </Action>
              </Danger>
            ) : (
              <Action to={`${to}/switch`} hidden={{ enabled: 'on' }}>
                Switch on
              </Action>
            )}
            <NewSecret to={`${to}/rotate`} endpoint={endpoint} nowMs={frame.deps.now()} />
            <Danger summary="Remove" warning="Events that wait for this endpoint fail. This cannot be undone.">
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

/** Two secrets sign at a time: within a day of a new one, another one ends the older of them. */
function NewSecret({ to, endpoint, nowMs }: { to: string; endpoint: Endpoint; nowMs: number }) {
  const untilMs = previousSecretUntilMs(endpoint);
  if (untilMs === null || untilMs <= nowMs) {
    return (
      <Danger
        summary="New secret"
        warning={
          dialectOf(endpoint.dialect).endpoint?.hasTwoSecrets
            ? 'You get a new signing secret. The current one signs too for 24 hours.'
            : 'You get a new signing secret. The current one no longer works: your shop refuses events until it has the new one.'
        }
      >
        <Action to={to} kind="">
          Rotate secret
        </Action>
      </Danger>
    );
  }
  return (
    <Danger
      summary="New secret"
      warning={
        <>
          The previous secret signs until <At ms={untilMs} />. Another rotation ends that now: a server that still uses
          it refuses events.
        </>
      }
    >
      <Action to={to} hidden={{ force: 'on' }} kind="stop">
        It leaked: rotate now
      </Action>
    </Danger>
  );
}
