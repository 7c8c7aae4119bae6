// /stores/:id/lightning: the nodes and wallets that a store is paid by over Lightning, and what its buyers are offered. What is pasted
// is never written back to a page.

import { Hono } from 'hono';
import * as z from 'zod';
import { readHeaderLines } from '../../../core/lightning/tunnel-headers.ts';
import { readTypedWhole } from '../../../core/money/typed.ts';
import type { Permission } from '../../../services/access/permissions.ts';
import { listKeys } from '../../../services/accounts/api-keys.ts';
import { updateStore } from '../../../services/accounts/stores.ts';
import { listConnections, readConnection, removeFromStore } from '../../../services/connections/connections.ts';
import { addConnection, changeConnection } from '../../../services/connections/register.ts';
import { testConnection } from '../../../services/connections/test-connection.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { storeChange } from '../../api/native/store-body.ts';
import { BLANK, type FormDraft, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import type { NoticeOf } from '../notices.ts';
import { ConnectionsPage } from './connection-list.tsx';
import { ConnectionPage } from './connection-page.tsx';

const name = z.string().trim().max(100, 'longer than 100 characters');
const pasted = z.string().trim().max(8_192, 'longer than 8192 characters');
const NOTHING_PASTED = 'Paste a Lightning address or a connection string.';
const headers = z
  .string()
  .default('')
  .transform((text, ctx) => {
    const read = readHeaderLines(text.replaceAll('\r', ''));
    if (read) return read;
    ctx.addIssue({ code: 'custom', message: 'Enter one header a line, such as CF-Access-Client-Id: 1234.access' });
    return z.NEVER;
  });
const credential = {
  connection_string: pasted.min(1, NOTHING_PASTED),
  headers,
  pay_connection_string: pasted.default('').transform((text) => text || null),
};
const newForm = z.object({ ...credential, name: name.default('') });
const credentialForm = z.object(credential);
const nameForm = z.object({ name: name.min(1, 'Enter a name.') });
const receivesForm = z.object({ receives: z.enum(['on', 'off']) });
const nothing = z.object({});
const OFFERS = { both: null, lightning: ['lightning'], onchain: ['onchain'] } as const;
const offerForm = z
  .object({
    offer: z.enum(['both', 'lightning', 'onchain'], 'Choose one.'),
    onchain_min_sats: z.string().default(''),
    private_route_hints: z.literal('on').optional(),
  })
  .transform(
    ({ offer, onchain_min_sats: text, private_route_hints: hints }): z.input<typeof storeChange> => ({
      private_route_hints: hints === 'on',
      payment_methods: OFFERS[offer] && [...OFFERS[offer]],
      onchain_min_sats: text.trim() === '' ? '0' : String(readTypedWhole(text) ?? text),
    }),
  )
  .pipe(storeChange);

const AGENT: Permission = 'satlane.store.canrunpayoutagent';
const PATH = '/stores/:id/lightning';
const owned = (c: Ctx) => storePageContext(c, 'owner');
const managed = (c: Ctx) => storePageContext(c, 'manager');
const home = ({ store }: StorePageContext) => `/stores/${store.id}/lightning`;
const idOf = (c: Ctx) => c.req.param('cid') ?? '';

export function lightningRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get(PATH, async (c) => page(c, await connectionsPage(await storePageContext(c), BLANK)));

  formsOn(app, owned, connectionsPage)(PATH, newForm, async (frame, form, c) => {
    const { connection_string: text, pay_connection_string: payText, ...rest } = form;
    const { id } = await addConnection(frame.deps, frame.store, { text, payText, ...rest });
    return redirectAfter(c, `${home(frame)}/${id}`, 'connection_added');
  });
  formsOn(app, managed, connectionsPage)(`${PATH}/offer`, offerForm, async (frame, change, c) => {
    await updateStore(frame.deps, frame.store, change);
    return redirectAfter(c, home(frame), 'store_saved');
  });

  app.get(`${PATH}/:cid`, async (c) => page(c, await connectionPage(await storePageContext(c), idOf(c), BLANK)));

  const again = (frame: StorePageContext, draft: FormDraft, c: Ctx) => connectionPage(frame, idOf(c), draft);
  formsOn(app, managed, again)(`${PATH}/:cid/test`, nothing, async (frame, _, c) => {
    const { fault, message, tookMs } = await testConnection(frame.deps, frame.store, idOf(c));
    const notice: NoticeOf =
      fault === null
        ? { tone: 'good', text: `The connection works. The test took ${tookMs} ms.` }
        : { tone: 'stop', text: message };
    return page(c, await connectionPage({ ...frame, notice }, idOf(c), BLANK));
  });

  const change = formsOn(app, owned, again);
  change(`${PATH}/:cid`, nameForm, async (frame, form, c) => {
    await changeConnection(frame.deps, frame.store, idOf(c), form);
    return redirectAfter(c, `${home(frame)}/${idOf(c)}`, 'connection_saved');
  });
  change(`${PATH}/:cid/receives`, receivesForm, async (frame, { receives }, c) => {
    await changeConnection(frame.deps, frame.store, idOf(c), { receives: receives === 'on' });
    return redirectAfter(c, `${home(frame)}/${idOf(c)}`, receives === 'on' ? 'connection_used' : 'connection_unused');
  });
  change(`${PATH}/:cid/credential`, credentialForm, async (frame, form, c) => {
    const { connection_string: text, pay_connection_string: payText } = form;
    await changeConnection(frame.deps, frame.store, idOf(c), { text, payText, headers: form.headers });
    return redirectAfter(c, `${home(frame)}/${idOf(c)}`, 'connection_saved');
  });
  change(`${PATH}/:cid/remove`, nothing, async (frame, _, c) => {
    await removeFromStore(frame.deps, frame.store, idOf(c));
    return redirectAfter(c, home(frame), 'connection_removed');
  });
  return app;
}

async function connectionsPage(frame: StorePageContext, draft: FormDraft) {
  const { deps, store } = frame;
  const [connections, keys] = await Promise.all([listConnections(deps, store), listKeys(deps, store)]);
  const agents = keys.filter((key) => key.permissions?.includes(AGENT) && key.revokedAtMs === null);
  return <ConnectionsPage frame={frame} connections={connections} agents={agents} draft={draft} />;
}

async function connectionPage(frame: StorePageContext, id: string, draft: FormDraft) {
  const connection = await readConnection(frame.deps, frame.store, id);
  return <ConnectionPage frame={frame} connection={connection} draft={draft} />;
}
