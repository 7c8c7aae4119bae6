// /invoices, as BitPay's clients ask for them. The same paths are links for people: those are taken to the dashboard.

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { fullData, publicData, tillData } from '../../../core/dialects/bitpay/data.ts';
import { BITPAY } from '../../../core/dialects/bitpay/dialect.ts';
import { bitpayStatus, exceptionStatus, notification } from '../../../core/dialects/bitpay/status.ts';

import type { InvoiceState } from '../../../core/invoice/state.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { invoiceToken } from '../../../services/accounts/bitpay.ts';
import { cancel } from '../../../services/payments/cancel.ts';
import { create } from '../../../services/payments/create.ts';
import { stateBatches } from '../../../services/payments/list.ts';
import { mark } from '../../../services/payments/mark.ts';
import { readAnyState, readPublic, readState, readStateOfKey } from '../../../services/payments/read.ts';
import { notifyAgain } from '../../../services/payments/renotify.ts';
import { simulate } from '../../../services/payments/simulate.ts';
import { caseless } from '../caseless.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { listAnswer } from '../list-answer.ts';
import { canonicalJson } from '../native/order.ts';
import { validate } from '../native/validate.ts';
import { isSameText } from './identity.ts';
import { listQueryOf } from './list.ts';
import { flag, orderOf } from './order.ts';
import {
  type BitpayCaller,
  type BitpayRequest,
  callerOf,
  isForPerson,
  mayView,
  requestOf,
  unsignedTill,
} from './request.ts';

const CREATE = 'btcpay.store.cancreateinvoice';
const VIEW = 'btcpay.store.canviewinvoices';
const MODIFY = 'btcpay.store.canmodifyinvoices';

const cancelling = z.object({ forceCancel: flag.default(false) });

/** The answer to a person who follows a link to an invoice: it takes them to its page. */
export type InvoiceLink = (c: Ctx, id: string) => Promise<Response>;

export function invoiceRoutes(invoiceLink: InvoiceLink): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.post('/', async (c) => {
    const asked = await requestOf(c);
    const caller = await callerOf(c, asked, CREATE);
    return answer(c, caller, await made(c, asked, caller));
  });

  app.get('/', async (c) => {
    if (isForPerson(c)) return c.redirect('/stores', 303);
    const caller = await callerOf(c, await requestOf(c), VIEW);
    const deps = c.get('deps');
    const found = stateBatches(deps, listQueryOf(c.req.queries(), caller.store.id));
    return listAnswer(c, found, (state) => dataOf(deps, state, 'full'), ['{"data":', '}']);
  });

  app.get('/guid/:guid', async (c) => {
    const caller = await callerOf(c, await requestOf(c), VIEW);
    return answer(c, caller, await stateOfGuid(c, caller));
  });

  app.get('/:id', async (c) => {
    if (isForPerson(c)) return invoiceLink(c, c.req.param('id'));
    const deps = c.get('deps');
    const asked = await requestOf(c);
    if (asked.who !== null) {
      const caller = await callerOf(c, asked);
      return answer(c, caller, await readState(deps, caller.store.id, c.req.param('id')));
    }
    const till = await unsignedTill(c, asked);
    const state = await readAnyState(deps, c.req.param('id'));
    if (till?.store.id === state.invoice.storeId) return answer(c, till, state);
    // The id alone gives access to the content of its page, while the page is open.
    await readPublic(deps, c.req.param('id'));
    return answer(c, null, state);
  });

  app.delete('/guid/:guid', async (c) => {
    const asked = await requestOf(c);
    const caller = await callerOf(c, asked, MODIFY);
    return answer(c, caller, await cancelled(c, asked, caller, (await stateOfGuid(c, caller)).invoice.id));
  });

  app.delete('/:id', async (c) => {
    const asked = await requestOf(c);
    const caller = await callerOf(c, asked, MODIFY);
    return answer(c, caller, await cancelled(c, asked, caller, c.req.param('id')));
  });

  // BitPay's clients pay so in its test environment alone, and so do ours.
  app.put('/pay/:id', async (c) => {
    const deps = c.get('deps');
    const caller = await callerOf(c, await requestOf(c), MODIFY);
    await simulate(deps, caller.store.id, c.req.param('id'), { event: 'invoice.paid', amountSats: null });
    return answer(c, caller, await readState(deps, caller.store.id, c.req.param('id')));
  });

  app.post('/:id/notifications', async (c) => {
    const deps = c.get('deps');
    const state = await stateToSend(c, await requestOf(c), c.req.param('id'));
    const told = notification(state, 1012, { origin: deps.config.ORIGIN, nowMs: deps.now() });
    const url = BITPAY.receiverOf?.(state.invoice);
    if (!told || !url) throw new ApiError('conflict', 'The invoice has no notificationURL.');
    await notifyAgain(deps, state.invoice, { dialect: 'bitpay', url, body: told.body });
    return c.json({ data: 'Success' });
  });

  return app;
}

async function made(c: Ctx, asked: BitpayRequest, caller: BitpayCaller): Promise<InvoiceState> {
  const deps = c.get('deps');
  const { order, guid } = orderOf(asked.body, deps.dispatcher.policy, deps.now(), caller.isTill);
  const allowed = deps.allowCreate(caller.countedAs);
  // A nonce is another one each time.
  const { nonce: _, ...same } = asked.body;
  const key = guid === null ? null : keyOfGuid(guid);
  const { id, invoice } = await create(deps, caller.asker, allowed, order, key, canonicalJson(same));
  if (invoice === null) return readState(deps, caller.store.id, id);
  return { invoice, payments: [], confirmedSats: 0n, tipHeight: null };
}

/** A client that says `forceCancel` takes back what waits for its block, too; what has one stays. */
async function cancelled(c: Ctx, { body }: BitpayRequest, caller: BitpayCaller, id: string): Promise<InvoiceState> {
  const deps = c.get('deps');
  const { store, by } = caller;
  const asked = { forceCancel: c.req.query('forceCancel'), ...caseless(body, ['forceCancel']) };
  const { forceCancel } = validate(cancelling, asked);
  const state = await readState(deps, store.id, id);
  const isForced = forceCancel && ['new', 'paid'].includes(bitpayStatus(state));
  if (isForced && state.invoice.status !== 'pending') await mark(deps, store.id, id, 'Invalid', by);
  else await cancel(deps, store.id, id, by);
  return readState(deps, store.id, id);
}

/**
 * The invoice's own token is enough for any caller: BitPay's guide knows no more, and its SDK signs such a request and sends
 * that token all the same.
 * @throws ApiError as callerOf; not_found
 */
async function stateToSend(c: Ctx, asked: BitpayRequest, id: string): Promise<InvoiceState> {
  const deps = c.get('deps');
  if (asked.token && isSameText(asked.token, await invoiceToken(deps, id))) {
    return readAnyState(deps, id);
  }
  const caller = await callerOf(c, asked, MODIFY);
  return readState(deps, caller.store.id, id);
}

/** Found for a day: the time that a create with the same guid makes no second invoice. @throws ApiError not_found */
async function stateOfGuid(c: Context<HonoEnv, '/guid/:guid'>, { store }: BitpayCaller): Promise<InvoiceState> {
  const state = await readStateOfKey(c.get('deps'), store.id, keyOfGuid(c.req.param('guid')));
  if (!state) throw new ApiError('not_found', 'No invoice was made with this guid within a day.');
  return state;
}

const keyOfGuid = (guid: string) => `bitpay:${guid}`;

type View = 'full' | 'till' | 'public';

/** @param caller null without credentials */
async function answer(c: Ctx, caller: BitpayCaller | null, state: InvoiceState): Promise<Response> {
  const facade = `${caller?.facade ?? 'pos'}/invoice`;
  return c.json({ facade, data: await dataOf(c.get('deps'), state, viewOf(caller, state)) });
}

/** A till sees the order of invoices that tills of its store created, as with BitPay; of others the public part. */
function viewOf(caller: BitpayCaller | null, { invoice }: InvoiceState): View {
  if (caller === null) return 'public';
  if (mayView(caller)) return 'full';
  return caller.isTill && invoice.checkout?.isOfTill ? 'till' : 'public';
}

async function dataOf(deps: Deps, state: InvoiceState, view: View) {
  const frame = { origin: deps.config.ORIGIN, nowMs: deps.now() };
  const statuses = { status: bitpayStatus(state), exceptionStatus: exceptionStatus(state) };
  if (view === 'public') return { ...publicData(state, frame), ...statuses };
  const token = await invoiceToken(deps, state.invoice.id);
  return { ...(view === 'full' ? fullData(state, frame, token) : tillData(state, frame, token)), ...statuses };
}
