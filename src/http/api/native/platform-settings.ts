// /v1/platform/settings: what the operator may set without a deployment.

import * as z from 'zod';
import {
  EXCHANGE_NAMES,
  type PlatformSettings,
  platformSettingsOf,
  type SettingsChange,
  type SettingsView,
  updatePlatformSettings,
} from '../../../services/platform/settings.ts';
import { ok, operation } from './operation.ts';
import { OPERATOR } from './platform-page.ts';

const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.number(message).int(message).min(least, message).max(most, message).nullable().optional();
};

/** The bounds keep a typing mistake from locking the operator out of the dashboard. */
export const settingsChange = z.strictObject({
  payment_tolerance_bp: whole(0, 10_000),
  fee_bp: whole(0, 10_000),
  rate_sources: z
    .array(z.enum(EXCHANGE_NAMES, `must be of ${EXCHANGE_NAMES.join(', ')}`))
    .min(1, 'must name at least one')
    .refine((names) => new Set(names).size === names.length, 'names one twice')
    .nullable()
    .optional(),
  creates_per_minute: whole(1, 1_000),
  auth_per_second: whole(1, 50),
  requests_per_second: whole(5, 200),
});

type Field = keyof z.infer<typeof settingsChange>;

const FIELDS = {
  payment_tolerance_bp: 'toleranceBp',
  fee_bp: 'feeBp',
  rate_sources: 'rateSources',
  creates_per_minute: 'createsPerMinute',
  auth_per_second: 'authPerSecond',
  requests_per_second: 'requestsPerSecond',
} as const satisfies Record<Field, keyof PlatformSettings>;

export const SETTINGS = Object.keys(FIELDS) as Field[];

/** As the spine calls them. */
export function changeOf(body: z.infer<typeof settingsChange>): SettingsChange {
  const set = SETTINGS.filter((field) => body[field] !== undefined);
  return Object.fromEntries(set.map((field) => [FIELDS[field], body[field]]));
}

export interface Setting {
  value: number | string[];
  default: number | string[];
  /** The operator has set it, be it to the same. */
  is_set: boolean;
}

export function settingsBody({ set, defaults }: SettingsView): Record<Field, Setting> {
  const settings = SETTINGS.map((field): [Field, Setting] => {
    const [mine, usual] = [set[FIELDS[field]], defaults[FIELDS[field]]];
    return [field, { value: mine ?? usual, default: usual, is_set: mine !== undefined }];
  });
  return Object.fromEntries(settings) as Record<Field, Setting>;
}

const tag = 'Platform';

export const settingsApi = [
  operation('GET /v1/platform/settings', () => ({
    id: 'getPlatformSettings',
    tag,
    summary: 'What may be set without a deployment',
    who: OPERATOR,
    answers: [ok('settingsAnswer', 'Each with its default.')],
    run: async ({ deps }) => ({ settings: settingsBody(await platformSettingsOf(deps)) }),
  })),

  operation('PATCH /v1/platform/settings', () => ({
    id: 'updatePlatformSettings',
    tag,
    summary: 'Change it',
    description:
      'A field that is left out keeps its value; null resets it. It applies to the next invoice, the next round of rates, ' +
      'and to limits within a minute.',
    who: OPERATOR,
    body: {
      schema: settingsChange,
      notes: {
        payment_tolerance_bp: 'Where a store has none of its own.',
        fee_bp: 'Of invoices made from now on.',
        rate_sources: 'With a single one nothing vouches for its price.',
        creates_per_minute: 'Invoices per API key.',
        auth_per_second: 'Log-ins and the like per IP address.',
        requests_per_second: 'Everything else, per IP address.',
      },
      example: { fee_bp: 50, creates_per_minute: null },
    },
    answers: [ok('settingsAnswer', 'All of them after that.')],
    run: async ({ deps, caller, body }) => ({
      settings: settingsBody(await updatePlatformSettings(deps, caller, changeOf(body))),
    }),
  })),
];
