// /invoices, as BitPay's clients ask for them. The same paths are links for people: those are taken to the dashboard.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as z from 'zod';
import { bitpayCheckout } from '../../../core/dialects/bitpay/checkout.ts';
import { fullData, publicData, tillData } from '../../../core/dialects/bitpay/data.ts';
import { BITPAY } from '../../../core/dialects/bitpay/dialect.ts';
import { bitpayStatus, exceptionStatus, notification } from '../../../core/dialects/bitpay/status.ts';

import type { InvoiceState } from '../../../core/invoice/state.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { cancel } from '../../../services/payments/cancel.ts';
import { create } from '../../../services/payments/create.ts';
import { stateBatches } from '../../../services/payments/list.ts';
import { mark } from '../../../services/payments/mark.ts';
import { lookAtState, readAnyState, readPublic, readState, readStateOfKey } from '../../../services/payments/read.ts';
import { notifyAgain } from '../../../services/payments/renotify.ts';
import { simulate } from '../../../services/payments/simulate.ts';
import { caseless } from '../caseless.ts';
import type { Ctx } from '../http.ts';
import { listAnswer } from '../list-answer.ts';
import { canonicalJson } from '../native/order.ts';
import { validate } from '../native/validate.ts';
import { isSameText } from './identity.ts';
import { listQueryOf } from './list.ts';
import { type BitpayWho, callerThatMay, operation, orPage } from './operation.ts';
import { flag, orderOf } from './order.ts';
import { type BitpayCaller, type BitpayRequest, callerOf, mayView, requestOf, unsignedTill } from './request.ts';

const CREATE = 'btcpay.store.cancreateinvoice';
const VIEW = 'btcpay.store.canviewinvoices';
const MODIFY = 'btcpay.store.canmodifyinvoices';

const cancelling = z.object({ forceCancel: flag.default(false) });

/** The answer to a person who follows a link to an invoice: it takes them to its page. */
export type InvoiceLink = (c: Ctx, id: string) => Promise<Response>;

export const invoiceApi = (invoiceLink: InvoiceLink) => [
  operation('POST /invoices', { ...callerThatMay(CREATE), counted: 'key' }, async ({ deps, caller }) =>
    answer(deps, caller, await made(deps, caller)),
  ),

  orPage(
    operation('GET /invoices', VIEW, async ({ c, deps, caller: { store } }) =>
      listAnswer(
        c,
        stateBatches(deps, listQueryOf(c.req.queries(), store.id)),
        (state) => dataOf(deps, state, 'full'),
        ['{"data":', '}'],
      ),
    ),
    (c) => c.redirect('/stores', 303),
  ),

  operation('GET /invoices/guid/{guid}', VIEW, async ({ deps, caller, params: { guid } }) =>
    answer(deps, caller, await stateOfGuid(deps, caller, guid)),
  ),

  orPage(
    operation('GET /invoices/{id}', READER, async ({ deps, caller: { reader, state } }) =>
      answer(deps, reader, (await lookAtState(deps, state)).state),
    ),
    (c) => invoiceLink(c, c.req.param('id') ?? ''),
  ),

  operation('DELETE /invoices/guid/{guid}', MODIFY, async ({ c, deps, caller, params: { guid } }) => {
    const { invoice } = await stateOfGuid(deps, caller, guid);
    return answer(deps, caller, await cancelled(c, caller, invoice.id));
  }),

  operation('DELETE /invoices/{id}', MODIFY, async ({ c, deps, caller, params: { id } }) =>
    answer(deps, caller, await cancelled(c, caller, id)),
  ),

  // BitPay's clients pay so in its test environment alone, and so do ours.
  operation('PUT /invoices/pay/{id}', MODIFY, async ({ deps, caller, params: { id } }) => {
    await simulate(deps, caller.store.id, id, { event: 'invoice.paid', amountSats: null });
    return answer(deps, caller, await readState(deps, caller.store.id, id));
  }),

  operation('POST /invoices/{id}/notifications', SENDER, async ({ deps, caller: { state } }) => {
    const told = notification(state, 1012, { origin: deps.config.ORIGIN, nowMs: deps.now() });
    const url = BITPAY.receiverOf?.(state.invoice);
    if (!told || !url) throw new ApiError('conflict', 'The invoice has no notificationURL.');
    await notifyAgain(deps, state.invoice, { dialect: 'bitpay', url, body: told.body });
    return { data: 'Success' };
  }),
];

/** A caller of the invoice's store, or the id alone: that gives access to the content of its page, while the page is open. */
const READER: BitpayWho<{ reader: BitpayCaller | null; state: InvoiceState }> = {
  key: 'any',
  isPublicInPart: true,
  async admit(c) {
    const [deps, id, asked] = [c.get('deps'), c.req.param('id') ?? '', await requestOf(c)];
    if (asked.who !== null) {
      const reader = await callerOf(c, asked);
      return { reader, state: await readState(deps, reader.store.id, id) };
    }
    const till = await unsignedTill(c, asked);
    const state = await readAnyState(deps, id);
    if (till?.store.id === state.invoice.storeId) return { reader: till, state };
    await readPublic(deps, id);
    return { reader: null, state };
  },
};

/**
 * The invoice's own token is enough for any caller: BitPay's guide knows no more, and its SDK signs such a request and sends
 * that token all the same.
 */
const SENDER: BitpayWho<{ state: InvoiceState }> = {
  key: MODIFY,
  async admit(c) {
    const [deps, id, asked] = [c.get('deps'), c.req.param('id') ?? '', await requestOf(c)];
    if (asked.token && isSameText(asked.token, await invoiceToken(deps, id))) {
      return { state: await readAnyState(deps, id) };
    }
    const { store } = await callerOf(c, asked, MODIFY);
    return { state: await readState(deps, store.id, id) };
  },
};

async function made(deps: Deps, caller: BitpayCaller & BitpayRequest): Promise<InvoiceState> {
  const { order, guid } = orderOf(caller.body, deps.dispatcher.policy, deps.now(), caller.isTill);
  const allowed = deps.allowCreate(caller.countedAs);
  // A nonce is another one each time.
  const { nonce: _, ...same } = caller.body;
  const key = guid === null ? null : keyOfGuid(guid);
  const { id, invoice } = await create(deps, caller.asker, allowed, order, key, canonicalJson(same));
  if (invoice === null) return readState(deps, caller.store.id, id);
  return { invoice, payments: [], confirmedSats: 0n, tipHeight: null };
}

/** A client that says `forceCancel` takes back what waits for its block, too; what has one stays. */
async function cancelled(c: Ctx, { body, store, by }: BitpayCaller & BitpayRequest, id: string): Promise<InvoiceState> {
  const deps = c.get('deps');
  const asked = { forceCancel: c.req.query('forceCancel'), ...caseless(body, ['forceCancel']) };
  const { forceCancel } = validate(cancelling, asked);
  const state = await readState(deps, store.id, id);
  const isForced = forceCancel && ['new', 'paid'].includes(bitpayStatus(state));
  if (isForced && state.invoice.status !== 'pending') await mark(deps, store.id, id, 'Invalid', by);
  else await cancel(deps, store.id, id, by);
  return readState(deps, store.id, id);
}

/** Found for a day: the time that a create with the same guid makes no second invoice. @throws ApiError not_found */
async function stateOfGuid(deps: Deps, { store }: BitpayCaller, guid: string): Promise<InvoiceState> {
  const state = await readStateOfKey(deps, store.id, keyOfGuid(guid));
  if (!state) throw new ApiError('not_found', 'No invoice was made with this guid within a day.');
  return state;
}

const keyOfGuid = (guid: string) => `bitpay:${guid}`;

type View = 'full' | 'till' | 'public';

/** @param caller null without credentials */
async function answer(deps: Deps, caller: BitpayCaller | null, state: InvoiceState) {
  const facade = `${caller?.facade ?? 'pos'}/invoice`;
  return { facade, data: await dataOf(deps, state, viewOf(caller, state)) };
}

/** A till sees the order of invoices that tills of its store created, as with BitPay; of others the public part. */
function viewOf(caller: BitpayCaller | null, { invoice }: InvoiceState): View {
  if (caller === null) return 'public';
  if (mayView(caller)) return 'full';
  return caller.isTill && bitpayCheckout(invoice).isOfTill ? 'till' : 'public';
}

async function dataOf(deps: Deps, state: InvoiceState, view: View) {
  const frame = { origin: deps.config.ORIGIN, nowMs: deps.now() };
  const statuses = { status: bitpayStatus(state), exceptionStatus: exceptionStatus(state) };
  if (view === 'public') return { ...publicData(state, frame), ...statuses };
  const token = await invoiceToken(deps, state.invoice.id);
  return { ...(view === 'full' ? fullData(state, frame, token) : tillData(state, frame, token)), ...statuses };
}

/** The token that requests an invoice's notification again without a signature. Readers of the invoice get it. */
async function invoiceToken(deps: Deps, invoiceId: string): Promise<string> {
  const secret = await deps.vault.derive('bitpay-invoice');
  return bytesToHex(hmac(sha256, utf8ToBytes(secret), utf8ToBytes(invoiceId)));
}
