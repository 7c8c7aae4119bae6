// /stores/:id/webhooks and /:wid: where a store's events go, and what came of each. A secret is shown once, in the answer
// that makes it.

import { Hono } from 'hono';
import * as z from 'zod';
import {
  dialectOf,
  ENDPOINT_DIALECTS,
  OWN_DIALECT,
  OWN_EVENT_TYPES,
  type OwnEventType,
} from '../../../core/dialects/table.ts';
import { EVENT_TYPES } from '../../../core/invoice/invoice.ts';
import { ApiError } from '../../../errors.ts';
import { readDeliveries, redeliver, redeliverFailed } from '../../../services/endpoints/deliveries.ts';
import {
  addEndpoint,
  listEndpoints,
  readEndpoint,
  removeEndpoint,
  rotateEndpoint,
  updateEndpoint,
} from '../../../services/endpoints/endpoints.ts';
import { cursorOf, deliveryNameOf, placeOf } from '../../../services/endpoints/names.ts';
import { testEndpoint } from '../../../services/endpoints/test-event.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { BLANK, draftOf, type FormDraft, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { type NoticeCode, redeliveryNotice } from '../notices.ts';
import { EndpointPage } from './endpoint.tsx';
import { EndpointSecretPage, EndpointsPage } from './endpoint-list.tsx';

const PER_PAGE = 20;
const DAY_MS = 86_400_000;

const eventTypes = z
  .string()
  .optional()
  .transform((lines) => (lines ?? '').split('\n').filter((line) => line !== ''))
  .pipe(z.array(z.enum(OWN_EVENT_TYPES, 'Choose events from the list.')))
  // None chosen and all chosen mean the same: all events, including future ones.
  .transform((types): OwnEventType[] | null =>
    types.length === 0 || types.length === OWN_EVENT_TYPES.length ? null : types,
  );

const endpointForm = z.object({
  url: z.string().trim().min(1, 'Enter the address of your server.').max(2_048, 'is too long'),
  label: z.string().trim().max(100, 'longer than 100 characters').default(''),
  event_types: eventTypes,
});
const newEndpointForm = endpointForm.extend({
  dialect: z.enum(ENDPOINT_DIALECTS, 'Choose one from the list.').default(OWN_DIALECT),
});
const nothing = z.object({});
const rotation = z.object({ force: z.literal('on').optional() });
const testForm = z.object({ event_type: z.enum(EVENT_TYPES, 'Choose an event.') });
const switchForm = z.object({ enabled: z.enum(['on', 'off']) });
const deliveryForm = z.object({ delivery: z.string() });
const sinceForm = z.object({ days: z.enum(['1', '7', '30'], 'Choose since when.') });

/** Of other dialects the application that adds an endpoint says which events it gets. */
const hasChoice = (dialect: string) => dialectOf(dialect).endpoint?.eventTypes === OWN_EVENT_TYPES;

const PATH = '/stores/:id/webhooks';
const managed = (c: Ctx) => storePageContext(c, 'manager');
const idOf = (c: Ctx) => c.req.param('wid') ?? '';
const home = ({ store }: StorePageContext) => `/stores/${store.id}/webhooks`;

export function endpointRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get(PATH, async (c) => page(c, await endpointsPage(await storePageContext(c), BLANK)));

  const onList = formsOn(app, managed, endpointsPage);
  onList(PATH, newEndpointForm, async (frame, { event_types, ...form }, c) => {
    // Only SatLane's own events can be chosen; other formats get all.
    const eventTypes = hasChoice(form.dialect) ? event_types : null;
    const made = await addEndpoint(frame.deps, frame.store, { ...form, eventTypes });
    return page(c, <EndpointSecretPage frame={frame} made={made} />);
  });

  app.get(`${PATH}/:wid`, async (c) => {
    const frame = await storePageContext(c);
    return page(c, await endpointPage(frame, c.req.param('wid'), BLANK, c.req.query('before')));
  });

  const onEndpoint = formsOn(app, managed, (frame, draft, c) => endpointPage(frame, idOf(c), draft, undefined));
  const action = <T,>(
    name: string,
    schema: z.ZodType<T>,
    /** Answers with what is said of its outcome. */
    act: (frame: StorePageContext, endpointId: string, form: T) => Promise<NoticeCode>,
  ) =>
    onEndpoint(`${PATH}/:wid${name}`, schema, async (frame, form, c) => {
      const notice = await act(frame, idOf(c), form);
      return redirectAfter(c, name === '/remove' ? home(frame) : `${home(frame)}/${idOf(c)}`, notice);
    });
  action('', endpointForm, async ({ deps, store }, id, { event_types: eventTypes, ...form }) => {
    const { dialect } = await readEndpoint(deps, store, id);
    await updateEndpoint(deps, store, id, { ...form, ...(hasChoice(dialect) && { eventTypes }) });
    return 'endpoint_saved';
  });
  action('/switch', switchForm, async ({ deps, store }, id, { enabled }) => {
    await updateEndpoint(deps, store, id, { enabled: enabled === 'on' });
    return 'endpoint_saved';
  });
  action('/test', testForm, async ({ deps, store }, id, { event_type }) => {
    const { state } = await testEndpoint(deps, store, id, event_type);
    return state === 'succeeded' ? 'test_event_sent' : 'test_event_failed';
  });
  action('/redeliver', deliveryForm, async ({ deps, store }, id, { delivery }) => {
    const name = deliveryNameOf(delivery);
    if (!name) throw new ApiError('not_found');
    return redeliveryNotice(await redeliver(deps, store, id, name));
  });
  action('/redeliver-failed', sinceForm, async ({ deps, store }, id, { days }) => {
    // A moment inside the limit, which is counted from a clock that goes on.
    const sinceMs = deps.now() - Number(days) * DAY_MS + 60_000;
    const { requeued } = await redeliverFailed(deps, store, id, sinceMs);
    return requeued > 0 ? 'redelivering' : 'nothing_to_redeliver';
  });
  action('/remove', nothing, async ({ deps, store }, id) => {
    await removeEndpoint(deps, store, id);
    return 'endpoint_removed';
  });

  onEndpoint(`${PATH}/:wid/rotate`, rotation, async (frame, { force }, c) => {
    const made = await rotateEndpoint(frame.deps, frame.store, idOf(c), { force: force === 'on' });
    return page(c, <EndpointSecretPage frame={frame} made={made} isRotated />);
  });

  return app;
}

async function endpointsPage(frame: StorePageContext, draft: FormDraft) {
  return <EndpointsPage frame={frame} endpoints={await listEndpoints(frame.deps, frame.store)} draft={draft} />;
}

async function endpointPage(frame: StorePageContext, id: string, draft: FormDraft, before: string | undefined) {
  const { deps, store } = frame;
  const endpoint = await readEndpoint(deps, store, id);
  const page = await readDeliveries(deps, store, id, {
    before: (before === undefined ? undefined : placeOf(before)) ?? null,
    limit: PER_PAGE,
  });
  const settings = draftOf({
    url: endpoint.url,
    label: endpoint.label,
    event_types: (endpoint.eventTypes ?? OWN_EVENT_TYPES).join('\n'),
  });
  const isEdited = draft.values.url !== undefined;
  return (
    <EndpointPage
      frame={frame}
      endpoint={endpoint}
      deliveries={page.deliveries}
      older={page.next && cursorOf(page.next)}
      newest={before === undefined ? page.deliveries[0]?.state : undefined}
      settings={isEdited ? draft : settings}
      problem={isEdited ? null : draft.problem}
    />
  );
}
