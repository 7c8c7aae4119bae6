// /stores/:id/keys: API keys, by which a shop's server makes invoices. A key is shown once, in the answer that makes it.

import { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import * as z from 'zod';
import { PAIRING_TITLE } from '../../../core/dialects/table.ts';
import { worksInMode } from '../../../services/access/keys.ts';
import { PERMISSIONS } from '../../../services/access/permissions.ts';
import {
  A_PERSON,
  issueKey,
  type KeyRow,
  listKeys,
  MAX_OVERLAP_HOURS,
  revoke,
  rotateKey,
} from '../../../services/accounts/api-keys.ts';
import type { HonoEnv } from '../../api/http.ts';
import { CopyField } from '../../ui/parts.tsx';
import { FormProblem, SelectField, TextField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { BLANK, draftOf, type FormDraft, formFields, formsOn } from '../forms.ts';
import { may, page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { Action, At, Badge, Callout, Card, Danger, Empty, PageHead } from '../parts.tsx';
import { count } from '../text.ts';
import { OldShapes, PermissionFields, PermissionList } from './permissions.tsx';

const keyForm = z.object({
  label: z.string().trim().max(100, 'longer than 100 characters'),
  environment: z.enum(['test', 'live'], 'Choose test or live.'),
  permissions: z
    .string()
    .optional()
    .transform((lines) => (lines ?? '').split('\n').filter((line) => line !== ''))
    .pipe(z.array(z.enum(PERMISSIONS, 'Choose permissions from the list.'))),
  scope: z.enum(['all', 'some'], 'Choose what the key may do.').default('all'),
  old_shapes: z.string().optional(),
});
/** What is ticked counts only where it was asked for. */
const wantedKey = keyForm.transform(({ scope, permissions, old_shapes, ...rest }, ctx) => {
  const form = { ...rest, oldShapes: old_shapes === 'on' };
  if (scope === 'all') return { ...form, permissions: null };
  if (permissions.length === 0)
    ctx.addIssue({ code: 'custom', path: ['permissions'], message: 'Choose at least one.' });
  return { ...form, permissions };
});
const rotation = z.object({ overlap: z.enum(['0', String(MAX_OVERLAP_HOURS)]) });

export function keyRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const path = '/stores/:id/keys';

  app.get(path, async (c) => page(c, await keysPage(await storePageContext(c), BLANK)));

  const form = formsOn(app, (c) => storePageContext(c, 'manager'), keysPage);
  form(path, wantedKey, async (frame, wanted, c) => {
    const { secret } = await issueKey(frame.deps, frame.store, wanted, A_PERSON);
    return page(c, <SecretPage frame={frame} secret={secret} />);
  });
  form(`${path}/:kid/rotate`, rotation, async (frame, { overlap }, c) => {
    const { deps, store } = frame;
    const { secret } = await rotateKey(deps, store, c.req.param('kid') ?? '', Number(overlap), A_PERSON);
    const note = overlap === '0' ? 'The old key no longer works.' : 'The old key works for one more day.';
    return page(
      c,
      <SecretPage frame={frame} secret={secret}>
        {note}
      </SecretPage>,
    );
  });

  app.post(`${path}/:kid/revoke`, async (c) => {
    await formFields(c);
    const frame = await storePageContext(c, 'manager');
    await revoke(frame.deps, frame.store, c.req.param('kid'));
    return redirectAfter(c, `/stores/${frame.store.id}/keys`, 'key_revoked');
  });

  return app;
}

async function keysPage(frame: StorePageContext, draft: FormDraft) {
  const { deps, store, person } = frame;
  const nowMs = deps.now();
  const keys = await listKeys(deps, store);
  const isWorking = ({ revokedAtMs }: KeyRow) => revokedAtMs === null || revokedAtMs > nowMs;
  const isManager = may(person, 'manager') && store.archivedAtMs === null;
  const form = draft === BLANK ? draftOf({ environment: 'live', scope: 'all' }) : draft;
  const working = keys.filter(isWorking);
  const revoked = keys.filter((key) => !isWorking(key));
  return (
    <Shell title="API keys" frame={frame} store={store} tab="/keys">
      <PageHead
        title="API keys"
        lead="With a key your shop’s server creates and reads invoices of this store. Without a shop system you need none."
      />
      <RefusedKeys frame={frame} keys={working} />
      <Card title="Keys">
        {working.length === 0 && (
          <Empty icon="look" title="No key yet">
            <p>{isManager ? 'Create one below for the developer of your shop.' : 'A manager can create one.'}</p>
          </Empty>
        )}
        <ul class="lines">
          {working.map((key) => (
            <KeyLine frame={frame} key_={key} canChange={isManager} />
          ))}
        </ul>
      </Card>
      {isManager && (
        <Card title="New key">
          <form id="new-key" method="post" action={`/stores/${store.id}/keys`} class="form">
            <FormToken />
            <FormProblem draft={form} />
            <TextField
              draft={form}
              name="label"
              label="Name"
              hint="For example “Web shop” or “Till”."
              optional
              maxlength={100}
              autocomplete="off"
            />
            <SelectField
              draft={form}
              name="environment"
              label="Kind"
              hint="A live key needs no change in your shop when you go live."
              options={[
                { value: 'live', text: 'Live: works in test mode and when the store is live' },
                { value: 'test', text: 'Test: works in test mode only' },
              ]}
            />
            <PermissionFields draft={form} />
            <OldShapes draft={form} />
            <div class="form-actions">
              <button type="submit" class="button">
                Create key
              </button>
            </div>
          </form>
        </Card>
      )}
      {revoked.length > 0 && (
        <details class="more boxed">
          <summary>Revoked keys ({revoked.length})</summary>
          <ul class="lines">
            {revoked.map((key) => (
              <KeyLine frame={frame} key_={key} canChange={false} />
            ))}
          </ul>
        </details>
      )}
      <p class="hint">
        Shop software for {PAIRING_TITLE} needs no key: <a href={`/stores/${store.id}/clients`}>pair it with a code</a>.
      </p>
    </Shell>
  );
}

/** After going live: without a live key every request of the shop is answered with 401. */
export function RefusedKeys({ frame, keys }: { frame: StorePageContext; keys: Pick<KeyRow, 'environment'>[] }) {
  const { store, person } = frame;
  const refused = keys.filter(({ environment }) => !worksInMode(environment, store));
  if (refused.length === 0 || refused.length < keys.length || store.archivedAtMs !== null) return null;
  return (
    <Callout tone="stop">
      <p>
        <strong>This store is live and has no live API key.</strong> Requests with a test key get error 401. Create a
        live key and enter it in your shop’s settings.
      </p>
      {may(person, 'manager') ? (
        <p class="form-actions">
          <a class="button" href={`/stores/${store.id}/keys#new-key`}>
            Create a live key
          </a>
        </p>
      ) : (
        <p>A manager has to do this.</p>
      )}
    </Callout>
  );
}

function KeyLine({ frame, key_: key, canChange }: { frame: StorePageContext; key_: KeyRow; canChange: boolean }) {
  const to = `/stores/${frame.store.id}/keys/${key.id}`;
  const isEnding = key.revokedAtMs !== null;
  const isAccepted = worksInMode(key.environment, frame.store);
  return (
    <li>
      <div>
        <strong>{key.label || 'Unnamed key'}</strong>{' '}
        <Badge tone={key.environment === 'live' ? 'good' : 'warn'}>{key.environment}</Badge>{' '}
        {!isAccepted && <Badge tone="stop">Refused</Badge>}
        <p class="hint">
          <span class="mono">
            sl_{key.environment}_…{key.lastFour}
          </span>
          {' · '}
          {key.lastUsedAtMs === null ? (
            'never used'
          ) : (
            <>
              last used <At ms={key.lastUsedAtMs} />
            </>
          )}
          {' · '}
          {key.permissions === null ? 'may do everything' : `limited to ${count(key.permissions.length, 'permission')}`}
          {key.oldShapes && ' · answers as BTCPay Server 1.x'}
          {key.revokedAtMs !== null && (
            <>
              {' · '}ends <At ms={key.revokedAtMs} />
            </>
          )}
        </p>
        {!isAccepted && (
          <p class="hint">
            Requests with this key get error 401 (api_key_wrong_env): it is a test key and the store is live.
          </p>
        )}
        {key.permissions !== null && <PermissionList permissions={key.permissions} />}
      </div>
      {canChange && (
        <div class="line-actions">
          {!isEnding && (
            <Danger
              summary="Exchange"
              warning="You get a new key. The old one works for one more day, so that you can replace it."
            >
              <Action to={`${to}/rotate`} hidden={{ overlap: String(MAX_OVERLAP_HOURS) }} kind="">
                Exchange key
              </Action>{' '}
              <Action to={`${to}/rotate`} hidden={{ overlap: '0' }} kind="stop">
                It leaked: revoke the old key now
              </Action>
            </Danger>
          )}
          <Danger summary="Revoke" warning="Programs that use this key stop working immediately.">
            <Action to={`${to}/revoke`} kind="stop">
              Revoke for good
            </Action>
          </Danger>
        </div>
      )}
    </li>
  );
}

function SecretPage({ frame, secret, children }: { frame: StorePageContext; secret: string; children?: Child }) {
  const { store } = frame;
  return (
    <Shell title="Your new key" frame={frame} store={store} tab="/keys">
      <div class="narrow">
        <PageHead title="Your new key" back={{ href: `/stores/${store.id}/keys`, text: 'API keys' }} />
        <Callout tone="warn">Copy it now. It is shown once and cannot be shown again. {children}</Callout>
        <Card>
          <div class="fields">
            <CopyField id="secret" label="API key" value={secret} />
          </div>
          <p class="hint">
            Your server sends it with each request, as “Authorization: Bearer” and the key. Keep it out of web pages and
            apps.
          </p>
          <p class="form-actions">
            <a class="button" href={`/stores/${store.id}/keys`}>
              I saved it
            </a>
          </p>
        </Card>
      </div>
    </Shell>
  );
}
