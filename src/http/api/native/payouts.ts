// /v1/payouts: what a store pays out, and who decides about it.

import * as z from 'zod';
import type { Decider } from '../../../core/payout/payout.ts';
import { PAYOUT_STATES } from '../../../core/payout/payout.ts';
import type { Deps } from '../../../deps.ts';
import type { Caller } from '../../../services/access/keys.ts';
import type { KeyUse } from '../../../services/access/once-per-key.ts';
import { approvePayout } from '../../../services/payouts/approve.ts';
import { createPayout } from '../../../services/payouts/create.ts';
import type { Moved } from '../../../services/payouts/move.ts';
import {
  cancelForStore,
  markPayoutPaid,
  readPayout,
  readPayoutHistory,
  readPayouts,
  resolvePayout,
} from '../../../services/payouts/payouts.ts';
import type { Ctx } from '../http.ts';
import { answerOnce, KEY_HEADER, REPLAYED } from './idempotency.ts';
import { iso } from './iso.ts';
import { created, ok, operation } from './operation.ts';
import { metadataMap } from './order.ts';
import {
  deciderOf,
  destination,
  flag,
  METHOD,
  MONEY_NOTES,
  money,
  moneyOf,
  mustMayApprove,
  OFFERING_NOTES,
  payoutBody,
  shownPayout,
} from './payout-body.ts';
import { afterId } from './pull-payments.ts';
import { whole } from './store-body.ts';
import { keyThatMay } from './who.ts';

const VIEW = keyThatMay('btcpay.store.canviewpayouts');
const MANAGE = keyThatMay('btcpay.store.canmanagepayouts');
const CREATE = keyThatMay('btcpay.store.cancreatenonapprovedpullpayments');

const newPayout = z.strictObject({
  destination,
  payment_method: METHOD.nullable().default(null),
  ...money,
  fix_rate: flag.default(false),
  approved: flag.default(false),
  metadata: metadataMap.default({}),
});

const listQuery = z.strictObject({
  ...afterId,
  state: z.enum(PAYOUT_STATES, `must be one of ${PAYOUT_STATES.join(', ')}`).optional(),
  pull_payment_id: z.string().max(36).optional(),
});

const approval = z.strictObject({ revision: whole('revisions', 0, Number.MAX_SAFE_INTEGER).optional() });
const hex64 = z.string().regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits');
const payment = z.strictObject({ proof: hex64.nullable().default(null) });
const outcome = z
  .strictObject({ preimage: hex64.optional(), confirmation: z.string().max(100).optional() })
  .refine(({ preimage, confirmation }) => (preimage === undefined) !== (confirmation === undefined), {
    message: 'give either preimage or confirmation',
    path: ['preimage'],
  })
  .transform(({ preimage, confirmation = '' }) =>
    preimage === undefined ? { confirmation } : { preimage: preimage.toLowerCase() },
  );

const tag = 'Payouts';
const NOT_CHANGED = ['payout_not_changeable', 'payout_in_flight', 'idempotency_conflict'] as const;

export const payoutApi = [
  operation('POST /v1/payouts', () => ({
    id: 'createPayout',
    tag,
    summary: 'Create a payout',
    description:
      'To a destination that you know. The same BOLT11 invoice with the same amount again is the same payout.',
    who: CREATE,
    headers: KEY_HEADER,
    body: {
      schema: newPayout,
      notes: {
        destination: 'A Bitcoin address, a BOLT11 invoice, a Lightning address or an LNURL.',
        payment_method: 'Of a link that names both ways; null for what the destination is.',
        ...MONEY_NOTES,
        fix_rate: 'A fiat amount becomes satoshis by the rate of now; else by that of its approval.',
        approved:
          'It needs no other approval within the store’s limits. The key needs `btcpay.store.cancreatepullpayments`.',
        metadata: OFFERING_NOTES.metadata,
      },
      example: { destination: 'supplier@wallet.example', amount_sats: '50000' },
    },
    answers: [{ ...created('payoutAnswer'), ...REPLAYED }],
    errors: [
      ...(['idempotency_conflict', 'invalid_amount', 'invalid_currency', 'amount_too_low', 'forbidden'] as const),
      ...(['method_not_supported', 'duplicate_destination', 'rate_unavailable'] as const),
    ],
    async run({ c, deps, caller, body }) {
      const { store } = caller;
      mustMayApprove(caller, body.approved);
      const wanted = {
        ...{ destination: body.destination, method: body.payment_method, ...moneyOf(body), withdrawal: null },
        ...{ fixesRate: body.fix_rate, isApproved: body.approved, metadata: body.metadata },
      };
      const by = deciderOf(caller);
      const payout = await answerOnce(
        { c, deps, storeId: store.id, body },
        (use) => createPayout(deps, store.id, wanted, { by, use }),
        (id) => readPayout(deps, { storeId: store.id, id }),
      );
      return shownPayout(payout);
    },
  })),

  operation('GET /v1/payouts', () => ({
    id: 'listPayouts',
    tag,
    summary: 'List payouts, newest first',
    who: VIEW,
    query: {
      schema: listQuery,
      notes: {
        limit: 'How many.',
        cursor: 'The last answer’s `next_cursor`.',
        state: 'Only these.',
        pull_payment_id: 'Only its claims.',
      },
    },
    answers: [ok('payoutPage', 'A page of them.')],
    async run({ deps, caller: { store }, query: { limit, cursor: after, state, pull_payment_id: pullPaymentId } }) {
      const states = state && [state];
      const page = await readPayouts(deps, { storeId: store.id, states, pullPaymentId, after, limit });
      return { payouts: page.payouts.map(payoutBody), next_cursor: page.next };
    },
  })),

  operation('GET /v1/payouts/{id}', () => ({
    id: 'getPayout',
    tag,
    summary: 'Read a payout',
    who: VIEW,
    answers: [ok('payoutAnswer', 'The payout as it is now.')],
    run: async ({ deps, caller: { store }, params: { id } }) =>
      shownPayout(await readPayout(deps, { storeId: store.id, id })),
  })),

  operation('GET /v1/payouts/{id}/history', () => ({
    id: 'getPayoutHistory',
    tag,
    summary: 'Who decided what about a payout, and when',
    who: VIEW,
    answers: [ok('payoutHistory', 'The oldest first.')],
    run: async ({ deps, caller: { store }, params: { id } }) => ({
      history: (await readPayoutHistory(deps, { storeId: store.id, id })).map(({ atMs, ...step }) => ({
        ...step,
        at: iso(atMs),
      })),
    }),
  })),

  operation('POST /v1/payouts/{id}/approve', () => ({
    id: 'approvePayout',
    tag,
    summary: 'Approve a payout',
    description:
      'Fixes the satoshis of a fiat amount by the rate of now. Above an amount of the store’s limits a second person approves, in the dashboard.',
    who: MANAGE,
    headers: KEY_HEADER,
    body: {
      schema: approval,
      optional: true,
      notes: { revision: 'That you have seen: an approval of an older one is refused.' },
      example: { revision: 0 },
    },
    answers: [{ ...ok('payoutAnswer', 'The payout after that.'), ...REPLAYED }],
    errors: [...NOT_CHANGED, 'old_revision', 'second_approval_needed', 'over_payout_limit', 'rate_unavailable'],
    run: (asked) =>
      decided(asked, (place, deciding) => approvePayout(asked.deps, place, asked.body.revision ?? null, deciding)),
  })),

  operation('POST /v1/payouts/{id}/cancel', () => ({
    id: 'cancelPayout',
    tag,
    summary: 'Reject or cancel a payout',
    description: 'What is on its way is not called back.',
    who: MANAGE,
    headers: KEY_HEADER,
    answers: [{ ...ok('payoutAnswer', 'The payout after that.'), ...REPLAYED }],
    errors: [...NOT_CHANGED],
    run: (asked) => decided(asked, (place, deciding) => cancelForStore(asked.deps, place, deciding)),
  })),

  operation('POST /v1/payouts/{id}/mark-paid', () => ({
    id: 'markPayoutPaid',
    tag,
    summary: 'Mark an approved payout as paid by other means',
    who: MANAGE,
    headers: KEY_HEADER,
    body: {
      schema: payment,
      optional: true,
      notes: { proof: 'On chain the transaction’s id, over Lightning the preimage; null for none.' },
      example: { proof: null },
    },
    answers: [{ ...ok('payoutAnswer', 'It is settled.'), ...REPLAYED }],
    errors: [...NOT_CHANGED],
    run: (asked) => decided(asked, (place, deciding) => markPayoutPaid(asked.deps, place, asked.body.proof, deciding)),
  })),

  operation('POST /v1/payouts/{id}/resolve', () => ({
    id: 'resolvePayout',
    tag,
    summary: 'Say what became of an unknown payout',
    description:
      'SatLane never takes an unknown payment for a failed one. Look into your node first: what you call failed may be paid again.',
    who: MANAGE,
    headers: KEY_HEADER,
    body: {
      schema: outcome,
      notes: { preimage: 'It was paid: what proves it.', confirmation: 'It failed: the payout’s id.' },
      example: { confirmation: '…' },
    },
    answers: [{ ...ok('payoutAnswer', 'The payout after that.'), ...REPLAYED }],
    errors: [...NOT_CHANGED],
    run: (asked) => decided(asked, (place, deciding) => resolvePayout(asked.deps, place, asked.body, deciding)),
  })),
];

interface Asked {
  c: Ctx;
  deps: Deps;
  caller: Caller;
  params: { id: string };
  body: unknown;
}

/** One decision about one payout. */
async function decided(
  { c, deps, caller, params: { id }, body = null }: Asked,
  decide: (place: { storeId: string; id: string }, deciding: { by: Decider; use: KeyUse | null }) => Promise<Moved>,
) {
  const place = { storeId: caller.store.id, id };
  const by = deciderOf(caller);
  const payout = await answerOnce(
    { c, deps, storeId: place.storeId, body },
    async (use) => (await decide(place, { by, use })).payout,
    () => readPayout(deps, place),
  );
  return shownPayout(payout);
}
