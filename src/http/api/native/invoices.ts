// /v1/invoices: create, list, read, evidence, rescan, resolve, cancel, simulate (integration guide §4, §9, §10).

import * as z from 'zod';
import { EVENT_TYPES, STATUSES } from '../../../core/invoice/invoice.ts';
import { parseSats } from '../../../core/money/sats.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { authenticate, keyHashOf } from '../../../services/access/keys.ts';
import { readInvoiceDeliveries, redeliverOfInvoice } from '../../../services/endpoints/deliveries.ts';
import { cancel } from '../../../services/payments/cancel.ts';
import { create } from '../../../services/payments/create.ts';
import { readEvidence } from '../../../services/payments/evidence.ts';
import { METHOD_NAMES } from '../../../services/payments/offers.ts';
import { lookAtInvoice, readInvoice, readPage } from '../../../services/payments/read.ts';
import { resolve } from '../../../services/payments/resolve.ts';
import { simulate } from '../../../services/payments/simulate.ts';
import { jsonBody } from '../http.ts';
import { ANYBODY, type Who } from '../operation.ts';
import { deliveryBody, deliveryNamed } from './delivery-body.ts';
import { idempotencyKeyOf } from './idempotency.ts';
import { created, ok, operation } from './operation.ts';
import { canonicalJson, orderBody, orderSchema } from './order.ts';
import { RESOLUTION_NOTES, resolution } from './resolution.ts';
import { validate } from './validate.ts';
import { keyThatMay } from './who.ts';

const VIEW = keyThatMay('btcpay.store.canviewinvoices');
const MODIFY = keyThatMay('btcpay.store.canmodifyinvoices');
/** The handler judges the key: in the batch that creates the invoice, which saves a round trip. */
const CREATE: Who<null> = { key: 'btcpay.store.cancreateinvoice', counted: 'key', admit: ANYBODY.admit };

const time = z.iso
  .datetime({ offset: true, message: 'must be an ISO 8601 time such as 2026-05-16T11:30:00Z' })
  .transform((text) => Date.parse(text));

const listQuery = z.strictObject({
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

const simulation = z
  .strictObject({
    event_type: z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`).optional(),
    event: z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`).optional(),
    amount_sats: z
      .string()
      .refine((text) => (parseSats(text) ?? 0n) > 0n, 'must be a whole number of sats in digits alone, more than zero')
      .nullish(),
    payment_method: z.enum(METHOD_NAMES, `must be one of ${METHOD_NAMES.join(', ')}`).optional(),
  })
  .transform(({ event_type, event, amount_sats, payment_method: method }, ctx) => {
    const type = event_type ?? event;
    if (!type) {
      ctx.addIssue({ code: 'custom', path: ['event_type'], message: 'is needed' });
      return z.NEVER;
    }
    return { event: type, amountSats: amount_sats == null ? null : BigInt(amount_sats), method };
  });

const tag = 'Invoices';

export const invoiceApi = [
  operation('POST /v1/invoices', () => ({
    id: 'createInvoice',
    tag,
    summary: 'Create an invoice',
    description:
      'Give either `amount` and `currency`, or `amount_sats`. The rate is locked: what the buyer owes in satoshis never ' +
      'changes. Send an `Idempotency-Key` so that a retry gives the same invoice.',
    who: CREATE,
    headers: {
      'Idempotency-Key': {
        schema: { type: 'string', minLength: 1, maxLength: 255 },
        description: 'The same key with the same body gets the same answer for 24 hours.',
      },
    },
    unread: () => ({
      body: { ...orderBody(), example: { amount: 49.99, currency: 'USD', order_ref: 'ORD-12345' } },
    }),
    answers: [
      {
        ...created('invoiceAnswer'),
        headers: { 'idempotency-replayed': '`true` where an earlier request with this key has made it.' },
      },
    ],
    errors: [
      'no_active_xpub',
      'no_lightning_connection',
      'lightning_unavailable',
      'gap_limit_exceeded',
      'idempotency_conflict',
      'invalid_currency',
      'invalid_amount',
      'rate_limited',
      'chain_syncing',
      'rate_unavailable',
    ],
    async run({ c, deps }) {
      const keyHash = await keyHashOf(c.req.header('authorization'));
      const allowed = deps.allowCreate(keyHash);
      const read = await readOrder(deps, c.req.raw).catch((error: unknown) => ({ error }));
      if ('error' in read) {
        if (!(await allowed)) throw new ApiError('rate_limited');
        // A wrong key is refused before a wrong body: a caller without access learns nothing about the schema.
        await authenticate(deps, c.req.header('authorization'));
        throw read.error;
      }
      const made = await create(deps, { keyHash }, allowed, read.order, read.idempotencyKey, read.text);
      return c.body(`{"invoice":${made.snapshot}}`, 201, {
        'content-type': 'application/json',
        ...(made.invoice === null ? { 'idempotency-replayed': 'true' } : {}),
      });
    },
  })),

  operation('GET /v1/invoices', () => ({
    id: 'listInvoices',
    tag,
    summary: 'List invoices, newest first',
    who: VIEW,
    query: {
      schema: listQuery,
      notes: {
        status: 'Only these.',
        order_ref: 'Exactly this reference.',
        created_from: 'Made then or later.',
        created_before: 'Made before then.',
        limit: 'How many.',
        cursor: 'The last answer’s `next_cursor`.',
      },
    },
    answers: [ok('invoicePage', 'A page of them.')],
    async run({ deps, caller, query }) {
      const { invoices, next } = await readPage(deps, {
        storeId: caller.store.id,
        status: query.status,
        orderRef: query.order_ref,
        createdFromMs: query.created_from,
        createdBeforeMs: query.created_before,
        after: query.cursor,
        limit: query.limit,
      });
      return { invoices, next_cursor: next && `${next.createdAtMs}_${next.id}` };
    },
  })),

  operation('GET /v1/invoices/{id}', () => ({
    id: 'getInvoice',
    tag,
    summary: 'Read an invoice',
    description:
      'A look at the ways to pay it: where Lightning is offered, the BOLT11 invoice is made by the first such request.',
    who: VIEW,
    answers: [ok('invoiceAnswer', 'The invoice as it is now.')],
    async run({ deps, caller, params }) {
      const { invoice, lightningProblem } = await lookAtInvoice(deps, caller.store.id, params.id);
      return lightningProblem === null ? { invoice } : { invoice, warnings: ['lightning_unavailable'] };
    },
  })),

  operation('GET /v1/invoices/{id}/evidence', () => ({
    id: 'getEvidence',
    tag,
    summary: 'What proves its payments',
    description: 'Everything to check each confirmed payment against the proof of work, offline.',
    who: VIEW,
    answers: [ok('evidence', 'Empty before a block holds a payment, and for simulated ones.')],
    run: ({ deps, caller, params }) => readEvidence(deps, caller.store.id, params.id),
  })),

  operation('POST /v1/invoices/{id}/rescan', () => ({
    id: 'rescanInvoice',
    tag,
    summary: 'Read its blocks and the mempool again, now',
    who: MODIFY,
    answers: [ok('invoiceAnswer', 'The invoice after that.')],
    async run({ deps, caller: { store }, params }) {
      const { id, environment } = await readInvoice(deps, store.id, params.id);
      if (environment === 'live') await deps.watcher.rescan(id);
      return { invoice: await readInvoice(deps, store.id, id) };
    },
  })),

  operation('POST /v1/invoices/{id}/cancel', () => ({
    id: 'cancelInvoice',
    tag,
    summary: 'Cancel an invoice without payments',
    who: MODIFY,
    answers: [ok('invoiceAnswer', 'It is cancelled.')],
    errors: ['invoice_not_cancellable'],
    run: async ({ deps, caller, params }) => ({ invoice: await cancel(deps, caller.store.id, params.id, 'api') }),
  })),

  operation('POST /v1/invoices/{id}/resolve', () => ({
    id: 'resolveInvoice',
    tag,
    summary: 'Decide about an invoice that requires review',
    who: MODIFY,
    body: {
      schema: resolution,
      notes: RESOLUTION_NOTES,
      example: { decision: 'accept', note: 'Agreed with the buyer by phone' },
    },
    answers: [ok('invoiceAnswer', 'It has left review.')],
    errors: ['not_in_review'],
    run: async ({ deps, caller, params, body }) => ({
      invoice: await resolve(deps, caller.store.id, params.id, body, 'api'),
    }),
  })),

  operation('POST /v1/invoices/{id}/simulate', () => ({
    id: 'simulateEvent',
    tag,
    summary: 'Test mode: make an event happen',
    description:
      'What could not follow on a real chain is refused and changes nothing: a payment of an invoice that is paid with ' +
      '`invoice_already_paid`, one after the late deadline with `invoice_expired`.',
    who: MODIFY,
    body: {
      schema: simulation,
      notes: {
        event_type: 'The event. Needed.',
        event: { description: 'Another name of `event_type`.', deprecated: true },
        payment_method:
          'How it is paid, where money arrives. On chain unless it is given, or Lightning alone is offered.',
        amount_sats: { description: 'What arrives, where the event leaves it open.', pattern: '^[1-9]\\d{0,15}$' },
      },
      example: { event_type: 'invoice.underpaid', amount_sats: '5000' },
    },
    answers: [ok('invoiceAnswer', 'The invoice after the event.')],
    errors: ['test_mode_only', 'simulation_not_possible', 'invoice_already_paid', 'invoice_expired'],
    run: async ({ deps, caller, params, body }) => ({
      invoice: await simulate(deps, caller.store.id, params.id, body),
    }),
  })),
];

/** Among the webhooks in the reference. */
export const invoiceDeliveryApi = [
  operation('GET /v1/invoices/{id}/deliveries', () => ({
    id: 'listInvoiceDeliveries',
    tag: 'Webhooks',
    summary: 'List what was sent of an invoice, oldest first',
    description: 'To the store’s endpoints, or to the invoice’s own `callback_url`.',
    who: VIEW,
    answers: [ok('invoiceDeliveries', 'Every attempt is with them.')],
    run: async ({ deps, caller, params }) => ({
      deliveries: (await readInvoiceDeliveries(deps, caller.store, params.id)).map(deliveryBody),
    }),
  })),

  operation('POST /v1/invoices/{id}/deliveries/{did}/redeliver', () => ({
    id: 'redeliverOfInvoice',
    tag: 'Webhooks',
    summary: 'Send a delivery of an invoice again, now',
    description: 'Wherever it went: to an endpoint, or to the invoice’s own `callback_url`.',
    who: MODIFY,
    answers: [ok('deliveryAnswer', 'What was answered this time.')],
    errors: ['conflict', 'gone'],
    run: async ({ deps, caller, params }) => ({
      delivery: deliveryBody(await redeliverOfInvoice(deps, caller.store, params.id, deliveryNamed(params.did))),
    }),
  })),
];

async function readOrder(deps: Deps, request: Request) {
  const body = await jsonBody(request);
  return {
    idempotencyKey: idempotencyKeyOf(request),
    order: validate(orderSchema(deps.dispatcher.policy), body),
    text: canonicalJson(body),
  };
}
