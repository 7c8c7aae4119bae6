// Greenfield's invoices: made, read, listed, changed, marked, archived. One invoice's operations are there twice: under the store, and by the invoice's id
// alone, as BTCPay Server 2.4 has them.

import { greenfieldCheckout } from '../../../core/dialects/greenfield/checkout.ts';
import { methodNamed } from '../../../core/dialects/greenfield/method-ids.ts';
import { payTarget } from '../../../core/invoice/methods.ts';
import type { InvoiceState } from '../../../core/invoice/state.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { readStore } from '../../../services/accounts/stores.ts';
import { type Created, create } from '../../../services/payments/create.ts';
import type { Order } from '../../../services/payments/draft.ts';
import { archive, edit, unarchive } from '../../../services/payments/edit.ts';
import { stateBatches } from '../../../services/payments/list.ts';
import { mark } from '../../../services/payments/mark.ts';
import { lookAtState, readState } from '../../../services/payments/read.ts';
import type { Ctx } from '../http.ts';
import { listAnswer } from '../list-answer.ts';
import { ANYBODY } from '../operation.ts';
import { greenfieldKeyHash, keyHolder } from './auth.ts';
import { bodyFields, checked } from './body.ts';
import { GreenfieldError, invalid, lacking, missing, orThrow, renaming } from './errors.ts';
import { invoiceData, paymentMethodsData } from './invoice-data.ts';
import { listQueryOf } from './invoice-list.ts';
import { andFind, keyThatMay, operation } from './operation.ts';
import { BODY_FIELDS, metadataSchema, orderOf, searchedFor, wrongMoney } from './order.ts';
import { flagOf } from './query.ts';

const VIEW = 'btcpay.store.canviewinvoices';
const CREATE = 'btcpay.store.cancreateinvoice';
const MODIFY = 'btcpay.store.canmodifyinvoices';
const SENSITIVE = { flag: 'includeSensitive', key: 'btcpay.store.canmodifystoresettings' } as const;

/** The handler judges the key: in the batch that creates the invoice, which saves a round trip. */
const CREATOR = { ...ANYBODY, key: CREATE, counted: 'key' } as const;

const storeInvoiceApi = [
  operation('POST /stores/{storeId}/invoices', CREATOR, async ({ c, deps, params: { storeId: ofStore } }) => {
    const keyHash = await greenfieldKeyHash(c.req.header('authorization'));
    const allowed = deps.allowCreate(keyHash);
    const read = await readOrder(c, ofStore).catch((error: unknown) => ({ error }));
    if ('error' in read) {
      if (!(await allowed)) throw new ApiError('rate_limited');
      // A wrong key is refused before a wrong body: a caller without access learns nothing about the schema.
      await keyHolder(c, ofStore, CREATE);
      throw renamed(read.error);
    }
    const created = await create(deps, { keyHash, ofStore }, allowed, read, null, '').catch((error: unknown) => {
      throw renamed(error);
    });
    return dataOf(deps, await madeStanding(deps, created, ofStore));
  }),

  operation('GET /stores/{storeId}/invoices', VIEW, async ({ c, deps, caller: { store } }) => {
    const { includePaymentMethods, ...query } = listQueryOf(c.req.url, store.id);
    return listAnswer(c, stateBatches(deps, query), (state) => dataOf(deps, state, includePaymentMethods)).catch(
      renaming('validation_error', ({ message }) => invalid({ path: 'take', message })),
    );
  }),
];

/** Of one invoice: under its store, or with its id alone. */
const oneInvoiceApi = (at: '/invoices' | '/stores/{storeId}/invoices') => [
  operation(`GET ${at}/{id}`, invoiceFor(VIEW), async ({ c, deps, caller: { state } }) => {
    const withMethods = flagOf(c.req.url, 'includePaymentMethods', false);
    if (!withMethods) return dataOf(deps, state);
    const { state: now, lightningProblem } = await looked(deps, state);
    return dataOf(deps, now, true, lightningProblem);
  }),

  operation(`PUT ${at}/{id}`, invoiceFor(MODIFY), async ({ c, deps, caller: { state } }) => {
    const { metadata: input } = await bodyFields(c, ['metadata']);
    if (input !== undefined) {
      const metadata = checked(metadataSchema, input, ['metadata']);
      await edit(deps, state.invoice.id, { metadata, ...searchedFor(metadata) });
    }
    return shown(deps, state);
  }),

  operation(`DELETE ${at}/{id}`, invoiceFor(MODIFY), async ({ c, deps, caller: { state } }) => {
    await archive(deps, state.invoice.id);
    return c.body(null, 200);
  }),

  operation(`POST ${at}/{id}/unarchive`, invoiceFor(MODIFY), async ({ deps, caller: { state } }) => {
    if (!(await unarchive(deps, state.invoice.id))) {
      throw new GreenfieldError(400, { code: 'already-unarchived', message: 'Invoice is already unarchived' });
    }
    return shown(deps, state);
  }),

  operation(`POST ${at}/{id}/status`, invoiceFor(MODIFY), async ({ c, deps, caller: { state } }) => {
    const { status } = await bodyFields(c, ['status']);
    const wanted = typeof status === 'string' ? status.toLowerCase() : null;
    const as = (['Settled', 'Invalid'] as const).find((name) => name.toLowerCase() === wanted);
    if (!as) throw invalid({ path: 'Status', message: 'Status can only be marked to Invalid or Settled' });
    await mark(deps, state.invoice.storeId, state.invoice.id, as, 'api').catch(
      renaming('conflict', ({ message }) => invalid({ path: 'Status', message })),
    );
    return shown(deps, state);
  }),

  operation(`GET ${at}/{id}/payment-methods`, invoiceFor(VIEW, SENSITIVE), async ({ c, deps, caller }) => {
    const onlyAccountedPayments = flagOf(c.req.url, 'onlyAccountedPayments', true);
    const { state, lightningProblem } = await looked(deps, caller.state);
    const options = { onlyAccountedPayments, includeSensitive: caller.isFlagged, lightningProblem };
    return paymentMethodsData(state, options);
  }),

  operation(
    `POST ${at}/{id}/payment-methods/{method}/activate`,
    invoiceFor(VIEW),
    async ({ c, deps, caller, params }) => {
      const method = methodNamed(params.method);
      const prompt = caller.state.invoice.prompts.find((one) => one.method === method);
      if (!prompt) throw missing('paymentmethod');
      if (payTarget(prompt, 0n).destination === '') await lookAtState(deps, caller.state);
      return c.body(null, 200);
    },
  ),
];

export const invoiceApi = [
  ...storeInvoiceApi,
  ...oneInvoiceApi('/stores/{storeId}/invoices'),
  ...oneInvoiceApi('/invoices'),
];

async function readOrder(c: Ctx, storeId: string): Promise<Order> {
  return orderOf(await bodyFields(c, BODY_FIELDS), async () => {
    await keyHolder(c, storeId, CREATE);
    return (await readStore(c.get('deps'), storeId)).currency;
  });
}

/** As it was made; what costs nothing is paid already. */
async function madeStanding(deps: Deps, { id, invoice }: Created, storeId: string): Promise<InvoiceState> {
  if (invoice && invoice.amountSats !== 0n) return { invoice, payments: [], confirmedSats: 0n, tipHeight: null };
  return readState(deps, storeId, id);
}

/** The key with its store's invoice of the path. What is not there, and who must not know, look the same. */
export function invoiceFor(...permission: Parameters<typeof keyThatMay>) {
  return andFind(keyThatMay(...permission), async (c, { store, needed }) => {
    // Without a store in the path the invoice's store is unknown.
    const problem = c.req.param('storeId') === undefined ? lacking(needed) : missing('invoice');
    return { state: await readState(c.get('deps'), store.id, c.req.param('id') ?? '').catch(orThrow(problem)) };
  });
}

function dataOf({ config }: Deps, state: InvoiceState, withMethods = false, lightningProblem: string | null = null) {
  const options = { onlyAccountedPayments: true, includeSensitive: false, lightningProblem };
  const paymentMethods = () => paymentMethodsData(state, options);
  return { ...invoiceData(state, config.ORIGIN), ...(withMethods && { paymentMethods: paymentMethods() }) };
}

/** With its BOLT11, unless its client wants to activate each way to pay itself. */
async function looked(deps: Deps, state: InvoiceState) {
  const isLazy = greenfieldCheckout(state.invoice).lazyPaymentMethods;
  return isLazy ? { state, lightningProblem: null } : lookAtState(deps, state);
}

/** As it is after a change. */
async function shown(deps: Deps, { invoice: { storeId, id } }: InvoiceState) {
  return dataOf(deps, await readState(deps, storeId, id));
}

/** What refuses a creation, in this dialect's words. */
function renamed(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { message } = error;
  switch (error.code) {
    case 'forbidden':
      return lacking(CREATE);
    case 'invalid_amount':
    case 'invalid_currency':
      return wrongMoney(error);
    case 'no_lightning_connection':
    case 'no_active_xpub':
    case 'gap_limit_exceeded':
      return new GreenfieldError(400, { code: 'generic-error', message });
    default:
      return error;
  }
}
