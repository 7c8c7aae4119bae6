// What of a store its API key may settle, in Greenfield's words. Where money goes, and that it is real, are the owner's to say.

import * as z from 'zod';
import { SPEED_POLICIES, type SpeedPolicy } from '../../../core/invoice/invoice.ts';
import { SPEED_CONFIRMATIONS } from '../../../core/invoice/policy.ts';
import type { StoreRow, StoreSettings } from '../../../services/accounts/stores.ts';
import { httpsUrl, webUrl } from '../native/order.ts';
import { checked, flag, numeric } from './body.ts';
import { invalid } from './errors.ts';

/** As long as BTCPay Server allows. */
const MAX_MINUTES = 60 * 24 * 24;

const seconds = (least: number) =>
  numeric(least * 60, MAX_MINUTES * 60, 'has to be a number of seconds').transform((value) => Math.ceil(value / 60));

const schema = z.object({
  name: z
    .string('Name is missing')
    .trim()
    .min(1, 'Name is missing')
    .max(100, 'is longer than 100 characters')
    .optional(),
  defaultCurrency: z
    .string('has to be a text')
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/, 'has to be the three letters of a currency')
    .optional(),
  invoiceExpiration: seconds(1).optional(),
  monitoringExpiration: seconds(0).optional(),
  paymentTolerance: numeric(0, 100).optional(),
  speedPolicy: z.enum(SPEED_POLICIES, `has to be one of ${SPEED_POLICIES.join(', ')}`).optional(),
  brandColor: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'Brand color is not a valid HEX Color (e.g. #F7931A)')
    .optional(),
  logoUrl: httpsUrl.optional(),
  supportUrl: webUrl.optional(),
  lightningPrivateRouteHints: flag.optional(),
});

export const STORE_FIELDS = Object.keys(schema.shape);

/**
 * Fields without a setting in SatLane are ignored: a client that saves a whole store reads the real settings in the response.
 * @param fields of the body, as bodyFields gives them
 * @param speedPolicyNow what the store is shown with
 * @throws GreenfieldError 422 that names every wrong field
 */
export function settingsIn(
  fields: Record<string, unknown>,
  store: StoreRow,
  speedPolicyNow: SpeedPolicy,
): Partial<StoreSettings> {
  const { speedPolicy, ...body } = checked(schema, fields);
  const settings = {
    name: body.name,
    currency: body.defaultCurrency,
    defaultExpiryMinutes: body.invoiceExpiration,
    lateGraceMinutes: body.monitoringExpiration,
    toleranceBp: body.paymentTolerance === undefined ? undefined : Math.round(body.paymentTolerance * 100),
    color: body.brandColor,
    logoUrl: body.logoUrl,
    supportUrl: body.supportUrl,
    privateRouteHints: body.lightningPrivateRouteHints,
    // Steps by worth are more than a policy can say: the same policy again leaves them alone.
    confirmationSteps:
      speedPolicy === undefined || speedPolicy === speedPolicyNow ? undefined : stepsFor(speedPolicy, store),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** @throws GreenfieldError 422 where unconfirmed money is to be trusted and the owner has set no cap for it */
function stepsFor(speedPolicy: SpeedPolicy, { zeroConfCapSats }: StoreRow): StoreSettings['confirmationSteps'] {
  if (speedPolicy === 'HighSpeed' && zeroConfCapSats === 0) {
    throw invalid({
      path: 'SpeedPolicy',
      message: 'HighSpeed needs a cap for unconfirmed payments: set one in the store’s settings in the dashboard first',
    });
  }
  return [{ fromUsd: '0', confirmations: Math.max(1, SPEED_CONFIRMATIONS[speedPolicy]) }];
}
