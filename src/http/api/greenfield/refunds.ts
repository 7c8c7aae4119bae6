// Greenfield's refund of an invoice: a pull payment for the person who paid, and what each of its variants would come to.

import * as z from 'zod';
import { methodNamed } from '../../../core/dialects/greenfield/method-ids.ts';
import { shopStatus } from '../../../core/invoice/shop-status.ts';
import type { InvoiceState } from '../../../core/invoice/state.ts';
import { amountDecimals } from '../../../core/money/currencies.ts';
import type { PayoutMethod } from '../../../core/payout/payout.ts';
import { holds } from '../../../services/access/permissions.ts';
import { readRates } from '../../../services/payments/rates.ts';
import { readPullPayment } from '../../../services/payouts/pull-payments.ts';
import { quoteRefunds, type RefundVariant, refund, refundedInvoice } from '../../../services/payouts/refunds.ts';
import { answerOnce } from '../native/idempotency.ts';
import { textUpTo } from '../native/order.ts';
import { deciderOf } from '../native/payout-body.ts';
import { bodyFields, checked } from './body.ts';
import { GreenfieldError, invalid, missing } from './errors.ts';
import { invoiceFor } from './invoices.ts';
import { operation } from './operation.ts';
import {
  anyAmount,
  bolt11Seconds,
  methodsOf,
  moneyOf,
  namingFields,
  pullPaymentData,
  refusing,
} from './payout-body.ts';
import { APPROVED } from './pull-payments.ts';

const CREATE = 'btcpay.store.cancreatenonapprovedpullpayments';
const MAX_NAME = 50;
const MAX_DESCRIPTION = 1_000;

const VARIANTS = {
  RateThen: 'rate_then',
  CurrentRate: 'current_rate',
  OverpaidAmount: 'overpaid',
  Fiat: 'fiat',
  Custom: 'custom',
} as const;
type VariantName = keyof typeof VARIANTS;
const NAMES = Object.keys(VARIANTS) as VariantName[];

const MANDATORY = '`refundVariant` is mandatory';

const newRefund = z.object({
  name: textUpTo(MAX_NAME).optional(),
  description: textUpTo(MAX_DESCRIPTION).default(''),
  refundVariant: z
    .string(MANDATORY)
    .transform((given) => NAMES.find((name) => name.toLowerCase() === given.toLowerCase()))
    .pipe(z.enum(NAMES, `has to be one of ${NAMES.join(', ')}`)),
  subtractPercentage: anyAmount.default('0'),
  customAmount: anyAmount.optional(),
  customCurrency: textUpTo(20).optional(),
  payoutMethodId: z.string().optional(),
  paymentMethod: z.string().optional(),
  payoutMethods: z.array(z.string(), 'has to be a list').optional(),
});
type NewRefund = z.infer<typeof newRefund>;

const REFUSALS = {
  refund_exceeds_paid: 'non-refundable',
  rate_unavailable: 'rate-failure',
  amount_too_low: 'amount-too-low',
} as const;

const refundApiAt = (at: '/invoices' | '/stores/{storeId}/invoices') => [
  operation(`POST ${at}/{id}/refund`, invoiceFor(CREATE), async ({ c, deps, caller }) => {
    const body = checked(newRefund, await bodyFields(c, Object.keys(newRefund.shape)));
    const { id, storeId } = caller.state.invoice;
    const variant = variantOf(body);
    mustBeRefundable(caller.state);
    const mayApprove = holds(caller.permissions, APPROVED);
    const autoApprove = mayApprove && variant.kind !== 'fiat';
    const order = {
      ...{ variant, subtractPercentage: String(body.subtractPercentage), mayExceed: mayApprove, autoApprove },
      ...{ name: body.name || `Refund ${id}`, description: body.description, dialect: 'greenfield', metadata: {} },
      ...{ methods: methodsIn(body), minBolt11Seconds: bolt11Seconds(undefined, autoApprove), expiresAtMs: null },
    };
    const made = await answerOnce(
      { c, deps, storeId, body },
      (use) => refund(deps, storeId, id, order, { by: deciderOf(caller), use }),
      (pullPaymentId) => readPullPayment(deps, storeId, pullPaymentId),
    )
      .catch(refusing(REFUSALS))
      .catch(namingFields({ variant: 'RefundVariant', subtract_percentage: 'SubtractPercentage' }));
    return pullPaymentData(deps, made);
  }),

  operation(`GET ${at}/{id}/refund/{method}`, invoiceFor(CREATE), async ({ deps, caller: { state }, params }) => {
    if (methodNamed(params.method) === null) throw missing('paymentmethod');
    const invoice = refundedInvoice(state, await readRates(deps));
    const invoiceCurrency = invoice.currency;
    const amounts = new Map(quoteRefunds(invoice, null).map(({ kind, amount }) => [kind, amount]));
    const [now, fiat] = [amounts.get('current_rate'), amounts.get('fiat')];
    if (amounts.has('rate_then') && !(now && fiat)) throw new GreenfieldError(400, RATE_FAILURE);
    return {
      paymentAmountThen: amounts.get('rate_then') ?? '0',
      paymentAmountNow: now ?? '0',
      invoiceAmount: fiat ?? '0',
      ...{ paymentCurrency: 'BTC', paymentCurrencyDivisibility: 8 },
      ...{ invoiceCurrency, invoiceCurrencyDivisibility: amountDecimals(invoiceCurrency) },
      overpaidPaymentAmount: amounts.get('overpaid') ?? null,
    };
  }),
];

const RATE_FAILURE = {
  code: 'rate-failure',
  message: 'There is no fresh exchange rate for the currency of the invoice',
};

export const refundApi = [...refundApiAt('/stores/{storeId}/invoices'), ...refundApiAt('/invoices')];

/** @throws GreenfieldError 422 */
function variantOf({ refundVariant, customAmount, customCurrency }: NewRefund): RefundVariant {
  const kind = VARIANTS[refundVariant];
  if (kind !== 'custom') {
    if (customAmount === undefined && customCurrency === undefined) return { kind };
    throw invalid({
      path: customAmount === undefined ? 'CustomCurrency' : 'CustomAmount',
      message: 'is for the variant Custom alone',
    });
  }
  if (customAmount === undefined) throw invalid({ path: 'CustomAmount', message: 'Amount must be greater than 0' });
  if (customCurrency === undefined) throw invalid({ path: 'CustomCurrency', message: 'Invalid currency' });
  // A claim in fiat waits for an approval, which fixes the rate.
  return { kind, ...moneyOf(customAmount, customCurrency, CUSTOM), rate: 'later' };
}

const CUSTOM = { amount: 'CustomAmount', currency: 'CustomCurrency' };

/** What is still open, and what was never paid, cannot be given back. @throws GreenfieldError 400 */
function mustBeRefundable(state: InvoiceState): void {
  const { status, additionalStatus } = shopStatus(state);
  const isEnded = status === 'Settled' || status === 'Invalid' || (status === 'Expired' && additionalStatus !== 'None');
  if (!isEnded) throw new GreenfieldError(400, { code: 'non-refundable', message: 'Cannot refund this invoice' });
}

/** @throws GreenfieldError 400 */
function methodsIn({ payoutMethods, payoutMethodId, paymentMethod }: NewRefund): PayoutMethod[] {
  const single = payoutMethodId || paymentMethod;
  const named = payoutMethods?.length ? payoutMethods : single ? [single] : undefined;
  return methodsOf(
    named?.map((name) => {
      const method = methodNamed(name);
      if (method === 'onchain' || method === 'lightning') return method;
      throw new GreenfieldError(400, {
        code: 'invalid-payment-method',
        message: `${name.slice(0, 30)} is not a payout method`,
      });
    }),
  );
}
