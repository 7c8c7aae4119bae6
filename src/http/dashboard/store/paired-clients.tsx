// /stores/:id/clients: shop software that signs with a key of its own and may act for a store; and the codes by which it is paired.

import { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import * as z from 'zod';
import { PAIRING_TITLE } from '../../../core/dialects/table.ts';
import {
  CLIENT_ROLES,
  type ClientRole,
  issueUnsignedToken,
  listClients,
  offerPairing,
  type PairedClient,
  removeClient,
} from '../../../services/accounts/paired-clients.ts';
import type { HonoEnv } from '../../api/http.ts';
import { CopyField } from '../../ui/parts.tsx';
import { Form, SelectField, TextField } from '../fields.tsx';
import { BLANK, draftOf, type FormDraft, formFields, formsOn } from '../forms.ts';
import { may, page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Callout, Card, Danger, Empty, PageHead } from '../parts.tsx';

/** What a client may do, in words. */
export const ROLE_TEXT: Record<ClientRole, string> = {
  merchant: 'Create, read, cancel and refund invoices',
  pos: 'Create invoices and read their orders',
};
/** What a new client may do: as its role says, or as a till that signs nothing. */
const UNSIGNED = 'pos-unsigned';
const CHOICES = { ...ROLE_TEXT, [UNSIGNED]: `${ROLE_TEXT.pos}, by a POS token without a signature` };

const pairingForm = z.object({
  label: z.string().trim().max(60, 'longer than 60 characters'),
  role: z.enum([...(Object.keys(CLIENT_ROLES) as ClientRole[]), UNSIGNED], 'Choose what the client may do.'),
});

export function pairedClientRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const path = '/stores/:id/clients';

  app.get(path, async (c) => page(c, await clientsPage(await storePageContext(c), BLANK)));

  const form = formsOn(app, (c) => storePageContext(c, 'manager'), clientsPage);
  form(path, pairingForm, async (frame, { label, role }, c) => {
    const { deps, store } = frame;
    if (role === UNSIGNED) {
      const words = { label: 'POS token', title: 'Your POS token', warning: TOKEN_WARNING };
      return page(c, <SecretPage frame={frame} {...words} secret={await issueUnsignedToken(deps, store, label)} />);
    }
    const { pairingCode, pairingExpiresAtMs } = await offerPairing(deps, store, { label, role });
    const words = { label: 'Pairing code', title: 'Your pairing code', warning: CODE_WARNING };
    return page(
      c,
      <SecretPage frame={frame} {...words} secret={pairingCode}>
        <p class="hint">
          It works until <At ms={pairingExpiresAtMs ?? 0} />, for one client.
        </p>
      </SecretPage>,
    );
  });

  app.post(`${path}/remove`, async (c) => {
    const { token = '' } = await formFields(c);
    const frame = await storePageContext(c, 'manager');
    await removeClient(frame.deps, frame.store, token);
    return redirectAfter(c, `/stores/${frame.store.id}/clients`, 'client_removed');
  });

  return app;
}

async function clientsPage(frame: StorePageContext, draft: FormDraft) {
  const { deps, store, person } = frame;
  const rows = await listClients(deps, store);
  const clients = rows.filter(({ pairingCode }) => pairingCode === null);
  const codes = rows.filter(({ pairingCode }) => pairingCode !== null);
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  const form = draft === BLANK ? draftOf({ role: 'merchant' }) : draft;
  return (
    <Shell title={`${PAIRING_TITLE} clients`} frame={frame} store={store} tab="/keys">
      <PageHead
        title={`${PAIRING_TITLE} clients`}
        back={{ href: `/stores/${store.id}/keys`, text: 'API keys' }}
        lead={`Pair shop software for ${PAIRING_TITLE} once, with a code. It then signs its requests with its own key.`}
      />
      <Card title="Paired">
        {clients.length === 0 && (
          <Empty icon="look" title="No client yet">
            <p>
              {isManager
                ? 'Create a code or a token below and enter it in your shop software.'
                : 'A manager can pair one.'}
            </p>
          </Empty>
        )}
        <ul class="lines">
          {clients.map((row) => (
            <ClientLine frame={frame} row={row} canChange={isManager} />
          ))}
        </ul>
      </Card>
      {codes.length > 0 && (
        <Card title="Unused codes">
          <ul class="lines">
            {codes.map((row) => (
              <ClientLine frame={frame} row={row} canChange={isManager} />
            ))}
          </ul>
        </Card>
      )}
      {isManager && (
        <Card title="New client">
          <Form to={`/stores/${store.id}/clients`} draft={form} submit="Create code or token">
            <TextField
              draft={form}
              name="label"
              label="Name"
              hint="For example “Web shop” or “Till”."
              optional
              maxlength={60}
              autocomplete="off"
            />
            <SelectField
              draft={form}
              name="role"
              label="What it may do"
              hint={`${PAIRING_TITLE}’s plugins for WooCommerce and other shops ask for a POS token.`}
              options={Object.entries(CHOICES).map(([value, text]) => ({ value, text }))}
            />
          </Form>
        </Card>
      )}
    </Shell>
  );
}

function ClientLine({ frame, row, canChange }: { frame: StorePageContext; row: PairedClient; canChange: boolean }) {
  const isPaired = row.pairingCode === null;
  const name = row.keyId === null ? 'POS token, works without a signature' : <span class="mono">{row.keyId}</span>;
  return (
    <li>
      <div>
        <strong>{row.label || 'Unnamed client'}</strong> <Badge tone="calm">{row.role}</Badge>
        <p class="hint">
          {isPaired ? name : 'not paired yet'}
          {' · '}
          {isPaired && row.lastUsedAtMs === null && 'never used'}
          {isPaired && row.lastUsedAtMs !== null && (
            <>
              last used <At ms={row.lastUsedAtMs} />
            </>
          )}
          {!isPaired && row.pairingExpiresAtMs !== null && (
            <>
              ends <At ms={row.pairingExpiresAtMs} />
            </>
          )}
        </p>
      </div>
      {canChange && (
        <div class="line-actions">
          <Danger
            summary="Remove"
            warning={isPaired ? 'SatLane refuses the client from now on.' : 'The code no longer works.'}
          >
            <Action to={`/stores/${frame.store.id}/clients/remove`} hidden={{ token: row.token }} kind="stop">
              Remove for good
            </Action>
          </Danger>
        </div>
      )}
    </li>
  );
}

const TOKEN_WARNING =
  'Copy it now. It is shown once and cannot be shown again. Anyone with the token can create invoices in this store and, with ' +
  'an invoice’s ID, read the orders that POS tokens created. It cannot list, cancel or refund.';
const CODE_WARNING =
  'Enter it in your shop software, with the address below. The first client that uses it is paired; it is shown once.';

interface SecretProps {
  frame: StorePageContext;
  /** `POS token` */
  label: string;
  title: string;
  secret: string;
  warning: string;
  children?: Child;
}

function SecretPage({ frame, label, title, secret, warning, children }: SecretProps) {
  const { store, deps } = frame;
  const home = `/stores/${store.id}/clients`;
  return (
    <Shell title={title} frame={frame} store={store} tab="/keys">
      <div class="narrow">
        <PageHead title={title} back={{ href: home, text: `${PAIRING_TITLE} clients` }} />
        <Callout tone="warn">{warning}</Callout>
        <Card>
          <div class="fields">
            <CopyField id="secret" label={label} value={secret} />
            <CopyField id="server" label="Address of the API" value={`${deps.config.ORIGIN}/`} />
          </div>
          {children}
          <p class="form-actions">
            <a class="button" href={home}>
              Done
            </a>
          </p>
        </Card>
      </div>
    </Shell>
  );
}
