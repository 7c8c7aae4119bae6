// One Lightning connection: whether it answers, the test, and what an owner can change. Called by lightning.tsx.

import type { NodeFault } from '../../../core/lightning/connection.ts';
import type { Connection } from '../../../services/connections/connections.ts';
import { Form, FormProblem, TextField } from '../fields.tsx';
import { draftOf, type FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Callout, Card, Danger, FactList, PageHead } from '../parts.tsx';
import { CONNECTION_KIND } from '../text.ts';
import { ConnectionBadges, CredentialFields } from './connection-list.tsx';

interface ConnectionProps {
  frame: StorePageContext;
  connection: Connection;
  draft: FormDraft;
}

const FAULT: Record<NodeFault, string> = {
  unreachable: 'The server cannot be reached.',
  timeout: 'The server did not answer in time.',
  certificate: 'The certificate of the server cannot be verified.',
  credential: 'The server does not accept the credential.',
  forbidden: 'The credential lacks a right that is needed.',
  refused: 'The server refused.',
  bad_answer: 'The server does not answer as this kind of node does.',
  unsupported: 'The server does not support what is needed.',
};

export function ConnectionPage({ frame, connection, draft }: ConnectionProps) {
  const { store, person } = frame;
  const isOwner = may(person, 'owner') && store.archivedAtMs === null;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  const receives = connection.id === store.connectionId;
  const to = `/stores/${store.id}/lightning/${connection.id}`;
  return (
    <Shell title={connection.name} frame={frame} store={store} tab="/lightning">
      <PageHead
        title={connection.name}
        badge={<ConnectionBadges connection={connection} receives={receives} />}
        back={{ href: `/stores/${store.id}/lightning`, text: 'Lightning' }}
      />
      <Health connection={connection} />
      <Card title="Connection">
        <FactList
          rows={[
            ['Kind', CONNECTION_KIND[connection.kind]],
            ['Server', <span class="mono">{connection.host}</span>],
            ['Network', connection.network],
            connection.lastOkAtMs === null ? null : ['Last answered', <At ms={connection.lastOkAtMs} />],
            ['Connected', <At ms={connection.createdAtMs} />],
            ['Right to pay', connection.pay === null ? 'None' : 'Kept, not used yet'],
          ]}
        />
        {connection.capabilities.trusted && (
          <Callout tone="warn">
            SatLane knows this wallet by its name alone. Its server could hand out invoices of its own and keep the
            payment: use a server that you trust. SatLane checks each invoice and each proof of payment.
          </Callout>
        )}
        <div class="form-actions">
          {isManager && (
            <Action to={`${to}/test`} kind="">
              Test connection
            </Action>
          )}
          {isOwner && (
            <Action to={`${to}/receives`} hidden={{ receives: receives ? 'off' : 'on' }}>
              {receives ? 'Stop receiving' : 'Receive here'}
            </Action>
          )}
        </div>
      </Card>
      {isOwner && <Settings to={to} connection={connection} draft={draft} />}
    </Shell>
  );
}

function Health({ connection: { downSinceMs, lastFault } }: { connection: Connection }) {
  if (downSinceMs === null) return null;
  return (
    <Callout tone="stop">
      {lastFault === null ? '' : FAULT[lastFault]} It has not answered since <At ms={downSinceMs} />. SatLane tries
      again while invoices are open. Test the connection to see what to do.
    </Callout>
  );
}

function Settings({ to, connection, draft }: { to: string; connection: Connection; draft: FormDraft }) {
  const isReplacing = draft.values.connection_string !== undefined;
  const named = draft.values.name === undefined ? draftOf({ name: connection.name }) : draft;
  return (
    <Card title="Settings">
      <Form to={to} submit="Save" quiet>
        {!isReplacing && <FormProblem draft={draft} />}
        <TextField draft={named} name="name" label="Name" maxlength={100} autocomplete="off" />
      </Form>
      <details class="more" open={isReplacing}>
        <summary>Replace credential</summary>
        <Form to={`${to}/credential`} submit="Test and replace" quiet>
          {isReplacing && <FormProblem draft={draft} />}
          <p class="hint">Enter all of it again. It has to be the same node.</p>
          <CredentialFields draft={isReplacing ? draft : draftOf({})} />
        </Form>
      </details>
      <div class="form-actions">
        <Danger
          summary="Remove"
          warning="SatLane creates no more invoices there. It still looks up those that are open, then deletes the credential."
        >
          <Action to={`${to}/remove`} kind="stop">
            Remove connection
          </Action>
        </Danger>
      </div>
    </Card>
  );
}
