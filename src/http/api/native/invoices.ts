// /v1/invoices: create, list, read, evidence, rescan, resolve, cancel, simulate (integration guide §4, §9, §10).

import { Hono } from 'hono';
import * as z from 'zod';
import { EVENT_TYPES, STATUSES } from '../../../core/invoice/invoice.ts';
import { parseSats } from '../../../core/money/sats.ts';
import { textProblem } from '../../../core/text/well-formed.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { authenticate, keyHashOf } from '../../../services/access/keys.ts';
import { readInvoiceDeliveries, redeliverOfInvoice } from '../../../services/endpoints/deliveries.ts';
import { cancel } from '../../../services/payments/cancel.ts';
import { create } from '../../../services/payments/create.ts';
import { readEvidence } from '../../../services/payments/evidence.ts';
import { readInvoice, readPage } from '../../../services/payments/read.ts';
import { resolve } from '../../../services/payments/resolve.ts';
import { simulate } from '../../../services/payments/simulate.ts';
import { type HonoEnv, jsonBody } from '../http.ts';
import { canonicalJson, orderSchema } from './order.ts';
import { deliveryBody, keyOf } from './store-webhooks.ts';
import { validate, validQuery } from './validate.ts';

const VIEW = 'btcpay.store.canviewinvoices';
const MODIFY = 'btcpay.store.canmodifyinvoices';

const idempotencyKeyHeader = z
  .string()
  .min(1, 'Idempotency-Key must not be empty')
  .max(255, 'Idempotency-Key is longer than 255 characters')
  // Header bytes that are not UTF-8 arrive as this character, and different keys would become one.
  .refine((key) => !textProblem(key) && !key.includes('\ufffd'), 'Idempotency-Key is not valid UTF-8')
  .optional();

const time = z.iso
  .datetime({ offset: true, message: 'must be an ISO 8601 time such as 2026-05-16T11:30:00Z' })
  .transform((text) => Date.parse(text));

export const listQuery = z.strictObject({
  status: z.enum(STATUSES, `must be one of ${STATUSES.join(', ')}`).optional(),
  order_ref: z.string().max(255).optional(),
  created_from: time.optional(),
  created_before: time.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z
    .string()
    .regex(/^\d{1,15}_[0-9a-f-]{36}$/, 'is not one that this API gave')
    .transform((cursor) => ({ createdAtMs: Number(cursor.split('_')[0]), id: cursor.split('_')[1] ?? '' }))
    .optional(),
});

export const resolution = z.strictObject({
  decision: z.enum(['accept', 'reject'], 'must be accept or reject'),
  note: z.string().max(1_000, 'longer than 1000 characters').default(''),
});

export const simulation = z
  .strictObject({
    event_type: z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`).optional(),
    event: z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`).optional(),
    amount_sats: z
      .string()
      .refine((text) => (parseSats(text) ?? 0n) > 0n, 'must be a whole number of sats in digits alone, more than zero')
      .nullish(),
  })
  .transform(({ event_type, event, amount_sats }, ctx) => {
    const type = event_type ?? event;
    if (!type) {
      ctx.addIssue({ code: 'custom', path: ['event_type'], message: 'is needed' });
      return z.NEVER;
    }
    return { event: type, amountSats: amount_sats == null ? null : BigInt(amount_sats) };
  });

export function invoiceRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.post('/', async (c) => {
    const deps = c.get('deps');
    const keyHash = await keyHashOf(c.req.header('authorization'));
    const allowed = deps.allowCreate(keyHash);
    const read = await readOrder(deps, c.req.raw).catch((error: unknown) => ({ error }));
    if ('error' in read) {
      if (!(await allowed)) throw new ApiError('rate_limited');
      // A wrong key is told before a wrong body: who may not ask learns nothing about what may be asked.
      await authenticate(deps, c.req.header('authorization'));
      throw read.error;
    }
    const created = await create(deps, { keyHash }, allowed, read.order, read.idempotencyKey, read.text);
    return c.body(`{"invoice":${created.snapshot}}`, 201, {
      'content-type': 'application/json',
      ...(created.invoice === null ? { 'idempotency-replayed': 'true' } : {}),
    });
  });

  app.get('/', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), VIEW);
    const query = validQuery(listQuery, c.req.queries());
    const page = await readPage(deps, {
      storeId: store.id,
      status: query.status,
      orderRef: query.order_ref,
      createdFromMs: query.created_from,
      createdBeforeMs: query.created_before,
      after: query.cursor,
      limit: query.limit,
    });
    return c.json({
      invoices: page.invoices,
      next_cursor: page.next && `${page.next.createdAtMs}_${page.next.id}`,
    });
  });

  app.get('/:id', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), VIEW);
    return c.json({ invoice: await readInvoice(deps, store.id, c.req.param('id')) });
  });

  app.get('/:id/evidence', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), VIEW);
    return c.json(await readEvidence(deps, store.id, c.req.param('id')));
  });

  app.get('/:id/deliveries', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), VIEW);
    const deliveries = await readInvoiceDeliveries(deps, store, c.req.param('id'));
    return c.json({ deliveries: deliveries.map(deliveryBody) });
  });

  app.post('/:id/deliveries/:did/redeliver', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), MODIFY);
    return c.json({ delivery: deliveryBody(await redeliverOfInvoice(deps, store, c.req.param('id'), keyOf(c))) });
  });

  app.post('/:id/rescan', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), MODIFY);
    const { id, environment } = await readInvoice(deps, store.id, c.req.param('id'));
    if (environment === 'live') await deps.watcher.rescan(id);
    return c.json({ invoice: await readInvoice(deps, store.id, id) });
  });

  app.post('/:id/cancel', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), MODIFY);
    return c.json({ invoice: await cancel(deps, store.id, c.req.param('id'), 'api') });
  });

  app.post('/:id/resolve', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), MODIFY);
    const body = validate(resolution, await jsonBody(c.req.raw));
    return c.json({ invoice: await resolve(deps, store.id, c.req.param('id'), body, 'api') });
  });

  app.post('/:id/simulate', async (c) => {
    const deps = c.get('deps');
    const { store } = await authenticate(deps, c.req.header('authorization'), MODIFY);
    const body = validate(simulation, await jsonBody(c.req.raw));
    return c.json({ invoice: await simulate(deps, store.id, c.req.param('id'), body) });
  });

  return app;
}

async function readOrder(deps: Deps, request: Request) {
  const body = await jsonBody(request);
  return {
    idempotencyKey: validate(idempotencyKeyHeader, request.headers.get('idempotency-key') ?? undefined) ?? null,
    order: validate(orderSchema(deps.dispatcher.policy), body),
    text: canonicalJson(body),
  };
}
