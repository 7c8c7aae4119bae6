// The Lightning connections of a store, the form for a new one, and what buyers are offered. Called by lightning.tsx.

import type { Child } from 'hono/jsx';
import type { KeyRow } from '../../../services/accounts/api-keys.ts';
import type { Connection } from '../../../services/connections/connections.ts';
import { CheckField, Form, RadioField, TextArea, TextField } from '../fields.tsx';
import { BLANK, draftOf, type FormDraft } from '../forms.ts';
import { may, type StorePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Callout, Card, Empty, PageHead } from '../parts.tsx';
import { CONNECTION_KIND } from '../text.ts';

interface ConnectionsProps {
  frame: StorePageContext;
  connections: Connection[];
  /** Keys of programs that pay from the merchant's own machine. */
  agents: KeyRow[];
  draft: FormDraft;
}

export function ConnectionsPage({ frame, connections, agents, draft }: ConnectionsProps) {
  const { store, person } = frame;
  const isOwner = may(person, 'owner') && store.archivedAtMs === null;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  const isOffer = draft.values.offer !== undefined;
  return (
    <Shell title="Lightning" frame={frame} store={store} tab="/lightning">
      <PageHead
        title="Lightning"
        lead="Buyers pay within seconds, small amounts too. Payments go straight to your own node or wallet."
      />
      {store.testMode && (
        <Callout tone="calm">
          This store is in test mode: its Lightning payments are simulated, and your node is used for tests alone.
        </Callout>
      )}
      <Card title="Connections">
        {connections.length === 0 ? (
          <Empty icon="look" title="No connections yet">
            <p>{isOwner ? 'Connect a Lightning address or a node below.' : 'Only an owner can connect a node.'}</p>
          </Empty>
        ) : (
          <ul class="lines">
            {connections.map((connection) => (
              <Line frame={frame} connection={connection} isManager={isManager} />
            ))}
          </ul>
        )}
      </Card>
      {agents.length > 0 && <Agents agents={agents} nowMs={frame.deps.now()} />}
      {isOwner && <NewConnection frame={frame} draft={isOffer ? BLANK : draft} />}
      <Card
        title="Lightning addresses"
        lead="A name and a QR code that never change, at which any wallet can pay any amount."
      >
        <p class="form-actions">
          <a class="button quiet" href={`/stores/${store.id}/lightning-addresses`}>
            Lightning addresses
          </a>
        </p>
      </Card>
      {isManager && connections.length > 0 && <Offer frame={frame} draft={isOffer ? draft : offerOf(frame)} />}
    </Shell>
  );
}

function Agents({ agents, nowMs }: { agents: KeyRow[]; nowMs: number }) {
  return (
    <Card
      title="Payout agents"
      lead="“satlane payouts” on your own machine pays what is approved, with one of these API keys."
    >
      <ul class="lines">
        {agents.map(({ label, lastUsedAtMs }) => (
          <li>
            <div>
              <strong>{label || 'Unnamed key'}</strong>
              <p class="hint">{lastAsked(lastUsedAtMs, nowMs)}</p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The use of a key is noted once an hour. */
function lastAsked(atMs: number | null, nowMs: number): Child {
  if (atMs === null) return 'Has not asked for a payout yet';
  if (atMs > nowMs - 65 * 60_000) return 'Asked for payouts within the last hour';
  return (
    <>
      Last asked for payouts <At ms={atMs} />
    </>
  );
}

function Line(props: { frame: StorePageContext; connection: Connection; isManager: boolean }) {
  const { frame, connection, isManager } = props;
  const { id, name, host, kind, lastOkAtMs } = connection;
  const to = `/stores/${frame.store.id}/lightning/${id}`;
  return (
    <li>
      <div>
        <a href={to}>
          <strong>{name}</strong>
        </a>{' '}
        <ConnectionBadges connection={connection} receives={id === frame.store.connectionId} />
        <p class="hint">
          {CONNECTION_KIND[kind]} · <span class="mono">{host}</span>
          {lastOkAtMs !== null && (
            <>
              {' · last answered '}
              <At ms={lastOkAtMs} />
            </>
          )}
        </p>
      </div>
      {isManager && (
        <Action to={`${to}/test`} label={`Test ${name}`}>
          Test
        </Action>
      )}
    </li>
  );
}

/** Whether it receives, and whether it answers. */
export function ConnectionBadges({ connection, receives }: { connection: Connection; receives: boolean }) {
  return (
    <>
      {receives && <Badge tone="good">Receives</Badge>}{' '}
      {connection.downSinceMs !== null && <Badge tone="stop">Does not answer</Badge>}
    </>
  );
}

function NewConnection({ frame, draft }: { frame: StorePageContext; draft: FormDraft }) {
  return (
    <Card
      title="Connect a node or wallet"
      lead="A Lightning address is enough. If you run a node, paste its connection string: the one for BTCPay Server works too."
    >
      <Form to={`/stores/${frame.store.id}/lightning`} draft={draft} submit="Test and connect">
        <CredentialFields draft={draft} />
        <TextField draft={draft} name="name" label="Name" optional maxlength={100} autocomplete="off" />
        <p class="hint">SatLane creates a Lightning invoice of 1 sat to test the connection. It needs no payment.</p>
      </Form>
      <details class="more">
        <summary>What do I paste?</summary>
        <ul class="help">
          <li>
            <a href="/docs/node-lightning-address">Lightning address</a>: <span class="mono">shop@wallet.example</span>.
            Its server has to support LUD-21.
          </li>
          <li>
            <a href="/docs/node-phoenixd">phoenixd</a>:{' '}
            <span class="mono">type=phoenixd;server=https://…;password=…</span>, with the limited-access password.
          </li>
          <li>
            <a href="/docs/node-lnd">LND</a>: <span class="mono">type=lnd-rest;server=https://…;macaroon=…</span>, with
            the invoice macaroon in hex.
          </li>
          <li>
            <a href="/docs/node-core-lightning">Core Lightning</a>:{' '}
            <span class="mono">type=clnrest;server=https://…;rune=…</span>, with a rune for invoices alone.
          </li>
          <li>
            <a href="/docs/node-lnbits">LNbits</a>: <span class="mono">type=lnbits;server=https://…;api-key=…</span>,
            with the invoice key.
          </li>
          <li>
            <a href="/docs/node-nwc">Nostr Wallet Connect</a>: <span class="mono">nostr+walletconnect://…</span>, with
            the right to receive alone.
          </li>
        </ul>
        <p class="hint">
          <a href="/docs/lightning-nodes">How SatLane reaches your node</a>
        </p>
      </details>
    </Card>
  );
}

/** All that opens a node. */
export function CredentialFields({ draft }: { draft: FormDraft }) {
  const isRare = draft.errors.headers !== undefined || draft.errors.pay_connection_string !== undefined;
  return (
    <>
      <TextArea
        draft={draft}
        name="connection_string"
        label="Lightning address or connection string"
        hint="SatLane encrypts it and never shows it again. Give SatLane the right to receive alone."
        rows={3}
        maxlength={8_192}
        secret
      />
      <details class="more" open={isRare}>
        <summary>Advanced</summary>
        <TextArea
          draft={draft}
          name="headers"
          label="Headers"
          hint="If a tunnel such as Cloudflare Access protects your node: one header a line."
          placeholder="CF-Access-Client-Id: 1234.access"
          rows={2}
          maxlength={20_000}
          secret
          optional
        />
        <TextArea
          draft={draft}
          name="pay_connection_string"
          label="Connection string that may pay"
          hint="With it SatLane can spend the balance of your node. Leave it empty unless you want payouts from it. “satlane payouts” on your own machine pays without it."
          rows={2}
          maxlength={8_192}
          secret
          optional
        />
      </details>
    </>
  );
}

function offerOf({
  store: { paymentMethods: methods, onchainMinSats, privateRouteHints },
}: StorePageContext): FormDraft {
  const offer = methods?.length === 1 ? methods[0] : 'both';
  return draftOf({
    offer,
    onchain_min_sats: onchainMinSats === 0 ? '' : onchainMinSats,
    private_route_hints: privateRouteHints ? 'on' : '',
  });
}

function Offer({ frame, draft }: { frame: StorePageContext; draft: FormDraft }) {
  return (
    <Card title="What buyers are offered" lead="Where an invoice does not say so itself.">
      <Form to={`/stores/${frame.store.id}/lightning/offer`} draft={draft} submit="Save" quiet>
        <RadioField
          draft={draft}
          name="offer"
          label="Ways to pay"
          options={[
            { value: 'both', text: 'Lightning and on-chain' },
            { value: 'lightning', text: 'Lightning alone' },
            { value: 'onchain', text: 'On-chain alone' },
          ]}
        />
        <TextField
          draft={draft}
          name="onchain_min_sats"
          label="On-chain from, in sats"
          hint="Network fees make small on-chain payments expensive. Below this amount Lightning is offered alone."
          inputmode="numeric"
          autocomplete="off"
          optional
        />
        <CheckField
          draft={draft}
          name="private_route_hints"
          label="Name private channels"
          hint="For LND and Core Lightning. Buyers cannot pay a node without public channels otherwise."
        />
      </Form>
    </Card>
  );
}
