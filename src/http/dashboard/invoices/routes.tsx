// /stores/:id/invoices/:iid and what can be done with it: simulate, cancel, resolve, mark, rescan, send an event again.

import { Hono } from 'hono';
import * as z from 'zod';

import { EVENT_TYPES } from '../../../core/invoice/invoice.ts';
import { ApiError } from '../../../errors.ts';
import { redeliverOfInvoice } from '../../../services/endpoints/deliveries.ts';
import { deliveryNameOf } from '../../../services/endpoints/names.ts';
import { cancel } from '../../../services/payments/cancel.ts';
import { mark } from '../../../services/payments/mark.ts';
import { METHOD_NAMES } from '../../../services/payments/offers.ts';
import { readInvoice } from '../../../services/payments/read.ts';
import { resolve } from '../../../services/payments/resolve.ts';
import { simulate } from '../../../services/payments/simulate.ts';
import type { Ctx, HonoEnv } from '../../api/http.ts';
import { draftOf, formsOn } from '../forms.ts';
import { page, redirectAfter, type StorePageContext, storePageContext } from '../http.tsx';
import { type NoticeCode, redeliveryNotice } from '../notices.ts';
import { satsField } from '../numbers.ts';
import { InvoicePage } from './page.tsx';
import { readView } from './view.ts';

const nothing = z.object({});
const simulation = z.object({
  event: z.enum(EVENT_TYPES, 'Choose an event.'),
  amount_sats: satsField.optional(),
  method: z.enum(METHOD_NAMES).optional(),
});
const resolution = z.object({
  decision: z.enum(['accept', 'reject']),
  note: z.string().trim().max(1_000, 'is too long'),
});
const marking = z.object({ as: z.enum(['Settled', 'Invalid']) });
const again = z.object({ delivery: z.string() });

const PATH = '/stores/:id/invoices/:iid';
const idOf = (c: Ctx) => c.req.param('iid') ?? '';

export function invoicePageRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get(PATH, async (c) => {
    const frame = await storePageContext(c);
    const view = await readView(frame, c.req.param('iid'));
    const draft = draftOf({ method: c.req.query('method') });
    return page(c, <InvoicePage frame={frame} view={view} draft={draft} />);
  });

  const form = formsOn(
    app,
    (c) => storePageContext(c, 'manager'),
    async (frame, draft, c) => <InvoicePage frame={frame} view={await readView(frame, idOf(c))} draft={draft} />,
  );
  const action = <T,>(
    name: string,
    schema: z.ZodType<T>,
    /** Answers with what is said of its outcome. */
    act: (frame: StorePageContext, invoiceId: string, form: T) => Promise<NoticeCode>,
  ) =>
    form(`${PATH}/${name}`, schema, async (frame, values, c) => {
      const notice = await act(frame, idOf(c), values);
      return redirectAfter(c, `/stores/${frame.store.id}/invoices/${idOf(c)}`, notice);
    });
  const by = ({ person }: StorePageContext) => `user:${person.userId}`;

  form(`${PATH}/simulate`, simulation, async ({ deps, store }, { event, amount_sats, method }, c) => {
    const id = idOf(c);
    await simulate(deps, store.id, id, { event, amountSats: amount_sats ? BigInt(amount_sats) : null, method });
    // The next event comes by the same way to pay.
    return redirectAfter(c, `/stores/${store.id}/invoices/${id}?method=${method ?? ''}`, 'simulated');
  });
  action('cancel', nothing, async (frame, id) => {
    await cancel(frame.deps, frame.store.id, id, by(frame));
    return 'invoice_cancelled';
  });
  action('resolve', resolution, async (frame, id, form) => {
    await resolve(frame.deps, frame.store.id, id, form, by(frame));
    return 'invoice_resolved';
  });
  action('mark', marking, async (frame, id, form) => {
    await mark(frame.deps, frame.store.id, id, form.as, by(frame));
    return 'invoice_marked';
  });
  action('rescan', nothing, async ({ deps, store }, id) => {
    const invoice = await readInvoice(deps, store.id, id);
    if (invoice.environment !== 'live') return 'invoice_not_rescanned';
    const isRead = await deps.watcher.rescan(invoice.id).then(
      () => true,
      () => false,
    );
    return isRead ? 'invoice_rescanned' : 'invoice_not_rescanned';
  });
  action('redeliver', again, async ({ deps, store }, id, { delivery }) => {
    const name = deliveryNameOf(delivery);
    if (!name) throw new ApiError('not_found');
    return redeliveryNotice(await redeliverOfInvoice(deps, store, id, name));
  });

  return app;
}
