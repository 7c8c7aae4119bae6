// /v1/stores and /v1/stores/{id}/keys.

import { newStore, storeChange } from '../../native/store-body.ts';
import { keyChange, newKey, rotation } from '../../native/store-keys.ts';
import { clockMove, listQuery } from '../../native/stores.ts';
import { created, type Notes, type Operation, ok } from '../operation.ts';
import { invoiceAnswer } from '../shapes/invoices.ts';
import {
  clockMoved,
  keyAnswer,
  keyIssued,
  keyRotated,
  keys,
  storeAnswer,
  stores,
  storeWithSecret,
} from '../shapes/stores.ts';
import { order, orderNotes } from './invoices.ts';

export const VIEWER = { key: 'btcpay.store.canviewstoresettings', person: 'viewer' } as const;
export const MANAGER = { key: 'btcpay.store.canmodifystoresettings', person: 'manager' } as const;
export const OWNER = { person: 'owner' } as const;

const settings: Notes = {
  name: 'Shown to buyers.',
  default_expiry_minutes: 'How long a buyer has, where an invoice does not say.',
  late_payment_grace_minutes: 'How long after expiry a payment is still credited, as late.',
  currency: { description: 'What prices are usually in.', pattern: '^[A-Za-z]{3}$' },
  tolerance_bp: 'How far off a payment may be, in basis points; null for the deployment’s own.',
  confirmation_steps: {
    description: 'From which worth on how many confirmations, rising; null for the usual ones.',
  },
  zero_conf_cap_sats: {
    description: 'Up to this amount the mempool is enough. 0: never. At most 1000000.',
    pattern: '^(0|[1-9]\\d{0,6})$',
  },
  recycle_addresses: 'Use the addresses of invoices again that expired without ever seeing money.',
  color: 'Of the checkout page.',
  logo_url: { description: 'https alone.', format: 'uri' },
  support_url: { description: 'Where buyers find help.', format: 'uri' },
  success_url: { description: 'Where the hosted page sends buyers after paying.', format: 'uri' },
};

const turn = (id: string, path: string, summary: string, errors: Operation['errors'] = []): Operation => ({
  id,
  method: 'POST',
  path: `/v1/stores/{id}/${path}`,
  tag: 'Stores',
  summary,
  who: OWNER,
  answers: [ok(storeAnswer, 'The store after that.')],
  errors,
});

export const storeOperations: Operation[] = [
  {
    id: 'listStores',
    method: 'GET',
    path: '/v1/stores',
    tag: 'Stores',
    summary: 'List stores',
    description: 'Those of the account; to an API key the one that it belongs to.',
    who: VIEWER,
    query: {
      schema: listQuery,
      notes: { archived: '`true`: the archived ones too. For a person: an API key sees its own store alone.' },
    },
    answers: [ok(stores, 'The stores.')],
  },
  {
    id: 'createStore',
    method: 'POST',
    path: '/v1/stores',
    tag: 'Stores',
    summary: 'Make a store',
    who: { person: 'manager' },
    body: { schema: newStore, notes: settings, required: true, example: { name: 'Corner Shop', currency: 'EUR' } },
    answers: [created(storeWithSecret, 'Made, in test mode.')],
    errors: ['invalid_currency', 'conflict'],
  },
  {
    id: 'getStore',
    method: 'GET',
    path: '/v1/stores/{id}',
    tag: 'Stores',
    summary: 'Read a store',
    who: VIEWER,
    answers: [ok(storeAnswer, 'The store.')],
  },
  {
    id: 'updateStore',
    method: 'PATCH',
    path: '/v1/stores/{id}',
    tag: 'Stores',
    summary: 'Change its settings',
    description: 'What is not named stays as it is. Invoices that exist keep the terms they were made with.',
    who: MANAGER,
    body: { schema: storeChange, notes: settings, required: true, example: { late_payment_grace_minutes: 120 } },
    answers: [ok(storeAnswer, 'The store after that.')],
    errors: ['invalid_currency', 'conflict'],
  },
  turn('goLive', 'go-live', 'Take it live', ['no_active_xpub', 'conflict']),
  turn('returnToTestMode', 'test-mode', 'Take it back to test mode', ['conflict']),
  turn('archiveStore', 'archive', 'Archive it: its keys are refused, its addresses stay watched'),
  turn('restoreStore', 'restore', 'Restore it'),
  {
    id: 'renewCallbackSecret',
    method: 'POST',
    path: '/v1/stores/{id}/callback-secret',
    tag: 'Stores',
    summary: 'A new secret for deliveries to callback_url',
    who: MANAGER,
    answers: [ok(storeWithSecret, 'The secret signs from now on.')],
    errors: ['conflict'],
  },
  {
    id: 'createTestInvoice',
    method: 'POST',
    path: '/v1/stores/{id}/test-invoice',
    tag: 'Stores',
    summary: 'Test mode: make an invoice with one click',
    description: 'Takes the fields of an invoice; without a price it is over 25000 satoshis.',
    who: MANAGER,
    body: { schema: order, notes: orderNotes, required: false, example: { amount_sats: '25000', order_ref: 'TEST-1' } },
    answers: [created(invoiceAnswer)],
    errors: [
      'test_mode_only',
      'no_active_xpub',
      'invalid_currency',
      'invalid_amount',
      'rate_limited',
      'rate_unavailable',
    ],
  },
];

export const keyOperations: Operation[] = [
  {
    id: 'listKeys',
    method: 'GET',
    path: '/v1/stores/{id}/keys',
    tag: 'API keys',
    summary: 'List keys, revoked ones too',
    who: VIEWER,
    answers: [ok(keys, 'The keys, without their texts.')],
  },
  {
    id: 'createKey',
    method: 'POST',
    path: '/v1/stores/{id}/keys',
    tag: 'API keys',
    summary: 'Make a key',
    description: 'A key cannot make one that may do more than itself.',
    who: MANAGER,
    body: {
      schema: newKey,
      notes: {
        label: 'To tell keys apart.',
        environment: 'A test key works in test mode only. The store’s mode unless it is given.',
        permissions: 'What it may do; null for everything in its store.',
        btcpay_1x: 'For plugins made for BTCPay Server 1.x: Greenfield lists payment methods in that version’s shape.',
      },
      required: false,
      example: { label: 'Shop server' },
    },
    answers: [created(keyIssued, 'The key is in `secret`, this once.')],
    errors: ['conflict'],
  },
  {
    id: 'getKey',
    method: 'GET',
    path: '/v1/stores/{id}/keys/{kid}',
    tag: 'API keys',
    summary: 'Read a key',
    who: VIEWER,
    answers: [ok(keyAnswer, 'The key, without its text.')],
  },
  {
    id: 'labelKey',
    method: 'PATCH',
    path: '/v1/stores/{id}/keys/{kid}',
    tag: 'API keys',
    summary: 'Label a key',
    who: MANAGER,
    body: {
      schema: keyChange,
      notes: { label: 'To tell keys apart.' },
      required: true,
      example: { label: 'Old server' },
    },
    answers: [ok(keyAnswer, 'The key after that.')],
  },
  {
    id: 'rotateKey',
    method: 'POST',
    path: '/v1/stores/{id}/keys/{kid}/rotate',
    tag: 'API keys',
    summary: 'Exchange a key for a new one',
    who: MANAGER,
    body: {
      schema: rotation,
      notes: { overlap_hours: 'How long the old one works on. 0: it stops at once.' },
      required: false,
      example: { overlap_hours: 1 },
    },
    answers: [created(keyRotated, 'The new key is in `secret`, this once.')],
    errors: ['gone', 'conflict'],
  },
  {
    id: 'revokeKey',
    method: 'POST',
    path: '/v1/stores/{id}/keys/{kid}/revoke',
    tag: 'API keys',
    summary: 'Revoke a key at once',
    who: MANAGER,
    answers: [ok(keyAnswer, 'It is refused from now on.')],
  },
  {
    id: 'moveClock',
    method: 'POST',
    path: '/v1/stores/{id}/clock',
    tag: 'Stores',
    summary: 'Test mode: move the clock forward',
    description:
      'Makes the store’s newest hundred open test invoices older, retries of its webhooks due, and the overlap of replaced API keys and webhook secrets end so much earlier, so that expiry, the late window, retries and the end of a rotation can be tried in seconds.',
    who: MANAGER,
    body: {
      schema: clockMove,
      notes: { advance_seconds: 'How far, in seconds.' },
      required: true,
      example: { advance_seconds: 960 },
    },
    answers: [ok(clockMoved, 'How many invoices are older now.')],
    errors: ['test_mode_only'],
  },
];
