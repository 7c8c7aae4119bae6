// A store in the native API: the fields that may be set, and how it is shown. Called by stores.ts.

import * as z from 'zod';
import { MAX_EXPIRY_MINUTES, MIN_EXPIRY_MINUTES } from '../../../core/invoice/policy.ts';
import { readAmount } from '../../../core/money/amounts.ts';
import { compareDecimals, formatDecimal } from '../../../core/money/fiat.ts';
import { parseSats } from '../../../core/money/sats.ts';
import { MAX_CONFIRMATIONS, PAYMENT_METHODS } from '../../../core/payment/payment.ts';
import type { StoreRow, StoreSettings } from '../../../services/accounts/stores.ts';
import { iso, isoOrNull } from './iso.ts';
import { currency, httpsUrl, textUpTo, webUrl } from './order.ts';

const MAX_GRACE_MINUTES = 24 * 60;
const MAX_TOLERANCE_BP = 1_000;
const MAX_STEPS = 6;
/** A buyer can take an unconfirmed payment back: a cap above this risks more than small change. */
const MAX_ZERO_CONF_SATS = 1_000_000n;
/** One bitcoin: a store that wants no payment on chain leaves it out of payment_methods. */
const MAX_ONCHAIN_MIN_SATS = 100_000_000n;

export const whole = (unit: string, least: number, most: number) =>
  z
    .number(`must be a whole number of ${unit}, from ${least} to ${most}`)
    .int(`must be a whole number of ${unit}, from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

export const label = textUpTo(100).trim();

const dollars = z.union([z.string(), z.number()], 'must be a decimal').transform((input, ctx) => {
  const read = readAmount(input, 'USD');
  if ('amount' in read) return read.amount;
  ctx.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

/** From a worth on so many confirmations: more money never waits for fewer. */
const steps = z
  .array(
    z.strictObject({ from_usd: dollars, confirmations: whole('confirmations', 1, MAX_CONFIRMATIONS) }),
    'must be a list of steps',
  )
  .min(1, 'must have at least one step; null for the usual ones')
  .max(MAX_STEPS, `has more than ${MAX_STEPS} steps`)
  .superRefine((list, ctx) => {
    for (const [index, step] of list.entries()) {
      const before = list[index - 1];
      if (!before) continue;
      if (compareDecimals(before.from_usd, step.from_usd) >= 0 || before.confirmations > step.confirmations) {
        ctx.addIssue({ code: 'custom', message: 'must rise from step to step', path: [index] });
      }
    }
  })
  .transform((list) =>
    list.map(({ from_usd, confirmations }) => ({ fromUsd: formatDecimal(from_usd), confirmations })),
  );

export const satsUpTo = (most: bigint) =>
  z
    .string('must be a whole number of sats, as a string')
    .refine((digits) => parseSats(digits) !== null, 'must be a whole number of sats in digits alone')
    .refine((digits) => (parseSats(digits) ?? 0n) <= most, `must be at most ${most}`)
    .transform(Number);

const METHODS = PAYMENT_METHODS.join(', ');
const paymentMethods = z
  .array(z.enum(PAYMENT_METHODS, `must be of ${METHODS}`), `must be a list of ${METHODS}`)
  .min(1, 'must name at least one; null for all that the store has')
  .transform((methods) => [...new Set(methods)]);

const name = textUpTo(100).trim().min(1, 'must not be empty');

const settings = z.strictObject({
  name: name.optional(),
  default_expiry_minutes: whole('minutes', MIN_EXPIRY_MINUTES, MAX_EXPIRY_MINUTES).optional(),
  late_payment_grace_minutes: whole('minutes', 0, MAX_GRACE_MINUTES).optional(),
  currency: currency.optional(),
  tolerance_bp: whole('basis points', 0, MAX_TOLERANCE_BP).nullable().optional(),
  confirmation_steps: steps.nullable().optional(),
  zero_conf_cap_sats: satsUpTo(MAX_ZERO_CONF_SATS).optional(),
  recycle_addresses: z.boolean('must be true or false').optional(),
  takes_refund_requests: z.boolean('must be true or false').optional(),
  color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour like #336699')
    .nullable()
    .optional(),
  logo_url: httpsUrl.nullable().optional(),
  support_url: webUrl.nullable().optional(),
  success_url: webUrl.nullable().optional(),
  payment_methods: paymentMethods.nullable().optional(),
  onchain_min_sats: satsUpTo(MAX_ONCHAIN_MIN_SATS).optional(),
  private_route_hints: z.boolean('must be true or false').optional(),
});

export const storeChange = settings.transform(toSettings);
export const newStore = settings.extend({ name }).transform((body) => ({ ...toSettings(body), name: body.name }));

function toSettings(body: z.infer<typeof settings>): Partial<StoreSettings> {
  const all = {
    name: body.name,
    defaultExpiryMinutes: body.default_expiry_minutes,
    lateGraceMinutes: body.late_payment_grace_minutes,
    currency: body.currency,
    toleranceBp: body.tolerance_bp,
    confirmationSteps: body.confirmation_steps,
    zeroConfCapSats: body.zero_conf_cap_sats,
    recycleAddresses: body.recycle_addresses,
    takesRefundRequests: body.takes_refund_requests,
    color: body.color,
    logoUrl: body.logo_url,
    supportUrl: body.support_url,
    successUrl: body.success_url,
    paymentMethods: body.payment_methods,
    onchainMinSats: body.onchain_min_sats,
    privateRouteHints: body.private_route_hints,
  };
  // What was not named stays as it is.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A closed list: what is not named here, its sealed secret above all, is never shown. */
export function storeBody(store: StoreRow) {
  return {
    id: store.id,
    name: store.name,
    test_mode: store.testMode,
    wallet_id: store.walletId,
    default_expiry_minutes: store.defaultExpiryMinutes,
    late_payment_grace_minutes: store.lateGraceMinutes,
    currency: store.currency,
    tolerance_bp: store.toleranceBp,
    confirmation_steps:
      store.confirmationSteps?.map(({ fromUsd, confirmations }) => ({ from_usd: fromUsd, confirmations })) ?? null,
    zero_conf_cap_sats: String(store.zeroConfCapSats),
    recycle_addresses: store.recycleAddresses,
    takes_refund_requests: store.takesRefundRequests,
    color: store.color,
    logo_url: store.logoUrl,
    support_url: store.supportUrl,
    success_url: store.successUrl,
    connection_id: store.connectionId,
    payment_methods: store.paymentMethods,
    onchain_min_sats: String(store.onchainMinSats),
    private_route_hints: store.privateRouteHints,
    archived_at: isoOrNull(store.archivedAtMs),
    created_at: iso(store.createdAtMs),
  };
}
