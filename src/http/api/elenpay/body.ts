// What ElenPAY's clients send: metadata of plain words, where the buyer goes afterwards, and withdrawals.

import * as z from 'zod';
import { numberText, type WrittenNumber } from '../../../core/text/json.ts';
import { readUrl } from '../../../core/text/urls.ts';
import type { DepositTerms } from '../../../services/payments/deposits.ts';
import { bodyFields, caseless, checked, flag, numeric } from '../greenfield/body.ts';
import { invalid } from '../greenfield/errors.ts';
import type { Ctx } from '../http.ts';

const MAX_METADATA = 50;
const MAX_URL = 2048;
const WORD = /^[A-Za-z0-9_-]{1,128}$/;
const WORDS_ONLY = 'may hold letters, digits, dashes and underscores, 128 at most';

const word = z.string('has to be a text').regex(WORD, WORDS_ONLY);

/** In digits alone, however many. */
const wholeNumber = z.custom<number | WrittenNumber>((value) => /^\d{1,128}$/.test(numberText(value) ?? ''));

const metadata = z
  .unknown()
  // zod leaves this key out without a word, and nothing that a merchant sends may be lost.
  .refine((map) => !(map instanceof Object && Object.hasOwn(map, '__proto__')), 'must not have a key __proto__')
  .pipe(
    z
      .record(word, z.union([word, wholeNumber], WORDS_ONLY), 'has to be an object of texts')
      .refine((map) => Object.keys(map).length <= MAX_METADATA, `has more than ${MAX_METADATA} keys`),
  );

/** Over https; an address without a scheme means that. Nothing is no address. */
const redirectURL = z
  .string('has to be a URL')
  .max(MAX_URL, `is longer than ${MAX_URL} characters`)
  .transform((text, ctx) => {
    if (text === '') return null;
    const full = /^[a-z][a-z\d+.-]*:[/\\]/i.test(text) ? text : `https://${text}`;
    const read = readUrl(full, 'https');
    if ('url' in read && read.url.hostname.includes('.')) return full;
    ctx.addIssue({ code: 'custom', message: 'problem' in read ? read.problem : 'has to name a host' });
    return z.NEVER;
  });

const fieldsOf = <T extends z.ZodRawShape>(shape: T) =>
  z
    .looseObject({}, 'has to be an object')
    .transform((fields) => caseless(fields, Object.keys(shape)))
    .pipe(z.object(shape));

const checkout = fieldsOf({ redirectURL: redirectURL.optional(), redirectAutomatically: flag.optional() });

const schema = z.object({ metadata: metadata.optional(), checkout: checkout.optional() }).transform(
  ({ metadata, checkout: { redirectURL: successUrl, redirectAutomatically } = {} }): DepositTerms => ({
    ...(metadata !== undefined && { metadata }),
    ...(successUrl !== undefined && { successUrl }),
    ...(redirectAutomatically !== undefined && { redirectAutomatically }),
  }),
);

/** @throws ApiError, GreenfieldError for what is not as it should be */
export async function termsOf(c: Ctx): Promise<DepositTerms> {
  return checked(schema, await bodyFields(c, ['metadata', 'checkout']));
}

/** The customer of the path. @throws GreenfieldError 422 */
export function customerOf(id: string): string {
  if (!WORD.test(id)) throw invalid({ path: 'CustomerId', message: WORDS_ONLY });
  return id;
}

const MAX_BOLT11 = 7_200;
const MAX_ADDRESS = 2_000;
/** A year. */
const MAX_MINUTES = 366 * 24 * 60;

const amount = z.union([z.number(), z.string()], 'has to be a decimal number');
const bitcoin = z
  .string('has to be a text')
  .refine((code) => code.toUpperCase() === 'BTC', 'has to be BTC')
  .default('BTC');
const usual = { amount, metadata: metadata.default({}) };

export const TO_BOLT11 = z.object({
  ...usual,
  currency: bitcoin,
  paymentRequest: z
    .string('has to be a BOLT11 invoice')
    .max(MAX_BOLT11, `is longer than ${MAX_BOLT11} characters`)
    .regex(/^(lightning:)?ln[a-z0-9]+$/i, 'has to be a BOLT11 invoice'),
});

export const TO_ADDRESS = z.object({
  ...usual,
  currency: bitcoin,
  address: z.string('has to be a Bitcoin address').max(MAX_ADDRESS, 'has to be a Bitcoin address'),
});

export const TO_CLAIM = z.object({
  ...usual,
  currency: z.string('has to be BTC or a fiat currency'),
  checkout: fieldsOf({
    redirectURL: redirectURL.nullable().default(null),
    redirectAutomatically: flag.default(false),
    expirationMinutes: numeric(1, MAX_MINUTES).optional(),
  }).optional(),
});

/** @throws GreenfieldError 422 that names every wrong field */
export async function withdrawalOf<T>(c: Ctx, schema: z.ZodType<T> & { shape: object }): Promise<T> {
  return checked(schema, await bodyFields(c, Object.keys(schema.shape)));
}
