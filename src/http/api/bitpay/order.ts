// The body of BitPay's "create an invoice" as an Order. Names come in any case (some clients say `orderID`), numbers as texts,
// and '' stands for what is left out.

import * as z from 'zod';
import type { BitpayCheckout } from '../../../core/dialects/bitpay/checkout.ts';
import { BUYER_FIELDS, TRANSACTION_SPEEDS } from '../../../core/dialects/bitpay/data.ts';
import { SPEED_CONFIRMATIONS } from '../../../core/invoice/policy.ts';
import { isWrittenNumber, numberText, plainNumbers, type WrittenNumber } from '../../../core/text/json.ts';
import { type TargetPolicy, targetProblem } from '../../../core/text/webhook-url.ts';
import { shortened } from '../../../core/text/well-formed.ts';
import { ApiError } from '../../../errors.ts';
import type { Order } from '../../../services/payments/draft.ts';
import { caseless, isObject } from '../caseless.ts';
import { textUpTo, webUrl } from '../native/order.ts';
import { validate } from '../native/validate.ts';
import { bitcoinCode, priceOf } from '../price.ts';

const FIELDS = [
  ...['price', 'currency', 'orderId', 'posData', 'notificationURL', 'redirectURL', 'closeURL', 'transactionSpeed'],
  ...['fullNotifications', 'extendedNotifications', 'notificationEmail', 'itemDesc', 'itemCode', 'physical', 'buyer'],
  ...['paymentCurrencies', 'supportedTransactionCurrencies', 'expirationTime', 'redirectAutomatically', 'autoRedirect'],
  ...['guid', 'taxIncluded', ...BUYER_FIELDS.map(([flat]) => flat)],
];

/** The shop's own words, which it reads again: numbers stay as they were written. */
const OWN_WORDS = new Set([
  ...['orderId', 'posData', 'itemDesc', 'itemCode', 'taxIncluded', 'buyer'],
  ...BUYER_FIELDS.map(([flat]) => flat),
]);

const MINUTE_MS = 60_000;
const MAX_MINUTES = 366 * 24 * 60;
const MAX_TEXT = 255;
const MAX_DESCRIPTION = 2_000;
const MAX_POS_DATA = 10_000;
/** Two hundred and fifty-five with the name that idempotency keys have it under. */
const MAX_GUID = 200;

/** `true` and `false`, as JSON or as text; PHP's http_build_query writes 1 and 0. */
export const flag = z.preprocess(
  (input) =>
    typeof input === 'string' ? ({ true: true, 1: true, false: false, 0: false }[input.toLowerCase()] ?? input) : input,
  z.boolean('has to be true or false'),
);
/** A text, or a number as its text. */
const word = (max: number) =>
  z.preprocess(
    (input) => numberText(input) ?? input,
    z.string('has to be a text').max(max, `longer than ${max} characters`),
  );
const buyerText = word(MAX_TEXT).optional();

/** The nested form. Addresses are shortened: no shop shall lose a sale over a long one. */
const buyerNames = [...BUYER_FIELDS.map(([, name]) => name), 'zip'] as const;
const shortWord = word(MAX_POS_DATA).transform((text) => shortened(text, MAX_TEXT));
const buyer = z.preprocess(
  (input) => (isObject(input) ? present(caseless(input, buyerNames)) : input),
  z.custom(isObject, 'has to be an object').pipe(z.partialRecord(z.enum(buyerNames), shortWord)),
);

const fields = (policy: TargetPolicy) =>
  z.object({
    price: z.union([z.number(), z.string()], 'has to be a decimal number'),
    currency: z.string('is needed').transform((code) => code.trim().toUpperCase()),
    orderId: word(MAX_TEXT).optional(),
    // Clients that send an object instead of its text get the text back.
    posData: z.preprocess(
      (input) => (typeof input === 'object' && input !== null ? JSON.stringify(input) : input),
      word(MAX_POS_DATA).optional(),
    ),
    notificationURL: z
      .string()
      .superRefine((url, ctx) => {
        const problem = targetProblem(url, policy);
        if (problem) ctx.addIssue({ code: 'custom', message: problem });
      })
      .optional(),
    redirectURL: webUrl.optional(),
    closeURL: webUrl.optional(),
    transactionSpeed: z
      .string()
      .transform((speed) => speed.toLowerCase())
      .pipe(z.enum(['high', 'medium', 'low-medium', 'low'], 'has to be high, medium, low-medium or low'))
      .optional(),
    fullNotifications: flag.optional(),
    extendedNotifications: flag.optional(),
    notificationEmail: textUpTo(254).optional(),
    itemDesc: word(MAX_DESCRIPTION).optional(),
    itemCode: word(MAX_TEXT).optional(),
    physical: flag.optional(),
    taxIncluded: z
      .union([z.number(), z.custom<WrittenNumber>(isWrittenNumber), textUpTo(64)], 'has to be a number or its text')
      .optional(),
    redirectAutomatically: flag.optional(),
    autoRedirect: flag.optional(),
    guid: textUpTo(MAX_GUID).optional(),
    expirationTime: z.union([z.number(), z.string()]).optional(),
    paymentCurrencies: z.array(z.string()).optional(),
    supportedTransactionCurrencies: z.record(z.string(), z.unknown()).optional(),
    buyer: buyer.optional(),
    ...(Object.fromEntries(BUYER_FIELDS.map(([flat]) => [flat, buyerText])) as Record<
      (typeof BUYER_FIELDS)[number][0],
      typeof buyerText
    >),
  });

type Body = z.infer<ReturnType<typeof fields>>;

interface BitpayOrder {
  order: Order;
  /** The client's own name for the invoice: asked for again with it, the same invoice is meant. */
  guid: string | null;
}

/**
 * @param isOfTill for a till, whose tokens may read the order again
 * @throws ApiError validation_error, invalid_amount, invalid_currency
 */
export function orderOf(
  body: Record<string, unknown>,
  policy: TargetPolicy,
  nowMs: number,
  isOfTill = false,
): BitpayOrder {
  const given = validate(fields(policy), present(ownWordsKept(caseless(body, FIELDS))));
  assertPayable(given);
  const metadata = metadataOf(given);
  const speed = given.transactionSpeed;
  const order: Order = {
    price: positive(given),
    orderRef: given.orderId ?? null,
    callbackUrl: null,
    successUrl: given.redirectURL ?? null,
    buyerEmail: z.email().max(254).safeParse(metadata.buyerEmail).data ?? null,
    expiresInMinutes: given.expirationTime === undefined ? null : minutesUntil(given.expirationTime, nowMs),
    metadata,
    checkout: checkoutOf(given, isOfTill),
    ...(speed && { terms: { confirmations: SPEED_CONFIRMATIONS[TRANSACTION_SPEEDS[speed]] } }),
  };
  return { order, guid: given.guid ?? null };
}

function checkoutOf(given: Body, isOfTill: boolean): BitpayCheckout {
  const { transactionSpeed: speed, notificationURL, fullNotifications, extendedNotifications, guid, closeURL } = given;
  const redirectAutomatically = given.redirectAutomatically ?? given.autoRedirect;
  return {
    dialect: 'bitpay',
    ...(isOfTill && { isOfTill }),
    currency: bitcoinCode(given.currency),
    ...(speed && { speedPolicy: TRANSACTION_SPEEDS[speed] }),
    ...(redirectAutomatically !== undefined && { redirectAutomatically }),
    ...(closeURL !== undefined && { closeUrl: closeURL }),
    ...(guid !== undefined && { guid }),
    ...(notificationURL !== undefined && {
      ipn: { url: notificationURL, isFull: fullNotifications ?? false, isExtended: extendedNotifications ?? false },
      ...((fullNotifications || extendedNotifications) && { tellsCompletion: true }),
    }),
  };
}

function ownWordsKept(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, OWN_WORDS.has(name) ? value : plainNumbers(value)]),
  );
}

function present(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

/** Under BTCPay Server's names, so that every other dialect shows the same. */
function metadataOf(given: Body): Record<string, unknown> {
  const nested = given.buyer;
  const buyer = BUYER_FIELDS.flatMap(([flat, name]) => {
    const value = nested?.[name] ?? (name === 'postalCode' ? nested?.zip : undefined) ?? given[flat];
    return value === undefined ? [] : [[flat, value]];
  });
  const { orderId, posData, itemDesc, itemCode, physical, taxIncluded, notificationEmail } = given;
  const rest = { orderId, posData, itemDesc, itemCode, physical, taxIncluded, notificationEmail };
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...Object.fromEntries(buyer),
  };
}

/** @throws ApiError invalid_currency where the buyer may pay in bitcoin in no way */
function assertPayable({ paymentCurrencies, supportedTransactionCurrencies }: Body): void {
  const enabled = Object.entries(supportedTransactionCurrencies ?? {}).flatMap(([code, wish]) =>
    (wish as { enabled?: unknown } | null)?.enabled === false ? [] : [code],
  );
  for (const wanted of [paymentCurrencies ?? [], enabled]) {
    if (wanted.length > 0 && !wanted.some((code) => /^BTC(\b|_|$)/i.test(code))) {
      throw new ApiError('invalid_currency', 'None of these currencies can be paid in: BTC can.');
    }
  }
}

/** BitPay knows no invoice for nothing. @throws ApiError invalid_amount, invalid_currency */
function positive({ price: amount, currency }: Body): Order['price'] {
  const price = priceOf(amount, currency);
  const units = 'sats' in price ? price.sats : 'fiat' in price ? price.fiat.units : 0n;
  if (units === 0n) throw new ApiError('invalid_amount', 'price: has to be more than zero.');
  return price;
}

/** @throws ApiError validation_error for a time that is past, or none */
function minutesUntil(time: number | string, nowMs: number): number {
  const atMs = typeof time === 'number' || /^\d+$/.test(time) ? Number(time) : Date.parse(time);
  const minutes = Math.ceil((atMs - nowMs) / MINUTE_MS);
  if (!(minutes >= 1 && minutes <= MAX_MINUTES)) {
    throw new ApiError('validation_error', 'expirationTime: has to be milliseconds, in the future and within a year.');
  }
  return minutes;
}
