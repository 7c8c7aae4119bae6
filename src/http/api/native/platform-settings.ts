// /v1/platform/settings: what the operator may set without a deployment.

import { Hono } from 'hono';
import * as z from 'zod';
import type { PlatformSettings } from '../../../adapters/db/schema.ts';
import { EXCHANGE_NAMES } from '../../../adapters/rates/exchanges.ts';
import { personOf } from '../../../services/access/sessions.ts';
import {
  type SettingsChange,
  type SettingsView,
  settingsOf,
  updatePlatformSettings,
} from '../../../services/platform/settings.ts';
import { type HonoEnv, jsonBody } from '../http.ts';
import { validate } from './validate.ts';

const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.number(message).int(message).min(least, message).max(most, message).nullable().optional();
};

/** The bounds keep a slip from closing the dashboard to whoever made it. */
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

export function settingsRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/', async (c) => c.json({ settings: settingsBody(await settingsOf(c.get('deps'))) }));

  app.patch('/', async (c) => {
    const person = await personOf(c.get('deps'), c.req.raw);
    const body = validate(settingsChange, await jsonBody(c.req.raw));
    return c.json({ settings: settingsBody(await updatePlatformSettings(c.get('deps'), person, changeOf(body))) });
  });

  return app;
}
