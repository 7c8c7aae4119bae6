// The endpoints of a store, the form for a new one, and the page that shows a secret once. Called by webhooks.tsx.

import type { Child } from 'hono/jsx';
import { dialectOf, ENDPOINT_DIALECTS, OWN_DIALECT, OWN_EVENT_TYPES } from '../../../core/dialects/table.ts';
import type { DeliveryState } from '../../../services/endpoints/deliveries.ts';
import type { Endpoint, EndpointWithSecret } from '../../../services/endpoints/endpoints.ts';
import { CopyField } from '../../ui/parts.tsx';
import { CheckField, Form, FormProblem, SelectField, TextField } from '../fields.tsx';
import { BLANK, draftOf, type FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Callout, Card, Empty, PageHead } from '../parts.tsx';
import { EVENT } from '../text.ts';

export function EndpointsPage({
  frame,
  endpoints,
  draft,
}: {
  frame: StorePageContext;
  endpoints: Endpoint[];
  draft: FormDraft;
}) {
  const { store, person } = frame;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  const form = draft === BLANK ? draftOf({ event_types: OWN_EVENT_TYPES.join('\n') }) : draft;
  return (
    <Shell title="Webhooks" frame={frame} store={store} tab="/webhooks">
      <PageHead
        title="Webhooks"
        lead="Your shop’s server receives an event when an invoice is seen, paid or expired. Each event is signed, and sent again until it arrives."
      />
      <Card title="Endpoints">
        {endpoints.length === 0 && (
          <Empty icon="look" title="No endpoints yet">
            <p>
              {isManager
                ? 'Add the address of your server below; then send it a test event.'
                : 'A manager can add an endpoint.'}
            </p>
          </Empty>
        )}
        <ul class="lines">
          {endpoints.map((endpoint) => (
            <li>
              <div>
                <a href={`/stores/${store.id}/webhooks/${endpoint.id}`}>
                  <strong>{endpoint.label || endpoint.url}</strong>
                </a>{' '}
                <EndpointHealth endpoint={endpoint} />
                <p class="hint">
                  <span class="mono">{endpoint.url}</span>
                  {' · '}
                  {endpoint.eventTypes === null ? 'all events' : `${endpoint.eventTypes.length} kinds of events`}
                  {endpoint.dialect === OWN_DIALECT ? '' : ` · in ${dialectOf(endpoint.dialect).title}’s format`}
                </p>
              </div>
              {isManager && endpoint.enabled && (
                <Action
                  to={`/stores/${store.id}/webhooks/${endpoint.id}/test`}
                  hidden={{ event_type: 'invoice.paid' }}
                  label={`Send a test event to ${endpoint.label || endpoint.url}`}
                >
                  Send test event
                </Action>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {isManager && (
        <Card title="New endpoint">
          <Form to={`/stores/${store.id}/webhooks`} submit="Add endpoint">
            <EndpointFields draft={form}>
              <SelectField
                draft={form}
                name="dialect"
                label="Event format"
                hint="A plugin that connects automatically adds its own endpoint."
                options={ENDPOINT_DIALECTS.map((name) => ({ value: name, text: `${dialectOf(name).title}’s events` }))}
              />
            </EndpointFields>
          </Form>
        </Card>
      )}
    </Shell>
  );
}

interface EndpointFieldsProps {
  draft: FormDraft;
  dialect?: string;
  /** Fields of a new endpoint alone. */
  children?: Child;
}

export function EndpointFields({ draft, dialect = OWN_DIALECT, children }: EndpointFieldsProps) {
  return (
    <>
      <FormProblem draft={draft} />
      <TextField
        draft={draft}
        name="url"
        label="Address of your server"
        hint="An https address that takes POST requests, for example https://shop.example/webhooks/satlane."
        inputmode="url"
        autocomplete="off"
        maxlength={2_048}
        mono
      />
      <TextField draft={draft} name="label" label="Name" optional maxlength={100} autocomplete="off" />
      {children}
      {dialectOf(dialect).endpoint?.eventTypes === OWN_EVENT_TYPES ? (
        <details class="more" open={draft.errors.event_types !== undefined}>
          <summary>{children ? 'Which of SatLane’s events' : 'Which events'}</summary>
          <fieldset class="checks">
            <legend class="sr-only">Events that are sent</legend>
            {OWN_EVENT_TYPES.map((type) => (
              <CheckField draft={draft} name="event_types" value={type} label={EVENT[type]} />
            ))}
          </fieldset>
        </details>
      ) : (
        <p class="hint">The application that added this endpoint chose its events.</p>
      )}
    </>
  );
}

/**
 * Green only where an event is known to have arrived: an endpoint that is on may never have been tried.
 * @param last how the newest delivery ended, a test event too, where the page knows it
 */
export function EndpointHealth({ endpoint, last }: { endpoint: Endpoint; last?: DeliveryState | undefined }) {
  if (!endpoint.enabled)
    return <Badge tone="stop">{endpoint.disabledAtMs === null ? 'Off' : 'Switched off after failures'}</Badge>;
  if (endpoint.failingSinceMs !== null) {
    return (
      <Badge tone="warn">
        Failing since <At ms={endpoint.failingSinceMs} />
      </Badge>
    );
  }
  if (last === 'failed' || last === 'retrying') return <Badge tone="warn">On, the last event failed</Badge>;
  return <Badge tone={last === 'succeeded' ? 'good' : 'calm'}>On</Badge>;
}

export function EndpointSecretPage({
  frame,
  made,
  isRotated = false,
}: {
  frame: StorePageContext;
  made: EndpointWithSecret;
  isRotated?: boolean;
}) {
  const { store } = frame;
  const to = `/stores/${store.id}/webhooks/${made.endpoint.id}`;
  const traits = dialectOf(made.endpoint.dialect).endpoint;
  return (
    <Shell title="Signing secret" frame={frame} store={store} tab="/webhooks">
      <div class="narrow">
        <PageHead title="Signing secret" back={{ href: `/stores/${store.id}/webhooks`, text: 'Webhooks' }} />
        <Callout tone="warn">
          Copy it now. It is shown once and cannot be shown again.
          {isRotated &&
            (traits?.hasTwoSecrets
              ? ' The previous secret signs too for 24 hours, so that your server refuses no event.'
              : ' The previous secret no longer works: enter this one in your shop now.')}
        </Callout>
        <Card lead={made.endpoint.url}>
          <div class="fields">
            <CopyField id="secret" label="Signing secret" value={made.secret} />
          </div>
          <p class="hint">
            With this secret your server verifies the header {traits?.signatureHeader}, and knows that an event comes
            from us.
          </p>
          <div class="form-actions">
            <Action to={`${to}/test`} hidden={{ event_type: 'invoice.paid' }} kind="">
              Send a test event
            </Action>
            <a class="button quiet" href={to}>
              Open endpoint
            </a>
          </div>
        </Card>
      </div>
    </Shell>
  );
}
