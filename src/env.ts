// The environment, parsed once at the door. wrangler.toml gives the vars and bindings, `wrangler secret put` the
// secret; a wrong one stops the Worker with the name of what is wrong. No other file sees raw values.

import * as z from 'zod';
import type { RoomRpc } from './live/room.ts';
import type { WatcherRpc } from './watch/watcher.ts';

/** Bindings as the runtime hands them over. */
export interface Env {
  DB: D1Database;
  ROOM: DurableObjectNamespace<RoomRpc>;
  WATCHER: DurableObjectNamespace<WatcherRpc>;
  CREATE_LIMITER: RateLimit;
  ORIGIN: string;
  NETWORK: string;
  EXPLORERS: string;
  RATES: string;
  PAYMENT_TOLERANCE_BP: string;
  PLATFORM_FEE_BP: string;
  ENCRYPTION_KEY: string;
  /** Only the local world sets it: `local` lets webhooks reach http and loopback addresses. */
  WEBHOOK_TARGETS?: string;
  /** Seconds between looks at an invoice while somebody watches it. */
  HOT_POLL_SECONDS?: string;
  /** Looks into the mempool each minute for invoices that nobody watches. */
  LOOKS_PER_MINUTE?: string;
}

const basisPoints = z.coerce.number().int().min(0).max(10_000);

const schema = z.object({
  ORIGIN: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin),
  NETWORK: z.enum(['mainnet', 'testnet', 'signet', 'regtest']),
  EXPLORERS: z
    .string()
    .transform((list) => list.split(',').map((url) => url.trim()))
    .pipe(z.array(z.url({ protocol: /^https?$/ })).min(1)),
  RATES: z.string().min(1),
  PAYMENT_TOLERANCE_BP: basisPoints.default(25),
  PLATFORM_FEE_BP: basisPoints.default(0),
  ENCRYPTION_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'needs 32 random bytes in hex: openssl rand -hex 32')
    .refine((key) => new Set(key.match(/../g)).size >= 8, 'is not random: openssl rand -hex 32'),
  WEBHOOK_TARGETS: z.enum(['public', 'local']).default('public'),
  LOOKS_PER_MINUTE: z.coerce.number().int().min(1).max(10_000).default(20),
  HOT_POLL_SECONDS: z.coerce.number().min(0.05).max(60).default(5),
});

export type Config = z.infer<typeof schema>;

const parsed = new WeakMap<Env, Config>();

/** Throws an Error that names each wrong variable, never its value. */
export function configOf(env: Env): Config {
  const known = parsed.get(env);
  if (known) return known;
  const result = schema.safeParse(env);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`configuration: ${problems.join('; ')}`);
  }
  parsed.set(env, result.data);
  return result.data;
}
