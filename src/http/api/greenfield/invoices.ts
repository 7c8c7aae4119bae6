// Greenfield's invoices: made, read, listed, changed, marked, archived. Mounted twice: under the store, and by the invoice's id
// alone, as BTCPay Server 2.4 has them.

import { Hono } from 'hono';
import { ON_CHAIN } from '../../../core/dialects/greenfield/events.ts';
import type { InvoiceState } from '../../../core/invoice/state.ts';
import { ApiError } from '../../../errors.ts';
import type { Permission } from '../../../services/access/permissions.ts';
import { readStore } from '../../../services/accounts/stores.ts';
import { type Created, create } from '../../../services/payments/create.ts';
import type { Order } from '../../../services/payments/draft.ts';
import { archive, edit, unarchive } from '../../../services/payments/edit.ts';
import { stateBatches } from '../../../services/payments/list.ts';
import { mark } from '../../../services/payments/mark.ts';
import { readState } from '../../../services/payments/read.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { listAnswer } from '../list-answer.ts';
import { greenfieldKeyHash, keyHolder } from './auth.ts';
import { bodyFields, checked } from './body.ts';
import { GreenfieldError, invalid, lacking, missing } from './errors.ts';
import { invoiceData, paymentMethodsData } from './invoice-data.ts';
import { listQueryOf } from './invoice-list.ts';
import { methodId } from './method-ids.ts';
import { BODY_FIELDS, metadataSchema, orderOf, searchedFor, wrongMoney } from './order.ts';
import { flagOf, Query } from './query.ts';

const VIEW = 'btcpay.store.canviewinvoices';
const CREATE = 'btcpay.store.cancreateinvoice';
const MODIFY = 'btcpay.store.canmodifyinvoices';
const SETTINGS = 'btcpay.store.canmodifystoresettings';

/** Under `/stores/:storeId/invoices`. */
export function storeInvoiceRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.post('/', async (c) => {
    const deps = c.get('deps');
    const ofStore = c.req.param('storeId') ?? '';
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
    return c.json(invoiceData(await madeStanding(c, created, ofStore), deps.config.ORIGIN));
  });

  app.get('/', async (c) => {
    const deps = c.get('deps');
    const { store } = await keyHolder(c, c.req.param('storeId'), VIEW);
    const { includePaymentMethods, ...query } = listQueryOf(c.req.url, store.id);
    return listAnswer(c, stateBatches(deps, query), (state) => ({
      ...invoiceData(state, deps.config.ORIGIN),
      ...(includePaymentMethods && { paymentMethods: paymentMethodsData(state, USUAL_METHODS) }),
    })).catch((error: unknown) => {
      throw error instanceof ApiError && error.code === 'validation_error'
        ? invalid({ path: 'take', message: error.message })
        : error;
    });
  });

  return app.route('/', invoiceRoutes());
}

const USUAL_METHODS = { onlyAccountedPayments: true, includeSensitive: false };

/** Of one invoice: under its store, or with its id alone. */
export function invoiceRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/:id', async (c) => {
    const state = await stateFor(c, VIEW);
    const withMethods = flagOf(c.req.url, 'includePaymentMethods', false);
    return c.json({
      ...invoiceData(state, c.get('deps').config.ORIGIN),
      ...(withMethods && { paymentMethods: paymentMethodsData(state, USUAL_METHODS) }),
    });
  });

  app.put('/:id', async (c) => {
    const { invoice } = await stateFor(c, MODIFY);
    const { metadata: input } = await bodyFields(c, ['metadata']);
    if (input !== undefined) {
      const metadata = checked(metadataSchema, input, ['metadata']);
      await edit(c.get('deps'), invoice.id, { metadata, ...searchedFor(metadata) });
    }
    return shown(c, invoice);
  });

  app.delete('/:id', async (c) => {
    const { invoice } = await stateFor(c, MODIFY);
    await archive(c.get('deps'), invoice.id);
    return c.body(null, 200);
  });

  app.post('/:id/unarchive', async (c) => {
    const { invoice } = await stateFor(c, MODIFY);
    if (!(await unarchive(c.get('deps'), invoice.id))) {
      throw new GreenfieldError(400, { code: 'already-unarchived', message: 'Invoice is already unarchived' });
    }
    return shown(c, invoice);
  });

  app.post('/:id/status', async (c) => {
    const { invoice } = await stateFor(c, MODIFY);
    const { status } = await bodyFields(c, ['status']);
    const wanted = typeof status === 'string' ? status.toLowerCase() : null;
    const as = (['Settled', 'Invalid'] as const).find((name) => name.toLowerCase() === wanted);
    if (!as) throw invalid({ path: 'Status', message: 'Status can only be marked to Invalid or Settled' });
    await mark(c.get('deps'), invoice.storeId, invoice.id, as, 'api').catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'conflict')
        throw invalid({ path: 'Status', message: error.message });
      throw error;
    });
    return shown(c, invoice);
  });

  app.get('/:id/payment-methods', async (c) => {
    const query = new Query(c.req.url);
    const includeSensitive = query.flag('includeSensitive', false);
    const onlyAccountedPayments = query.flag('onlyAccountedPayments', true);
    const state = await stateFor(c, includeSensitive ? SETTINGS : VIEW);
    query.check();
    return c.json(paymentMethodsData(state, { onlyAccountedPayments, includeSensitive }));
  });

  app.post('/:id/payment-methods/:method/activate', async (c) => {
    await stateFor(c, VIEW);
    if (methodId(c.req.param('method')) !== ON_CHAIN) throw missing('paymentmethod');
    return c.body(null, 200);
  });

  return app;
}

async function readOrder(c: Ctx, storeId: string): Promise<Order> {
  return orderOf(await bodyFields(c, BODY_FIELDS), async () => {
    await keyHolder(c, storeId, CREATE);
    return (await readStore(c.get('deps'), storeId)).currency;
  });
}

/** As it was made; what costs nothing is paid already. */
async function madeStanding(c: Ctx, { id, invoice }: Created, storeId: string): Promise<InvoiceState> {
  const deps = c.get('deps');
  if (invoice && invoice.amountSats !== 0n) return { invoice, payments: [], confirmedSats: 0n, tipHeight: null };
  return readState(deps, storeId, id);
}

/** The invoice of the path, of the key's own store. What is not there, and who must not know, look the same. */
async function stateFor(c: Ctx, needed: Permission): Promise<InvoiceState> {
  const storeId = c.req.param('storeId');
  const { store } = await keyHolder(c, storeId, needed);
  return readState(c.get('deps'), store.id, c.req.param('id') ?? '').catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
    // Without a store in the path the invoice's store is unknown.
    throw storeId === undefined ? lacking(needed) : missing('invoice');
  });
}

/** As it is after a change. */
async function shown(c: Ctx, { storeId, id }: { storeId: string; id: string }) {
  const deps = c.get('deps');
  return c.json(invoiceData(await readState(deps, storeId, id), deps.config.ORIGIN));
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
    case 'no_active_xpub':
    case 'gap_limit_exceeded':
      return new GreenfieldError(400, { code: 'generic-error', message });
    default:
      return error;
  }
}
