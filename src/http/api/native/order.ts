// The body of POST /v1/invoices (integration guide §4) as an Order.

import * as z from 'zod';
import { MAX_EXPIRY_MINUTES, MIN_EXPIRY_MINUTES } from '../../../core/invoice/policy.ts';
import { readAmount } from '../../../core/money/amounts.ts';
import type { Decimal } from '../../../core/money/fiat.ts';
import { isWrittenNumber } from '../../../core/text/json.ts';
import { readUrl } from '../../../core/text/urls.ts';
import { type TargetPolicy, targetProblem } from '../../../core/text/webhook-url.ts';
import type { ErrorCode } from '../../../errors.ts';
import type { Order } from '../../../services/payments/draft.ts';
import { METHOD_NAMES } from '../../../services/payments/offers.ts';
import type { Takes } from './operation.ts';

const MAX_METADATA_KEYS = 50;
const MAX_TEXT = 255;
const MAX_URL = 2048;

export const textUpTo = (max: number) => z.string().max(max, `longer than ${max} characters`);

/** A price in fiat, read once its currency is known. Zero and less is a wrong amount, not a typo. */
const fiatAmount = z.union([z.number(), z.string()], 'must be a number or a decimal string');

/** @returns the problem, where there is one, with the code that it is answered with */
function readFiat(input: number | string, code: string): { amount: Decimal } | { problem: string; code: ErrorCode } {
  if (/^\s*-/.test(String(input))) return { problem: 'must be more than zero', code: 'invalid_amount' };
  const read = readAmount(input, code);
  if ('amount' in read) return read;
  return { problem: read.problem, code: read.isTooFine ? 'invalid_amount' : 'validation_error' };
}

const WHOLE_SATS = 'must be a whole number of sats in digits alone';

const satsAmount = z.union([z.string(), z.number().int(WHOLE_SATS)], WHOLE_SATS).transform((input, ctx) => {
  const digits = String(input);
  if (!/^-?\d{1,30}$/.test(digits)) {
    ctx.addIssue({ code: 'custom', message: WHOLE_SATS });
    return z.NEVER;
  }
  return BigInt(digits);
});

export const currency = z
  .string()
  .transform((code) => code.toUpperCase())
  .refine((code) => /^[A-Z]{3}$/.test(code), {
    message: 'must be a three-letter code such as USD',
    params: { code: 'invalid_currency' },
  });

const url = (schemes: 'web' | 'https') =>
  textUpTo(MAX_URL).superRefine((given, ctx) => {
    const read = readUrl(given, schemes);
    if ('problem' in read) ctx.addIssue({ code: 'custom', message: read.problem });
  });

export const webUrl = url('web');
export const httpsUrl = url('https');

export const metadataMap = z
  .record(textUpTo(MAX_TEXT), textUpTo(MAX_TEXT), 'must be an object of strings')
  .refine((map) => Object.keys(map).length <= MAX_METADATA_KEYS, `has more than ${MAX_METADATA_KEYS} keys`);

const schema = (policy: TargetPolicy) =>
  z
    .strictObject({
      amount: fiatAmount.nullish(),
      currency: currency.nullish(),
      amount_sats: satsAmount.nullish(),
      order_ref: textUpTo(MAX_TEXT).nullish(),
      callback_url: z
        .string()
        .superRefine((url, ctx) => {
          const problem = targetProblem(url, policy);
          if (problem) ctx.addIssue({ code: 'custom', message: problem });
        })
        .nullish(),
      success_url: webUrl.nullish(),
      buyer_email: z.email('must be an e-mail address').max(254).nullish(),
      expires_in_minutes: z
        .number()
        .int('must be whole minutes')
        .min(MIN_EXPIRY_MINUTES, `must be at least ${MIN_EXPIRY_MINUTES}`)
        .max(MAX_EXPIRY_MINUTES, `must be at most ${MAX_EXPIRY_MINUTES}`)
        .nullish(),
      payment_methods: z
        .array(z.enum(METHOD_NAMES, `must be among ${METHOD_NAMES.join(', ')}`))
        .min(1, 'names no method')
        .nullish(),
      metadata: z
        .unknown()
        // zod leaves this key out without a word, and nothing that a merchant sends may be lost.
        .refine((map) => !(map instanceof Object && Object.hasOwn(map, '__proto__')), 'must not have a key __proto__')
        .pipe(metadataMap)
        .nullish(),
    })
    .superRefine((body, ctx) => {
      const refuse = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [field], message });
      const fiat = body.amount != null;
      const sats = body.amount_sats != null;
      if (fiat && sats) refuse('amount_sats', 'give either amount and currency, or amount_sats, not both');
      else if (!fiat && !sats) refuse('amount', 'give either amount and currency, or amount_sats');
      else if (fiat && body.currency == null) refuse('currency', 'is needed with amount');
      else if (sats && body.currency != null) refuse('currency', 'goes with amount, not with amount_sats');
    })
    .transform(({ amount, currency, ...body }, ctx) => {
      if (amount == null || currency == null) return { ...body, price: { sats: body.amount_sats ?? 0n } };
      const read = readFiat(amount, currency);
      if ('amount' in read) return { ...body, price: { fiat: read.amount, currency } };
      ctx.addIssue({ code: 'custom', path: ['amount'], message: read.problem, params: { code: read.code } });
      return z.NEVER;
    });

const schemas = new Map<string, z.ZodType<Order>>();

/** The schema for a deployment: where callbacks may go is its own decision. Building one is work, so it is kept. */
export function orderSchema(policy: TargetPolicy): z.ZodType<Order> {
  const key = `${policy.targets} ${policy.origin}`;
  const known = schemas.get(key) ?? toOrder(policy);
  schemas.set(key, known);
  return known;
}

function toOrder(policy: TargetPolicy): z.ZodType<Order> {
  return schema(policy).transform(
    (body): Order => ({
      price: body.price,
      orderRef: body.order_ref ?? null,
      callbackUrl: body.callback_url ?? null,
      successUrl: body.success_url ?? null,
      buyerEmail: body.buyer_email ?? null,
      expiresInMinutes: body.expires_in_minutes ?? null,
      paymentMethods: body.payment_methods ?? null,
      metadata: body.metadata ?? {},
      checkout: null,
    }),
  );
}

/** For the document. Where callbacks may go is the deployment's decision and no part of the shape. */
export const orderBody = (): Takes<Order> => ({
  schema: orderSchema({ targets: 'public', origin: '' }),
  notes: {
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
    payment_methods:
      'The ways to pay it. The store’s own setting unless it is given; those that the store has where that is not set.',
    metadata: {
      description: 'Up to 50 strings, given back with every event.',
      type: ['object', 'null'],
      maxProperties: 50,
      propertyNames: { maxLength: 255 },
      additionalProperties: { type: 'string', maxLength: 255 },
    },
  },
});

/** One text for one order, for any order of its keys: an Idempotency-Key is compared by it. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object' && !isWrittenNumber(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
