// The environment, parsed once at the door. wrangler.toml gives the vars and bindings, `wrangler secret put` the
// secret; a wrong one stops the Worker with the name of what is wrong. No other file sees raw values.

import * as z from 'zod';
import { usualBudget } from './adapters/explorers/budget.ts';
import type { LimiterRpc } from './adapters/limits/limiter.ts';
import type { RoomRpc } from './adapters/rooms/room.ts';
import type { SenderRpc } from './jobs/deliver/sender-object.ts';
import type { PayoutRpc } from './jobs/pay/client.ts';
import type { LightningRpc } from './jobs/poll/client.ts';
import type { WatcherRpc } from './jobs/watch/client.ts';

/** Bindings as the runtime hands them over. */
export interface Env {
  DB: D1Database;
  ROOM: DurableObjectNamespace<RoomRpc>;
  WATCHER: DurableObjectNamespace<WatcherRpc>;
  SENDER: DurableObjectNamespace<SenderRpc>;
  LIGHTNING: DurableObjectNamespace<LightningRpc>;
  PAYOUTS: DurableObjectNamespace<PayoutRpc>;
  CREATE_LIMITER: RateLimit;
  REQUEST_LIMITER: RateLimit;
  LIMITER: DurableObjectNamespace<LimiterRpc>;
  /** Cloudflare's e-mail binding, where MAILER says so. */
  MAIL?: SendEmail;
  ORIGIN: string;
  NETWORK: string;
  EXPLORERS: string;
  RATES: string;
  PAYMENT_TOLERANCE_BP: string;
  PLATFORM_FEE_BP: string;
  ENCRYPTION_KEY: string;
  /** Only the local world sets it: `local` lets webhooks reach http and loopback addresses. */
  WEBHOOK_TARGETS?: string;
  /** Seconds between looks at an invoice with an open page. */
  HOT_POLL_SECONDS?: string;
  /** Looks into the mempool each minute for invoices without an open page. */
  LOOKS_PER_MINUTE?: string;
  /** `off` for a plan with little CPU: payments are proven one by one instead of by reading every block. */
  BLOCK_SCAN?: string;
  /** WebSocket of a mempool explorer, asked for hints while an invoice has an open page. */
  EXPLORER_SOCKET?: string;
  /** Who carries mail; `none` until it is set. */
  MAILER?: string;
  MAIL_FROM?: string;
  /** The provider's token. */
  MAIL_TOKEN?: string;
  /** Where the provider or the local mailbox takes mail. */
  MAIL_URL?: string;
}

const MIN_REQUESTS_PER_MINUTE = 4;
const basisPoints = z.coerce.number().int().min(0).max(10_000);

/** `URL`, or `URL REQUESTS_PER_MINUTE`. */
const explorer = z.string().transform((entry, ctx) => {
  const [url = '', perMinute, ...more] = entry.trim().split(/\s+/);
  const rate = perMinute === undefined ? null : Number(perMinute);
  const isRate = rate === null || (Number.isInteger(rate) && rate >= MIN_REQUESTS_PER_MINUTE);
  if (more.length === 0 && isRate && /^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    return { url, perMinute: rate ?? usualBudget(url) };
  }
  // Not the entry itself: it may hold a token.
  const message = `needs entries like https://host/api or https://host/api 60 (requests a minute, from ${MIN_REQUESTS_PER_MINUTE})`;
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Which variables each way to send mail cannot do without. */
const MAILER_NEEDS = {
  none: [],
  cloudflare: ['MAIL_FROM'],
  resend: ['MAIL_FROM', 'MAIL_TOKEN'],
  local: ['MAIL_URL'],
} as const;

const variables = z.object({
  ORIGIN: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin),
  NETWORK: z.enum(['mainnet', 'testnet', 'signet', 'regtest']),
  EXPLORERS: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(explorer).min(1)),
  RATES: z.string().min(1),
  PAYMENT_TOLERANCE_BP: basisPoints.default(25),
  PLATFORM_FEE_BP: basisPoints.default(0),
  ENCRYPTION_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'needs 32 random bytes in hex: openssl rand -hex 32')
    .refine((key) => new Set(key.match(/../g)).size >= 8, 'is not random: openssl rand -hex 32'),
  WEBHOOK_TARGETS: z.enum(['public', 'local']).default('public'),
  BLOCK_SCAN: z.enum(['on', 'off']).default('on'),
  LOOKS_PER_MINUTE: z.coerce.number().int().min(1).max(10_000).default(20),
  HOT_POLL_SECONDS: z.coerce.number().min(0.05).max(60).default(5),
  EXPLORER_SOCKET: z.url({ protocol: /^wss?$/ }).optional(),
  MAILER: z.enum(['none', 'cloudflare', 'resend', 'local']).default('none'),
  MAIL_FROM: z.string().min(3).optional(),
  MAIL_TOKEN: z.string().min(1).optional(),
  MAIL_URL: z.url({ protocol: /^https?$/ }).optional(),
});

const schema = variables.superRefine((config, ctx) => {
  for (const name of MAILER_NEEDS[config.MAILER]) {
    if (config[name] === undefined) {
      ctx.addIssue({ code: 'custom', path: [name], message: `is needed with MAILER=${config.MAILER}` });
    }
  }
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
