// A Lightning address in the native API: the fields that may be set, and how it is shown. Called by store-lightning-addresses.ts, and by
// the dashboard's form, whose fields become the same.

import * as z from 'zod';
import {
  MAX_COMMENT_LENGTH,
  MAX_NAME_LENGTH,
  MAX_NAME_SATS,
  MAX_SUCCESS_MESSAGE,
  payCodesOf,
} from '../../../core/lightning/pay-request.ts';
import type { Deps } from '../../../deps.ts';
import { type LightningName, type NameChange, USUAL_TERMS } from '../../../services/lnurl/names.ts';
import { iso } from './iso.ts';
import { textUpTo } from './order.ts';
import { satsUpTo, whole } from './store-body.ts';

const bound = satsUpTo(BigInt(MAX_NAME_SATS)).refine((sats) => sats > 0, 'must be at least 1');
const settings = z.strictObject({
  min_sats: bound.optional(),
  max_sats: bound.optional(),
  comment_length: whole('characters', 0, MAX_COMMENT_LENGTH).optional(),
  success_message: textUpTo(MAX_SUCCESS_MESSAGE)
    .trim()
    .min(1, 'must not be empty; null for none')
    .nullable()
    .optional(),
  enabled: z.boolean('must be true or false').optional(),
});

export const addressChange = settings.transform(toChange);
export const newAddress = settings
  .omit({ enabled: true })
  .extend({ name: textUpTo(MAX_NAME_LENGTH).trim() })
  .transform(({ name, ...given }) => ({ name, terms: { ...USUAL_TERMS, ...toChange(given) } }));

function toChange(body: z.infer<typeof settings>): NameChange {
  const all = {
    minSats: body.min_sats,
    maxSats: body.max_sats,
    commentLength: body.comment_length,
    successMessage: body.success_message,
    enabled: body.enabled,
  };
  // What was not named stays as it is.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function addressBody({ config }: Deps, known: LightningName) {
  return {
    name: known.name,
    ...payCodesOf(known.name, new URL(config.ORIGIN).host),
    min_sats: String(known.minSats),
    max_sats: String(known.maxSats),
    comment_length: known.commentLength,
    success_message: known.successMessage,
    enabled: known.enabled,
    created_at: iso(known.createdAtMs),
  };
}
