// The body of Greenfield's "create invoice" as an Order. Clients send null for what they leave out, numbers as texts, and
// names of payment methods in every spelling there ever was.

import * as z from 'zod';
import type { GreenfieldCheckout } from '../../../core/dialects/greenfield/checkout.ts';
import { methodId, methodNamed } from '../../../core/dialects/greenfield/method-ids.ts';
import { SPEED_POLICIES } from '../../../core/invoice/invoice.ts';
import { SPEED_CONFIRMATIONS } from '../../../core/invoice/policy.ts';
import { numberText } from '../../../core/text/json.ts';
import { ApiError, blamed } from '../../../errors.ts';
import type { Order } from '../../../services/payments/draft.ts';
import { caseless, isObject } from '../caseless.ts';
import { webUrl } from '../native/order.ts';
import { bitcoinCode, priceOf } from '../price.ts';
import { checked, flag, numeric, together } from './body.ts';
import { type GreenfieldError, invalid } from './errors.ts';

export const BODY_FIELDS = ['amount', 'currency', 'metadata', 'checkout', 'receipt', 'additionalSearchTerms'];
const CHECKOUT_FIELDS = [
  ...['speedPolicy', 'paymentMethods', 'defaultPaymentMethod', 'lazyPaymentMethods', 'expirationMinutes'],
  ...['monitoringMinutes', 'paymentTolerance', 'redirectURL', 'redirectAutomatically', 'defaultLanguage'],
];
const RECEIPT_FIELDS = ['enabled', 'showQR', 'showPayments'];

/** A quote may not stand, nor an address be waited for, longer than that. */
const MAX_MINUTES = 366 * 24 * 60;
const MAX_ORDER_ID = 255;
const MAX_TERMS = 100;
const MAX_TERM = 512;

/** PHP writes an object without fields as a list without entries. */
const object = (input: unknown) => (Array.isArray(input) && input.length === 0 ? {} : input);

const within = <T extends z.ZodType>(names: readonly string[], schema: T) =>
  z.preprocess((input) => (isObject(object(input)) ? caseless(object(input) as object, names) : input), schema);

const method = z.string('has to be a text').transform((text, ctx) => {
  const name = methodNamed(text);
  if (name !== null) return name;
  ctx.addIssue({ code: 'custom', message: 'Invalid payment method' });
  return z.NEVER;
});

const checkoutSchema = within(
  CHECKOUT_FIELDS,
  z.object(
    {
      speedPolicy: z
        .string()
        .transform((text) => SPEED_POLICIES.find((policy) => policy.toLowerCase() === text.toLowerCase()))
        .pipe(z.enum(SPEED_POLICIES, `has to be one of ${SPEED_POLICIES.join(', ')}`))
        .optional(),
      paymentMethods: z.array(method, 'has to be a list').optional(),
      defaultPaymentMethod: method.optional(),
      lazyPaymentMethods: flag.optional(),
      expirationMinutes: numeric(0.5, MAX_MINUTES).optional(),
      monitoringMinutes: numeric(0, MAX_MINUTES).optional(),
      paymentTolerance: numeric(0, 100).optional(),
      redirectURL: z.preprocess((input) => (input === '' ? undefined : input), webUrl.optional()).optional(),
      redirectAutomatically: flag.optional(),
      // Every language is accepted: a page in English is better than no page.
      defaultLanguage: z.string().max(50).optional(),
    },
    'has to be an object',
  ),
);

/** Kept unchanged under any names: no field of it is copied by name. */
export const metadataSchema = z.preprocess(object, z.custom<Record<string, unknown>>(isObject, 'has to be an object'));

const moneySchema = z.object({
  amount: z.union([z.number(), z.string()], 'has to be a decimal number').optional(),
  currency: z.string('has to be a text').optional(),
});

const schema = moneySchema.extend({
  metadata: metadataSchema.optional(),
  checkout: checkoutSchema.optional(),
  receipt: within(
    RECEIPT_FIELDS,
    z.object(
      { enabled: flag.optional(), showQR: flag.optional(), showPayments: flag.optional() },
      'has to be an object',
    ),
  ).optional(),
  additionalSearchTerms: z
    .array(z.string('has to be a text').max(MAX_TERM, `is longer than ${MAX_TERM} characters`), 'has to be a list')
    .max(MAX_TERMS, `has more than ${MAX_TERMS} entries`)
    .optional(),
});

/**
 * @param fields of the body, as bodyFields gives them
 * @param storeCurrency asked for where the body names none
 * @throws GreenfieldError 422 that names every wrong field; ApiError as storeCurrency
 */
export async function orderOf(fields: Record<string, unknown>, storeCurrency: () => Promise<string>): Promise<Order> {
  const money = moneySchema.safeParse(fields).data;
  const code = (money?.currency?.trim() || (await storeCurrency())).toUpperCase();
  const [body, price, searched] = together(
    () => checked(schema, fields),
    // What is no amount at all is the schema's to name.
    () => (money ? priceIn(money.amount, code) : null),
    () => searchedFor(isObject(fields.metadata) ? fields.metadata : {}),
  );
  const { metadata = {}, checkout = {}, receipt, additionalSearchTerms } = body;
  const { speedPolicy, monitoringMinutes, paymentTolerance } = checkout;
  return {
    price: price as Order['price'],
    ...searched,
    callbackUrl: null,
    successUrl: checkout.redirectURL ?? null,
    expiresInMinutes: checkout.expirationMinutes ?? null,
    metadata,
    // A list without entries names none.
    paymentMethods: checkout.paymentMethods?.length ? checkout.paymentMethods : null,
    checkout: {
      dialect: 'greenfield',
      currency: bitcoinCode(code),
      ...shownAgain(checkout),
      ...(receipt ? { receipt } : {}),
      ...(additionalSearchTerms?.length ? { searchTerms: additionalSearchTerms } : {}),
    } satisfies GreenfieldCheckout,
    terms: {
      ...(monitoringMinutes === undefined ? {} : { lateGraceMinutes: Math.ceil(monitoringMinutes) }),
      ...(paymentTolerance === undefined ? {} : { toleranceBelowBp: Math.round(paymentTolerance * 100) }),
      ...(speedPolicy === undefined ? {} : { confirmations: SPEED_CONFIRMATIONS[speedPolicy] }),
    },
  };
}

function priceIn(amount: number | string | undefined, code: string): Order['price'] {
  try {
    return priceOf(amount, code);
  } catch (error) {
    throw error instanceof ApiError ? (wrongMoney(error) ?? error) : error;
  }
}

/** What is wrong with an amount or its currency, in this dialect's words; null for every other error. */
export function wrongMoney({ code, message }: ApiError): GreenfieldError | null {
  const { words } = blamed(message);
  if (code === 'invalid_amount') return invalid({ path: 'Amount', message: words });
  return code === 'invalid_currency' ? invalid({ path: 'Currency', message: words }) : null;
}

/** What the terms do not say. */
function shownAgain(checkout: z.infer<typeof checkoutSchema>): Partial<GreenfieldCheckout> {
  const { speedPolicy, defaultPaymentMethod, lazyPaymentMethods, paymentTolerance, ...rest } = checkout;
  const { redirectAutomatically, defaultLanguage } = rest;
  return {
    ...(speedPolicy === undefined ? {} : { speedPolicy }),
    ...(defaultPaymentMethod === undefined ? {} : { defaultPaymentMethod: methodId(defaultPaymentMethod) }),
    ...(lazyPaymentMethods === undefined ? {} : { lazyPaymentMethods }),
    ...(paymentTolerance === undefined ? {} : { paymentTolerance }),
    ...(redirectAutomatically === undefined ? {} : { redirectAutomatically }),
    ...(defaultLanguage === undefined ? {} : { defaultLanguage }),
  };
}

/** What metadata says that invoices are found by. @throws GreenfieldError 422 */
export function searchedFor({ orderId, buyerEmail }: Record<string, unknown>): Pick<Order, 'orderRef' | 'buyerEmail'> {
  const text = numberText(orderId) ?? orderId;
  if (typeof text === 'string' && text.length > MAX_ORDER_ID) {
    throw invalid({ path: 'Metadata.OrderId', message: `longer than ${MAX_ORDER_ID} characters` });
  }
  return {
    orderRef: typeof text === 'string' && text !== '' ? text : null,
    buyerEmail: z.email().max(254).safeParse(buyerEmail).data ?? null,
  };
}
