// /v1/invoices and /v1/events.

import { logQuery } from '../../native/events.ts';
import { listQuery, resolution, simulation } from '../../native/invoices.ts';
import { orderSchema } from '../../native/order.ts';
import { created, type Notes, type Operation, ok } from '../operation.ts';
import { eventPage, evidence, invoiceAnswer, invoicePage } from '../shapes/invoices.ts';

const VIEW = { key: 'btcpay.store.canviewinvoices' } as const;
const MODIFY = { key: 'btcpay.store.canmodifyinvoices' } as const;
const tag = 'Invoices';

/** Where callbacks may go is the deployment's decision and no part of the shape. */
export const order = orderSchema({ targets: 'public', origin: '' });

export const orderNotes: Notes = {
  amount: { description: 'The price in `currency`: a number, or a decimal string of at most 15 digits.' },
  currency: { description: 'Needed with `amount`.', pattern: '^[A-Za-z]{3}$', example: 'USD' },
  amount_sats: {
    description: 'The price in satoshis instead: a string of digits.',
    anyOf: [{ type: 'string', pattern: '^\\d{1,16}$' }, { type: 'integer' }, { type: 'null' }],
  },
  order_ref: 'Your own reference. It can be searched for.',
  callback_url: { description: 'Where this invoice’s events go instead of the store’s endpoints.', format: 'uri' },
  success_url: { description: 'Where the hosted page sends the buyer after paying.', format: 'uri' },
  buyer_email: 'For your records.',
  expires_in_minutes: 'The store’s own setting unless it is given.',
  metadata: {
    description: 'Up to 50 strings, given back with every event.',
    type: ['object', 'null'],
    maxProperties: 50,
    propertyNames: { maxLength: 255 },
    additionalProperties: { type: 'string', maxLength: 255 },
  },
};

export const invoiceOperations: Operation[] = [
  {
    id: 'createInvoice',
    method: 'POST',
    path: '/v1/invoices',
    tag,
    summary: 'Create an invoice',
    description:
      'Give either `amount` and `currency`, or `amount_sats`. The rate is locked: what the buyer owes in satoshis never ' +
      'changes. Send an `Idempotency-Key` so that a retry gives the same invoice.',
    who: { key: 'btcpay.store.cancreateinvoice' },
    headers: {
      'Idempotency-Key': {
        schema: { type: 'string', minLength: 1, maxLength: 255 },
        description: 'The same key with the same body gets the same answer for 24 hours.',
      },
    },
    body: {
      schema: order,
      notes: orderNotes,
      required: true,
      example: { amount: 49.99, currency: 'USD', order_ref: 'ORD-12345' },
    },
    answers: [
      {
        ...created(invoiceAnswer),
        headers: { 'idempotency-replayed': '`true` where an earlier request with this key has made it.' },
      },
    ],
    errors: [
      'no_active_xpub',
      'gap_limit_exceeded',
      'idempotency_conflict',
      'invalid_currency',
      'invalid_amount',
      'rate_limited',
      'chain_syncing',
      'rate_unavailable',
    ],
  },
  {
    id: 'listInvoices',
    method: 'GET',
    path: '/v1/invoices',
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
    answers: [ok(invoicePage, 'A page of them.')],
  },
  {
    id: 'getInvoice',
    method: 'GET',
    path: '/v1/invoices/{id}',
    tag,
    summary: 'Read an invoice',
    who: VIEW,
    answers: [ok(invoiceAnswer, 'The invoice as it is now.')],
  },
  {
    id: 'getEvidence',
    method: 'GET',
    path: '/v1/invoices/{id}/evidence',
    tag,
    summary: 'What proves its payments',
    description: 'Everything to check each confirmed payment against the proof of work, without asking anybody.',
    who: VIEW,
    answers: [ok(evidence, 'Empty before a block holds a payment, and for simulated ones.')],
  },
  {
    id: 'rescanInvoice',
    method: 'POST',
    path: '/v1/invoices/{id}/rescan',
    tag,
    summary: 'Read its blocks and the mempool again, now',
    who: MODIFY,
    answers: [ok(invoiceAnswer, 'The invoice after that.')],
  },
  {
    id: 'cancelInvoice',
    method: 'POST',
    path: '/v1/invoices/{id}/cancel',
    tag,
    summary: 'Cancel an invoice that nobody has paid to',
    who: MODIFY,
    answers: [ok(invoiceAnswer, 'It is cancelled.')],
    errors: ['invoice_not_cancellable'],
  },
  {
    id: 'resolveInvoice',
    method: 'POST',
    path: '/v1/invoices/{id}/resolve',
    tag,
    summary: 'Decide about an invoice that requires review',
    who: MODIFY,
    body: {
      schema: resolution,
      notes: { decision: '`accept` credits the money, `reject` does not.', note: 'Why, for the record.' },
      required: true,
      example: { decision: 'accept', note: 'Agreed with the buyer by phone' },
    },
    answers: [ok(invoiceAnswer, 'It has left review.')],
    errors: ['not_in_review'],
  },
  {
    id: 'simulateEvent',
    method: 'POST',
    path: '/v1/invoices/{id}/simulate',
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
        amount_sats: { description: 'What arrives, where the event leaves it open.', pattern: '^[1-9]\\d{0,15}$' },
      },
      required: true,
      example: { event_type: 'invoice.underpaid', amount_sats: '5000' },
    },
    answers: [ok(invoiceAnswer, 'The invoice after the event.')],
    errors: ['test_mode_only', 'simulation_not_possible', 'invoice_already_paid', 'invoice_expired'],
  },
  {
    id: 'listEvents',
    method: 'GET',
    path: '/v1/events',
    tag: 'Events',
    summary: 'Read the store’s log',
    description: 'Gap-free and in order. See [the event log](/docs/events).',
    who: VIEW,
    query: {
      schema: logQuery,
      notes: {
        after: {
          description: 'What comes after this number; `end`: what has not happened yet.',
          type: 'string',
          default: '0',
        },
        limit: 'How many entries are read; with a filter fewer are answered.',
        type: {
          description: 'Only these types, several with commas between.',
          example: 'invoice.paid,invoice.expired',
        },
        include: '`updated`: also `invoice.updated`, which no webhook tells of.',
        wait: 'Seconds to wait where there is nothing yet.',
      },
    },
    answers: [ok(eventPage, 'A page of the log.')],
  },
];
