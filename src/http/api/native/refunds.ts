// /v1/invoices/{id}/refunds: an invoice's money goes back, by a pull payment that names the invoice.

import * as z from 'zod';
import { readInvoice } from '../../../services/payments/read.ts';
import { readPullPayment, readPullPayments } from '../../../services/payouts/pull-payments.ts';
import { type RefundVariant, refund } from '../../../services/payouts/refunds.ts';
import { answerOnce, KEY_HEADER, REPLAYED } from './idempotency.ts';
import { created, ok, operation } from './operation.ts';
import {
  deciderOf,
  MONEY_NOTES,
  mayExceed,
  money,
  moneyOf,
  mustMayApprove,
  OFFERING_NOTES,
  offeredOf,
  offering,
  pullPaymentBody,
} from './payout-body.ts';
import { keyThatMay } from './who.ts';

const VARIANTS = ['rate_then', 'current_rate', 'overpaid', 'fiat', 'custom'] as const;
const RATES = ['then', 'now', 'later'] as const;
/** An invoice is refunded in one go. */
const MAX_LISTED = 100;

const newRefund = z.strictObject({
  variant: z.enum(VARIANTS, `must be one of ${VARIANTS.join(', ')}`),
  ...money,
  rate: z.enum(RATES, `must be one of ${RATES.join(', ')}`).default('then'),
  subtract_percentage: z.union([z.number(), z.string()], 'must be a number from 0 to 100').default('0'),
  ...offering,
});

type NewRefund = z.infer<typeof newRefund>;

const tag = 'Payouts';

export const refundApi = [
  operation('POST /v1/invoices/{id}/refunds', () => ({
    id: 'createRefund',
    tag,
    summary: 'Refund an invoice',
    description:
      'Makes a pull payment for the person who paid: send them its `claim_url`. All refunds of an invoice come to no more than it was ' +
      'paid; a `custom` one may, with the permission `btcpay.store.cancreatepullpayments`.',
    who: keyThatMay('btcpay.store.cancreatenonapprovedpullpayments'),
    headers: KEY_HEADER,
    body: {
      schema: newRefund,
      notes: {
        variant:
          '`rate_then`: the bitcoin that was paid. `current_rate`: its value then, in bitcoin at today’s rate. `overpaid`: what was paid ' +
          'too much. `fiat`: its value, in bitcoin at the rate of the approval. `custom`: the amount that is given.',
        ...MONEY_NOTES,
        rate: 'Of a `custom` amount in fiat: the invoice’s, today’s, or that of the approval.',
        subtract_percentage: 'So much less, for fees.',
        ...OFFERING_NOTES,
      },
      example: { variant: 'rate_then' },
    },
    answers: [{ ...created('pullPaymentAnswer', 'The pull payment.'), ...REPLAYED }],
    errors: [
      ...(['idempotency_conflict', 'refund_exceeds_paid', 'invalid_amount', 'invalid_currency'] as const),
      ...(['amount_too_low', 'rate_unavailable', 'forbidden'] as const),
    ],
    async run({ c, deps, caller, params, body }) {
      const { store } = caller;
      mustMayApprove(caller, body.auto_approve);
      const order = {
        ...offeredOf(body),
        ...{ variant: variantOf(body), subtractPercentage: String(body.subtract_percentage) },
        ...{ name: body.name ?? null, mayExceed: mayExceed(caller) },
      };
      const by = deciderOf(caller);
      const made = await answerOnce(
        { c, deps, storeId: store.id, body },
        (use) => refund(deps, store.id, params.id, order, { by, use }),
        (id) => readPullPayment(deps, store.id, id),
      );
      return { pull_payment: pullPaymentBody(deps, made) };
    },
  })),

  operation('GET /v1/invoices/{id}/refunds', () => ({
    id: 'listRefunds',
    tag,
    summary: 'List the refunds of an invoice, newest first',
    who: keyThatMay('btcpay.store.canviewpullpayments'),
    answers: [ok('refunds', 'Archived ones, too: at most 100.')],
    async run({ deps, caller: { store }, params }) {
      const { id: invoiceId } = await readInvoice(deps, store.id, params.id);
      const page = await readPullPayments(deps, { storeId: store.id, archived: true, invoiceId, limit: MAX_LISTED });
      return { pull_payments: page.pullPayments.map((one) => pullPaymentBody(deps, one)) };
    },
  })),
];

function variantOf(body: NewRefund): RefundVariant {
  if (body.variant !== 'custom') return { kind: body.variant };
  return { kind: 'custom', ...moneyOf(body), rate: body.rate };
}
