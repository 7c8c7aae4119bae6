// /v1/pull-payments: a store's promises of money to those who claim it.

import * as z from 'zod';
import { claimPullPayment } from '../../../services/payouts/claim.ts';
import { readPayout } from '../../../services/payouts/payouts.ts';
import {
  archivePullPayment,
  createPullPayment,
  readPullPayment,
  readPullPayments,
} from '../../../services/payouts/pull-payments.ts';
import { answerOnce, KEY_HEADER, REPLAYED } from './idempotency.ts';
import { created, ok, operation } from './operation.ts';
import { webUrl } from './order.ts';
import {
  anyAmount,
  deciderOf,
  destination,
  flag,
  isoTime,
  METHOD,
  MONEY_NOTES,
  money,
  moneyOf,
  mustMayApprove,
  OFFERING_NOTES,
  offeredOf,
  offering,
  pullPaymentBody,
  shownPayout,
} from './payout-body.ts';
import { keyThatMay } from './who.ts';

const VIEW = keyThatMay('btcpay.store.canviewpullpayments');
const CREATE = keyThatMay('btcpay.store.cancreatenonapprovedpullpayments');
const ARCHIVE = keyThatMay('btcpay.store.canarchivepullpayments');

const newPullPayment = z.strictObject({
  ...money,
  ...offering,
  fix_rate: flag.default(false),
  single_use: flag.default(false),
  starts_at: isoTime.nullable().default(null),
  redirect_url: webUrl.nullable().default(null),
  redirect_automatically: flag.default(false),
});

const newClaim = z.strictObject({
  destination,
  amount: anyAmount.nullable().default(null),
  payment_method: METHOD.nullable().default(null),
});

export const afterId = {
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z
    .string()
    .regex(/^[0-9a-f-]{36}$/, 'is not one that this API gave')
    .optional(),
};
const listQuery = z.strictObject({ ...afterId, archived: z.enum(['true', 'false']).default('false') });

const tag = 'Payouts';

export const pullPaymentApi = [
  operation('POST /v1/pull-payments', () => ({
    id: 'createPullPayment',
    tag,
    summary: 'Create a pull payment',
    description:
      'An amount that is paid to those who have its link: they say where it goes. See [refunds and payouts](/docs/payouts).',
    who: CREATE,
    headers: KEY_HEADER,
    body: {
      schema: newPullPayment,
      notes: {
        ...MONEY_NOTES,
        ...OFFERING_NOTES,
        fix_rate: 'A fiat amount becomes satoshis by the rate of now; else by that of each approval.',
        single_use: 'One claim of the whole amount uses it up.',
        starts_at: 'No claims before then; null for now.',
        redirect_url: 'Where the page of claims sends the person afterwards.',
        redirect_automatically: 'Without a click.',
      },
      example: { amount_sats: '50000', name: 'Bug bounty', single_use: true },
    },
    answers: [{ ...created('pullPaymentAnswer'), ...REPLAYED }],
    errors: ['idempotency_conflict', 'invalid_amount', 'invalid_currency', 'rate_unavailable', 'forbidden'],
    async run({ c, deps, caller, body }) {
      const { store } = caller;
      mustMayApprove(caller, body.auto_approve);
      const { amount, currency } = moneyOf(body);
      const order = {
        ...{ ...offeredOf(body), amount, currency, fixedRate: null, fixesRate: body.fix_rate, name: body.name ?? '' },
        ...{ origin: 'pull_payment' as const, invoiceId: null, refundSats: null, isSingleUse: body.single_use },
        ...{ startsAtMs: body.starts_at, redirectUrl: body.redirect_url },
        redirectAutomatically: body.redirect_automatically,
      };
      const by = deciderOf(caller);
      const made = await answerOnce(
        { c, deps, storeId: store.id, body },
        (use) => createPullPayment(deps, store.id, order, { by, use }),
        (id) => readPullPayment(deps, store.id, id),
      );
      return { pull_payment: pullPaymentBody(deps, made) };
    },
  })),

  operation('GET /v1/pull-payments', () => ({
    id: 'listPullPayments',
    tag,
    summary: 'List pull payments, newest first',
    who: VIEW,
    query: {
      schema: listQuery,
      notes: {
        limit: 'How many.',
        cursor: 'The last answer’s `next_cursor`.',
        archived: '`true`: archived ones, too.',
      },
    },
    answers: [ok('pullPaymentPage', 'A page of them.')],
    async run({ deps, caller: { store }, query: { limit, cursor: after, archived } }) {
      const page = await readPullPayments(deps, { storeId: store.id, archived: archived === 'true', after, limit });
      return { pull_payments: page.pullPayments.map((one) => pullPaymentBody(deps, one)), next_cursor: page.next };
    },
  })),

  operation('GET /v1/pull-payments/{id}', () => ({
    id: 'getPullPayment',
    tag,
    summary: 'Read a pull payment',
    who: VIEW,
    answers: [ok('pullPaymentAnswer', 'The pull payment as it is now.')],
    run: async ({ deps, caller: { store }, params }) => ({
      pull_payment: pullPaymentBody(deps, await readPullPayment(deps, store.id, params.id)),
    }),
  })),

  operation('POST /v1/pull-payments/{id}/archive', () => ({
    id: 'archivePullPayment',
    tag,
    summary: 'Archive a pull payment',
    description: 'It takes no more claims. Claims that are not on their way are cancelled.',
    who: ARCHIVE,
    headers: KEY_HEADER,
    answers: [{ ...ok('pullPaymentAnswer', 'It is archived.'), ...REPLAYED }],
    errors: ['idempotency_conflict'],
    async run({ c, deps, caller, params: { id } }) {
      const { store } = caller;
      const by = deciderOf(caller);
      const archived = await answerOnce(
        { c, deps, storeId: store.id, body: null },
        (use) => archivePullPayment(deps, store.id, id, { by, use }),
        () => readPullPayment(deps, store.id, id),
      );
      return { pull_payment: pullPaymentBody(deps, archived) };
    },
  })),

  operation('POST /v1/pull-payments/{id}/claims', () => ({
    id: 'claimPullPayment',
    tag,
    summary: 'Claim a pull payment for the person who is paid',
    description:
      'They can do it themselves at its `claim_url`. The same destination again is the same claim; a BOLT11 invoice is paid once in all time.',
    who: CREATE,
    headers: KEY_HEADER,
    body: {
      schema: newClaim,
      notes: {
        destination: 'A Bitcoin address, a BOLT11 invoice, a Lightning address or an LNURL.',
        amount: 'In the pull payment’s currency; null for what the destination asks for, or all that is left.',
        payment_method: 'Of a link that names both ways; null for what the destination is.',
      },
      example: { destination: 'buyer@wallet.example' },
    },
    answers: [{ ...created('payoutAnswer', 'The payout.'), ...REPLAYED }],
    errors: [
      ...(['idempotency_conflict', 'invalid_amount', 'amount_too_low', 'method_not_supported'] as const),
      ...(['pull_payment_expired', 'pull_payment_archived', 'pull_payment_not_started'] as const),
      ...(['pull_payment_overdraft', 'already_claimed', 'duplicate_destination'] as const),
    ],
    async run({ c, deps, caller, params: { id }, body }) {
      const { store } = caller;
      await readPullPayment(deps, store.id, id);
      const claim = { destination: body.destination, amount: body.amount, method: body.payment_method };
      const by = deciderOf(caller);
      const payout = await answerOnce(
        { c, deps, storeId: store.id, body },
        (use) => claimPullPayment(deps, id, claim, { by, use }),
        (payoutId) => readPayout(deps, { storeId: store.id, id: payoutId }),
      );
      return shownPayout(payout);
    },
  })),
];
