// Settings, fees, bills and reviews: what the operator's routes answer, and of fees the merchant's own.

import * as z from 'zod';
import { cursor, environment, named, sats, time, uuid } from './common.ts';

const count = z.object({ value: z.int(), default: z.int(), is_set: z.boolean() }).strict();

const settings = named('PlatformSettings', 'Each with what holds, and what the deployment’s configuration says.', {
  payment_tolerance_bp: count,
  fee_bp: count,
  rate_sources: z.strictObject({ value: z.array(z.string()), default: z.array(z.string()), is_set: z.boolean() }),
  creates_per_minute: count,
  auth_per_second: count,
  requests_per_second: count,
});
export const settingsAnswer = z.strictObject({ settings });

const date = z.iso.date().describe('A day in UTC.');
const balance = z
  .string()
  .regex(/^-?\d+$/)
  .describe('Satoshis; below zero where more was reversed than came together.');
const ref = z.strictObject({ id: z.string(), name: z.string() });

const fees = named('Fees', 'What an account’s invoices have brought the operator.', {
  account: ref,
  settled_invoices: z.int().describe('Of the period, less those that were reversed in it.'),
  volume_sats: balance,
  accrued_sats: balance,
  billed_sats: sats.describe('By all bills so far.'),
  unbilled_sats: balance.describe('Of all time, not billed yet; below zero it is a credit.'),
});
export const feesPage = z.strictObject({ from: date, to: date, fees: z.array(fees), next_cursor: cursor });

const bill = named('Bill', 'What an account was asked to pay, until the end of a day.', {
  account_id: z.string(),
  up_to: date,
  sats,
  created_at: time,
});
export const billAnswer = z.strictObject({ bill });
export const bills = z.strictObject({ bills: z.array(bill) });
export const ownFees = z.strictObject({ fees, bills: z.array(bill) });

const review = named('Review', 'An invoice that waits for a decision. Nothing of the buyer is in it.', {
  invoice_id: uuid,
  environment,
  store: ref,
  account: ref,
  reason: z.string().describe('As in `review_reason`.'),
  amount_sats: sats,
  received_sats: sats.describe('Confirmed, whether it counts already or not.'),
  created_at: time,
  since: time,
});
export const reviews = z.strictObject({ reviews: z.array(review), next_cursor: cursor });
export const decision = z.strictObject({ review, status: z.string().describe('The invoice’s, after the decision.') });
