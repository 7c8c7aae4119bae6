// What requests about money out have in common: amounts, ways to be paid, who asks; and how what was made is shown. Called by
// pull-payments.ts, refunds.ts and payouts.ts.

import * as z from 'zod';
import { amountOf } from '../../../core/money/amounts.ts';
import { parseSats } from '../../../core/money/sats.ts';
import type { Decider, Payout, PayoutMethod } from '../../../core/payout/payout.ts';
import { payoutSnapshot, pullPaymentSnapshot } from '../../../core/payout/snapshot.ts';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import type { Caller } from '../../../services/access/keys.ts';
import { holds, mustHold } from '../../../services/access/permissions.ts';
import { amountIn } from '../../../services/payouts/destinations.ts';
import type { ClaimedPullPayment } from '../../../services/payouts/pull-payments.ts';
import { currency, metadataMap, textUpTo } from './order.ts';
import { whole } from './store-body.ts';

const PAYOUT_METHODS = ['onchain', 'lightning'] as const satisfies PayoutMethod[];
const MAX_NAME = 50;
const MAX_DESCRIPTION = 1_000;
const MAX_DESTINATION = 7_200;
const MAX_BOLT11_SECONDS = 30 * 24 * 3_600;
const USUAL_BOLT11_SECONDS = 600;

export const isoTime = z.iso
  .datetime({ offset: true, message: 'must be an ISO 8601 time such as 2026-05-16T11:30:00Z' })
  .transform((text) => Date.parse(text));

export const flag = z.boolean('must be true or false');
export const METHOD = z.enum(PAYOUT_METHODS, `must be one of ${PAYOUT_METHODS.join(', ')}`);
export const destination = textUpTo(MAX_DESTINATION).min(1, 'must not be empty');
export const anyAmount = z.union([z.number(), z.string()], 'must be a number or a decimal string');

/** As an invoice's price: `amount` and `currency`, or `amount_sats`. */
export const money = {
  amount: anyAmount.nullish(),
  currency: currency.nullish(),
  amount_sats: z
    .string('must be a whole number of sats, as a string')
    .refine(
      (digits) => (parseSats(digits) ?? 0n) > 0n,
      'must be a whole number of sats in digits alone, more than zero',
    )
    .nullish(),
};

/** @throws ApiError validation_error, invalid_amount, invalid_currency */
export function moneyOf({ amount, currency, amount_sats }: z.infer<z.ZodObject<typeof money>>) {
  if (amount != null && amount_sats != null)
    throw new ApiError('validation_error', 'amount_sats: give either amount and currency, or amount_sats.');
  if (amount_sats != null) return { amount: amountOf(BigInt(amount_sats), 'BTC'), currency: 'BTC' };
  if (amount == null)
    throw new ApiError('validation_error', 'amount: give either amount and currency, or amount_sats.');
  if (currency == null) throw new ApiError('validation_error', 'currency: is needed with amount.');
  return { amount: amountIn(currency, amount), currency };
}

/** What a pull payment is offered with, refunds included. */
export const offering = {
  name: textUpTo(MAX_NAME).optional(),
  description: textUpTo(MAX_DESCRIPTION).default(''),
  payment_methods: z
    .array(METHOD)
    .min(1, 'names no method')
    .default([...PAYOUT_METHODS]),
  auto_approve: flag.default(false),
  min_bolt11_seconds: whole('seconds', 0, MAX_BOLT11_SECONDS).default(USUAL_BOLT11_SECONDS),
  expires_at: isoTime.nullable().default(null),
  metadata: metadataMap.default({}),
};

export function offeredOf(body: z.infer<z.ZodObject<typeof offering>>) {
  return {
    description: body.description,
    methods: [...new Set(body.payment_methods)],
    autoApprove: body.auto_approve,
    minBolt11Seconds: body.min_bolt11_seconds,
    expiresAtMs: body.expires_at,
    metadata: body.metadata,
    dialect: null,
  };
}

export const OFFERING_NOTES = {
  name: 'For the person who is paid: at most 50 characters.',
  description: 'The same, at more length.',
  payment_methods: 'The ways to be paid. Both unless it is given.',
  auto_approve:
    'Claims need no approval within the store’s limits. The key needs `btcpay.store.cancreatepullpayments` for it.',
  min_bolt11_seconds: 'A BOLT11 invoice that ends sooner is refused.',
  expires_at: 'No claims from then on; null for no end.',
  metadata: {
    description: 'Up to 50 strings, given back with every event.',
    type: 'object',
    maxProperties: 50,
    propertyNames: { maxLength: 255 },
    additionalProperties: { type: 'string', maxLength: 255 },
  },
};

export const MONEY_NOTES = {
  amount: 'In `currency`: a number, or a decimal string.',
  currency: {
    description: 'Needed with `amount`: a fiat currency, or `BTC`.',
    pattern: '^[A-Za-z]{3}$',
    example: 'USD',
  },
  amount_sats: { description: 'The amount in satoshis instead.', pattern: '^[1-9]\\d{0,15}$' },
};

/** Who decides, for the record. */
export const deciderOf = ({ keyId }: Caller): Decider => ({ kind: 'api_key', id: keyId });

/** An approval in advance is a right of its own. @throws ApiError forbidden */
export function mustMayApprove({ permissions }: Caller, isApproved: boolean): void {
  if (isApproved) mustHold(permissions, 'btcpay.store.cancreatepullpayments');
}

export const mayExceed = ({ permissions }: Caller): boolean => holds(permissions, 'btcpay.store.cancreatepullpayments');

export const payoutBody = (payout: Payout) => ({ ...payoutSnapshot(payout), same_order_as: payout.sameOrderAs });

export const shownPayout = (payout: Payout) => ({ payout: payoutBody(payout) });

export function pullPaymentBody({ config }: Deps, pullPayment: ClaimedPullPayment) {
  return {
    ...pullPaymentSnapshot(pullPayment),
    claimed_amount: pullPayment.claimedAmount,
    paid_amount: pullPayment.paidAmount,
    same_order_as: pullPayment.sameOrderAs,
    claim_url: `${config.ORIGIN}/pull-payments/${pullPayment.id}`,
  };
}
