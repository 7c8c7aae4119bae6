// /api-access-request?pairingCode=…: a client requests access with a key of its own; a person approves it, for one store.

import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import {
  approvePairing,
  type ClientRole,
  type PairedClient,
  readPairingRequest,
} from '../../../services/accounts/paired-clients.ts';
import type { HonoEnv } from '../../api/http.ts';
import { FormProblem, SelectField } from '../fields.tsx';
import { FormToken } from '../form-token.tsx';
import { BLANK, draftOf, type FormDraft, formsOn } from '../forms.ts';
import { type PageContext, page, pageContext, redirectAfter } from '../http.tsx';
import { Shell } from '../layout.tsx';
import { At, Callout, Card, FactList, PageHead } from '../parts.tsx';
import { ROLE_TEXT } from './paired-clients.tsx';

const code = z.string().regex(/^[A-Za-z0-9]{7}$/, 'Enter the seven characters of the pairing code.');
const approval = z.object({ pairingCode: code, store: z.string().min(1, 'Choose a store.') });

export function pairingRequestRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const path = '/api-access-request';

  app.get(path, async (c) => {
    const frame = await pageContext(c, 'manager');
    const asked = code.safeParse(c.req.query('pairingCode'));
    if (!asked.success) throw new ApiError('not_found');
    const request = await readPairingRequest(frame.deps, asked.data);
    return page(c, <RequestPage frame={frame} request={request} draft={BLANK} />);
  });

  const form = formsOn(
    app,
    (c) => pageContext(c, 'manager'),
    async (frame, draft) => {
      const request = await readPairingRequest(frame.deps, draft.values.pairingCode ?? '');
      return <RequestPage frame={frame} request={request} draft={draft} />;
    },
  );
  form(path, approval, async ({ deps, stores }, { pairingCode, store: id }, c) => {
    const store = stores.find((one) => one.id === id);
    if (!store) throw new ApiError('not_found');
    await approvePairing(deps, store, pairingCode);
    return redirectAfter(c, `/stores/${store.id}/clients`, 'client_paired');
  });

  return app;
}

function RequestPage({ frame, request, draft }: { frame: PageContext; request: PairedClient; draft: FormDraft }) {
  const inUse = frame.stores.filter(({ archivedAtMs }) => archivedAtMs === null);
  const form = draft === BLANK ? draftOf({ store: inUse[0]?.id }) : draft;
  return (
    <Shell title="Approve a connection" frame={frame}>
      <div class="narrow">
        <PageHead title="Approve a connection" />
        <Callout tone="warn">
          Approve it only if you have just connected shop software of your own. The name below is what the client says
          of itself; anyone can claim it.
        </Callout>
        <Card>
          <FactList
            rows={[
              ['Name', request.label || 'none'],
              ['Permission', ROLE_TEXT[request.role as ClientRole] ?? request.role],
              ['Key', <span class="mono">{request.keyId}</span>],
              ['Requested', <At ms={request.createdAtMs} />],
            ]}
          />
          {inUse.length === 0 ? (
            <p>
              You have no store to connect it to. <a href="/stores/new">Create a store</a>, then open this page again.
            </p>
          ) : (
            <form method="post" action="/api-access-request" class="form">
              <FormToken />
              <FormProblem draft={form} />
              <input type="hidden" name="pairingCode" value={request.pairingCode ?? ''} />
              <SelectField
                draft={form}
                name="store"
                label="Store"
                hint="The client can access this store only."
                options={inUse.map(({ id, name, testMode }) => ({
                  value: id,
                  text: testMode ? `${name} (test)` : name,
                }))}
              />
              <div class="form-actions">
                <button type="submit" class="button">
                  Approve connection
                </button>
                <a class="button quiet" href="/stores">
                  Reject
                </a>
              </div>
            </form>
          )}
        </Card>
      </div>
    </Shell>
  );
}
