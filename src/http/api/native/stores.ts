// /v1/stores: make, list, read and update stores, take them live and back, archive and restore them; one-click test
// invoices. What hangs on a store has its own files: store-keys.ts, store-wallets.ts, wallet-files.ts, store-connections.ts, store-webhooks.ts.

import * as z from 'zod';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import type { Caller } from '../../../services/access/keys.ts';
import type { Person } from '../../../services/access/sessions.ts';
import {
  archiveStore,
  createStore,
  goLive,
  listStores,
  readStore,
  renewCallbackSecret,
  restoreStore,
  returnToTestMode,
  type StoreRow,
  updateStore,
} from '../../../services/accounts/stores.ts';
import { create } from '../../../services/payments/create.ts';
import { MAX_MOVE_SECONDS, moveClock } from '../../../services/payments/test-clock.ts';
import { optionalBody } from '../http.ts';
import type { Who } from '../operation.ts';
import { created, type Description, type Notes, ok, operation } from './operation.ts';
import { canonicalJson, orderBody, orderSchema } from './order.ts';
import { memberAs } from './person.ts';
import { newStore, storeBody, storeChange } from './store-body.ts';
import { keyOrPerson, MANAGER, OWNER, VIEWER } from './store-who.ts';
import { validate } from './validate.ts';

/** In sats: it needs no exchange rate. */
const TEST_AMOUNT_SATS = '25000';

const listQuery = z.strictObject({
  archived: z.enum(['true', 'false'], 'must be true or false').default('false'),
});

const clockMove = z.strictObject({
  advance_seconds: z
    .number('must be a number')
    .int('must be whole')
    .min(1, 'must be at least 1')
    .max(MAX_MOVE_SECONDS, `must be at most ${MAX_MOVE_SECONDS}`),
});

const tag = 'Stores';

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
  takes_refund_requests:
    'Buyers may ask for their money back on the checkout page of an overpaid, late or cancelled payment. You approve each request.',
  color: 'Of the checkout page.',
  logo_url: { description: 'https alone.', format: 'uri' },
  support_url: { description: 'Where buyers find help.', format: 'uri' },
  success_url: { description: 'Where the hosted page sends buyers after paying.', format: 'uri' },
  payment_methods: 'What invoices are offered by that name no method themselves; null for all that the store has.',
  onchain_min_sats: {
    description:
      'Below this amount an invoice is not offered on chain where it is offered over Lightning. At most 100000000.',
    pattern: '^(0|[1-9]\\d{0,8})$',
  },
  private_route_hints:
    'BOLT11 invoices name private channels of the node too: without a public one no payer finds it. LND and Core Lightning alone.',
};

const CREATOR: Who<Person> = {
  person: 'manager',
  async admit(c) {
    if (c.req.header('authorization') !== undefined) {
      throw new ApiError('auth_required', 'An API key belongs to one store and cannot make another: log in.');
    }
    return memberAs('manager').admit(c);
  },
};

/** The store as it is after one of the spine's steps. */
const turn = (line: `POST /v1/stores/{id}/${string}`, turned: Turn, about: Turned) =>
  operation(line, () => ({
    tag,
    who: OWNER,
    answers: [ok('storeAnswer', 'The store after that.')],
    ...about,
    run: async ({ deps, caller }) => ({ store: storeBody(await turned(deps, caller.store)) }),
  }));

type Turn = (deps: Deps, store: StoreRow) => Promise<StoreRow>;
type Turned = Pick<Description, 'id' | 'summary' | 'errors'>;

export const storeApi = [
  operation('GET /v1/stores', () => ({
    id: 'listStores',
    tag,
    summary: 'List stores',
    description: 'Those of the account; to an API key the one that it belongs to.',
    who: keyOrPerson('btcpay.store.canviewstoresettings'),
    query: {
      schema: listQuery,
      notes: { archived: '`true`: the archived ones too. For a person: an API key sees its own store alone.' },
    },
    answers: [ok('stores', 'The stores.')],
    run: async ({ deps, caller, query }) => ({
      stores: (await storesFor(deps, caller, query.archived === 'true')).map(storeBody),
    }),
  })),

  operation('POST /v1/stores', () => ({
    id: 'createStore',
    tag,
    summary: 'Make a store',
    who: CREATOR,
    body: { schema: newStore, notes: settings, example: { name: 'Corner Shop', currency: 'EUR' } },
    answers: [created('storeWithSecret', 'Made, in test mode.')],
    errors: ['invalid_currency', 'conflict'],
    run: async ({ deps, caller, body }) => withSecret(await createStore(deps, caller.account.id, body)),
  })),

  operation('GET /v1/stores/{id}', () => ({
    id: 'getStore',
    tag,
    summary: 'Read a store',
    who: VIEWER,
    answers: [ok('storeAnswer', 'The store.')],
    run: async ({ caller }) => ({ store: storeBody(caller.store) }),
  })),

  operation('PATCH /v1/stores/{id}', () => ({
    id: 'updateStore',
    tag,
    summary: 'Change its settings',
    description: 'What is not named stays as it is. Invoices that exist keep the terms they were made with.',
    who: MANAGER,
    body: { schema: storeChange, notes: settings, example: { late_payment_grace_minutes: 120 } },
    answers: [ok('storeAnswer', 'The store after that.')],
    errors: ['invalid_currency', 'conflict'],
    run: async ({ deps, caller, body }) => ({ store: storeBody(await updateStore(deps, caller.store, body)) }),
  })),

  turn('POST /v1/stores/{id}/go-live', goLive, {
    id: 'goLive',
    summary: 'Take it live',
    errors: ['no_active_xpub', 'gap_limit_exceeded', 'conflict'],
  }),
  turn('POST /v1/stores/{id}/test-mode', returnToTestMode, {
    id: 'returnToTestMode',
    summary: 'Take it back to test mode',
    errors: ['conflict'],
  }),
  turn('POST /v1/stores/{id}/archive', archiveStore, {
    id: 'archiveStore',
    summary: 'Archive it: its keys are refused, its addresses stay watched',
  }),
  turn('POST /v1/stores/{id}/restore', restoreStore, { id: 'restoreStore', summary: 'Restore it' }),

  operation('POST /v1/stores/{id}/callback-secret', () => ({
    id: 'renewCallbackSecret',
    tag,
    summary: 'A new secret for deliveries to callback_url',
    who: MANAGER,
    answers: [ok('storeWithSecret', 'The secret signs from now on.')],
    errors: ['conflict'],
    run: async ({ deps, caller }) => withSecret(await renewCallbackSecret(deps, caller.store)),
  })),

  operation('POST /v1/stores/{id}/test-invoice', () => ({
    id: 'createTestInvoice',
    tag,
    summary: 'Test mode: make an invoice with one click',
    description: 'Takes the fields of an invoice; without a price it is over 25000 satoshis.',
    who: MANAGER,
    unread: () => ({
      body: { ...orderBody(), optional: true, example: { amount_sats: '25000', order_ref: 'TEST-1' } },
    }),
    answers: [created('invoiceAnswer')],
    errors: [
      'test_mode_only',
      'no_active_xpub',
      'invalid_currency',
      'invalid_amount',
      'rate_limited',
      'rate_unavailable',
    ],
    async run({ c, deps, caller: { store } }) {
      if (!store.testMode) throw new ApiError('test_mode_only', 'Test invoices need a store in test mode.');
      const body = withPrice(await optionalBody(c.req.raw));
      const order = validate(orderSchema(deps.dispatcher.policy), body);
      const allowed = deps.allowCreate(`store:${store.id}`);
      const made = await create(deps, { storeId: store.id }, allowed, order, null, canonicalJson(body));
      return c.body(`{"invoice":${made.snapshot}}`, 201, { 'content-type': 'application/json' });
    },
  })),
];

/** Behind the keys in the reference. */
export const clockApi = [
  operation('POST /v1/stores/{id}/clock', () => ({
    id: 'moveClock',
    tag,
    summary: 'Test mode: move the clock forward',
    description:
      'Makes the store’s newest hundred open test invoices older, retries of its webhooks due, and the overlap of replaced API keys and webhook secrets end so much earlier, so that expiry, the late window, retries and the end of a rotation can be tried in seconds.',
    who: MANAGER,
    body: {
      schema: clockMove,
      notes: { advance_seconds: 'How far, in seconds.' },
      example: { advance_seconds: 960 },
    },
    answers: [ok('clockMoved', 'How many invoices are older now.')],
    errors: ['test_mode_only'],
    async run({ deps, caller, body: { advance_seconds } }) {
      const { invoices } = await moveClock(deps, caller.store, advance_seconds);
      return { advanced_seconds: advance_seconds, invoices };
    },
  })),
];

const withSecret = ({ store, callbackSecret }: { store: StoreRow; callbackSecret: string }) => ({
  store: storeBody(store),
  callback_secret: callbackSecret,
});

/** A person's stores, or the one that a key belongs to: by this a server learns its store's id. */
async function storesFor(deps: Deps, caller: Caller | Person, archived: boolean): Promise<StoreRow[]> {
  if ('account' in caller) return listStores(deps, caller.account.id, archived);
  if (archived) {
    throw new ApiError(
      'validation_error',
      'archived: an API key sees its own store alone, and nothing once that is archived. Log in to list archived stores.',
    );
  }
  return [await readStore(deps, caller.store.id)];
}

function withPrice(body: unknown): unknown {
  if (!(body instanceof Object) || Array.isArray(body)) return body;
  const priced = ['amount', 'amount_sats', 'currency'].some(
    (field) => (body as Record<string, unknown>)[field] != null,
  );
  return priced ? body : { ...body, amount_sats: TEST_AMOUNT_SATS };
}
