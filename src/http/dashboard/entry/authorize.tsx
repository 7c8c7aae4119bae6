// /api-keys/authorize: a shop's plugin sends the merchant here to be let in (BTCPay Greenfield API, "Authorize"). The answer
// goes back as a form that sends itself: key, person, and permissions bound to the chosen store.

import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import type { Permission } from '../../../services/access/permissions.ts';
import type { IssuedKey } from '../../../services/accounts/api-keys.ts';
import {
  type ApplicationRequest,
  authorize,
  connectedStores,
  readApplicationRequest,
  wantsOldShapes,
} from '../../../services/accounts/applications.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { CopyField } from '../../ui/parts.tsx';
import { CheckField, FormProblem, RadioField, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { draftOf, type FormDraft, submit } from '../forms.ts';
import { DASHBOARD_HEADERS } from '../headers.ts';
import { type PageContext, page, pageContext } from '../http.tsx';
import { Entry } from '../layout.tsx';
import { Callout } from '../parts.tsx';
import { OldShapes, sentenceOf } from '../store/permissions.tsx';

const PATH = '/api-keys/authorize';

const consent = z.object({
  store: z.string('Choose a store.').min(1, 'Choose a store.'),
  label: z.string().trim().max(100, 'longer than 100 characters'),
  permissions: z
    .string()
    .optional()
    .transform((lines) => (lines ?? '').split('\n')),
  old_shapes: z.string().optional(),
});

export function authorizeRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get(PATH, async (c) => {
    const request = requestOf(c);
    const frame = await pageContext(c, 'manager');
    const stores = frame.stores.filter(({ archivedAtMs }) => archivedAtMs === null);
    const connected = await connectedStores(frame.deps, request, stores);
    const draft = draftOf({
      store: (connected[0] ?? (stores.length === 1 ? stores[0] : undefined))?.id ?? '',
      label: request.name ?? '',
      permissions: request.permissions.join('\n'),
      ...(wantsOldShapes(request.permissions) ? { old_shapes: 'on' } : {}),
    });
    return page(c, <ConsentPage {...{ c, frame, request, draft }} connected={connected.map(({ id }) => id)} />);
  });

  app.post(PATH, async (c) => {
    const request = requestOf(c);
    const frame = await pageContext(c, 'manager');
    return submit(
      c,
      consent,
      async (form) => {
        const store = frame.stores.find(({ id }) => id === form.store);
        if (!store) throw new ApiError('validation_error', 'store: choose one of yours.');
        const permissions = request.isStrict
          ? request.permissions
          : request.permissions.filter((name) => form.permissions.includes(name));
        if (permissions.length === 0) throw new ApiError('validation_error', 'Choose at least one permission.');
        const issued = await authorize(frame.deps, store, request, {
          label: form.label || request.name || 'Application',
          permissions,
          oldShapes: form.old_shapes === 'on',
        });
        const granted = permissions.map((name) => `${name}:${store.id}`);
        return handOver(c, request, issued, { personId: frame.person.userId, granted });
      },
      (draft) => <ConsentPage {...{ c, frame, request, draft }} connected={[]} />,
    );
  });

  return app;
}

/** A client that forgets to encode its redirect has it cut at the first &: nothing else of the link depends on it. */
function requestOf(c: Ctx): ApplicationRequest {
  return readApplicationRequest(new URL(c.req.url).searchParams);
}

interface ConsentProps {
  c: Ctx;
  frame: PageContext;
  request: ApplicationRequest;
  draft: FormDraft;
  /** Stores that the application has a key for. */
  connected: string[];
}

function ConsentPage({ c, frame, request, draft, connected }: ConsentProps) {
  const { name, permissions, isStrict, redirect } = request;
  const who = name ?? 'An application';
  const stores = frame.stores.filter(({ archivedAtMs }) => archivedAtMs === null);
  const host = redirect === null ? null : new URL(redirect).host;
  if (permissions.length === 0) {
    return (
      <Entry title="This link is incomplete">
        <p>This link names no known permission. Return to the shop and connect again.</p>
      </Entry>
    );
  }
  if (stores.length === 0) {
    return (
      <Entry title="Create a store first">
        <p>
          {who} wants to connect to one of your stores, but you have none. Create a store, then open this page again.
        </p>
        <p class="form-actions">
          <a class="button" href="/stores">
            Create store
          </a>
        </p>
      </Entry>
    );
  }
  return (
    <Entry title={`Connect ${who}`} below={<>Logged in as {frame.person.email}</>}>
      <p>
        <strong>{who}</strong> asks for an API key.{' '}
        {host === null ? (
          'This page shows the key. Paste it into the application.'
        ) : (
          <>
            The key goes to <strong class="mono">{host}</strong>. Continue only if this is your shop.
          </>
        )}
      </p>
      {redirect?.startsWith('http:') && (
        <Callout tone="warn">This shop’s address is not encrypted (http): others can read the key on its way.</Callout>
      )}
      <form method="post" action={new URL(c.req.url).pathname + new URL(c.req.url).search} class="form">
        <FormToken />
        <FormProblem draft={draft} />
        <RadioField
          draft={draft}
          name="store"
          label="Store"
          options={stores.map(({ id, name: text, testMode }) => ({
            value: id,
            text,
            hint: `${testMode ? 'Test mode' : 'Live'}${connected.includes(id) ? '. Already connected: it gets a new key, and the old one stops working' : ''}.`,
          }))}
        />
        <TextField
          draft={draft}
          name="label"
          label="Key name"
          hint="A name that you recognise later."
          optional
          maxlength={100}
          autocomplete="off"
        />
        <Permissions {...{ draft, permissions, isStrict }} />
        <OldShapes draft={draft} />
        <button type="submit" class="button wide">
          Authorize
        </button>
        <p class="form-note">
          {host === null ? (
            <a href="/stores">Cancel</a>
          ) : (
            <a href={new URL(redirect ?? '').origin}>Cancel and go back to {host}</a>
          )}
        </p>
      </form>
    </Entry>
  );
}

function Permissions({
  draft,
  permissions,
  isStrict,
}: {
  draft: FormDraft;
  permissions: Permission[];
  isStrict: boolean;
}) {
  return (
    <fieldset class="checks">
      <legend>Permissions in this store</legend>
      {isStrict ? (
        <ul class="help">
          {permissions.map((name) => (
            <li>{sentenceOf(name)}</li>
          ))}
        </ul>
      ) : (
        permissions.map((name) => <CheckField draft={draft} name="permissions" value={name} label={sentenceOf(name)} />)
      )}
    </fieldset>
  );
}

/** The key goes to the shop, or is shown. */
function handOver(
  c: Ctx,
  { redirect, name }: ApplicationRequest,
  { secret }: IssuedKey,
  { personId, granted }: { personId: string; granted: string[] },
): Response {
  if (redirect === null) {
    return page(
      c,
      <Entry title="Your new key">
        <Callout tone="warn">Copy it now. It is shown once and cannot be shown again.</Callout>
        <div class="fields">
          <CopyField id="secret" label="API key" value={secret} />
        </div>
        <p class="form-actions">
          <a class="button" href="/stores">
            I saved it
          </a>
        </p>
      </Entry>,
    );
  }
  const { host } = new URL(redirect);
  const shown = page(
    c,
    <Entry title="Connected">
      <p>Taking you back to {name ?? host} …</p>
      <form method="post" action={redirect} class="form" data-submit>
        <FormToken />
        <input type="hidden" name="apiKey" value={secret} />
        <input type="hidden" name="userId" value={personId} />
        {granted.map((permission) => (
          <input type="hidden" name="permissions[]" value={permission} />
        ))}
        <button type="submit" class="button wide">
          Continue to {host}
        </button>
      </form>
    </Entry>,
  );
  // A shop may take its own visitors from http to https on the way.
  const policy = (DASHBOARD_HEADERS['Content-Security-Policy'] ?? '').replace(
    "form-action 'self'",
    `form-action http://${host} https://${host}`,
  );
  shown.headers.set('content-security-policy', policy);
  return shown;
}
