// How the chain and the deployment are doing: GET /v1/chain and GET /health.

import * as z from 'zod';
import { height, hex, named, network, time, timeOrNull } from './common.ts';

const explorer = named('Explorer', 'A block explorer that is asked, and how it does.', {
  name: z.string(),
  tip_height: height.nullable(),
  age_seconds: z.int().nullable().describe('Since its last answer.'),
  lag_blocks: z.int().nullable().describe('Behind our tip.'),
  failures: z.int().describe('In a row.'),
  paused_until: timeOrNull,
  requests_per_minute: z.number().nullable(),
  requests_left: z.number().nullable(),
});

const holdReason = z.string().describe('Why nothing settles above a height for now.');

export const chainState = z.strictObject({
  network,
  syncing: z.boolean().describe('No fresh tip: nothing expires or settles, and new live invoices are refused.'),
  tip: z.strictObject({ height, hash: hex, seen_at: time, age_seconds: z.int() }).nullable(),
  witnessed_height: height.nullable().describe('Up to here two explorers show the same blocks.'),
  hold: z
    .strictObject({
      reason: holdReason,
      above_height: z.int().describe('Payments in blocks above do not count.'),
      since: time,
      until_height: height.nullable(),
    })
    .nullable(),
  explorers: z.array(explorer),
});

export const health = z.strictObject({
  status: z.enum(['ok', 'degraded']).describe('`degraded` when something keeps invoices from being paid.'),
  network,
  chain: z.strictObject({
    fresh: z.boolean(),
    tip_height: height.nullable(),
    tip_hash: hex.nullable(),
    seen_at: timeOrNull,
    hold: holdReason.nullable(),
    explorers: z.array(explorer).nullable(),
  }),
  rates: z.strictObject({ fresh: z.boolean(), currencies: z.int() }),
});

export const openApiDocument = z.looseObject({ openapi: z.literal('3.1.0') });
